"""How hard each check is, and how well it tells apart who knows more: classical item analysis.

difficulty        the mean share of the points that was earned, from 0 to 1: high is easy
discrimination    the correlation of that share with the score of all other exercises, from -1 to 1

Source of both, and of the verbal bounds of the second: R. L. Ebel and D. A. Frisbie, Essentials of
Educational Measurement, 5th edition (1991), chapter 13.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import sqrt
from statistics import StatisticsError, correlation, fmean

from kerasgrader.report.facts import ClassFacts, ExerciseFacts, Work

FEWEST = 10  # students: with fewer, one of them decides the correlation
BOUNDS = ((0.4, "very well"), (0.3, "well"), (0.2, "a little"))
BACKWARDS = "backwards: look at the check"


@dataclass(frozen=True)
class CheckFacts:
    """A check, or an aspect of one. discrimination: None where few are graded, or all earned the same."""

    exercise: str
    aspect: str
    students: int
    difficulty: float
    discrimination: float | None

    @property
    def in_words(self) -> str:
        """How well it tells students apart; "" where that is not known.

        "backwards" only beyond two standard errors of a correlation that is nothing: 1 / sqrt(students).
        """
        found = self.discrimination
        if found is None:
            return ""
        if found < -2 / sqrt(self.students):
            return BACKWARDS
        return next((words for bound, words in BOUNDS if found >= bound), "hardly")


def check_facts(facts: ClassFacts) -> list[CheckFacts]:
    """The checks in the order of the lesson, each followed by its aspects."""
    found = []
    for test, exercise in facts.tests.items():
        found.append(_check(exercise, "", _shares(facts.works, test)))
        for aspect in facts.aspects().get(exercise, {}):
            found.append(_check(exercise, aspect, _shares(facts.works, test, aspect)))
    return [item for item in found if item.students]


def _shares(works: Iterable[Work], test: str, aspect: str = "") -> Iterator[tuple[float, float]]:
    """For each submission with points: the share that was earned, and that of all other exercises."""
    for work in works:
        others = sum(item.points or 0.0 for item in work.exercises if item.test != test)
        for mine in work.exercises:
            share = _share(mine, aspect) if mine.test == test else None
            if share is not None:
                yield share, others


def _share(exercise: ExerciseFacts, aspect: str) -> float | None:
    """Of the exercise, or of one aspect of it; None where it has no points."""
    parts = {item.name: (item.points, item.of) for item in exercise.aspects}
    points, of = parts.get(aspect, (None, 0.0)) if aspect else (exercise.points, exercise.of)
    return None if points is None or not of else points / of


def _check(exercise: str, aspect: str, shares: Iterable[tuple[float, float]]) -> CheckFacts:
    pairs = list(shares)
    earned, others = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    difficulty = fmean(earned) if earned else 0.0
    found = None
    if len(pairs) >= FEWEST:
        try:
            found = correlation(earned, others)
        except StatisticsError:  # all earned the same
            found = None
    return CheckFacts(exercise, aspect, len(pairs), difficulty, found)
