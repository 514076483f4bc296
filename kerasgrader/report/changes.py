"""Changes of points between two states of the gradebook, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasgrader.marking.gradebook import PENALTY
from kerasgrader.marking.questions import BY_HAND

if TYPE_CHECKING:
    from kerasgrader.report.facts import Work

NEW, AGAIN = "new", "graded again"
MOVED = "the due date, an extension or the late policy"


@dataclass(frozen=True)
class Change:
    """A change of points: of an exercise, or of the late penalty. before: None where there was nothing."""

    what: str
    before: float | None
    now: float
    why: str


def changes_of(work: Work) -> list[Change]:
    """The changes since the state that the work holds as `before`."""
    before = work.before
    found = []
    for exercise in work.exercises:
        if exercise.points is None:
            continue
        then, now = (before or {}).get(exercise.test), round(exercise.points, 4)
        if then != now:
            by_hand = exercise.judged is None or round(exercise.judged, 4) != now
            why = NEW if before is None else BY_HAND if by_hand else AGAIN
            found.append(Change(exercise.name, then, now, why))
    then, now = (before or {}).get(PENALTY, 0.0), round(-work.penalty, 4)
    if then != now and before is not None:
        found.append(Change(PENALTY, then, now + 0.0, MOVED))
    return found
