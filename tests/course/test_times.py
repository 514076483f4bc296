"""Times are read as what they are: zones, offsets, abbreviations, clock changes."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kerasgrader.course.times import (
    UNSTATED,
    at,
    days_later,
    deadline_of,
    stored,
    time_of,
    with_offset,
    zone_named,
    zone_note,
)
from kerasgrader.errors import CourseError

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-07-05 10:30:00 CEST", "08:30"),
        ("2024-03-05 10:30:00 CET", "09:30"),
        ("2024-07-05 10:30:00 CET", "09:30"),  # an abbreviation means the same all year
        ("2024-07-05 10:30:00 -03", "13:30"),
        ("2024-07-05 10:30:00 +0100", "09:30"),
        ("2024-07-05 10:30:00.123456 +05:45", "04:45"),
        ("2024-07-05T10:30:00Z", "10:30"),
        ("2024-07-05 10:30:00.123456789 Z", "10:30"),
        ("2024-07-05 10:30 Europe/Berlin", "08:30"),
        ("2024-01-05 10:30 America/Los_Angeles", "18:30"),
        ("2024-01-05 10:30 CST", "16:30"),
        ("2024-01-05 10:30:00 PST", "18:30"),
        ("2024-01-05 10:30:00 AEDT", "23:30"),
        ("2024-07-05 10:30:00 GMT+2", "08:30"),
        ("Tue, 5 Mar 2024 10:30:00 +0100 (CET)", "09:30"),
        ("Tue Mar  5 10:30:00 CET 2024", "09:30"),
        ("5 March 2024, 10:30 PM EST", "03:30"),
        ("20240305T103000Z", "10:30"),
        ("2024-03-05 10:30:00.000000 UTC", "10:30"),
    ],
)
def test_a_stated_zone_counts(text: str, utc: str) -> None:
    """As an offset, an abbreviation or a name, whatever the course's zone is."""
    for zone in (UNSTATED, BERLIN, ZoneInfo("Asia/Kolkata")):
        found = time_of(text, zone)
        assert found is not None and found.tzinfo is UTC and f"{found:%H:%M}" == utc


def test_an_ambiguous_abbreviation_is_the_courses_own_or_none() -> None:
    """CST in Shanghai is not Chicago's; nobody guesses which IST is meant."""
    shanghai, chicago = (time_of("2024-01-05 10:30 CST", zone) for zone in (SHANGHAI, UNSTATED))
    assert shanghai == datetime(2024, 1, 5, 2, 30, tzinfo=UTC)
    assert chicago == datetime(2024, 1, 5, 16, 30, tzinfo=UTC)
    assert time_of("2024-01-05 10:30 IST") is None
    kolkata = time_of("2024-01-05 10:30 IST", ZoneInfo("Asia/Kolkata"))
    assert kolkata == datetime(2024, 1, 5, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "10:30", "March 5, 10:30", "2024-01-01 10:00 XYZ", "2024-01-01 10:00 Mars/Base"]
    + [
        "EST 2024-03-05 10:30",
        "2024-02-30 10:00",
        "9999-12-31 23:59 -05",
        "0001-01-01 00:00 +05",
        "2024-01-01 10:00 +99",
    ],
)
def test_half_a_date_and_an_unknown_zone_are_no_time(text: str) -> None:
    """Nothing is filled in from the day of reading, and no zone is taken for UTC."""
    assert time_of(text) is None and time_of(text, BERLIN) is None


def test_a_time_without_zone_is_the_courses_and_stored_as_it_was_if_there_is_none() -> None:
    """So that it is read again when the course has one."""
    text = "2024-07-05 10:30:00"
    assert time_of(text, BERLIN) == datetime(2024, 7, 5, 8, 30, tzinfo=UTC)
    unstated = time_of(text)
    assert unstated == datetime(2024, 7, 5, 10, 30, tzinfo=UTC)
    assert unstated is not None and stored(unstated) == text
    known = time_of(text, BERLIN)
    assert known is not None and stored(known) == "2024-07-05 08:30:00.000000 UTC"


def test_when_clocks_change_the_student_is_favoured() -> None:
    """Of the two moments that a local time may be, a submission is the earlier and a deadline the later.

    In Berlin, 2026-03-29 02:30 does not exist, and 2026-10-25 02:30 exists twice.
    """
    for text, early, late in (
        ("2026-03-29 02:30", (29, 0, 30), (29, 1, 30)),
        ("2026-10-25 02:30", (25, 0, 30), (25, 1, 30)),
    ):
        local = datetime.fromisoformat(text)
        month = local.month
        assert time_of(text, BERLIN).astimezone(UTC) == datetime(2026, month, *early, tzinfo=UTC)
        assert at(local, BERLIN, later=True).astimezone(UTC) == datetime(
            2026, month, *late, tzinfo=UTC
        )
    assert with_offset(deadline_of("2026-10-25 02:30", BERLIN), BERLIN) == "2026-10-25 02:30 +01:00"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2026-02-30 18:00", "impossible: day is out of range"),
        ("2026-13-01 18:00", "impossible: month must be"),
        ("2026-05-04 24:30", "impossible: hour must be"),
        ("2026-05-04", "not a date and a time of day: write it as"),
        ("tomorrow", "not a date and a time of day"),
        ("04/05/2026 18:00", "not a date and a time of day"),
        ("2026-05-04 18:00 Berlin", "the zone 'Berlin' is unknown"),
        ("9999-12-31 23:59", "no deadline in that year"),
        ("2026-03-29 02:30", "the clocks skip that hour"),
        ("\x1b[31m" * 50, "not a date"),
    ],
)
def test_an_impossible_deadline_has_a_sentence(text: str, sentence: str) -> None:
    """One line, with what to write instead; a person is there to correct it."""
    with pytest.raises(CourseError, match=sentence) as raised:
        deadline_of(text, BERLIN)
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("name", ["Europe/Berlinn", "../etc/passwd", "Europe", "a\0b", "localtime"])
def test_an_unknown_zone_has_a_sentence(name: str) -> None:
    """A folder of zones, a path, and the zone of this machine are none either."""
    with pytest.raises(CourseError, match="there is no time zone"):
        zone_named(name)


def test_days_are_those_of_the_calendar() -> None:
    """Over a clock change a day has 23 or 25 hours: the time of day stays."""
    for start, hours in (
        ("2026-03-28 18:00", 23),
        ("2026-10-24 18:00", 25),
        ("2026-05-04 18:00", 24),
    ):
        due = deadline_of(start, BERLIN)
        assert days_later(due, 1, BERLIN) - due.astimezone(UTC) == timedelta(hours=hours)


def test_the_note_is_for_courses_without_a_zone() -> None:
    """And only if there was a time without one."""
    assert len(zone_note("", True)) == 1
    assert zone_note("Europe/Berlin", True) == zone_note("", False) == []


def test_the_zone_of_the_machine_makes_no_difference() -> None:
    """In processes with different TZ, the same texts are the same times."""
    code = (
        "from zoneinfo import ZoneInfo; from kerasgrader.course.times import *\n"
        "for zone in (UNSTATED, ZoneInfo('Europe/Berlin')):\n"
        "  for text in ('2026-10-25 02:30', '2026-01-05 10:30 EST', '5 Mar 2024 10:30'):\n"
        "    print(time_of(text, zone).astimezone(UTC), stored(time_of(text, zone)))\n"
        "print(time_of('EST 2024-03-05 10:30'))\n"
        "print(deadline_of('2026-10-25 02:30', ZoneInfo('Europe/Berlin')).timestamp())\n"
        "print(days_later(deadline_of('2026-03-28 18:00', UNSTATED), 3, ZoneInfo('Europe/Berlin')))\n"
    )
    shown = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for zone in ("UTC", "Pacific/Kiritimati", "America/New_York", "Europe/Berlin")
    }
    assert len(shown) == 1
