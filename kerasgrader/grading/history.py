"""History of a unit's scores: a small JSON file per unit, beside the gradebook.

It holds two states of the gradebook, the present one and the last one that was different. `grade`
and `report` both update it, so it makes no difference whether scores were changed by grading, in
the formgrader, or by hand. A second update changes nothing.
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
    """The points of each student for each test, by grade id, and when this state was first seen."""

    when: str
    marks: Marks


@dataclass(frozen=True)
class History:
    """now: the present scores. before: the previous ones; None the first time."""

    now: State
    before: State | None = None


def remember(unit: Unit, marks: Marks, when: datetime | None = None) -> History:
    """Store the scores of the gradebook, and return them with the previous ones. Raises OSError."""
    kept = recall(unit)
    if kept is not None and kept.now.marks == marks:
        return kept
    seen = (when or datetime.now(UTC)).isoformat(timespec="seconds")
    history = History(State(seen, marks), None if kept is None else kept.now)
    path = unit.grader_folder / "history.json"
    write_atomically(path, json.dumps(asdict(history), indent=2, sort_keys=True) + "\n")
    return history


def recall(unit: Unit) -> History | None:
    """The stored history; None if it is missing or unreadable."""
    try:
        value = json.loads((unit.grader_folder / "history.json").read_text("utf-8"))
        before = value["before"]
        return History(State(**value["now"]), None if before is None else State(**before))
    except (OSError, ValueError, KeyError, TypeError):
        return None
