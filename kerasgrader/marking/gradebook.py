"""The gradebook's content for a unit, read from nbgrader's own tables in a few queries for a class.

A score here is nbgrader's: the points that a person gave, or else the judge's, and extra credit; a late
penalty is taken off the sum, which does not fall below zero.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import Query

NAMES_OF_TESTS = "test_"
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
    """The points of one test. automatic: the judge's. manual: a person's, which count instead. extra:
    extra credit. look: whether nbgrader waits for a person to look at it."""

    test: str
    of: float
    automatic: float | None = None
    manual: float | None = None
    extra: float = 0.0
    look: bool = False

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
    """One student's submission. submitted: UTC. late: seconds. penalty: points taken off for that.
    comments: by the name of the cell."""

    person: Person
    scores: tuple[Score, ...]
    submitted: datetime | None = None
    late: float = 0.0
    penalty: float = 0.0
    comments: Mapping[str, str] | None = None

    @property
    def graded(self) -> bool:
        """Whether every test has points."""
        return bool(self.scores) and all(score.points is not None for score in self.scores)

    @property
    def points(self) -> float:
        """The sum of the tests' points, before the penalty."""
        return sum(score.points or 0.0 for score in self.scores)

    @property
    def score(self) -> float:
        """The points that count: never below zero, as in `nbgrader export`."""
        return max(0.0, self.points - self.penalty)

    @property
    def automatic(self) -> float | None:
        """The sum of the judge's points; None where a test has none."""
        given = [score.automatic for score in self.scores]
        return None if None in given else sum(points or 0.0 for points in given)

    @property
    def to_look_at(self) -> tuple[str, ...]:
        """The exercises that nbgrader wants a person to look at."""
        return tuple(score.exercise for score in self.scores if score.look)

    @property
    def digest(self) -> str:
        """A digest of all that a page shows of it: points, comments, lateness, penalty."""
        shown = asdict(self) | {"person": self.person.id, "submitted": str(self.submitted)}
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
    for student, test, automatic, manual, extra, look, of in rows:
        score = Score(test, of, automatic, manual, extra or 0.0, bool(look))
        scores.setdefault(student, []).append(score)
    comments: dict[str, dict[str, str]] = {}
    texts = (Comment.auto_comment, Comment.manual_comment)
    for student, cell, automatic, manual in _cells_of(
        gradebook, unit_id, Comment, texts, student_id
    ):
        if manual or automatic:
            comments.setdefault(student, {})[cell] = manual or automatic
    times = (
        gradebook.db.query(
            SubmittedAssignment.student_id,
            SubmittedAssignment.timestamp,
            SubmittedAssignment.extension,
            Assignment.duedate,
            SubmittedAssignment.late_submission_penalty,
        )
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == unit_id, _of(student_id))
        .order_by(SubmittedAssignment.student_id)
    )
    found = {}
    for student, sent, extension, due, penalty in times:
        found[student] = Submission(
            known[student],
            tuple(scores.get(student, ())),
            sent,
            0.0 if sent is None or due is None else _late(sent, due, extension),
            float(penalty or 0.0),
            comments.get(student, {}),
        )
    return found


def late(
    gradebook: Gradebook, unit_id: str, times: Mapping[str, datetime | None]
) -> dict[str, float]:
    """By how many seconds each of these students is late, of those who are.

    times: of their submissions, UTC, whether the gradebook knows these already or not.
    """
    due = gradebook.find_assignment(unit_id).duedate
    if due is None:
        return {}
    of_unit = (SubmittedAssignment.student_id, SubmittedAssignment.extension)
    rows = gradebook.db.query(*of_unit).join(Assignment).filter(Assignment.name == unit_id)
    extensions = {student: extension for student, extension in rows if extension is not None}
    return {
        student: seconds
        for student, sent in times.items()
        if sent is not None
        and (seconds := _late(sent.replace(tzinfo=None), due, extensions.get(student))) > 0
    }


def last_due(gradebook: Gradebook, unit_id: str) -> datetime | None:
    """When a unit is due for the last student, extensions included (UTC); None without a date."""
    try:
        due = gradebook.find_assignment(unit_id).duedate
    except MissingEntry:
        return None
    of_unit = gradebook.db.query(SubmittedAssignment.extension).join(Assignment)
    extensions = [extension for (extension,) in of_unit.filter(Assignment.name == unit_id)]
    return None if due is None else due + max(filter(None, extensions), default=timedelta())


def tests(gradebook: Gradebook, unit_id: str) -> dict[str, float]:
    """The tests of a unit, in alphabetical order, and what each is worth."""
    try:
        notebooks = gradebook.find_assignment(unit_id).notebooks
    except MissingEntry:
        return {}
    cells = [cell for notebook in notebooks for cell in notebook.grade_cells]
    return {cell.name: cell.max_score for cell in sorted(cells, key=lambda cell: cell.name)}


def marks(found: Mapping[str, Submission]) -> dict[str, dict[str, float]]:
    """The points of every graded submission, by student and test, and its late penalty: for `history`."""
    return {
        student: {
            **{score.test: round(score.points or 0.0, 4) for score in item.scores},
            **({PENALTY: round(-item.penalty, 4)} if item.penalty else {}),
        }
        for student, item in found.items()
        if item.graded
    }


def forget_time(gradebook: Gradebook, unit_id: str, student: str) -> None:
    """Forget when an earlier submission came: nbgrader keeps that for one whose time is not known."""
    try:
        gradebook.find_submission(unit_id, student).timestamp = None
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


def _late(sent: datetime, due: datetime, extension: timedelta | None) -> float:
    return max(0.0, (sent - due - (extension or timedelta())).total_seconds())


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
