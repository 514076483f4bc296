"""Comments that an instructor writes once, for everybody who made the same mistake: `comments.toml`.

    [[comment]]
    misconception = "stride-left-out"       # for everybody who showed it, in any unit

    [[comment]]
    unit = "unit1-residual-networks"        # or for everybody who lost points on an exercise
    exercise = "identity_block"
    text = "..."

Pages show them beside what a person wrote for one student in the formgrader; the gradebook does not hold
them.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import nbformat

from kerascheck.feedback.misconceptions import misconceptions, misconceptions_in
from kerascheck.published import PublishedUnit
from kerasgrader.course.attempt_rules import EVERYTHING, shown_at
from kerasgrader.course.course import Course, Unit, load_course
from kerasgrader.course.deadlines import Lateness
from kerasgrader.course.lessons import grade_id_of, is_question
from kerasgrader.errors import CourseError
from kerasgrader.marking.gradebook import Submission
from kerasgrader.marking.record import Record, read_record

FILE = "comments.toml"
KEYS = ("misconception", "unit", "exercise", "text")


@dataclass(frozen=True)
class SharedComment:
    """A comment on a mistake. Conditions that are "" are ignored.

    unit, exercise: where the mistake was made. misconception: what lies behind it; "" for any loss of
    points.
    """

    text: str
    misconception: str = ""
    unit: str = ""
    exercise: str = ""

    def fits(self, unit: Unit, mistake: Mistake) -> bool:
        """Whether it is for somebody with this mistake in this unit."""
        return (
            bool(self.text)
            and self.unit in ("", unit.id)
            and self.exercise in ("", mistake.exercise)
            and (self.misconception in mistake.shown if self.misconception else mistake.lost)
        )


@dataclass(frozen=True)
class Mistake:
    """What is wrong with one exercise, or one answer to a question, of one student.

    test: its cell. shown: the misconceptions behind it. lost: whether it has less than all points.
    """

    test: str
    exercise: str
    shown: tuple[str, ...]
    lost: bool


def load_comments(unit: Unit) -> tuple[SharedComment, ...]:
    """The comments of the course to which a unit belongs, in the order of the file.

    Call it while this process is about the unit. Raises CourseError with a clause for each problem.
    """
    path = unit.root / FILE
    try:
        table = tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CourseError(f"{path}: {error}") from None
    problems = list(_problems(table, load_course(unit.root)))
    if problems:
        raise CourseError(f"{path}: {'; '.join(problems)}. Nothing was changed")
    return tuple(
        SharedComment(**{**entry, "text": entry["text"].strip()})
        for entry in table.get("comment", ())
    )


def comments_on(
    unit: Unit,
    submission: Submission,
    record: Record | None,
    comments: Sequence[SharedComment],
) -> dict[str, list[str]]:
    """The comments for a student, by the test or question under which they are shown, each once."""
    found: dict[str, list[str]] = {}
    done: set[str] = set()
    for mistake in mistakes_of(submission, record):
        for comment in comments:
            if comment.text not in done and comment.fits(unit, mistake):
                found.setdefault(mistake.test, []).append(comment.text)
                done.add(comment.text)
    return found


def mistakes_of(submission: Submission, record: Record | None) -> Iterator[Mistake]:
    """The mistakes of a submission, in the order of the verdicts, which is the lesson's; then questions.

    A question that awaits a person is none.
    """
    verdicts = {} if record is None else record.verdicts
    order = {test: place for place, test in enumerate(verdicts)}
    for score in sorted(submission.scores, key=lambda score: order.get(score.test, len(order))):
        verdict = verdicts.get(score.test)
        exercise = score.exercise if verdict is None else verdict.exercise
        shown = () if verdict is None else misconceptions_in(verdict.findings)
        lost = score.points is not None and score.points < score.of - 1e-6
        if shown or lost:
            yield Mistake(score.test, exercise, shown, lost)


def shown_digest(
    unit: Unit,
    submission: Submission,
    late: Lateness,
    comments: Sequence[SharedComment],
    now: datetime,
) -> str:
    """A digest of all that a student's page shows of the gradebook, of dates and of these comments.

    now: what may be shown depends on it. Call it while this process is about the unit.
    """
    record = read_record(unit, submission.person.id) if comments else None
    found = comments_on(unit, submission, record, comments) if comments else {}
    parts = [submission.digest, late.digest, found]
    showing = shown_at(unit.before_due, late, now)
    parts += [showing] if showing != EVERYTHING else []
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def exercises_of(unit: Unit) -> tuple[str, ...]:
    """The exercises and questions of a unit, as pages name them. Raises CourseError."""
    try:
        published = PublishedUnit.of_text(unit.published_file.read_text("utf-8"))
        source = nbformat.read(unit.source_file, as_version=4)
    except FileNotFoundError:
        raise CourseError(f"{unit.id} is not built: run `kerasgrader build`") from None
    questions = (str(grade_id_of(cell)) for cell in source.cells if is_question(cell))
    return (*(exercise.exercise for exercise in published.exercises), *questions)


def _problems(table: Mapping[str, Any], course: Course) -> Iterator[str]:
    """All problems of the file, a clause each."""
    entries = table.get("comment", [])
    if not set(table) <= {"comment"} or not isinstance(entries, list):
        yield "it may hold [[comment]] tables, and nothing else"
        return
    known = {entry.id for entry in misconceptions()}
    for number, entry in enumerate(entries, 1):
        where = f"comment no. {number}"
        if not isinstance(entry, dict) or not all(isinstance(v, str) for v in entry.values()):
            yield f"{where} must be a table of texts"
            continue
        unknown = [key for key in entry if key not in KEYS]
        if unknown:
            yield f"{where} has an unknown key {unknown[0]!r}; it may have {', '.join(KEYS)}"
        if "text" not in entry:
            yield f"{where} has no text"
        if "misconception" not in entry and "exercise" not in entry:
            yield f"{where} needs a misconception, or a unit and an exercise"
        if "misconception" in entry:
            yield from _unknown(where, "misconception", entry["misconception"], known)
        yield from _wrong_place(where, entry, course)


def _wrong_place(where: str, entry: Mapping[str, str], course: Course) -> Iterator[str]:
    if "exercise" in entry and "unit" not in entry:
        yield f"{where} names an exercise: it needs its unit, too"
    if "unit" not in entry:
        return
    units = {unit.id: unit for unit in course.units}
    unit = units.get(entry["unit"])
    if unit is None:
        yield from _unknown(where, "unit", entry["unit"], units)
    elif "exercise" in entry:
        try:
            yield from _unknown(where, "exercise", entry["exercise"], exercises_of(unit))
        except CourseError as error:
            yield f"{where}: {error}"


def _unknown(where: str, kind: str, name: str, known: Any) -> Iterator[str]:
    if name not in known:
        near = get_close_matches(name, list(known), 1)
        hint = f" (is it {near[0]!r}?)" if near else ""
        yield f"{where}: there is no {kind} {name!r}{hint}"


def comments_file(unit: Unit) -> Path:
    """Where the comments of the unit's course are, or would be."""
    return unit.root / FILE
