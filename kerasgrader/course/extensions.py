"""Extensions: the file extensions.csv in the course's folder, a row for each student and unit.

It is data that a person may edit, and goes with the course to any other machine. An extension ends at a
time, or some days after the unit's due date, which may move.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from kerasgrader.course.times import UNSTATED, days_later, deadline_of
from kerasgrader.errors import CourseError
from kerasgrader.files import write_atomically

EXTENSIONS = "extensions.csv"
MOST_DAYS = 365


@dataclass(frozen=True)
class Extension:
    """One student's extension for one unit: until a time, or by a number of days; the other one is ""."""

    unit: str
    student: str
    until: str = ""
    days: str = ""

    def end(self, due: datetime | None, zone: tzinfo) -> datetime | None:
        """When it ends; None for one by days where there is no due date. Raises CourseError."""
        if self.until:
            return deadline_of(self.until, zone).astimezone(UTC)
        return None if due is None else days_later(due, int(self.days), zone)

    @property
    def without_zone(self) -> bool:
        """Whether its end is written without an offset."""
        return bool(self.until) and deadline_of(self.until, UNSTATED).tzinfo is UNSTATED


def read_extensions(root: Path) -> tuple[Extension, ...]:
    """The extensions of the course in `root`; none without a file. Raises CourseError, naming the line."""
    path = root / EXTENSIONS
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"{path}: {error}") from None
    first = text.split("\n", 1)[0]
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True
    )
    names = [field.name for field in fields(Extension)]
    found: dict[tuple[str, str], Extension] = {}
    try:
        missing = set(names) - set(reader.fieldnames or ())
        if missing:
            raise CourseError(f"{path} needs the columns {', '.join(names)} in its first line")
        for row in reader:
            one = Extension(**{name: (row[name] or "").strip() for name in names})
            if not any(asdict(one).values()):
                continue
            where = f"{path}, line {reader.line_num}"
            _must_be_right(one, where)
            if (one.unit, one.student) in found:
                raise CourseError(
                    f"{where}: {one.student} has two extensions for {one.unit}: remove one"
                )
            found[one.unit, one.student] = one
    except csv.Error as error:
        raise CourseError(f"{path}: {error}") from None
    return tuple(found.values())


def write_extensions(root: Path, extensions: Iterable[Extension]) -> None:
    """Write the file, in order of units and students; without a row, remove it. Raises OSError."""
    rows = sorted(extensions, key=lambda one: (one.unit, one.student))
    if not rows:
        (root / EXTENSIONS).unlink(missing_ok=True)
        return
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [field.name for field in fields(Extension)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(one) for one in rows)
    write_atomically(root / EXTENSIONS, text.getvalue())
    os.chmod(root / EXTENSIONS, 0o640)  # other graders read it, too


def _must_be_right(one: Extension, where: str) -> None:
    if not one.unit or not one.student:
        raise CourseError(f"{where}: an extension needs a unit and a student")
    if bool(one.until) == bool(one.days):
        raise CourseError(
            f"{where}: an extension needs either a time in `until` or a number in `days`"
        )
    if one.until:
        try:
            deadline_of(one.until, UNSTATED)
        except CourseError as error:
            raise CourseError(f"{where}: {error}") from None
    elif not (one.days.isascii() and one.days.isdigit() and 0 < int(one.days) <= MOST_DAYS):
        raise CourseError(
            f"{where}: days = {one.days!r} must be a whole number from 1 to {MOST_DAYS}"
        )
