"""Reading and writing times: the one place that knows zones, offsets, abbreviations and clock changes.

A time that is read has a zone: UTC if its text states one, else the zone that was assumed for it, the
course's. Where the course has none either, that zone is `UNSTATED`: it is read as UTC, is stored without a
zone, and is read again when the course has one.

When clocks change, one local time does not exist and another exists twice. Reading decides in the
student's favour: a deadline is the later of the two moments, a submission the earlier one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_tz
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from kerasgrader.errors import CourseError, one_line

UNSTATED: tzinfo = timezone(timedelta(), "no zone stated")
LONGEST_TIME = 100  # characters
DAY = timedelta(days=1)
YEARS = range(1970, 2200)  # of anything that is submitted

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?", re.IGNORECASE)
_UTC = ("Z", "UTC", "UT", "GMT")
# A time of day with what follows it: a zone, a year (as `date` prints it), a remark in brackets.
_TIME = re.compile(
    r"(?P<time>.*?\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[ap]\.?m\b\.?)?)"
    r"(?:\s*(?P<zone>[+-]\d{1,2}(?::?\d{2})?|[a-z][a-z0-9_+/:-]*))?"
    r"(?P<year>\s+\d{4})?(?:\s*\([^()]*\))?",
    re.IGNORECASE | re.DOTALL,
)
_YEAR = re.compile(r"\d{4}")
_COMPACT = re.compile(r"(?P<time>\d{8}T?\d{6}(?:\.\d+)?)(?P<zone>Z|[+-]\d{4})?(?P<year>)")
_DEADLINE = re.compile(
    r"(\d{4}-\d{1,2}-\d{1,2})[ T](\d{1,2}:\d{2}(?::\d{2})?)(?:\s*(\S.*))?", re.DOTALL
)
HOW_TO_WRITE = 'write it as "2026-05-04 18:00", with an offset such as +02:00 if you like'


def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises CourseError."""
    try:
        if name == "localtime":  # a link to the zone of this machine
            raise KeyError(name)
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # of `zoneinfo`, for a name that is none, or a folder
        raise CourseError(
            f"there is no time zone {one_line(ValueError(name))!r}: write an IANA name such as "
            '"Europe/Berlin" or "America/New_York"'
        ) from None


def time_of(text: str, zone: tzinfo = UNSTATED) -> datetime | None:
    """When something was submitted, from a text of any origin; None if that is not a whole date.

    zone: of a text that states none. The result is in UTC if the text states a zone, else in `zone`.
    """
    text = text.strip()
    if not 0 < len(text) < LONGEST_TIME:
        return None
    match = _TIME.fullmatch(text) or _COMPACT.fullmatch(text)
    stated = match["zone"] if match is not None else None
    local = _local(text if match is None else match["time"] + (match["year"] or ""))
    if local is None:
        return None
    if not stated:
        return at(local, zone)
    known = _stated_zone(stated, local, zone)
    return None if known is None else at(local, known).astimezone(UTC)


def deadline_of(text: str, zone: tzinfo) -> datetime:
    """A deadline that a person wrote: a date, a time of day, and an offset or a zone if it has one.

    The result is in UTC if the text states a zone, else in `zone`. Raises CourseError for what is no date,
    or is in the hour that the clocks skip.
    """
    match = _DEADLINE.fullmatch(text.strip()) if len(text) < LONGEST_TIME else None
    if match is None:
        raise CourseError(f"{_quoted(text)} is not a date and a time of day: {HOW_TO_WRITE}")
    try:
        date = datetime(*map(int, match[1].split("-")))  # type: ignore[arg-type]
        hours, minutes, *rest = map(int, match[2].split(":"))
        local = date.replace(hour=hours, minute=minutes, second=rest[0] if rest else 0)
    except ValueError as error:
        raise CourseError(f"{_quoted(text)} is impossible: {error}") from None
    known = _stated_zone(match[3], local, zone) if match[3] else zone
    if known is None:
        raise CourseError(
            f"{_quoted(text)}: the zone {_quoted(match[3])} is unknown or ambiguous; {HOW_TO_WRITE}"
        )
    if local.year not in YEARS:
        raise CourseError(f"{_quoted(text)} is impossible: there is no deadline in that year")
    found = at(local, known, later=True)
    if found.astimezone(UTC).astimezone(known).replace(tzinfo=None) != local:
        raise CourseError(
            f"{_quoted(text)} does not exist in {known}: the clocks skip that hour; {HOW_TO_WRITE}"
        )
    return found.astimezone(UTC) if match[3] else found


def at(local: datetime, zone: tzinfo, later: bool = False) -> datetime:
    """A local time in a zone. Of the two moments that it may be when clocks change: the earlier, or the
    later one."""
    both = [local.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    by_offset = sorted(both, key=lambda time: time.utcoffset() or timedelta())
    return by_offset[0 if later else -1]


def days_later(time: datetime, days: int, zone: tzinfo) -> datetime:
    """The same time of day in the zone, some days later: a day there may have 23 or 25 hours."""
    if not days:  # else the first of two equal local times would become the second
        return time.astimezone(UTC)
    local = time.astimezone(zone).replace(tzinfo=None)
    return at(local + days * DAY, zone, later=True).astimezone(UTC)


def with_offset(time: datetime, zone: tzinfo) -> str:
    """A time for people, in the zone and with its offset: "2026-05-04 18:00 +02:00"; "UTC" in place of the
    offset where nobody has stated a zone."""
    local = time.astimezone(zone)
    seconds = "%H:%M:%S" if local.second else "%H:%M"
    offset = "UTC" if zone is UNSTATED else local.isoformat()[-6:]
    return f"{local:%Y-%m-%d {seconds}} {offset}"


def stored(time: datetime) -> str:
    """A time as timestamp.txt has it: in UTC, or as it was read if nobody has stated a zone."""
    if time.tzinfo is UNSTATED:
        return f"{time:%Y-%m-%d %H:%M:%S}"
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"


def zone_note(timezone: str, without: bool) -> list[str]:
    """The line that a command prints if it has read times without a zone, and the course has none.

    timezone: the course's. without: whether there were such times.
    """
    if timezone or not without:
        return []
    return [
        "Times without an offset are read as UTC, since course.toml has no timezone: set one, such as "
        '"Europe/Berlin", under [course], and run this again'
    ]


def _local(text: str) -> datetime | None:
    """A date, with a time of day or without, that states no zone."""
    from dateutil import parser  # heavy: course.toml alone does not need it

    if not _YEAR.search(text):
        return None
    try:
        found = [
            parser.parse(
                text,
                default=datetime(2000 + i, 1 + i, 1 + i),
                tzinfos=_some_zone,  # else it asks for this machine's
            )
            for i in range(2)
        ]
    except (ValueError, OverflowError, TypeError, AttributeError, ArithmeticError):
        return None
    if found[0].tzinfo is not None or found[0] != found[1]:  # a part of the date is missing
        return None
    return found[0] if found[0].year in YEARS else None


def _some_zone(name: str | None, offset: int | None) -> tzinfo | None:
    """For the parser of dates: a zone where it has found one at an unusual place, which is refused."""
    return None if name is None and offset is None else UTC


def _stated_zone(text: str, local: datetime, zone: tzinfo) -> tzinfo | None:
    """The zone that a text names: an offset, an abbreviation or an IANA name; None if it is none.

    zone: the course's, whose own abbreviations come first: CST is not the same in Chicago and in Shanghai.
    """
    offset = _OFFSET.fullmatch(text)
    if offset is not None:
        sign, hours, minutes = offset.groups()
        size = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(size if sign == "+" else -size) if size < DAY else None
    if text.upper() in _UTC:
        return UTC
    for month in (1, 7):
        there = local.replace(month=month, day=1, tzinfo=zone)
        if there.tzname() == text and zone is not UNSTATED:
            return timezone(there.utcoffset() or timedelta())
    meanings = _abbreviations().get(text, frozenset())
    if len(meanings) == 1:
        return timezone(next(iter(meanings)))
    if meanings:
        mail = parsedate_tz(f"1 Jan 2024 00:00:00 {text}")  # what RFC 5322 has it mean
        known = timedelta(seconds=mail[9] or 0) if mail is not None else None
        return timezone(known) if known and known in meanings else None
    try:
        return zone_named(text)
    except CourseError:
        return None


@lru_cache(maxsize=1)
def _abbreviations() -> Mapping[str, frozenset[timedelta]]:
    """The abbreviations of the tz database in this century, and the offsets that each stands for."""
    found: dict[str, set[timedelta]] = {}
    for name in available_timezones():
        zone = ZoneInfo(name)
        for year in (2010, 2026):
            for month in (1, 7):
                time = datetime(year, month, 1, tzinfo=zone)
                abbreviation = time.tzname() or ""
                if abbreviation.isalpha():
                    found.setdefault(abbreviation, set()).add(time.utcoffset() or timedelta())
    return {name: frozenset(offsets) for name, offsets in found.items()}


def _quoted(text: str) -> str:
    return repr(one_line(ValueError(text))[:LONGEST_TIME])
