"""Attempts: every notebook that a student submitted, in `attempts/`, with the verdicts that it got.

submitted/ holds the attempt that counts; the others stay here. An attempt is named by its time and its
content, so that storing it twice changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kerascheck.judge.verdict import PASSED, Verdict
from kerasgrader.course.course import Unit
from kerasgrader.files import write_atomically
from kerasgrader.repair.timestamps import with_offset

NEVER = "not yet"  # passed
VERDICTS = "verdicts.json"
GROUP = "group.json"  # the ids of all for whom it was submitted
NAME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Tried:
    """One exercise of an attempt: its outcome, and the judge's points."""

    exercise: str
    outcome: str
    points: float
    of: float


@dataclass(frozen=True)
class StoredAttempt:
    """An attempt. when: its time. tried: its exercises; none if it was never graded. group: all for whom it
    was submitted, if that is not one student."""

    name: str
    when: datetime
    tried: tuple[Tried, ...] = ()
    group: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """The sum of the judge's points."""
        return sum(one.points for one in self.tried)

    @property
    def of(self) -> float:
        return sum(one.of for one in self.tried)

    def to_plain(self) -> dict[str, Any]:
        """The attempt for a page."""
        return {
            "when": with_offset(self.when),
            "points": self.points,
            "of": self.of,
            "tried": [vars(one) for one in self.tried],
            "group": list(self.group),
        }


def store(
    unit: Unit,
    student: str,
    notebook: bytes,
    sent: datetime | None,
    group: Sequence[str] | None = None,
) -> str:
    """Store a notebook as an attempt, unless it is there already; returns its name. Raises OSError.

    sent: when it was submitted; None for now, if that is not known. group: all for whom it was submitted,
    empty for this student alone; None leaves what is stored.
    """
    name = _stored(unit, student, notebook, sent)
    if group is not None:
        path = unit.attempts(student) / name / GROUP
        if group and list(group) != list(_group(path.parent)):
            write_atomically(path, json.dumps(list(group)) + "\n")
        elif not group:
            path.unlink(missing_ok=True)
    return name


def _stored(unit: Unit, student: str, notebook: bytes, sent: datetime | None) -> str:
    folder = unit.attempts(student)
    there = [path.name for path in folder.glob(f"*{_name(notebook, None)}")]
    name = _name(notebook, sent or datetime.now(UTC))
    if there and (sent is None or name in there):
        return there[0] if sent is None else name
    write_atomically(folder / name / f"{unit.notebook}.ipynb", notebook)
    return name


def note_verdicts(unit: Unit, student: str, name: str, verdicts: Mapping[str, Verdict]) -> None:
    """Store what an attempt got. Raises OSError."""
    tried = [vars(Tried(v.exercise, v.outcome, v.points, v.of)) for v in verdicts.values()]
    write_atomically(unit.attempts(student) / name / VERDICTS, json.dumps(tried))


def attempts_of(unit: Unit, student: str) -> tuple[StoredAttempt, ...]:
    """A student's attempts, the oldest first; unreadable ones are left out."""
    found = []
    for folder in sorted(unit.attempts(student).glob("*T*Z-*")):
        with suppress(ValueError):
            when = datetime.strptime(folder.name.rpartition("-")[0], NAME).replace(tzinfo=UTC)
            found.append(StoredAttempt(folder.name, when, _tried(folder), _group(folder)))
    return tuple(found)


def group_of(unit: Unit, student: str) -> tuple[str, ...]:
    """All for whom the notebook in submitted/ was submitted; () if that is this student alone.

    Of attempts with the same content, the one of the time in timestamp.txt tells, or else the last one.
    """
    if not any(unit.attempts(student).glob(f"*/{GROUP}")):
        return ()
    folder = unit.submitted(student)
    try:
        end = _name((folder / f"{unit.notebook}.ipynb").read_bytes(), None)
    except OSError:  # grading names it
        return ()
    time = ""
    with suppress(OSError):
        time = (folder / "timestamp.txt").read_text("utf-8", "replace")[:19]
    same = sorted(unit.attempts(student).glob(f"*{end}"))
    digits = "".join(filter(str.isdigit, time))
    then = [path for path in same if path.name.startswith(f"{digits[:8]}T{digits[8:]}Z-")]
    return _group((then or same)[-1]) if same else ()


def first_passes(unit: Unit, students: Iterable[str]) -> dict[str, dict[str, int]]:
    """For each exercise, how many students first passed it at which attempt."""
    counts: dict[str, Counter[str]] = {}
    for student in students:
        graded = [attempt.tried for attempt in attempts_of(unit, student) if attempt.tried]
        for exercise in dict.fromkeys(one.exercise for tried in graded for one in tried):
            passed = (
                str(number)
                for number, tried in enumerate(graded, 1)
                if any(one.exercise == exercise and one.outcome == PASSED for one in tried)
            )
            counts.setdefault(exercise, Counter())[next(passed, NEVER)] += 1
    return {exercise: dict(count) for exercise, count in counts.items()}


def _name(notebook: bytes, sent: datetime | None) -> str:
    """The name of an attempt; the end of it, if its time is not known."""
    time = f"{sent.astimezone(UTC):{NAME}}" if sent is not None else ""
    return f"{time}-{hashlib.sha256(notebook).hexdigest()[:12]}"


def _group(folder: Path) -> tuple[str, ...]:
    try:
        return tuple(str(one) for one in json.loads((folder / GROUP).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return ()


def _tried(folder: Path) -> tuple[Tried, ...]:
    try:
        return tuple(Tried(**one) for one in json.loads((folder / VERDICTS).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return ()
