"""Classes side by side: the other units of this course, and reports of other years.

A report of another year is the report.json that was written then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from nbgrader.api import Gradebook

from kerasgrader.course.course import Course
from kerasgrader.errors import CourseError, one_line
from kerasgrader.marking import gradebook as scores
from kerasgrader.report.advice import HALF, PASSED
from kerasgrader.report.facts import ClassFacts


@dataclass(frozen=True)
class Standing:
    """How a class did in a unit. median: a share of the points. full, below: students with all of them, and
    with less than half. passed: the share that passed each exercise, where that is known."""

    label: str
    graded: int
    median: float
    full: int
    below: int
    passed: Mapping[str, float]


@dataclass(frozen=True)
class Beside:
    """What a class is shown beside: other units of the same course, the same unit in other years."""

    units: Sequence[Standing] = ()
    years: Sequence[Standing] = ()


NOTHING_BESIDE = Beside()


def of_facts(facts: ClassFacts, label: str) -> Standing | None:
    """The class of a report; None if nobody has points."""
    passed = {
        exercise: counts.get(PASSED, 0) / sum(counts.values())
        for exercise, counts in facts.outcomes().items()
        if sum(counts.values())
    }
    return _standing(label, [work.score for work in facts.works], facts.of, passed)


def of_units(course: Course, gradebook: Gradebook, without: str) -> Iterator[Standing]:
    """The other units in which somebody is graded, as in the gradebook, in the course's order."""
    for unit in course.units:
        if unit.id != without:
            graded = scores.submissions(gradebook, unit.id).values()
            of = sum(scores.tests(gradebook, unit.id).values())
            standing = _standing(unit.title, [item.score for item in graded if item.graded], of, {})
            if standing is not None:
                yield standing


def of_years(files: Iterable[Path], facts: ClassFacts) -> Iterator[Standing]:
    """Reports of other years on the same unit. Raises CourseError for what is none."""
    for file in files:
        try:
            plain = json.loads(file.read_text("utf-8"))
            standing = _of_report(plain, facts.unit)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise CourseError(
                f"{file} is no report of {facts.unit}: name the report.json of another year "
                f"({one_line(error)})"
            ) from error
        if standing is not None:
            yield standing


def _of_report(plain: Mapping[str, Any], unit: str) -> Standing | None:
    if plain["unit"] != unit:
        raise ValueError(f"it is of {plain['unit']!r}")
    passed = {
        str(exercise): counts.get(PASSED, 0) / sum(counts.values())
        for exercise, counts in plain["outcomes"].items()
        if sum(counts.values())
    }
    earned = [float(work["score"]) for work in plain["works"]]
    return _standing(str(plain["made"]), earned, float(plain["of"]), passed)


def _standing(
    label: str, earned: list[float], of: float, passed: Mapping[str, float]
) -> Standing | None:
    if not earned or not of:
        return None
    return Standing(
        label,
        len(earned),
        median(earned) / of,
        sum(score >= of - 1e-9 for score in earned),
        sum(score < HALF * of for score in earned),
        passed,
    )
