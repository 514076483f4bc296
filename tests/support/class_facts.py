"""Facts of a class for tests of the report, without a class."""

from __future__ import annotations

from dataclasses import replace

from kerascheck.judge.verdict import Aspect
from kerasgrader.report.facts import ClassFacts, ExerciseFacts, Work

TEST = "test_identity_block"


def work(student: str = "ada", points: float = 30, **fields: object) -> Work:
    aspects = (Aspect("names", 6, 6), Aspect("values", points - 6, 24))
    exercise = ExerciseFacts("identity_block", TEST, "passed", points, 30, points, aspects)
    made = Work(student, student.title(), (exercise,), points, 0.0, points, seconds=2.0)
    return replace(made, **fields)  # type: ignore[arg-type]


def facts(*works: Work, **fields: object) -> ClassFacts:
    made = ClassFacts("unit1", "Blocks", "today", 30.0, {TEST: "identity_block"}, works, (), ())
    return replace(made, **fields)  # type: ignore[arg-type]
