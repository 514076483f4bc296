"""The cells of a lesson as its author wrote them, run and judged in this process, without a notebook.

TensorFlow is loaded once. What a student's cells give is judged against what the author's give for the same
probes: that is the judgement of the grader, without kernels and without nbgrader.
"""

from __future__ import annotations

import itertools
import linecache
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import jupytext

from kerascheck.check import collecting
from kerascheck.evidence.evidence import Evidence
from kerascheck.judge.judge import judge
from kerascheck.judge.verdict import Verdict
from tests.students import EXERCISES, Answer, solve
from tests.support.course_folder import ROOT

LESSONS = ROOT / "lessons"
SECRET = "the nonce of these tests"

_runs = itertools.count()


@dataclass(frozen=True)
class Lesson:
    """The cells of a unit that matter: what is given, and for each exercise answer, test and points."""

    given: str
    cells: Mapping[str, str]
    tests: Mapping[str, str]
    points: Mapping[str, float]


@cache
def lesson(unit: str) -> Lesson:
    """A unit as its author wrote it, hidden tests included."""
    [path] = LESSONS.glob(f"{unit}_*.py")
    options = {"extension": ".py", "format_name": "percent", "comment_magics": False}
    cells = jupytext.reads(path.read_text("utf-8"), options).cells
    given = [c.source for c in cells if "locked" in c.metadata and "tags" not in c.metadata]
    tests = {cell.metadata["test"]: cell for cell in cells if "test" in cell.metadata}
    return Lesson(
        given="\n".join(given),
        cells={c.metadata["exercise"]: c.source for c in cells if "exercise" in c.metadata},
        tests={e: tests[f"test_{e}"].source for e in EXERCISES[unit]},
        points={e: tests[f"test_{e}"].metadata["points"] for e in EXERCISES[unit]},
    )


@cache
def reference(unit: str) -> Mapping[str, list[Evidence]]:
    """What the author's solution gives for every probe."""
    return gather(unit, lesson(unit).cells, EXERCISES[unit], whole=True)


def gather(
    unit: str, cells: Mapping[str, str], exercises: Iterable[str], whole: bool = False
) -> dict[str, list[Evidence]]:
    """Run a student's cells, then the tests of these exercises; errors stop a cell and nothing else.

    whole: as a reference, which holds whole networks beside wirings.
    """
    namespace: dict[str, object] = {"__name__": "__main__"}
    run(lesson(unit).given, namespace)
    for exercise in EXERCISES[unit]:
        with suppress(Exception):
            run(cells[exercise], namespace)
    found = {}
    for exercise in exercises:
        with collecting(SECRET, whole) as found[exercise], suppress(Exception):
            run(lesson(unit).tests[exercise], namespace)
    return found


def solution(unit: str) -> dict[str, object]:
    """What the cells of the author's notebook define, by name."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    for cell in (lesson(unit).given, *lesson(unit).cells.values()):
        run(cell, namespace)
    return namespace


def run(source: str, namespace: dict[str, object]) -> None:
    """Execute a cell as IPython does, so that error messages find the line."""
    name = f"<cell {next(_runs)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), namespace)


def judged(answer: Answer, *exercises: str) -> dict[str, Verdict]:
    """The verdicts on these exercises for a student who gave `answer` and the reference's elsewhere."""
    unit = answer.unit
    found = gather(unit, solve(lesson(unit).cells, [answer]), exercises)
    return {exercise: verdict(unit, exercise, found[exercise]) for exercise in exercises}


def verdict(unit: str, exercise: str, evidence: list[Evidence]) -> Verdict:
    by_call = {item.call: item for item in evidence}
    pairs = [(item, by_call.get(item.call)) for item in reference(unit)[exercise]]
    return judge(exercise, lesson(unit).points[exercise], pairs)
