"""The groups of groups.csv, matched to the class list: whose submission counts for whom.

A member of a group submits for all of them; a student who also submits alone has an attempt of
their own. A platform that names all submitters itself needs no groups.csv.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kerasgrader.course.course import Course
from kerasgrader.course.groups import GROUPS, Member, read_groups
from kerasgrader.errors import CourseError
from kerasgrader.intake.platforms import Clue
from kerasgrader.intake.roster import Roster, safe_id


@dataclass(frozen=True)
class Groups:
    """members: the students of each group, by its name. by_name: the same, by the letters and digits of the
    name, in lower case. of: the group of each student."""

    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def named_by(self, clue: Clue) -> tuple[str, ...]:
        """The group that a clue names instead of a person, as Canvas, Blackboard and Brightspace do."""
        names = (clue.name,) if clue.name else clue.keys
        return next((group for name in names if (group := self.by_name.get(_plain(name)))), ())

    def mates(self, student: str) -> tuple[str, ...]:
        """All in a student's group, the student among them; () for nobody's."""
        return self.of.get(student, ())


def groups_of(course: Course, root: Path, unit_id: str, roster: Roster) -> Groups:
    """The groups for a unit. Raises CourseError, for a stranger among them too."""
    rows = read_groups(root, unit_id, (unit.id for unit in course.units))
    members: dict[str, list[str]] = {}
    owner: dict[str, str] = {}
    for row in rows:
        student = _student(row, roster, root / GROUPS)
        if owner.setdefault(student, row.group) != row.group:
            raise CourseError(
                f"{root / GROUPS}: {student} is in {owner[student]!r} and in {row.group!r}: remove one of "
                "the rows, or say in a column `unit` where each holds"
            )
        if student not in members.setdefault(row.group, []):
            members[row.group].append(student)
    found = {name: tuple(sorted(students)) for name, students in members.items()}
    by_name = {_plain(name): students for name, students in found.items() if _plain(name)}
    if len(by_name) < len(found):
        raise CourseError(f"{root / GROUPS}: two groups have names that differ only in signs")
    return Groups(found, by_name, {one: found[group] for one, group in owner.items()})


def _student(row: Member, roster: Roster, path: Path) -> str:
    student, problem = roster.student(Clue("group", row.keys, None, row.keys[0]))
    if problem is not None:
        raise CourseError(
            f"{path}: {row.keys[0]!r} in {row.group!r} is not in the class: correct the row, or add the "
            "student to the class list"
        )
    return student if roster.people else safe_id(row.keys[0])


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def in_words(students: Iterable[str]) -> str:
    """A group for a table."""
    return f"group: {', '.join(students)}"
