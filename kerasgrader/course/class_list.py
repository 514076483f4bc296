"""The class list: the file roster.csv in the course's folder, as any platform exports it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
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
    "netid",
    "id",
    "id number",
    "sid",
    "email",
    "email address",
)

GROUP_COLUMNS = ("group", "groups", "section", "team")


def roster_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a roster, by the names of its columns in lower case. Raises CourseError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path}: {error.strerror}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise CourseError(f"{path}: {error}") from None
    return [
        {
            str(key).strip().casefold(): value.strip()
            for key, value in row.items()
            if isinstance(value, str) and key is not None
        }
        for row in rows
    ]


def identity_column(row: Mapping[str, str]) -> str | None:
    """The column that holds the id under which nbgrader knows a student."""
    return next((column for column in ID_COLUMNS if column in row), None)


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
        raise nobody_on(path)
    return ids


def group_members(root: Path) -> dict[str, frozenset[str]]:
    """The ids of everybody in each group on the roster of the course in `root`; none without a roster.

    A cell may name several groups, with a comma or semicolon between them. Raises CourseError.
    """
    path = root / ROSTER
    found: dict[str, set[str]] = {}
    for row in roster_rows(path) if path.is_file() else ():
        column = identity_column(row)
        for cell in (row[name] for name in GROUP_COLUMNS if name in row):
            for group in filter(None, (part.strip() for part in re.split("[,;]", cell))):
                if column is not None and row[column]:
                    found.setdefault(group, set()).add(row[column])
    return {group: frozenset(ids) for group, ids in found.items()}


def nobody_on(path: Path) -> CourseError:
    """The error for a file that lists no students."""
    return CourseError(
        f"{path} lists no students: it needs a first line with the names of its columns, among them "
        f"one of {', '.join(ID_COLUMNS)}"
    )
