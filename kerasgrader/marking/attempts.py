"""Attempts: every notebook that a student submitted, in `attempts/`, with the verdicts that it got.

submitted/ holds the attempt that counts; the others stay here. An attempt is named by its time and its
content, so that storing it twice changes nothing. The name of one whose zone nobody has stated has no Z.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from kerascheck.judge.verdict import PASSED, Verdict
from kerasgrader.course.course import Unit
from kerasgrader.course.times import UNSTATED, at, offset_of
from kerasgrader.files import write_atomically

NEVER = "not yet"  # passed
VERDICTS = "verdicts.json"
ATTEMPT = "kerasgrader_attempt"  # in the metadata of a graded notebook: the name of its attempt
NAME = "%Y%m%dT%H%M%S"


@dataclass(frozen=True)
class Tried:
    """One exercise of an attempt: its outcome, and the judge's points."""

    exercise: str
    outcome: str
    points: float
    of: float


@dataclass(frozen=True)
class StoredAttempt:
    """An attempt. when: its time. tried: its exercises; none if it was never graded."""

    name: str
    when: datetime
    tried: tuple[Tried, ...] = ()

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
            "when": f"{self.when:%d %B %Y, %H:%M} {offset_of(self.when)}",
            "points": self.points,
            "of": self.of,
            "tried": [vars(one) for one in self.tried],
        }


def store(unit: Unit, student: str, notebook: bytes, sent: datetime | None) -> str:
    """Store a notebook as an attempt, unless it is there already; returns its name. Raises OSError.

    sent: when it was submitted; None for now, if that is not known.
    """
    digest = hashlib.sha256(notebook).hexdigest()[:12]
    folder = unit.attempts(student)
    there = [path.name for path in folder.glob(f"*-{digest}")]
    sent_or_now = sent or datetime.now(UTC)
    name = f"{_time_in_name(sent_or_now)}-{digest}"
    before = f"{sent_or_now:{NAME}}-{digest}"  # the same, stored when nobody had stated the zone
    if before in there and sent_or_now.tzinfo is not UTC:
        return before
    if there and (sent is None or name in there):
        return there[0] if sent is None else name
    write_atomically(folder / name / f"{unit.notebook}.ipynb", notebook)
    return name


def redate(
    unit: Unit, student: str, notebook: bytes, was: tzinfo | None, sent: datetime | None
) -> None:
    """Give an attempt that was stored with its time read in the zone `was` the time that it has now.

    Raises OSError.
    """
    if was is None or sent is None or sent.tzinfo is UTC:
        return
    digest = hashlib.sha256(notebook).hexdigest()[:12]
    before = at(sent.replace(tzinfo=None), was)
    folder = unit.attempts(student)
    old, new = (folder / f"{_time_in_name(time)}-{digest}" for time in (before, sent))
    if old.is_dir() and not new.exists():
        old.rename(new)


def note_verdicts(unit: Unit, student: str, name: str, verdicts: Mapping[str, Verdict]) -> None:
    """Store what an attempt got. Raises OSError."""
    tried = [vars(Tried(v.exercise, v.outcome, v.points, v.of)) for v in verdicts.values()]
    write_atomically(unit.attempts(student) / name / VERDICTS, json.dumps(tried))


def attempts_of(unit: Unit, student: str) -> tuple[StoredAttempt, ...]:
    """A student's attempts, the oldest first; unreadable ones are left out."""
    found = []
    for folder in sorted(unit.attempts(student).glob("*T*-*")):
        with suppress(ValueError):
            text = folder.name.rpartition("-")[0]
            local = datetime.strptime(text.removesuffix("Z"), NAME)
            when = at(local, UTC if text.endswith("Z") else unit.zone).astimezone(unit.zone)
            found.append(StoredAttempt(folder.name, when, _tried(folder)))
    return tuple(sorted(found, key=lambda attempt: (attempt.when.timestamp(), attempt.name)))


def other_attempts(unit: Unit, student: str, name: str) -> list[dict[str, Any]]:
    """A student's attempts but the one of this name, for a page."""
    attempts = attempts_of(unit, student)
    if name not in [attempt.name for attempt in attempts]:  # it has another time by now
        digest = name.rpartition("-")[2]
        name = next((a.name for a in attempts if a.name.endswith(f"-{digest}")), name)
    return [
        {"number": number, **attempt.to_plain()}
        for number, attempt in enumerate(attempts, 1)
        if attempt.name != name
    ]


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


def _tried(folder: Path) -> tuple[Tried, ...]:
    try:
        return tuple(Tried(**one) for one in json.loads((folder / VERDICTS).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return ()


def _time_in_name(sent: datetime) -> str:
    if sent.tzinfo is UNSTATED:
        return f"{sent:{NAME}}"
    return f"{sent.astimezone(UTC):{NAME}}Z"
