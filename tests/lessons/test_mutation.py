"""Mutants of the lessons' solutions: they lose points, are named, and give nothing away.

A part of them, chosen by a seed; `benchmarks/diagnosis.py` runs them all.
"""

from __future__ import annotations

import ast
import random
import re
from functools import cache
from html import escape

import pytest

from kerascheck.feedback import hints, panel
from kerascheck.feedback.progress import Checked, Session
from kerascheck.judge.judge import judge
from kerasgrader.marking.redaction import redacted
from tests.support.counting import calls_in
from tests.support.mutants import Exercise, Mutant, exercises
from tests.support.mutation import mutated

EVERY = 14
PAIRS = 5
SEED = 7


@cache
def some(name: str) -> tuple[Mutant, ...]:
    """Every so-many-th single mutant of an exercise, and one at least of each sort."""
    exercise = exercise_called(name)
    chosen = random.Random(SEED).sample(exercise.mutations, len(exercise.mutations) // EVERY)
    for operator in sorted({change.operator for change in exercise.mutations}):
        if not any(change.operator == operator for change in chosen):
            chosen.append(next(c for c in exercise.mutations if c.operator == operator))
    return tuple(exercise.mutant(change) for change in chosen)


def exercise_called(name: str) -> Exercise:
    return next(exercise for exercise in exercises() if exercise.name == name)


MOST_STEPS = 4  # of a hint
NAMES = [exercise.name for exercise in exercises()]


def test_there_are_enough_mutants() -> None:
    """At least 150 single changes, of every sort, and each changes the source."""
    changes = [(e, change) for e in exercises() for change in e.mutations]
    assert len(changes) >= 150
    assert len({change.operator for _, change in changes}) >= 12
    for exercise, change in changes:
        assert ast.unparse(ast.parse(exercise.source)) != mutated(exercise.source, change)


def test_a_pair_is_both_changes() -> None:
    """Two changes leave each other alone: in either order they give one source."""
    for exercise in exercises():
        for a, b in exercise.pairs(PAIRS, SEED):
            both = mutated(exercise.source, a, b)
            assert both not in (mutated(exercise.source, a), mutated(exercise.source, b))
            assert both == mutated(exercise.source, b, a)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_mutants_lose_points_and_are_named(name: str) -> None:
    """Each mutant that is not equivalent loses points, and its first finding is its change."""
    for mutant in some(name):
        if mutant.equivalent:
            assert not mutant.killed and not mutant.verdict.findings, str(mutant)
        else:
            assert mutant.killed, str(mutant)
            assert mutant.named, f"{mutant}: {mutant.verdict.findings[0]}"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_judging_is_little_work(name: str) -> None:
    """A verdict takes some thousand calls, whatever is wrong: a millisecond or two."""
    points = exercise_called(name).lesson.points[name]
    for mutant in some(name):
        assert calls_in(lambda pairs=mutant.pairs: judge(name, points, pairs)) < 10_000, str(mutant)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_nothing_shows_the_solution(name: str) -> None:
    """No panel, hint or feedback holds a line of the solution that the student has not written."""
    exercise = exercise_called(name)
    for mutant in some(name):
        own = str(mutant.verdict.error.source) if mutant.verdict.error else "no line"
        for page in pages(exercise, mutant):
            shown = page.replace(own, "").replace(escape(own), "")
            for line in solution_lines(exercise):
                assert line not in shown, f"{mutant}: {line}"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_feedback_shows_no_expected_value_of_a_hidden_check(name: str) -> None:
    """What a grader's page says holds neither arguments nor numbers of hidden probes."""
    exercise = exercise_called(name)
    visible = exercise.evidence[0].call
    secrets = {
        f"{value:.6g}"
        for evidence in exercise.evidence
        for array in evidence.outputs.values()
        for value in array.elements
        if value and len(f"{value:.6g}") > 6
    }
    hidden = [evidence.call for evidence in exercise.evidence[1:]]
    shapes = {shape for call in hidden for shape in re.findall(r"\(\d+(?:, \d+)+\)", call)}
    shapes -= set(re.findall(r"\(\d+(?:, \d+)+\)", visible))
    assert secrets and hidden
    for mutant in some(name):
        found = redacted(mutant.verdict, {visible}, exercise.lesson.tests[name])
        page = panel.html(found) + panel.text(found)
        assert not any(word in page for word in (*hidden, *shapes, *secrets)), str(mutant)
        for finding in found.findings:
            assert finding.call == visible or (finding.place, finding.expected) == (None, None)


def pages(exercise: Exercise, mutant: Mutant) -> list[str]:
    """Every text that is made of a wrong answer: panels, feedback, hints."""
    verdict, evidence = mutant.verdict, exercise.evidence[0]
    details = panel.details_of(verdict, evidence, evidence)
    made = [panel.html(verdict, True, details), panel.text(verdict, True, details)]
    found = redacted(verdict, {evidence.call}, exercise.lesson.tests[exercise.name])
    made += [panel.html(found), panel.text(found), panel.summary(verdict)]
    session = Session()

    def answer() -> None: ...

    session.keep(evidence.call, Checked(answer, verdict, evidence, evidence))
    for _ in range(MOST_STEPS):
        made += hints.hint(session, answer, [exercise.name])
    return made


def solution_lines(exercise: Exercise) -> list[str]:
    """The lines between the marks of the solution that are more than a word or two."""
    [solution] = re.findall(r"### BEGIN SOLUTION(.*?)### END SOLUTION", exercise.source, re.DOTALL)
    lines = [line.strip() for line in solution.splitlines()]
    return [line for line in lines if len(line) >= 16 and not line.startswith("#")]
