"""Where people stand: the queue for an instructor, and for a student what there is in each unit.

Everything is found out from what is on disk, and holds while no watcher is at work, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path

from traitlets.config import Config

from kerascheck.judge.verdict import PASSED
from kerasgrader.course.attempt_rules import CLOSED, EVERYTHING, shown_at
from kerasgrader.course.attempt_rules import PASSED as ONLY_PASSED
from kerasgrader.course.course import Course, Unit, load_course
from kerasgrader.course.deadlines import Lateness
from kerasgrader.course.times import with_offset
from kerasgrader.marking import gradebook as scores
from kerasgrader.marking.attempts import StoredAttempt, Tried, attempts_of
from kerasgrader.marking.lateness import lateness
from kerasgrader.marking.nbgrader import in_gradebook, load_config
from kerasgrader.watching.looks import LookRequest, look_of
from kerasgrader.watching.placing import is_placed
from kerasgrader.watching.policy import Start, left_today, starts
from kerasgrader.watching.queue import Queue, Waiting, in_order, late_attempts
from kerasgrader.watching.watcher import is_watched

AFTER_DATE = "it came after the date, and is not graded"


@dataclass(frozen=True)
class AttemptStanding:
    """One attempt for its student. state: in words. points: None while they are not shown. tried: exercise
    and result, as far as they are shown. counts: whether it is the one that counts."""

    number: int
    when: str
    state: str
    counts: bool = False
    points: float | None = None
    of: float | None = None
    tried: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class UnitStanding:
    """One unit for a student. left: attempts that are left today; None for any number. score, of: what the
    gradebook has, None while it is not shown. look: the student's request for another look."""

    unit: str
    title: str
    dates: Lateness
    left: int | None
    attempts: tuple[AttemptStanding, ...]
    page: Path | None
    score: float | None = None
    of: float | None = None
    look: LookRequest | None = None


def queue_of(
    root: Path, now: datetime, queue: Queue | None = None
) -> tuple[list[Waiting], list[Waiting]]:
    """Those who may be graded now, in order, and those who wait for a later time. Raises GraderError.

    queue: one that has been looked at before, and knows what has not changed.
    """
    course, config, queue = load_course(root), load_config(root), queue or Queue()
    queue.look(course, config, now)
    ready = queue.ready(course, now)
    chosen = {one.key for one in ready}
    return ready, in_order(one for one in queue.all() if one.key not in chosen)


def queue_in_lines(root: Path, now: datetime) -> Iterator[str]:
    """The queue for a terminal. Raises GraderError."""
    zone = load_course(root).zone
    ready, later = queue_of(root, now)
    yield "a watcher is at work" if is_watched(root) else "no watcher is at work"
    for place, one in enumerate(ready, 1):
        yield f"{place}. {one.student}, {one.unit}, since {with_offset(one.start.time, zone)}"
    for one in later:
        yield f"-  {one.student}, {one.unit}: {_waits(one.start, now, zone)}"
    yield f"{len(ready)} to be graded now, {len(later)} later"


def standing_of(
    root: Path, student: str, now: datetime, queue: Queue | None = None
) -> list[UnitStanding]:
    """All units, for one student. queue: as in `queue_of`. Raises GraderError, OSError."""
    course, config = load_course(root), load_config(root)
    ready, _ = queue_of(root, now, queue)
    places = {one.key: place for place, one in enumerate(ready, 1)}
    found = []
    for unit in course.units:
        with in_gradebook(config) as gradebook:
            dates = lateness(gradebook, course, unit, {student: None}, student)[student]
            there = scores.submissions(gradebook, unit.id, student).get(student)
        one = _unit(course, config, unit, student, dates, places, now)
        if there is not None and shown_at(unit.before_due, dates, now) == EVERYTHING:
            worth = sum(score.of for score in there.scores)
            one = replace(one, score=there.score, of=worth)
        found.append(replace(one, look=look_of(unit, student)))
    return found


def _unit(
    course: Course,
    config: Config,
    unit: Unit,
    student: str,
    dates: Lateness,
    places: dict[tuple[str, str, str], int],
    now: datetime,
) -> UnitStanding:
    attempts = attempts_of(unit, student)
    late = late_attempts(course, config, unit, student, attempts)
    closed = late if course.watch.after_due == CLOSED else frozenset()
    begins = {one.name: one for one in starts(attempts, course.watch, course.zone, now, closed)}
    showing = shown_at(unit.before_due, dates, now)
    rows = []
    for number, attempt in enumerate(attempts, 1):
        state = _state(attempt, begins.get(attempt.name), now, course)
        place = places.get((unit.id, student, attempt.name))
        if place is not None:
            state = f"it is number {place} in the queue"
        done = attempt.outcome is not None and not attempt.refused
        rows.append(
            AttemptStanding(
                number,
                with_offset(attempt.when, course.zone),
                state,
                done and is_placed(unit, student, attempt.name),
                attempt.points if done and showing == EVERYTHING else None,
                attempt.of if done and showing == EVERYTHING else None,
                tuple(_shown(one, showing) for one in attempt.tried) if done else (),
            )
        )
    page = unit.feedback(student) / f"{unit.notebook}.html"
    return UnitStanding(
        unit.id,
        unit.title,
        dates,
        left_today([*begins.values()], course.watch, course.zone, now),
        tuple(rows),
        page if page.is_file() else None,
    )


def _shown(one: Tried, showing: str) -> tuple[str, str]:
    only = showing == ONLY_PASSED and one.outcome != PASSED
    return one.exercise, "not passed yet" if only else one.outcome


def _state(attempt: StoredAttempt, start: Start | None, now: datetime, course: Course) -> str:
    if attempt.outcome is not None:
        return f"no marks: {attempt.outcome.problem}" if attempt.refused else "graded"
    if start is None:
        return AFTER_DATE
    return _waits(start, now, course.zone)


def _waits(start: Start, now: datetime, zone: tzinfo) -> str:
    if start.time <= now:
        return "it waits for its turn"
    reason = f" ({start.why})" if start.why else ""
    return f"it is graded from {with_offset(start.time, zone)} on{reason}"
