"""Base of all exporters: read the gradebook, report students with missing data, write the file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import ExportPlugin
from traitlets import Bool, Unicode

from kerasgrader.course.class_list import ROSTER
from kerasgrader.course.course import Course, load_course
from kerasgrader.errors import GraderError
from kerasgrader.export.identities import Identity, identities, roster_of
from kerasgrader.marking import gradebook as scores
from kerasgrader.marking.gradebook import Submission
from kerasgrader.report.spreadsheet import Value, csv_text, is_risky


class Export(ExportPlugin):
    """An exporter. Subclasses define the rows."""

    roster = Unicode(
        ROSTER,
        help="A CSV file with everybody's ids, below the course's folder: see docs/exporting.md.",
    ).tag(config=True)

    missing_is_zero = Bool(
        False,
        help="Write 0 for students who submitted nothing, as nbgrader's own exporter does. "
        "Otherwise the cell is empty, and a learning management system keeps its own value.",
    ).tag(config=True)

    points_so_far = Bool(
        False,
        help="Write the points so far for students with a question that no person has graded yet. "
        "Otherwise the cell is empty. They are named in either case.",
    ).tag(config=True)

    default_file = "marks.csv"

    def export(self, gradebook: Gradebook) -> None:
        """Write the file. An error in the course's own files is reported in one sentence."""
        try:
            rows = self._rows_of(gradebook)
        except GraderError as error:
            self.log.error("%s", error)
            sys.exit(2)
        path = Path(self.to or self.default_file)
        path.write_bytes(csv_text(rows).encode("utf-8", "replace"))
        self.log.info("Marks are written to %s", path)

    def rows(
        self, people: Sequence[Identity], units: Sequence[Assignment]
    ) -> Iterable[Sequence[Value]]:
        """The rows of the file, the first one with the names of its columns."""
        raise NotImplementedError

    def shown(self, units: Sequence[Assignment]) -> Sequence[Assignment]:
        """The units that are written, of those that were asked for. Raises GraderError."""
        return units

    def score(self, submission: Submission | None) -> float | None:
        """The score of a submission; None for one that is not graded yet, which is never a zero.

        One with a question that awaits a person is not graded yet.
        """
        if submission is None:
            return 0.0 if self.missing_is_zero else None
        whole = submission.graded and (self.points_so_far or not submission.awaits)
        return submission.score if whole else None

    def name_those(self, why: str, people: Iterable[str]) -> None:
        """Warn about students, by id."""
        named = sorted(people)
        if named:
            self.log.warning("%s: %s", why, ", ".join(named))

    def _rows_of(self, gradebook: Gradebook) -> list[Sequence[Value]]:
        root = Path(CourseDirectory(parent=self).root)
        roster = roster_of(root, self.roster, ROSTER)
        chosen = {str(student) for student in self.student}
        people = [
            identity
            for identity in identities(scores.people(gradebook), roster)
            if not chosen or identity.person.id in chosen
        ]
        if roster is not None:
            missing = [identity.person.id for identity in people if not identity.cells]
            self.name_those(
                f"not in {roster.name}, so only what nbgrader knows is written", missing
            )
        asked = _units(gradebook, [str(name) for name in self.assignment], load_course(root))
        units = self.shown(asked)
        for unit in units:
            there = [i.person.id for i in people if i.person.id in unit.submissions]
            waiting = [student for student in there if not unit.submissions[student].graded]
            self.name_those(
                f"{unit.id}: submitted, but without marks, so the cell is empty", waiting
            )
            shown = "the score lacks it" if self.points_so_far else "the cell is empty"
            for question in unit.tests:
                self.name_those(
                    f"{unit.id}: the question {question} awaits a person, so {shown}",
                    (s for s in there if question in unit.submissions[s].awaits),
                )
        rows = list(self.rows(people, units))
        risky = {cell for row in rows for cell in row if isinstance(cell, str) and is_risky(cell)}
        self.name_those("these begin like formulas, so an apostrophe is put in front", risky)
        return rows


class Assignment:
    """An assignment in the gradebook: its title, its points and its submissions. zone: of the course."""

    def __init__(self, gradebook: Gradebook, unit_id: str, title: str, zone: tzinfo) -> None:
        self.id, self.title, self.zone = unit_id, title, zone
        self.submissions = scores.submissions(gradebook, unit_id)
        self.tests = scores.tests(gradebook, unit_id)

    @property
    def graded(self) -> bool:
        """Whether anybody's submission is graded."""
        return any(submission.graded for submission in self.submissions.values())

    @property
    def of(self) -> float:
        """The sum of all points."""
        return sum(self.tests.values())


def _units(gradebook: Gradebook, chosen: Sequence[str], course: Course) -> list[Assignment]:
    """The assignments in the order of the course; those missing from course.toml come last."""
    titles = {unit.id: unit.title for unit in course.units}
    there = {assignment.name for assignment in gradebook.assignments}
    unknown = sorted(set(chosen) - there)
    if unknown:
        raise GraderError(f"the gradebook has no assignment {', '.join(unknown)}")
    names = [*titles, *sorted(there - titles.keys())]
    wanted = [name for name in names if name in there and (not chosen or name in chosen)]
    return [Assignment(gradebook, name, titles.get(name, name), course.zone) for name in wanted]
