"""Attempts: every notebook that a student submitted, in `attempts/`, with the verdicts that it got.

submitted/ holds the attempt that counts; the others stay here. An attempt is named by its time and its
content, so that storing it twice changes nothing. The name of one whose zone nobody has stated has no Z.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from kerascheck.judge.verdict import PASSED, Verdict
from kerasgrader.course.course import Unit
from kerasgrader.course.times import LONGEST_TIME, UNSTATED, at, time_of, with_offset
from kerasgrader.files import write_atomically

NEVER = "not yet"  # passed
VERDICTS = "verdicts.json"
GROUP = "group.json"  # the ids of all for whom it was submitted
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
            "when": with_offset(self.when, self.when.tzinfo or UTC),
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
    folder, digest = unit.attempts(student), hashlib.sha256(notebook).hexdigest()
    there = [path.name for path in folder.glob(f"*{_end(digest)}")]
    if there and sent is None:
        return there[0]
    names = _names(digest, sent or datetime.now(UTC))
    name = next((name for name in names if name in there), names[0])
    if name not in there:
        write_atomically(folder / name / f"{unit.notebook}.ipynb", notebook)
    return name


def redate(unit: Unit, student: str, digest: str, was: tzinfo, sent: datetime) -> None:
    """Give an attempt that was stored with its time read in the zone `was` the time that it has now.

    digest: of the notebook. Raises OSError.
    """
    if sent.tzinfo is UTC:  # its text states the zone
        return
    before, folder = at(sent.replace(tzinfo=None), was), unit.attempts(student)
    old, new = (folder / _names(digest, time)[0] for time in (before, sent))
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
            found.append(StoredAttempt(folder.name, when, _tried(folder), _group(folder)))
    return tuple(sorted(found, key=lambda attempt: (attempt.when.timestamp(), attempt.name)))


def other_attempts(unit: Unit, students: Sequence[str], name: str) -> list[dict[str, Any]]:
    """The attempts that all these students have, but the one of this name, for a page that they see."""
    first, *others = (attempts_of(unit, student) for student in students)
    common = [{attempt.name for attempt in attempts} for attempts in others]
    attempts = [one for one in first if all(one.name in names for names in common)]
    if name not in [attempt.name for attempt in attempts]:  # it has another time by now
        digest = name.rpartition("-")[2]
        name = next((a.name for a in attempts if a.name.endswith(f"-{digest}")), name)
    return [
        {"number": number, **attempt.to_plain()}
        for number, attempt in enumerate(attempts, 1)
        if attempt.name != name
    ]


def group_of(unit: Unit, student: str) -> tuple[str, ...]:
    """All for whom the notebook in submitted/ was submitted; () if that is this student alone.

    Of attempts with the same content, the one of the time in timestamp.txt tells, or else the last one.
    """
    if not any(unit.attempts(student).glob(f"*/{GROUP}")):
        return ()
    folder, text = unit.submitted(student), ""
    try:
        digest = hashlib.sha256((folder / f"{unit.notebook}.ipynb").read_bytes()).hexdigest()
    except OSError:  # grading names it
        return ()
    with suppress(OSError):
        text = (folder / "timestamp.txt").read_text("utf-8", "replace")[:LONGEST_TIME]
    same = {path.name: path for path in sorted(unit.attempts(student).glob(f"*{_end(digest)}"))}
    time = time_of(text, unit.zone)
    then = [name for name in _names(digest, time) if name in same] if time is not None else []
    return _group(same[(then[:1] or list(same))[-1]]) if same else ()


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


def _names(digest: str, sent: datetime) -> list[str]:
    """The name of an attempt; then the one that it has if it was stored when nobody had stated the zone."""
    stated = [] if sent.tzinfo is UNSTATED else [f"{sent.astimezone(UTC):{NAME}}Z"]
    local = [] if sent.tzinfo is UTC else [f"{sent:{NAME}}"]
    return [time + _end(digest) for time in (*stated, *local)]


def _end(digest: str) -> str:
    """The end of the name of an attempt with this content."""
    return f"-{digest[:12]}"


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
