"""A second look at exercises that lose points: what they earn without what stands beside the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nbformat import NotebookNode

from kerascheck.judge.verdict import NOT_ATTEMPTED, Verdict
from kerasgrader.course.lessons import grade_id_of
from kerasgrader.execution.essentials import essentials
from kerasgrader.execution.job import Executed, Job
from kerasgrader.execution.plan import Plan
from kerasgrader.marking.marking import irregular_in, mark, verdicts_on
from kerasgrader.marking.reference import TestCell


@dataclass(frozen=True)
class Best:
    """A marked notebook with the verdict on each test. irregular: what no honest notebook does, in either
    run. notes: what was gained by the second look."""

    notebook: NotebookNode
    verdicts: dict[str, Verdict]
    irregular: tuple[str, ...]
    notes: tuple[str, ...] = ()


def first_look(
    plan: Plan, executed: Executed, tests: Mapping[str, TestCell]
) -> tuple[dict[str, Verdict], Job | None]:
    """The verdicts on an executed notebook, and the job that runs the tests that were not passed once more.

    There is none if that can change nothing. Raises GraderFault as `verdicts_on` does.
    """
    verdicts = verdicts_on(executed, tests)
    again = _essentials_for(plan, executed, verdicts)
    return verdicts, None if again is None else plan.job(again)


def best(
    plan: Plan,
    executed: Executed,
    tests: Mapping[str, TestCell],
    verdicts: Mapping[str, Verdict] | None = None,
) -> Best:
    """Each test's better verdict of the two, in the marked notebook.

    verdicts: on what was executed, if they are known. Raises GraderFault, also if the second look could not
    be had.
    """
    marked, verdicts = mark(executed, tests, verdicts)
    again = _essentials_for(plan, executed, verdicts)
    first = irregular_in(executed, tests)
    if again is None:
        return Best(marked, verdicts, first)
    second = plan.executed(again)
    other, others = mark(second, tests)
    there = {test: tests[test] for test in _lost(verdicts)}
    irregular = tuple(dict.fromkeys((*first, *irregular_in(second, there))))
    better = [test for test, verdict in verdicts.items() if others[test].points > verdict.points]
    if not better:
        return Best(marked, verdicts, irregular)
    outputs = {grade_id_of(cell): cell.outputs for cell in other.cells if "outputs" in cell}
    for cell in marked.cells:
        if grade_id_of(cell) in better:
            cell.outputs = outputs[grade_id_of(cell)]
    verdicts |= {test: others[test] for test in better}
    names = ", ".join(dict.fromkeys(f"`{tests[test].exercise}`" for test in better))
    gained = (
        f"other code in the notebook cost {names} points: graded without it, with definitions only"
    )
    return Best(marked, verdicts, irregular, (gained,))


def _essentials_for(
    plan: Plan, executed: Executed, verdicts: Mapping[str, Verdict]
) -> NotebookNode | None:
    lost = _lost(verdicts)
    return essentials(executed.notebook, lost, plan.given) if lost else None


def _lost(verdicts: Mapping[str, Verdict]) -> set[str]:
    """The tests of answers that lose points."""
    return {
        grade_id
        for grade_id, verdict in verdicts.items()
        if verdict.points < verdict.of and verdict.outcome != NOT_ATTEMPTED
    }
