"""The naming schemes of platforms: what one part of a path tells about a student and a time.

Learning platforms put names, numbers and times into the names of folders and files, each in its own way.
Each scheme names its source.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from babel.dates import get_month_names

from kerasgrader.course.times import YEARS, at, time_of

CANVAS = re.compile(
    r"(?P<name>[^_]+?)_(?:LATE_)?(?P<number>\d+)_"
    r"(?:(?:question_\d+_)?(?P<attachment>\d+)_(?P<rest>.+)|(?:text|link)\.html)",
    re.IGNORECASE,
)
CANVAS_ANONYMOUS = re.compile(r"(?:LATE_)?(?P<name>anon_\w{5})_(?P<attachment>\d+)_(?P<rest>.+)")
CANVAS_VERSION = re.compile(r"-(\d{1,3})(?=(?:\.\w+)?$)")
MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)(?:_.*|$)", re.DOTALL
)
BLACKBOARD = re.compile(
    r"(?P<who>.+?)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?P<rest>_.+|\.txt|)", re.DOTALL
)
D2L = re.compile(
    r"(?P<user>\d+)(?:-\d+)? - (?P<name>.+?) ?- (?P<time>[^-]*\b\d{4} [^-]*?)(?: - .+)?"
)
D2L_TIME = re.compile(
    r"(?:(?P<month>[^\W\d]+)\.? (?P<day>\d{1,2}),?|(?P<day2>\d{1,2}) (?P<month2>[^\W\d]+)\.?,?) "
    r"(?P<year>\d{4}),? (?P<hour>\d{1,2}):?(?P<minute>\d\d) ?(?P<half>[AP]M)?",
    re.IGNORECASE,
)
# In which Brightspace is offered; months of other languages are told from the English ones by CLDR's names.
LANGUAGES = ("en", "ar", "cy", "da", "de", "es", "fr", "it", "nb", "nl", "pt", "sv", "tr")
ILIAS = re.compile(r"(?P<last>[^_\d]+)_(?P<first>[^_\d]+)_(?P<login>.+)_(?P<number>\d+)")
ILIAS_TIME = re.compile(r"(\d{14})_")
# A name may have brackets of its own: the last ones hold the id.
SAKAI_NAME = r"[^(),;]*(?:\([^();]*\)[^(),;]*)*,[^();]*(?:\([^();]*\)[^();]*)*"
SAKAI = re.compile(rf"(?P<people>{SAKAI_NAME}\([^();]+\)(?:; ?{SAKAI_NAME}\([^();]+\))*)(?:_.+)?")
SAKAI_PERSON = re.compile(rf"(?P<name>{SAKAI_NAME})\((?P<id>[^();]+)\)(?=;|_|$)")
SAKAI_FILES = ("timestamp.txt", "comments.txt", "feedbacktext.html")
EXCHANGE = re.compile(
    r"(?P<student>[^+]+)\+(?P<unit>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? \S+?)"
    r"(?:\+[^+]*)?"
)
SHORTEST_MONTH = 3  # letters, of a name that is cut off
GRADESCOPE = re.compile(r"submission_(?P<number>\d+)")
CLASSROOM = re.compile(r"(?P<name>[^-]+(?:-[^-\s]+)*?) - .+")
# What Drive calls the archive of a folder, in one part or several: it tells of nobody.
DRIVE_DOWNLOAD = re.compile(r".+-\d{8}T\d{6}Z(?:-\d+)+\.zip", re.IGNORECASE)
COPY = re.compile(r" ?\((\d{1,3})\)(?=(?:\.\w+)?$)")


@dataclass(frozen=True)
class Clue:
    """A clue to a submission's student and time.

    layout: the platform that chose the names. keys: ids, numbers and addresses that a roster may
    have, best first. name: a person's name. fallback: an id to use without a roster. unit: if it is
    named. sure: whether the clue is the platform's, not the student's. members: the clues to all who
    submitted it together; none for one person. folder: the path up to the name that was understood.
    companion: whether the platform itself wrote the file.

    sent: when it was submitted. unread: a time of the platform that cannot be read. number: counts up over
    all files of the platform. version: counts up over those of one `series`.
    """

    layout: str
    keys: tuple[str, ...] = ()
    name: str | None = None
    fallback: str = ""
    unit: str | None = None
    sent: datetime | None = None
    unread: str = ""
    number: int = 0
    version: int = 0
    series: str = ""
    sure: bool = True
    members: tuple[Clue, ...] = ()
    folder: tuple[str, ...] = ()
    companion: bool = False


@dataclass(frozen=True)
class Place:
    """One part of a path. rest: the parts below it. depth: how many there are above it. zone: of times."""

    segment: str
    rest: tuple[str, ...]
    depth: int
    zone: tzinfo


def _exchange(place: Place) -> Clue | None:
    """nbgrader's exchange: `student+unit+time+random`."""
    match = EXCHANGE.fullmatch(place.segment)
    if match is None:
        return None
    student = match["student"]
    sent = time_of(match["time"], place.zone)
    unread = match["time"] if sent is None else ""
    return Clue("exchange", (student,), None, student, match["unit"], sent, unread)


def _moodle(place: Place) -> Clue | None:
    """Moodle: `Jane Doe_123_assignsubmission_file_`, with `Group A-` in front where groups submit
    (`mod/assign/locallib.php`, download_submissions, in moodle/moodle)."""
    match = MOODLE.fullmatch(place.segment)
    if match is None:
        return None
    return Clue("Moodle", (match["number"],), match["name"], f"{match['name']}-{match['number']}")


def _sakai(place: Place) -> Clue | None:
    """Sakai: a folder `Doe, Jane(jdoe)`, of a group `Doe, Jane(jdoe); Li, Bo(boli)`, that holds
    timestamp.txt and `Submission attachment(s)/`, or the same in one file's name (zipSubmissions in
    `AssignmentServiceImpl.java`, sakaiproject/sakai)."""
    match = SAKAI.fullmatch(place.segment)
    if match is None or (match["people"] == place.segment and not place.rest):
        return None
    people = tuple(
        Clue("Sakai", (one["id"],), one["name"].strip(), one["id"])
        for one in SAKAI_PERSON.finditer(match["people"])
    )
    first = place.rest[0].casefold() if place.rest else ""
    companion = first in SAKAI_FILES or first.startswith("feedback attachment")
    members = people if len(people) > 1 else ()
    return replace(people[0], members=members, companion=companion)


def _blackboard(place: Place) -> Clue | None:
    """Blackboard: `Unit 1_jdoe_attempt_2024-03-05-10-30-00_work.ipynb`, and the same with `.txt`, which
    names the person (https://github.com/vangef/BBGradebookOrganiser). The time is the server's."""
    match = BLACKBOARD.fullmatch(place.segment)
    if match is None:
        return None
    keys = _ends(match["who"])  # either of assignment and user name may hold a `_`
    sent = _moment([int(part) for part in match["time"].split("-")], place.zone)
    companion = match["rest"] == ".txt" and not place.rest
    return Clue("Blackboard", keys, None, keys[-1], sent=sent, companion=companion)


def _d2l(place: Place) -> Clue | None:
    """D2L, Brightspace: a folder or file `123-456 - Jane Doe - Mar 5, 2024 1030 AM` for each attempt
    (https://github.com/cgmb/d2lmf), with an index.html beside all. The time is the instructor's."""
    match = D2L.fullmatch(place.segment)
    if match is None:
        return None
    name, sent = match["name"].strip(), _d2l_time(match["time"], place.zone)
    unread = match["time"] if sent is None else ""
    return Clue("D2L", (match["user"],), name, name, sent=sent, unread=unread)


def _d2l_time(text: str, zone: tzinfo) -> datetime | None:
    match = D2L_TIME.fullmatch(text.strip())
    month = None if match is None else _month(match["month"] or match["month2"])
    if match is None or month is None:
        return None
    hour, half = int(match["hour"]), (match["half"] or "").casefold()
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    day = int(match["day"] or match["day2"])
    date = [int(match["year"]), month, day]
    return _moment([*date, hour, int(match["minute"])], zone)


def _month(name: str) -> int | None:
    """The number of a month, by its name or the beginning of it; None if languages do not agree on it."""
    name = name.casefold()
    for languages in (LANGUAGES[:1], LANGUAGES[1:]):
        found = {
            number
            for language in languages
            for width in ("wide", "abbreviated")
            for number, month in get_month_names(width, locale=language).items()
            if _begins(name, month.casefold().rstrip("."))
        }
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def _begins(name: str, month: str) -> bool:
    return name == month or (len(name) >= SHORTEST_MONTH and month.startswith(name))


def _ilias(place: Place) -> Clue | None:
    """ILIAS: a folder `Doe_Jane_jdoe_123` (getDirectoryNameFromUserData in `class.ilExSubmission.php`,
    ILIAS-eLearning/ILIAS), whose files begin with `20240305103000_` where the version keeps it."""
    match = ILIAS.fullmatch(place.segment)
    if match is None or len(place.rest) != 1:
        return None
    time = ILIAS_TIME.match(place.rest[0])
    if time is None and not place.depth:  # any folder that was collected may be called so
        return None
    digits = time[1] if time is not None else ""
    parts = [int(part) for part in re.findall(r"^\d{4}|\d\d", digits)]
    sent = _moment(parts, place.zone) if parts else None
    name = f"{match['last']}, {match['first']}"
    keys = (*_ends(match["login"]), match["number"])
    return Clue("ILIAS", keys, name, match["login"], sent=sent)


def _canvas(place: Place) -> Clue | None:
    """Canvas: `doejane_LATE_123_4567_work-2.ipynb`: user, attachment, version; with anonymous grading
    `anon_AbC12_4567_work.ipynb`; a text `doejane_123_text.html` (`lib/content_zipper.rb` in
    instructure/canvas-lms). A group's file has the name of the group and the number of one member."""
    match = CANVAS.fullmatch(place.segment)
    if match is None:
        match = CANVAS_ANONYMOUS.fullmatch(place.segment)
        if match is None:
            return None
        key, fallback = match["name"], match["name"]
    else:
        key, fallback = match["number"], f"{match['name']}-{match['number']}"
    rest = match["rest"] or ""
    return Clue(
        "Canvas",
        (key,),
        match["name"],
        fallback,
        number=int(match["attachment"] or 0),
        version=version_in(rest, CANVAS_VERSION),
        series=CANVAS_VERSION.sub("", rest),
    )


def _gradescope(place: Place) -> Clue | None:
    """A Gradescope folder without the list of its students (`companions.gradescope_list`)."""
    match = GRADESCOPE.fullmatch(place.segment)
    return Clue("Gradescope", (), None, place.segment) if match is not None else None


def _classroom(place: Place) -> Clue | None:
    """Google Classroom's folder in Drive: `Jane Doe - work.ipynb`, for equal names `... (1).ipynb`."""
    match = CLASSROOM.fullmatch(place.segment)
    suffixes = (".ipynb", ".zip") if place.depth else ".ipynb"  # or it is a download of everything
    if match is None or place.depth > 1 or not place.segment.endswith(suffixes):
        return None  # or a student has chosen this inner name
    return Clue("Classroom", (), match["name"].strip(), match["name"].strip(), sure=False)


def _ends(text: str) -> tuple[str, ...]:
    """A text and its ends after each `_`, the longest first."""
    parts = text.split("_")
    return tuple("_".join(parts[first:]) for first in range(len(parts)))


def _moment(parts: Sequence[int], zone: tzinfo) -> datetime | None:
    """A time from year, month, day and so on; None if there is no such time."""
    try:
        year, month, day, hour, minute, second = (*parts, 0)[:6]
        return at(datetime(year, month, day, hour, minute, second), zone) if year in YEARS else None
    except ValueError:
        return None


def version_in(name: str, of: re.Pattern[str] = COPY) -> int:
    """The number that a platform counts up in names of files; 0 for none."""
    match = of.search(name)
    return int(match[1]) if match is not None else 0


SCHEMES: Sequence[Callable[[Place], Clue | None]] = (
    _exchange,
    _moodle,
    _sakai,
    _blackboard,
    _d2l,
    _canvas,
    _ilias,
    _gradescope,
    _classroom,
)
