"""The class list: the file roster.csv in the course's folder, as any platform exports it.

Known by their columns: nbgrader's `db student import`, Canvas's gradebook (with its rows "Points Possible"
and "Student, Test"), Moodle's participants and grading worksheet ("Participant 123"), Brightspace's grades
("#id"), Gradescope's and Google Classroom's rosters.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kerasgrader.errors import CourseError

ROSTER = "roster.csv"

# The column that holds the id under which nbgrader knows a student: the first of these that is there.
ID_COLUMNS = (
    "student_id",
    "username",
    "sis login id",
    "login",
    "login id",
    "login_id",
    "netid",
    "id",
    "id number",
    "sid",
    "orgdefinedid",
    "student id",
    "email",
    "email address",
)
# Others that hold an id, a number or an address of one person.
KEY_COLUMNS = (
    *ID_COLUMNS,
    "lms_user_id",
    "sis user id",
    "canvas id",
    "canvas_user_id",
    "moodle id",
    "identifier",
    "user id",
    "user_id",
    "alias",
)
FIRST_NAMES = ("first_name", "first name", "firstname", "given name")
LAST_NAMES = ("last_name", "last name", "lastname", "surname", "family name")
WHOLE_NAMES = ("student", "name", "full name", "fullname", "student name")
EMAILS = ("email address", "email")
GROUP_COLUMNS = ("group", "group_name", "group name", "team")
SECTION_COLUMNS = ("groups", "section", "sections")  # of the class, who submit nothing together
NOBODY = ("student, test", "test student", "points possible")  # rows of Canvas's gradebook
SEPARATOR = re.compile(r"sep=(.)\r?\n")
NO_VALUES = ("n/a", "na", "none", "null", "nil", "unknown", "-", "--", "?", "x")
NUMBER = re.compile(
    r".*?(\d+)"
)  # "Participant 123" in the column "Identifier" of Moodle's grading worksheet


@dataclass(frozen=True)
class Names:
    """A student's name: in two parts, or whole where nothing tells which part is which."""

    first: str = ""
    last: str = ""
    whole: str = ""


def roster_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a roster, by the names of its columns in lower case. Raises CourseError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path}: {error.strerror}") from None
    text, delimiter = _text(data), ""
    if match := SEPARATOR.match(text):  # a line of Excel's
        text, delimiter = text[match.end() :], match[1]
    first = text.split("\n", 1)[0]
    delimiter = delimiter or max(",;\t", key=first.count)
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise CourseError(f"{path}: {error}") from None
    cleaned = [
        {
            column: _value(column, value)
            for key, value in row.items()
            if isinstance(value, str) and key is not None and (column := key.strip().casefold())
        }
        for row in rows
    ]
    return [row for row in cleaned if not _is_nobody(row)]


def _text(data: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 as Excel's "Unicode text" is, or else Windows's Latin letters."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def identity_column(row: Mapping[str, str]) -> str | None:
    """The column that holds the id under which nbgrader knows a student."""
    return next((column for column in ID_COLUMNS if column in row), None)


def keys_in(row: Mapping[str, str]) -> list[str]:
    """All ids, numbers and addresses in a row, the most certain first."""
    return [row[column] for column in KEY_COLUMNS if row.get(column)]


def names_in(row: Mapping[str, str]) -> Names:
    """The name in a row: "Doe, Ada" is told apart, "Ada Doe" is not."""
    first, last, whole = (
        next((row[column] for column in columns if row.get(column)), "")
        for columns in (FIRST_NAMES, LAST_NAMES, WHOLE_NAMES)
    )
    if not (first or last) and whole.count(",") == 1:
        last, first = (part.strip() for part in whole.split(","))
    return Names(first, last, whole)


def on_roster(root: Path) -> frozenset[str] | None:
    """The ids on the roster of the course in `root`; None if it has no roster.

    Raises CourseError for a roster that lists nobody.
    """
    path = root / ROSTER
    if not path.is_file():
        return None
    rows = roster_rows(path)
    found = (row[column] for row in rows if (column := identity_column(row)) is not None)
    ids = frozenset(found) - {""}
    if not ids:
        raise nobody_on(path, rows)
    refuse_two_ids_of_one_person(rows, path)
    return ids


def names_on_roster(root: Path) -> dict[str, str]:
    """The names on the roster of the course in `root`, with the ids, by id; empty without one.

    Raises CourseError.
    """
    path = root / ROSTER
    found = {}
    for row in roster_rows(path) if path.is_file() else ():
        column, names = identity_column(row), names_in(row)
        name = f"{names.first} {names.last}".strip() or names.whole
        if column is not None and name:
            found[row[column]] = f"{name} ({row[column]})"
    return found


def ids_by_key(root: Path) -> dict[str, str]:
    """The ids of the roster in `root` by everything else that is one person's in its row, in lower case.

    Raises CourseError.
    """
    path = root / ROSTER
    return {
        key.casefold(): row[column]
        for row in (roster_rows(path) if path.is_file() else ())
        if (column := identity_column(row)) is not None
        for key in keys_in(row)
    }


def nobody_on(path: Path, rows: Sequence[Mapping[str, str]]) -> CourseError:
    """The error for a file that lists no students. rows: what was read of it."""
    has = f": it has {', '.join(map(repr, rows[0]))}" if rows else ""
    return CourseError(
        f"{path} lists no students: it needs a first line with the names of its columns, among them "
        f"one of {', '.join(ID_COLUMNS)}{has}"
    )


def refuse_two_ids_of_one_person(rows: Iterable[Mapping[str, str]], path: Path) -> None:
    """Raise CourseError where two rows share what belongs to one person: an address, a number, an id.

    An address may stand in any column; numbers of different systems may be equal.
    """
    owner: dict[tuple[str, str], str] = {}
    for row in rows:
        own = identity_column(row)
        identity = row[own] if own is not None else ""
        for column in KEY_COLUMNS:
            value = row.get(column, "")
            if not identity or value.casefold() in ("", *NO_VALUES):
                continue
            kind = "address" if "@" in value else column
            first = owner.setdefault((kind, key_of(value)), identity)
            if first != identity:
                raise CourseError(
                    f"{path}: {first!r} and {identity!r} have the same {kind}, {value!r}, so they are "
                    "two ids of one person: remove one of the rows, or correct it"
                )


def key_of(text: str) -> str:
    """An id, a number or an address as it is compared."""
    return unicodedata.normalize("NFC", text).casefold().strip()


def _value(column: str, value: str) -> str:
    """A cell; ids without the `#` that Brightspace puts in front of them, and Moodle's "Participant"."""
    value = value.strip()
    if column == "identifier" and (match := NUMBER.fullmatch(value)):
        return match[1]
    return value.removeprefix("#") if column in KEY_COLUMNS else value


def _is_nobody(row: Mapping[str, str]) -> bool:
    """Whether a row is no person's: Canvas's own row of points, its test student, an empty line."""
    return not any(row.values()) or names_in(row).whole.casefold() in NOBODY
