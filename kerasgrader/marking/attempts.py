"""Attempts: every notebook that a student submitted, in `attempts/`, with the verdicts that it got.

submitted/ holds the attempt that counts; the others stay here. An attempt is named by its time and its
content, so that storing it twice changes nothing. The name of one whose zone nobody has stated has no Z.
Beside the notebook lies what `nbgrader submit` wrote with it, so that any attempt can be put into
submitted/ again (`kerasgrader.watching`).
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

from kerascheck.judge.verdict import NOT_ATTEMPTED, PASSED, Verdict
from kerasgrader.course.course import Unit
from kerasgrader.course.times import LONGEST_TIME, UNSTATED, at, stored, time_of, with_offset
from kerasgrader.files import write_atomically
from kerasgrader.repair.timestamps import TIMESTAMP, timestamp_of

NEVER = "not yet"  # passed
VERDICTS = "verdicts.json"
OUTCOME = "outcome.json"  # written last: what is needed for an attempt has been done
GROUP = "group.json"  # the ids of all for whom it was submitted, and which mate did
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
class Outcome:
    """What became of an attempt: when it was graded, and the penalty that it had for its date. problem: why
    it has no marks, and never will."""

    when: datetime
    penalty: float = 0.0
    problem: str = ""


@dataclass(frozen=True)
class StoredAttempt:
    """An attempt. when: its time. tried: its exercises; none if it was never graded. group: all for whom it
    was submitted, if that is not one student; by: the mate who did, "" for this student. sent: when it was
    submitted, if that is known. arrived: when it was stored here. outcome: None while it is to be graded.
    """

    name: str
    when: datetime
    tried: tuple[Tried, ...] = ()
    group: tuple[str, ...] = ()
    by: str = ""
    sent: datetime | None = None
    arrived: datetime = datetime.min.replace(tzinfo=UTC)
    outcome: Outcome | None = None

    @property
    def refused(self) -> bool:
        """Whether it has no marks, and never will."""
        return self.outcome is not None and bool(self.outcome.problem)

    @property
    def answered(self) -> bool:
        """Whether some exercise was attempted."""
        return any(one.outcome != NOT_ATTEMPTED for one in self.tried)

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
    by: str = "",
    beside: Mapping[str, bytes] | None = None,
) -> str:
    """Store a notebook as an attempt, unless it is there already; returns its name. Raises OSError.

    sent: when it was submitted; None for now, if that is not known. group, by: all for whom it was
    submitted, and the mate who did; empty for this student alone; None leaves what is stored. beside: files
    that `nbgrader submit` wrote with it.
    """
    texts = {} if sent is None else {TIMESTAMP: f"{stored(sent)}\n".encode()}
    name = _stored(unit, student, notebook, sent, {**texts, **(beside or {})})
    if group is not None:
        path = unit.attempts(student) / name / GROUP
        if group and (tuple(group), by) != _group(path.parent):
            write_atomically(path, json.dumps({"group": list(group), "by": by}) + "\n")
        elif not group:
            path.unlink(missing_ok=True)
    return name


def _stored(
    unit: Unit,
    student: str,
    notebook: bytes,
    sent: datetime | None,
    beside: Mapping[str, bytes],
) -> str:
    folder, digest = unit.attempts(student), hashlib.sha256(notebook).hexdigest()
    file = f"{unit.notebook}.ipynb"
    there = [path.parent.name for path in sorted(folder.glob(f"*{_end(digest)}/{file}"))]
    if there and sent is None:
        return there[0]
    names = _names(digest, sent or datetime.now(UTC))
    name = next((name for name in names if name in there), names[0])
    for other, content in beside.items():
        if not (folder / name / other).exists():
            write_atomically(folder / name / other, content)
    if name not in there:  # last: an attempt without its notebook is none
        write_atomically(folder / name / file, notebook)
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
        if (new / TIMESTAMP).is_file():
            write_atomically(new / TIMESTAMP, f"{stored(sent)}\n")


def note_verdicts(unit: Unit, student: str, name: str, verdicts: Mapping[str, Verdict]) -> None:
    """Store what an attempt got. Raises OSError."""
    tried = [vars(Tried(v.exercise, v.outcome, v.points, v.of)) for v in verdicts.values()]
    write_atomically(unit.attempts(student) / name / VERDICTS, json.dumps(tried))


def note_outcome(
    unit: Unit, student: str, name: str, when: datetime, penalty: float = 0.0, problem: str = ""
) -> None:
    """Store what became of an attempt, after everything else of it is there. Raises OSError.

    Its first time stays: a second grading does not make it another attempt.
    """
    folder = unit.attempts(student) / name
    before = _outcome(folder)
    since = when if before is None else before.when
    entry = {"when": since.isoformat(), "penalty": penalty, "problem": problem}
    if before != Outcome(since, penalty, problem):
        write_atomically(folder / OUTCOME, json.dumps(entry) + "\n")


def attempts_of(unit: Unit, student: str) -> tuple[StoredAttempt, ...]:
    """A student's attempts, the oldest first; unreadable ones are left out."""
    found = []
    for folder in sorted(unit.attempts(student).glob("*T*-*")):
        with suppress(ValueError, OSError):
            text = folder.name.rpartition("-")[0]
            local = datetime.strptime(text.removesuffix("Z"), NAME)
            when = at(local, UTC if text.endswith("Z") else unit.zone).astimezone(unit.zone)
            status = (folder / f"{unit.notebook}.ipynb").stat()
            arrived = datetime.fromtimestamp(status.st_mtime, UTC)
            sent = timestamp_of(folder, unit.zone)[0]
            known = _tried(folder), *_group(folder), sent, arrived, _outcome(folder)
            found.append(StoredAttempt(folder.name, when, *known))
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
    return _group(same[(then[:1] or list(same))[-1]])[0] if same else ()


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


def has_content(name: str, notebook: bytes) -> bool:
    """Whether the attempt of this name has this content."""
    return name.endswith(_end(hashlib.sha256(notebook).hexdigest()))


def _names(digest: str, sent: datetime) -> list[str]:
    """The name of an attempt; then the one that it has if it was stored when nobody had stated the zone."""
    stated = [] if sent.tzinfo is UNSTATED else [f"{sent.astimezone(UTC):{NAME}}Z"]
    local = [] if sent.tzinfo is UTC else [f"{sent:{NAME}}"]
    return [time + _end(digest) for time in (*stated, *local)]


def _end(digest: str) -> str:
    """The end of the name of an attempt with this content."""
    return f"-{digest[:12]}"


def _group(folder: Path) -> tuple[tuple[str, ...], str]:
    """All for whom an attempt was submitted, and the mate who did."""
    try:
        found = json.loads((folder / GROUP).read_text("utf-8"))
        if isinstance(found, list):  # of an earlier version
            found = {"group": found}
        return tuple(str(one) for one in found["group"]), str(found.get("by", ""))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return (), ""


def _outcome(folder: Path) -> Outcome | None:
    try:
        found = json.loads((folder / OUTCOME).read_text("utf-8"))
        when = datetime.fromisoformat(found["when"]).astimezone(UTC)
        return Outcome(when, float(found["penalty"]), str(found["problem"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _tried(folder: Path) -> tuple[Tried, ...]:
    try:
        return tuple(Tried(**one) for one in json.loads((folder / VERDICTS).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return ()
