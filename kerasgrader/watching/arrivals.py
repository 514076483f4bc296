"""Take submissions from nbgrader's exchange as attempts, all of them, as soon as they are whole.

`nbgrader collect` takes the newest of each student, and nothing where one is collected already. What is
trusted here is as little as there (`kerasgrader.intake.exchange`): a submission counts for the owner of its
files, and no link is followed. It arrives when Linux last changed its folder, which nobody can date back.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from kerasgrader.course.course import Course, Unit
from kerasgrader.course.times import time_of
from kerasgrader.errors import SubmissionError, one_line
from kerasgrader.intake.exchange import Collect
from kerasgrader.marking.attempts import attempts_of, store
from kerasgrader.repair.reading import LARGEST_FILE
from kerasgrader.repair.timestamps import FOR_FEEDBACK, TIMESTAMP, WRITTEN_BY_SUBMIT

READY_SECONDS = 60  # in which `nbgrader submit` has written all of a submission, or it never will
MOST_WAITING = (
    20  # attempts of one student in one unit; more stay in the exchange until some are graded
)
MOST_ENTRIES = 1000  # in the folder of one submission
LARGEST_NOTE = 10_000  # bytes of a file that `nbgrader submit` writes


class Arrivals:
    """What is new in the exchange. say: called with a sentence on each submission that is not taken."""

    def __init__(self, config: Config, say: Callable[[str], None]) -> None:
        self.collecting = Collect(coursedir=CourseDirectory(config=config), config=config)
        self.say = say
        self.done: set[str] = set()
        self.first_seen: dict[str, float] = {}

    @property
    def inbound(self) -> Path:
        """Where `nbgrader submit` puts submissions."""
        return Path(self.collecting.root) / self.collecting.coursedir.course_id / "inbound"

    def take(self, course: Course) -> int:
        """Store what is new as attempts; returns how many. Raises OSError if they cannot be stored."""
        units, waiting, taken = {unit.id: unit for unit in course.units}, dict[tuple, int](), 0
        try:
            with os.scandir(self.inbound) as entries:
                new = [Path(entry.path) for entry in entries if entry.name not in self.done]
        except FileNotFoundError:
            return 0  # a course without an exchange
        arrived = {path: _arrived(path) for path in new}
        for path in sorted(new, key=lambda path: (arrived[path], path.name)):
            student, unit_id = (path.name.rsplit("+", 3) + [""])[:2]
            unit = units.get(unit_id)
            if unit is None:
                self._leave(path, SubmissionError(f"the course has no unit {unit_id!r}"))
                continue
            try:
                files = self._read(path, unit)
            except (SubmissionError, OSError) as error:
                since = self.first_seen.setdefault(path.name, time.monotonic())
                if time.monotonic() - since > READY_SECONDS:
                    self._leave(path, error)
                continue
            key = unit_id, student
            if key not in waiting:
                open_ones = [one for one in attempts_of(unit, student) if one.outcome is None]
                waiting[key] = len(open_ones)
            if waiting[key] < MOST_WAITING:
                new_one = _store(unit, student, files, arrived[path])
                waiting[key] += new_one
                taken += new_one
                self.done.add(path.name)
                self.first_seen.pop(path.name, None)
        return taken

    def _leave(self, path: Path, error: Exception) -> None:
        self.done.add(path.name)
        self.first_seen.pop(path.name, None)
        self.say(one_line(Exception(f"not taken: {path.name}: {error}")))

    def _read(self, path: Path, unit: Unit) -> dict[str, bytes]:
        """The notebook of a submission, as "", and what was written with it."""
        self.collecting.vet(path)
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            owner = os.fstat(folder).st_uid if self.collecting.check_owner else None
            names, notebook = os.listdir(folder)[:MOST_ENTRIES], f"{unit.notebook}.ipynb"
            notebooks = [name for name in names if name.endswith(".ipynb")]
            if notebook not in notebooks and len(notebooks) != 1:
                raise SubmissionError(f"there is no {notebook} in it")
            chosen = notebook if notebook in notebooks else notebooks[0]
            files = {"": _content(folder, chosen, owner, LARGEST_FILE)}
            for name in WRITTEN_BY_SUBMIT:
                if name in names:
                    files[name] = _content(folder, name, owner, LARGEST_NOTE)
        finally:
            os.close(folder)
        if not all(files.get(name) for name in FOR_FEEDBACK):
            raise SubmissionError(f"it has no {' and '.join(FOR_FEEDBACK)} yet")
        return files


def _arrived(path: Path) -> float:
    try:
        return path.lstat().st_ctime
    except OSError:  # it is gone: reading it tells
        return 0.0


def _content(folder: int, name: str, owner: int | None, most: int) -> bytes:
    opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    with open(opened, "rb") as file:
        found = os.fstat(opened)
        if not stat.S_ISREG(found.st_mode) or owner not in (None, found.st_uid):
            raise SubmissionError(f"{name} is not this student's own file")
        data = file.read(most + 1)
    if len(data) > most:
        raise SubmissionError(f"{name} is larger than {most} bytes")
    return data


def _store(unit: Unit, student: str, files: dict[str, bytes], arrived: float) -> bool:
    """Store an attempt; returns whether it is new."""
    beside = {name: data for name, data in files.items() if name}
    sent = time_of(beside[TIMESTAMP].decode("utf-8", "replace"), unit.zone)
    before = {path.name for path in unit.attempts(student).glob("*")}
    name = store(
        unit, student, files[""], sent or datetime.fromtimestamp(arrived, UTC), None, "", beside
    )
    if name in before:
        return False
    os.utime(unit.attempts(student) / name / f"{unit.notebook}.ipynb", (arrived, arrived))
    return True
