"""The class list of a platform enters the course: its roster.csv and nbgrader's table of students."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Student

from kerasgrader.course.class_list import ROSTER
from kerasgrader.course.course import load_course
from kerasgrader.files import only_grader, write_atomically
from kerasgrader.intake.roster import RosterEntry, read_roster
from kerasgrader.marking.nbgrader import load_config, open_gradebook


@dataclass(frozen=True)
class Enrolment:
    """What a class list changes. new: students whom the gradebook did not know. renamed: whose name or
    address is another now. gone: whom the list lacks; they stay in the gradebook, with their points."""

    students: int
    new: tuple[str, ...]
    renamed: tuple[str, ...]
    gone: tuple[str, ...]


def enrol(
    root: Path, file: Path, dry_run: bool = False, say: Callable[[str], None] = lambda line: None
) -> Enrolment:
    """Take a class list into the course in `root`; whom it lacks stays, and is named.

    file: CSV, as in `kerasgrader.course.class_list`. Raises CourseError and writes nothing where the list
    is not in order, GraderFault where there is no gradebook to be had.
    """
    root = root.resolve()
    people = read_roster(file).people
    load_course(root)
    config, data = load_config(root), file.read_bytes()
    with only_grader(root, say), open_gradebook(config) as gradebook:
        known = {student.id: student for student in gradebook.students}
        changed = {one: _changes(known[one], people[one]) for one in people.keys() & known.keys()}
        if not dry_run:
            for one in sorted(people.keys() - known.keys()):
                changed[one] = _changes(gradebook.add_student(one), people[one])
            for one, values in changed.items():
                gradebook.update_or_create_student(one, **values)
            write_atomically(root / ROSTER, data)
    return Enrolment(
        students=len(people),
        new=tuple(sorted(people.keys() - known.keys())),
        renamed=tuple(sorted(one for one in known if changed.get(one))),
        gone=tuple(sorted(known.keys() - people.keys())),
    )


def _changes(student: Student, person: RosterEntry) -> dict[str, str]:
    """The columns of nbgrader's table in which the list has something else; what it lacks, stays there."""
    first, last = person.names.first or person.names.whole, person.names.last
    wanted = {"email": person.email} if person.email else {}
    if first or last:
        wanted |= {"first_name": first, "last_name": last}
    return {
        name: value for name, value in wanted.items() if (getattr(student, name) or "") != value
    }
