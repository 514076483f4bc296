"""The gradebook's content for a unit, read from nbgrader's own tables in a few queries for a class.

A score here is nbgrader's: the points that a person gave, or else the judge's, and extra credit; a late
penalty is taken off the sum, which does not fall below zero.

Long, because it is the one place that knows nbgrader's tables.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    MissingEntry,
    Notebook,
    SolutionCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import Query

from kerasgrader.course.lessons import NAMES_OF_TESTS
from kerasgrader.marking.questions import BY_HAND, outcome_of

PENALTY = "late penalty"  # beside tests


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
    """The points of one test, or of one question, which a person grades.

    automatic: the judge's; of a question 0 where it has no answer. manual: a person's, which count
    instead. extra: extra credit. look: whether nbgrader waits for a person to look at it."""

    test: str
    of: float
    automatic: float | None = None
    manual: float | None = None
    extra: float = 0.0
    look: bool = False
    question: bool = False

    @property
    def awaits(self) -> bool:
        """Whether it is an answer to a question that no person has graded."""
        return self.question and self.points is None

    @property
    def outcome(self) -> str:
        """The outcome of a question; a test's is in its verdict, unless a person gave the points."""
        return outcome_of(self.automatic, self.manual) if self.question else BY_HAND

    @property
    def points(self) -> float | None:
        """The points that count; None where neither the judge nor a person has given any."""
        given = self.automatic if self.manual is None else self.manual
        return None if given is None else given + self.extra

    @property
    def by_hand(self) -> bool:
        """Whether a person gave these points."""
        return self.manual is not None

    @property
    def exercise(self) -> str:
        """The exercise that the test belongs to, as far as the test's name says."""
        return exercise_of(self.test)


@dataclass(frozen=True)
class Submission:
    """One student's submission. submitted: UTC. penalty: points taken off for submitting late. comments:
    those that a person wrote, by the name of the cell."""

    person: Person
    scores: tuple[Score, ...]
    submitted: datetime | None = None
    penalty: float = 0.0
    comments: Mapping[str, str] | None = None

    @property
    def graded(self) -> bool:
        """Whether every test has points, whatever questions await."""
        tests = [score for score in self.scores if not score.question]
        return bool(tests) and all(score.points is not None for score in tests)

    @property
    def awaits(self) -> tuple[str, ...]:
        """The questions that no person has graded: their points are not in the score."""
        return tuple(score.exercise for score in self.scores if score.awaits)

    @property
    def points(self) -> float:
        """The sum of the points of tests and questions, before the penalty."""
        return sum(score.points or 0.0 for score in self.scores)

    @property
    def score(self) -> float:
        """The points that count: never below zero, as in `nbgrader export`."""
        return max(0.0, self.points - self.penalty)

    @property
    def automatic(self) -> float | None:
        """The sum of the judge's points; None where a test has none."""
        given = [score.automatic for score in self.scores if not score.question]
        return None if None in given else sum(points or 0.0 for points in given)

    @property
    def to_look_at(self) -> tuple[str, ...]:
        """The exercises that nbgrader wants a person to look at."""
        return tuple(score.exercise for score in self.scores if score.look and not score.awaits)

    @property
    def digest(self) -> str:
        """A digest of all that a page shows of it: name, points, comments, time, penalty."""
        shown = asdict(self) | {
            "person": [self.person.id, self.person.name],
            "submitted": str(self.submitted),
        }
        return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def exercise_of(test: str) -> str:
    """The exercise that a test belongs to, as far as the test's name says."""
    return test.removeprefix(NAMES_OF_TESTS)


def people(gradebook: Gradebook, student_id: str | None = None) -> dict[str, Person]:
    """Everybody whom the gradebook knows, by id; or one student."""
    columns = (
        Student.id,
        Student.first_name,
        Student.last_name,
        Student.email,
        Student.lms_user_id,
    )
    rows = gradebook.db.query(*columns).order_by(Student.id)
    if student_id is not None:
        rows = rows.filter(Student.id == student_id)
    return {row[0]: Person(*(part or "" for part in row)) for row in rows}


def submissions(
    gradebook: Gradebook, unit_id: str, student_id: str | None = None
) -> dict[str, Submission]:
    """The submissions of a unit, by the student's id: all, or one student's."""
    known = people(gradebook, student_id)
    scores: dict[str, list[Score]] = {}
    given = (Grade.auto_score, Grade.manual_score, Grade.extra_credit)
    asked = (Grade.needs_manual_grade, Grade.max_score)
    rows = _cells_of(gradebook, unit_id, Grade, (*given, *asked), student_id)
    questions = questions_of(gradebook, unit_id)
    for student, test, automatic, manual, extra, look, of in rows:
        asked_in = test in questions
        score = Score(test, of, automatic, manual, extra or 0.0, bool(look), asked_in)
        scores.setdefault(student, []).append(score)
    comments: dict[str, dict[str, str]] = {}
    texts = (Comment.manual_comment,)
    for student, cell, text in _cells_of(gradebook, unit_id, Comment, texts, student_id):
        if text:
            comments.setdefault(student, {})[cell] = text
    times = (
        gradebook.db.query(
            SubmittedAssignment.student_id,
            SubmittedAssignment.timestamp,
            SubmittedAssignment.late_submission_penalty,
        )
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == unit_id, _of(student_id))
        .order_by(SubmittedAssignment.student_id)
    )
    found = {}
    for student, sent, penalty in times:
        found[student] = Submission(
            known[student],
            tuple(scores.get(student, ())),
            sent,
            float(penalty or 0.0),
            comments.get(student, {}),
        )
    return found


def tests(gradebook: Gradebook, unit_id: str) -> dict[str, float]:
    """The tests and questions of a unit, in alphabetical order, and what each is worth."""
    try:
        notebooks = gradebook.find_assignment(unit_id).notebooks
    except MissingEntry:
        return {}
    cells = [cell for notebook in notebooks for cell in notebook.grade_cells]
    return {cell.name: cell.max_score for cell in sorted(cells, key=lambda cell: cell.name)}


def questions_of(gradebook: Gradebook, unit_id: str) -> frozenset[str]:
    """The questions of a unit: cells with points that students write."""
    graded, written = (
        gradebook.db.query(of.name)
        .join(Notebook, Notebook.id == of.notebook_id)
        .join(Assignment, Assignment.id == Notebook.assignment_id)
        .filter(Assignment.name == unit_id)
        for of in (GradeCell, SolutionCell)
    )
    return frozenset(row[0] for row in graded) & frozenset(row[0] for row in written)


def marks(found: Mapping[str, Submission]) -> dict[str, dict[str, float]]:
    """The points of every graded submission, by student and test, and its late penalty: for `history`.

    What awaits a person has none.
    """
    return {
        student: {
            **{s.test: round(s.points, 4) for s in item.scores if s.points is not None},
            **({PENALTY: round(-item.penalty, 4)} if item.penalty else {}),
        }
        for student, item in found.items()
        if item.graded
    }


def set_time(gradebook: Gradebook, unit_id: str, student: str, sent: datetime | None) -> None:
    """Set when a submission came; None forgets the time of an earlier one, which nbgrader would keep."""
    try:
        found = gradebook.find_submission(unit_id, student)
        found.timestamp = None if sent is None else sent.astimezone(UTC).replace(tzinfo=None)
    except MissingEntry:
        return
    gradebook.db.commit()


def keep_as_looked_at(gradebook: Gradebook, unit_id: str, before: Submission) -> None:
    """Take back that nbgrader asks for a look at points that a person gave for this very answer.

    nbgrader asks whenever it writes the judge's points beside a person's; that is needed only where the
    answer or the judge's points are others. before: the submission as it was, of the same answer.
    """
    settled = {(score.test, score.automatic) for score in before.scores if not score.look}
    for notebook in gradebook.find_submission(unit_id, before.person.id).notebooks:
        for grade in notebook.grades:
            if (grade.name, grade.auto_score) in settled:
                grade.needs_manual_grade = False
    gradebook.db.commit()


def _of(student_id: str | None) -> ColumnElement[bool]:
    return true() if student_id is None else SubmittedAssignment.student_id == student_id


def _cells_of(
    gradebook: Gradebook,
    unit_id: str,
    of: type[Grade] | type[Comment],
    columns: Iterable,
    student_id: str | None,
) -> Query:
    """Student, cell and `columns` of the grades or comments of a unit, in a fixed order."""
    return (
        gradebook.db.query(SubmittedAssignment.student_id, BaseCell.name, *columns)
        .select_from(of)
        .join(BaseCell, BaseCell.id == of.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == of.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == unit_id, _of(student_id))
        .order_by(SubmittedAssignment.student_id, BaseCell.name)
    )
