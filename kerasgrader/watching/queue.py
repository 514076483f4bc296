"""Who waits: the attempts on disk that have no outcome yet, in a fair order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from traitlets.config import Config

from kerasgrader.course.attempt_rules import CLOSED, COUNT
from kerasgrader.course.course import Course, Unit
from kerasgrader.course.extensions import EXTENSIONS
from kerasgrader.grading.ledger import looks_of
from kerasgrader.marking.attempts import StoredAttempt, attempts_of
from kerasgrader.marking.lateness import lateness
from kerasgrader.marking.nbgrader import in_gradebook
from kerasgrader.watching.policy import Start, is_quiet, place_in_line, starts


@dataclass(frozen=True)
class Waiting:
    """An attempt that is to be graded, from its start on."""

    unit: str
    student: str
    start: Start

    @property
    def key(self) -> tuple[str, str, str]:
        return self.unit, self.student, self.start.name


class Queue:
    """The attempts that wait. A student's folder is read again when something is put into it (`look`), or
    after `forget`."""

    def __init__(self) -> None:
        self.looks: dict[tuple[str, str], list[int]] = {}
        self.waiting: dict[tuple[str, str], tuple[Waiting, ...]] = {}
        self.rules: list[list[int]] = []

    def look(self, course: Course, config: Config, now: datetime) -> None:
        """See what is new. Raises OSError, GraderFault."""
        root = course.units[0].root
        rules = [looks_of(root / name) for name in ("course.toml", EXTENSIONS)]
        if rules != self.rules:
            self.forget()
            self.rules = rules
        folders = sorted(path for path in (root / "attempts").glob("*") if path.is_dir())
        for unit in course.units:
            for folder in folders:
                key, looks = (unit.id, folder.name), looks_of(folder / unit.id)
                if looks != self.looks.get(key, []):
                    self.waiting[key] = waiting_in(course, config, unit, folder.name, now)
                    self.looks[key] = looks

    def forget(self, unit: str = "", student: str = "") -> None:
        """Look again at a student's attempts, or at all."""
        for key in [(unit, student)] if unit else [*self.looks]:
            self.looks.pop(key, None)
            self.waiting.pop(key, None)

    def all(self) -> Iterator[Waiting]:
        """All attempts that wait."""
        for found in self.waiting.values():
            yield from found

    def ready(self, course: Course, now: datetime) -> list[Waiting]:
        """Those that may be graded now, in order: the first one of each student and unit."""
        if is_quiet(course.watch, course.zone, now):
            return []
        firsts = [found[0] for found in self.waiting.values() if found]
        return in_order(one for one in firsts if one.start.time <= now)


def in_order(waiting: Iterator[Waiting] | Sequence[Waiting]) -> list[Waiting]:
    """Sorted as they are graded."""
    return sorted(waiting, key=lambda one: (place_in_line(one.start), one.unit, one.student))


def waiting_in(
    course: Course, config: Config, unit: Unit, student: str, now: datetime
) -> tuple[Waiting, ...]:
    """The attempts of one student in one unit that wait, in their order. Raises OSError, GraderFault."""
    attempts = attempts_of(unit, student)
    if all(one.outcome is not None for one in attempts):
        return ()
    late = late_attempts(course, config, unit, student, attempts)
    closed = late if course.watch.after_due == CLOSED else frozenset()
    open_ones = {one.name for one in attempts if one.outcome is None}
    found = starts(attempts, course.watch, course.zone, now, closed)
    return tuple(Waiting(unit.id, student, one) for one in found if one.name in open_ones)


def late_attempts(
    course: Course, config: Config, unit: Unit, student: str, attempts: Sequence[StoredAttempt]
) -> frozenset[str]:
    """The attempts after the date that no rule for late submissions covers, if that makes a difference."""
    if course.watch.after_due == COUNT:
        return frozenset()
    found = set()
    with in_gradebook(config) as gradebook:
        for one in attempts:
            if one.sent is not None:
                late = lateness(gradebook, course, unit, {student: one.sent}, student)[student]
                if late.rest > 0:
                    found.add(one.name)
    return frozenset(found)
