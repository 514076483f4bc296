"""What the marks of a unit were before: a small JSON file beside the gradebook, one a unit.

It holds two states of the gradebook, the present one and the one before it that was different. `grade`
and `report` both look at the gradebook, so it makes no difference whether marks were changed by grading,
in the formgrader, or by hand. Looking twice changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from kerasgrader.course.course import Unit
from kerasgrader.files import write_atomically

Marks = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class State:
    """The points of each student for each test, by grade id, and when they were first seen so."""

    when: str
    marks: Marks


@dataclass(frozen=True)
class History:
    """now: the marks as they are. before: as they were until then; None the first time."""

    now: State
    before: State | None = None


def remember(unit: Unit, marks: Marks, when: datetime | None = None) -> History:
    """Take note of the marks in the gradebook, and say what they were before. Raises OSError."""
    kept = recall(unit)
    if kept is not None and kept.now.marks == marks:
        return kept
    seen = (when or datetime.now(UTC)).isoformat(timespec="seconds")
    history = History(State(seen, marks), None if kept is None else kept.now)
    path = unit.grader_folder / "history.json"
    write_atomically(path, json.dumps(asdict(history), indent=2, sort_keys=True) + "\n")
    return history


def recall(unit: Unit) -> History | None:
    """What was taken note of; None if nothing was, or what there is cannot be read."""
    try:
        value = json.loads((unit.grader_folder / "history.json").read_text("utf-8"))
        before = value["before"]
        return History(State(**value["now"]), None if before is None else State(**before))
    except (OSError, ValueError, KeyError, TypeError):
        return None
