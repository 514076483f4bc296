"""The watcher: takes what is submitted, grades it in turn, releases pages, until somebody ends it.

It may be killed at any moment. What is to be done is found out from what is there (`kerasgrader.watching`),
so neither a start after a power cut nor a second watcher needs to know what the first one was about.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from threading import Event

from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config

from kerasgrader.course.course import Course, Unit, load_course
from kerasgrader.errors import GraderError, one_line
from kerasgrader.execution.executors import Workers, workers
from kerasgrader.files import only_grader
from kerasgrader.grading.ledger import Ledger
from kerasgrader.grading.options import Options
from kerasgrader.grading.run import grade_alone
from kerasgrader.marking.attempts import StoredAttempt, attempts_of, note_outcome
from kerasgrader.marking.nbgrader import load_config
from kerasgrader.watching.arrivals import Arrivals
from kerasgrader.watching.inbox import Inbox
from kerasgrader.watching.placing import is_placed, place
from kerasgrader.watching.policy import counting
from kerasgrader.watching.queue import Queue, Waiting, late_attempts
from kerasgrader.watching.releasing import release_page

POLL_SECONDS = 1.0  # between looks at what is new
ROUND_SECONDS = 300.0  # between rounds through all students: dates pass, and people change things
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 600.0  # seconds after something failed, doubled each time
PER_WORKER = 2  # submissions of a batch: then `grade` by hand and other watchers have their turn
MOST_LOOKED_AT = 50  # students in a batch of a round

Say = Callable[[str], None]


@dataclass
class Pause:
    """How long to leave alone what has failed. until: of `time.monotonic`."""

    seconds: float = 0.0
    until: float = 0.0

    def grow(self) -> float:
        """Twice as long as the last time; returns the seconds."""
        self.seconds = min(max(FIRST_PAUSE, 2 * self.seconds), LONGEST_PAUSE)
        self.until = time.monotonic() + self.seconds
        return self.seconds


@dataclass
class Watcher:
    """Watches the course in `root`. inbox: a folder with a folder for each unit, whose files are collected.

    options: as for `grade`. stopping: set it to end the watcher between two batches. clock: the time that
    decides about starts and dates.
    """

    root: Path
    options: Options = field(default_factory=Options)
    inbox: Path | None = None
    say: Say = lambda line: None
    stopping: Event = field(default_factory=Event)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def __post_init__(self) -> None:
        self.root = self.root.resolve()
        self.queue = Queue()
        self.failed: dict[tuple[str, str, str], Pause] = {}
        self.arrivals: Arrivals | None = None
        self.box: Inbox | None = None
        self.next_round = 0.0

    def run(self, once: bool = False) -> None:
        """Watch until `stopping` is set; with `once`, until nothing is left that can be graded now.

        Raises CourseError if the course is not in order at the start.
        """
        load_course(self.root), load_config(self.root)
        pause = Pause()
        with being_watched(self.root):
            while not self.stopping.is_set():
                try:
                    self._serve(pause, once)
                    return
                except (GraderError, OSError, SQLAlchemyError) as error:
                    # A full disk, a lost database or cluster, a course.toml that is being edited: whatever
                    # was done stays, nobody loses anything, and all is looked at again.
                    self.queue.forget()
                    self.next_round = 0.0
                    if once:
                        raise
                    seconds = pause.grow()
                    self.say(f"{one_line(error)}. Tried again in {seconds:.0f} seconds")
                    self.stopping.wait(seconds)

    def _serve(self, pause: Pause, once: bool) -> None:
        course = load_course(self.root)
        kind = self.options.workers, self.options.scheduler
        with workers(*kind, course.units[0].modules, course.units[0].environment) as found:
            while not self.stopping.is_set():
                worked = self.step(found, once)
                if worked:
                    pause.seconds = 0.0
                elif once:
                    return
                else:
                    self.stopping.wait(POLL_SECONDS)

    def step(self, found: Workers, at_once: bool = False) -> bool:
        """Take what is new and grade one batch, or else go on with a round; whether anything was done.

        at_once: whether the inbox is taken as it is. Raises GraderError, OSError, SQLAlchemyError.
        """
        course, config = load_course(self.root), load_config(self.root)
        self._take(course, config, at_once)
        self.queue.look(course, config, self.clock())
        ready = [one for one in self.queue.ready(course, self.clock()) if not self._paused(one)]
        batch = ready[: found.at_a_time * PER_WORKER]
        if batch:
            with only_grader(self.root, self.say):
                self._grade(course, config, batch, found)
            return True
        return self._go_round(course, config, found)

    def _take(self, course: Course, config: Config, at_once: bool) -> None:
        if self.arrivals is None:
            self.arrivals = Arrivals(config, self.say)
            self.box = None if self.inbox is None else Inbox(self.inbox, self.say, at_once)
        self.arrivals.take(course)
        if self.box is not None:
            self.box.take(self.root, course)

    def _paused(self, one: Waiting) -> bool:
        pause = self.failed.get(one.key)
        return pause is not None and time.monotonic() < pause.until

    def _grade(
        self, course: Course, config: Config, batch: Sequence[Waiting], found: Workers
    ) -> None:
        """Grade a batch, as the only grader of the course."""
        for unit_id, group in groupby(
            sorted(batch, key=lambda one: one.unit), key=lambda one: one.unit
        ):
            unit, items = course.unit(unit_id), list(group)
            placed = []
            for one in items:
                self.queue.forget(unit.id, one.student)
                states = {each.name: each for each in attempts_of(unit, one.student)}
                state = states.get(one.start.name)
                if (
                    state is not None and state.outcome is None
                ):  # another watcher may have been here
                    if not is_placed(unit, one.student, one.start.name):
                        place(unit, one.student, one.start.name)
                    placed.append(one)
            if placed:
                try:
                    self._grade_placed(course, config, unit, placed, found)
                except GraderError:  # of this unit, or of all: first see to the others
                    for one in placed:
                        self.failed.setdefault(one.key, Pause()).grow()
                    raise

    def _grade_placed(
        self,
        course: Course,
        config: Config,
        unit: Unit,
        placed: Sequence[Waiting],
        found: Workers,
    ) -> None:
        students = [one.student for one in placed]
        marks = grade_alone(self.root, unit.id, students, self._options(), found=found)
        problems = {graded.student: graded.problem or graded.old for graded in marks.graded}
        penalties = {graded.student: graded.penalty for graded in marks.graded}
        for one in placed:
            done = {a.name: a for a in attempts_of(unit, one.student) if a.outcome is not None}
            attempt = done.get(one.start.name)
            if attempt is None and not problems[one.student]:  # graded before there were outcomes
                attempt = self._note(unit, one, penalties[one.student])
            where = f"{one.student}, {unit.id}, {one.start.name}"
            if attempt is None:
                seconds = self.failed.setdefault(one.key, Pause()).grow()
                self.say(f"{where}: {problems[one.student]}. Tried again in {seconds:.0f} seconds")
                continue
            self.failed.pop(one.key, None)
            released = not attempt.refused and release_page(config, unit, one.student)
            outcome = f"{attempt.points:g} of {attempt.of:g} points"
            if attempt.refused:
                outcome = f"no marks: {problems[one.student]}"
            self.say(f"{where}: {outcome}{', page released' if released else ''}")
        self._settle(course, config, unit, students, found)

    def _note(self, unit: Unit, one: Waiting, penalty: float) -> StoredAttempt:
        note_outcome(unit, one.student, one.start.name, self.clock(), penalty)
        found = {each.name: each for each in attempts_of(unit, one.student)}
        return found[one.start.name]

    def _settle(
        self, course: Course, config: Config, unit: Unit, students: Sequence[str], found: Workers
    ) -> None:
        """Put the attempt that counts of each of these students into submitted/, and have marks follow."""
        moved = []
        for student in students:
            attempts = attempts_of(unit, student)
            late = late_attempts(course, config, unit, student, attempts)
            chosen = counting(attempts, course.watch, late)
            if chosen is not None and not is_placed(unit, student, chosen.name):
                place(unit, student, chosen.name)
                moved.append(student)
        if moved:
            grade_alone(self.root, unit.id, moved, self._options(), found=found)
            for student in moved:
                release_page(config, unit, student)

    def _go_round(self, course: Course, config: Config, found: Workers) -> bool:
        """If it is time, see that everybody's marks and page are those of the attempt that counts."""
        if time.monotonic() < self.next_round:
            return False
        self.next_round = time.monotonic() + ROUND_SECONDS
        self.queue.forget()
        for unit in course.units:
            try:
                self._round(course, config, unit, found)
            except GraderError as error:  # this unit's: the others go on
                self.say(f"{unit.id}: {one_line(error)}")
        return False

    def _round(self, course: Course, config: Config, unit: Unit, found: Workers) -> None:
        folders = sorted((self.root / "attempts").glob(f"*/{unit.id}"))
        students = [
            folder.parent.name
            for folder in folders
            if any(one.outcome is not None for one in attempts_of(unit, folder.parent.name))
        ]
        for start in range(0, len(students), MOST_LOOKED_AT):
            some = students[start : start + MOST_LOOKED_AT]
            if self.stopping.is_set():
                return
            with only_grader(self.root, self.say):
                self._settle(course, config, unit, some, found)
                if Ledger(unit, self._options()).all_unchanged(some) is None:
                    grade_alone(self.root, unit.id, some, self._options(), found=found)
                for student in some:
                    release_page(config, unit, student)

    def _options(self) -> Options:
        return replace(self.options, now=self.clock())


@contextmanager
def being_watched(root: Path) -> Iterator[None]:
    """While this is open, `is_watched` holds, until this process ends in whatever way."""
    with _watch_file(root).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def is_watched(root: Path) -> bool:
    """Whether a watcher is at work on the course in `root`."""
    try:
        with _watch_file(root).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _watch_file(root: Path) -> Path:
    folder = root / ".kerasgrader"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "watch"
