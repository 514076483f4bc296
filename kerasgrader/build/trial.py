"""What an exercise's test lets through: generic mistakes that keep full marks, and pairs that never meet.

For authors. The solution's cell is changed by each mistake of the bank (`mistakes`), and judged against
the solution under the same secret. A mistake that survives is a hole in the test, or no mistake: then the
lesson's header says why, under ``jupyter: kerasgrader: survivors``.
"""

from __future__ import annotations

import ast
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import jupytext
from nbformat import NotebookNode

from kerascheck.evidence.evidence import Evidence
from kerascheck.judge.judge import judge
from kerascheck.judge.verdict import Verdict
from kerasgrader.build.mistakes import Mistake, mistakes
from kerasgrader.build.sizes import missing_sizes
from kerasgrader.course.course import Unit
from kerasgrader.course.lessons import (
    NAMES_OF_TESTS,
    UNGRADED,
    compile_lesson,
    is_exercise,
    is_test,
)
from kerasgrader.errors import CourseError

SECONDS = 20  # of processor time, for each cell and, as in the grader, for each probe
PATIENCE = (
    15  # so many times as long on the wall, for an answer that sleeps or a machine that is busy
)
SWITCH, SAME = ("True", "False", "None"), "its default"
CHECKS = ("block", "model", "wiring", "values")
STOPPED = {
    "processor": f"a probe of the solution needs more than {SECONDS} seconds of processor time",
    "wall": f"the solution had no {SECONDS} seconds of processor time in {PATIENCE * SECONDS} seconds: "
    "this machine is too busy, or the solution sleeps",
}
NO_CAUSE = ("as-built", "fixed-weights", "training", "output-shape", "no-evidence")


@dataclass(frozen=True)
class Tried:
    """One exercise, tried.

    survivors: mistakes that keep full marks and of which the lesson says nothing. excused: those of
    which it gives the reason. unexplained: mistakes that lose marks with no finding that says where.
    missing: pairs of arguments that no probe has, or has unequal. undecided: mistakes that had not their
    processor time on a machine that is busy. tried: the number of mistakes.
    """

    exercise: str
    tried: int
    survivors: tuple[Mistake, ...]
    excused: Mapping[str, str]
    unexplained: tuple[Mistake, ...]
    missing: tuple[str, ...]
    undecided: tuple[Mistake, ...] = ()

    @property
    def has_holes(self) -> bool:
        """Whether there is something that the lesson gives no reason for."""
        return bool(self.survivors or self.missing or self.undecided)

    def lines(self) -> Iterator[str]:
        """What an author should read."""
        lost = self.tried - len(self.survivors) - len(self.excused) - len(self.undecided)
        yield f"{self.exercise}: {lost} of {self.tried} mistakes lose marks"
        yield from (f"  keeps full marks: {mistake.story}" for mistake in self.survivors)
        yield from (f"  keeps full marks: {story} ({why})" for story, why in self.excused.items())
        yield from (f"  not explained: {mistake.story}" for mistake in self.unexplained)
        yield from (f"  no probe has {pair}" for pair in self.missing)
        yield from (
            f"  not decided, as this machine is too busy: {mistake.story}"
            for mistake in self.undecided
        )


def try_unit(unit: Unit) -> Iterator[Tried]:
    """Try each exercise of a unit. Raises CourseError."""
    cells = compile_lesson(unit.lesson_file).cells
    solutions = {_id(cell): cell.source for cell in cells if is_exercise(cell)}
    given = "\n".join(
        cell.source
        for cell in cells
        if _is_locked(cell) and UNGRADED not in cell.metadata.get("tags", [])
        and not is_test(cell)
    )  # fmt: skip
    for exercise in _exercises(unit):
        bank = mistakes(exercise.solution, exercise.function)
        verdicts, undecided = _verdicts(given, solutions, exercise.name, exercise.test, bank)
        passed = [mistake for mistake, verdict in verdicts if verdict.passed]
        known = exercise.excuses
        yield Tried(
            exercise.name,
            len(verdicts) + len(undecided),
            tuple(mistake for mistake in passed if mistake.story not in known),
            {m.story: known[m.story] for m in passed if m.story in known},
            tuple(mistake for mistake, verdict in verdicts if _is_unexplained(verdict)),
            tuple(exercise.missing()),
            undecided,
        )


@dataclass(frozen=True)
class _Exercise:
    """An exercise of a lesson, its test, and the reasons that the lesson's header gives for it."""

    name: str
    function: str
    solution: str
    test: str
    excuses: Mapping[str, str]

    def missing(self) -> list[str]:
        """Pairs that no probe has, and for which there is no reason."""
        pairs = missing_pairs(self.solution, self.function, self.test)
        return [pair for pair in pairs if pair not in self.excuses]


def missing_of(unit: Unit) -> dict[str, list[str]]:
    """For each exercise the pairs that no probe has, and for which the lesson's header gives no reason."""
    return {exercise.name: exercise.missing() for exercise in _exercises(unit)}


def _exercises(unit: Unit) -> list[_Exercise]:
    cells = compile_lesson(unit.lesson_file).cells
    tests = {_id(cell).removeprefix(NAMES_OF_TESTS): cell.source for cell in cells if is_test(cell)}
    excuses = _excuses(unit.lesson_file)
    return [
        _Exercise(name, _function(text, name), text, tests[name], excuses.get(name, {}))
        for name, text in ((_id(cell), cell.source) for cell in cells if is_exercise(cell))
        if name in tests
    ]


def missing_pairs(solution: str, function: str, test: str) -> list[str]:
    """What no probe has: pairs of values of two optional parameters that each occur in the test, and sizes
    that vary, each by itself.

    The values of a switch (true, false, nothing) are told apart; of other parameters, what counts is
    whether they have another value than their default.
    """
    names, defaults = _parameters(solution, function)
    probes = [(call.func.attr, call) for call in _calls(test, function)]  # type: ignore[attr-defined]
    missing = missing_sizes(probes, names, defaults)
    calls = [defaults | _given(call, names) for _, call in probes]
    for a, b in combinations([name for name in names if name in defaults], 2):
        met = {(_kind(call[a], defaults[a]), _kind(call[b], defaults[b])) for call in calls}
        first, second = ({pair[side] for pair in met} - {SAME} for side in (0, 1))
        missing += [
            f"{a}: {x} with {b}: {y}"
            for x in sorted(first)
            for y in sorted(second)
            if (x, y) not in met
        ]
    return missing


def _kind(value: str, default: str) -> str:
    """What tells two values of a parameter apart."""
    if value in SWITCH:
        return value
    return SAME if value == default else "another value"


def _verdicts(
    given: str, cells: Mapping[str, str], exercise: str, test: str, bank: Sequence[Mistake]
) -> tuple[list[tuple[Mistake, Verdict]], tuple[Mistake, ...]]:
    """Each mistake that changes anything, and the verdict on it; and mistakes that had no time."""
    request = {
        "given": given,
        "cells": dict(cells),
        "exercise": exercise,
        "test": test,
        "secret": secrets.token_hex(16),
        "seconds": SECONDS,
        "patience": PATIENCE * SECONDS,
        "answers": [cells[exercise], *(mistake.source for mistake in bank)],
    }
    with tempfile.TemporaryDirectory(prefix="kerasgrader-") as name:
        folder = Path(name)
        (folder / "request.json").write_text(json.dumps(request), "utf-8")
        command = [
            sys.executable,
            "-m",
            "kerasgrader.build.trial_process",
            "request.json",
            "results",
        ]
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            env={**os.environ, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        if done.returncode:
            raise CourseError(f"{exercise} cannot be tried: {done.stderr.strip()[-600:]}")
        lines = (folder / "results").read_text("utf-8").splitlines()
    results = [json.loads(line) for line in lines]
    reference, *others = [
        [Evidence.from_plain(item) for item in result["evidence"]] for result in results
    ]
    if results[0]["stopped"]:
        raise CourseError(f"{exercise}: {STOPPED[results[0]['stopped']]}")
    if not reference:
        raise CourseError(f"{exercise}: the solution gives no evidence; does `build` succeed?")
    ran = [
        (mistake, evidence, result)
        for mistake, evidence, result in zip(bank, others, results[1:], strict=True)
        if result["effective"]
    ]
    return (
        [(m, _verdict(exercise, reference, e)) for m, e, r in ran if r["stopped"] != "wall"],
        tuple(mistake for mistake, _, result in ran if result["stopped"] == "wall"),
    )


def _verdict(exercise: str, reference: list[Evidence], evidence: list[Evidence]) -> Verdict:
    by_call = {item.call: item for item in evidence}
    return judge(exercise, 100, [(item, by_call.get(item.call)) for item in reference])


def _is_unexplained(verdict: Verdict) -> bool:
    """Whether points are lost, and the first finding does not say by what."""
    return not verdict.passed and bool(verdict.findings) and verdict.findings[0].rule in NO_CAUSE


def _excuses(lesson: Path) -> dict[str, dict[str, str]]:
    """What the header of a lesson says of survivors: exercise, mistake, reason."""
    notebook = jupytext.reads(
        lesson.read_text("utf-8"), {"extension": ".py", "format_name": "percent"}
    )
    excuses = notebook.metadata.get("kerasgrader", {}).get("survivors", {})
    if not isinstance(excuses, dict) or not all(isinstance(v, dict) for v in excuses.values()):
        raise CourseError(f"{lesson}: survivors should be exercises with mistakes and reasons")
    return {
        exercise: {str(k): str(v) for k, v in reasons.items()}
        for exercise, reasons in excuses.items()
    }


def _id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _is_locked(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("locked"))


def _function(source: str, exercise: str) -> str:
    names = [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    if not names:
        raise CourseError(f"the cell of {exercise} defines no function")
    return next((name for name in names if name.lower() == exercise.lower()), names[-1])


def _parameters(source: str, function: str) -> tuple[list[str], dict[str, str]]:
    [node] = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == function
    ]
    names = [argument.arg for argument in node.args.args]
    texts = [ast.unparse(default) for default in node.args.defaults]
    return names, dict(zip(names[::-1], texts[::-1], strict=False))


def _calls(test: str, function: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(test)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in CHECKS
            and node.args
            and ast.unparse(node.args[0]) == function
        ):
            yield node


def _given(call: ast.Call, names: Sequence[str]) -> dict[str, str]:
    own = names[1:] if call.func.attr == "block" else names  # type: ignore[attr-defined]
    given = dict(zip(own, map(ast.unparse, call.args[1:]), strict=False))
    named = {str(k.arg): ast.unparse(k.value) for k in call.keywords if k.arg in names}
    return given | named
