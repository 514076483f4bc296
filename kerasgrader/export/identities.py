"""Students' names and ids on other platforms, from the roster and from nbgrader's own table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from kerasgrader.course.class_list import (
    EMAILS,
    WHOLE_NAMES,
    identity_column,
    names_in,
    roster_rows,
)
from kerasgrader.errors import CourseError
from kerasgrader.intake.roster import read_roster
from kerasgrader.marking.gradebook import Person


@dataclass(frozen=True)
class Identity:
    """A student. cells: the roster's row, by lower-case column; empty for a student who is not on
    it. own: the roster's column that holds nbgrader's id."""

    person: Person
    cells: Mapping[str, str] = field(default_factory=dict)
    own: str | None = None

    def cell(self, *columns: str) -> str:
        """The roster's value in the first of these columns that is not empty."""
        return next((self.cells[c] for c in columns if self.cells.get(c)), "")

    @property
    def keys(self) -> frozenset[str]:
        """What a platform may know the student by: the id, and all that the roster has."""
        return frozenset({self.person.id, self.person.lms_user_id, *self.cells.values()}) - {""}

    @property
    def name(self) -> str:
        """The name as people say it; the id if it is unknown."""
        parts = [part for part in (self.person.first_name, self.person.last_name) if part]
        return " ".join(parts) or self.cell(*WHOLE_NAMES) or self.person.id

    @property
    def sorted_name(self) -> str:
        """The name with the last name first, as in Canvas; the id if the name is unknown."""
        parts = [part for part in (self.person.last_name, self.person.first_name) if part]
        return self.cell("student") or ", ".join(parts) or self.cell(*WHOLE_NAMES) or self.person.id


def identities(people: Mapping[str, Person], roster: Path | None) -> list[Identity]:
    """Everybody in the gradebook or on the roster, each once, by id. Raises CourseError."""
    rows: dict[str, tuple[Mapping[str, str], str]] = {}
    if roster is not None:
        read_roster(roster)  # refuses a file that is not a roster, or lists a student twice
        for row in roster_rows(roster):
            column = identity_column(row)
            if column is not None and row[column]:
                rows[row[column]] = row, column
    found = []
    for student in sorted({*people, *rows}):
        cells, own = rows.get(student, ({}, None))
        identity = Identity(people.get(student, Person(student)), cells, own)
        found.append(replace(identity, person=_filled(identity)))
    return found


def roster_of(root: Path, name: str, default: str) -> Path | None:
    """The roster of a course, if it has one. Raises CourseError if a named one does not exist."""
    path = root / name
    if path.is_file():
        return path
    if name != default:
        raise CourseError(f"there is no roster {path}")
    return None


def _filled(identity: Identity) -> Person:
    """The person as on the roster, and so on the platform; missing values come from nbgrader."""
    person, names = identity.person, names_in(identity.cells)
    return replace(
        person,
        first_name=names.first or person.first_name,
        last_name=names.last or person.last_name,
        email=identity.cell(*EMAILS) or person.email,
    )
