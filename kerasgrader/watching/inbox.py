"""The inbox: a folder for each unit, into which people or programs put files as `collect` takes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kerasgrader.course.course import Course
from kerasgrader.errors import one_line
from kerasgrader.intake.collecting import collect

Looks = list[tuple[str, int, int]]


class Inbox:
    """Collects what is new in `folder`. at_once: also what somebody may still be writing."""

    def __init__(self, folder: Path, say: Callable[[str], None], at_once: bool = False) -> None:
        self.folder, self.say, self.at_once = folder, say, at_once
        self.seen: dict[str, Looks] = {}
        self.collected: dict[str, Looks] = {}

    def take(self, root: Path, course: Course) -> None:
        """Collect each unit's folder that has changed, once it has stopped changing. Raises GraderError."""
        for unit in course.units:
            here = self.folder / unit.id
            looks = _looks_in(here)
            before, self.seen[unit.id] = self.seen.get(unit.id), looks
            if not looks or looks == self.collected.get(unit.id):
                continue
            if looks == before or self.at_once:
                receipt = collect(root, unit.id, [here], say=self.say)
                self.collected[unit.id] = looks
                for row in receipt.refused:
                    details = ", ".join(row.details)
                    self.say(one_line(Exception(f"not taken: {row.file}: {details}")))


def _looks_in(folder: Path) -> Looks:
    """What tells whether anything in a folder has changed; empty for one that is not there."""
    found = []
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        found.append((str(path), status.st_mtime_ns, status.st_size))
    return found
