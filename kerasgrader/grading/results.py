"""The results of a class: exercises, submissions, and all of it as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kerascheck.feedback.misconceptions import misconceptions_in
from kerasgrader.course.course import Unit
from kerasgrader.errors import GraderFault
from kerasgrader.marking.record import read_record


@dataclass(frozen=True)
class Result:
    """One exercise of one student: an outcome, points, and the misconceptions behind its findings.

    misconceptions: ids of the catalogue, each once, the one behind the first finding first.
    """

    exercise: str
    outcome: str
    points: float
    of: float
    misconceptions: tuple[str, ...] = ()

    @classmethod
    def of_plain(cls, value: dict[str, Any]) -> Result:
        """A result read from JSON, also from before misconceptions were stored."""
        return cls(**{**value, "misconceptions": tuple(value.get("misconceptions", ()))})


@dataclass(frozen=True)
class Graded:
    """One submission after grading: its results, or the reason why it has no score.

    how: "executed" now, "kept" (from the cache, scores written now) or "unchanged" (nothing to do).
    sandbox: which layers of the seal its kernel had to have. remark: anything else to tell a
    person.
    """

    student: str
    results: tuple[Result, ...] = ()
    problem: str | None = None
    how: str = "executed"
    sandbox: str = "full"
    remark: str | None = None

    @property
    def points(self) -> float:
        return sum(result.points for result in self.results)

    @property
    def of(self) -> float:
        return sum(result.of for result in self.results)


@dataclass(frozen=True)
class Marks:
    """A class after grading."""

    unit: str
    graded: tuple[Graded, ...]
    seconds: float

    @property
    def problems(self) -> list[Graded]:
        """The submissions without a score."""
        return [item for item in self.graded if item.problem is not None]

    def misconceptions(self) -> dict[str, dict[str, int]]:
        """For each exercise, how many students had each misconception, the most frequent first."""
        found: dict[str, Counter[str]] = {}
        for result in (result for item in self.graded for result in item.results):
            found.setdefault(result.exercise, Counter()).update(result.misconceptions)
        return {exercise: dict(counts.most_common()) for exercise, counts in found.items()}

    def to_plain(self) -> dict[str, Any]:
        """The class as JSON: what `kerasgrader grade --json` writes."""
        submissions = [
            {**asdict(item), "points": item.points, "of": item.of} for item in self.graded
        ]
        return {
            "unit": self.unit,
            "seconds": round(self.seconds, 3),
            "submissions": submissions,
            "misconceptions": self.misconceptions(),
        }


def count(graded: Sequence[Graded], how: str) -> int:
    """How many were graded this way."""
    return sum(item.how == how and item.problem is None for item in graded)


def results_of(unit: Unit, student: str) -> tuple[Result, ...]:
    """The verdicts on a student's submission. Raises GraderFault when there are none."""
    record = read_record(unit, student)
    if record is None:
        raise GraderFault("its verdicts could not be read: grade it again")
    return tuple(
        Result(v.exercise, v.outcome, v.points, v.of, misconceptions_in(v.findings))
        for v in record.verdicts.values()
    )
