"""What the gradebook says of a unit, read through nbgrader's own tables: for reports and exports.

A score here is nbgrader's: what a person gave, or else what the judge gave, and extra credit; a late
penalty is taken off the sum, which does not fall below zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nbgrader.api import Assignment, Gradebook, MissingEntry, Student, SubmittedAssignment

NAMES_OF_TESTS = "test_"


@dataclass(frozen=True)
class Person:
    """A student as the gradebook knows them."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def name(self) -> str:
        """The name as people say it; the id where the gradebook has no name."""
        return f"{self.first_name} {self.last_name}".strip() or self.id


@dataclass(frozen=True)
class Score:
    """The points of one test. points: None where neither the judge nor a person has given any."""

    test: str
    points: float | None
    of: float
    by_hand: bool = False

    @property
    def exercise(self) -> str:
        """The exercise that the test belongs to, as far as the test's name says."""
        return self.test.removeprefix(NAMES_OF_TESTS)


@dataclass(frozen=True)
class Submission:
    """One student's submission. submitted: UTC. late: seconds. penalty: points taken off for that."""

    person: Person
    scores: tuple[Score, ...]
    submitted: datetime | None = None
    late: float = 0.0
    penalty: float = 0.0

    @property
    def graded(self) -> bool:
        """Whether every test has points."""
        return bool(self.scores) and all(score.points is not None for score in self.scores)

    @property
    def points(self) -> float:
        """What the tests give together, before the penalty."""
        return sum(score.points or 0.0 for score in self.scores)

    @property
    def score(self) -> float:
        """What counts: never below zero, as in `nbgrader export`."""
        return max(0.0, self.points - self.penalty)


def people(gradebook: Gradebook) -> dict[str, Person]:
    """Everybody whom the gradebook knows, by id."""
    return {student.id: _person(student) for student in gradebook.students}


def submissions(gradebook: Gradebook, unit_id: str) -> dict[str, Submission]:
    """The submissions of a unit, by the student's id."""
    try:
        assignment: Assignment = gradebook.find_assignment(unit_id)
    except MissingEntry:
        return {}
    return {item.student_id: _submission(item) for item in assignment.submissions}


def tests(gradebook: Gradebook, unit_id: str) -> dict[str, float]:
    """The tests of a unit, in alphabetical order, and what each is worth."""
    try:
        notebooks = gradebook.find_assignment(unit_id).notebooks
    except MissingEntry:
        return {}
    cells = [cell for notebook in notebooks for cell in notebook.grade_cells]
    return {cell.name: cell.max_score for cell in sorted(cells, key=lambda cell: cell.name)}


def marks(gradebook: Gradebook, unit_id: str) -> dict[str, dict[str, float]]:
    """The points of every graded submission, by student and test: what `history` takes note of."""
    return {
        student: {score.test: round(score.points or 0.0, 4) for score in item.scores}
        for student, item in submissions(gradebook, unit_id).items()
        if item.graded
    }


def _submission(item: SubmittedAssignment) -> Submission:
    grades = sorted(
        (g for notebook in item.notebooks for g in notebook.grades), key=lambda g: g.name
    )
    scores = tuple(
        Score(
            grade.name,
            None if grade.auto_score is None and grade.manual_score is None else grade.score,
            grade.max_score,
            grade.manual_score is not None,
        )
        for grade in grades
    )
    return Submission(
        _person(item.student),
        scores,
        item.timestamp,
        float(item.total_seconds_late),
        float(item.late_submission_penalty or 0.0),
    )


def _person(student: Student) -> Person:
    parts = (student.first_name, student.last_name, student.email, student.lms_user_id)
    return Person(student.id, *(part or "" for part in parts))
