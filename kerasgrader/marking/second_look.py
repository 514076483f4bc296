"""A second look at exercises that lose points: what they earn without what stands beside the answers."""

from __future__ import annotations

from collections.abc import Mapping

from nbformat import NotebookNode

from kerascheck.judge.verdict import NOT_ATTEMPTED, Verdict
from kerasgrader.course.lessons import grade_id_of
from kerasgrader.execution.essentials import essentials
from kerasgrader.execution.job import Executed, Job
from kerasgrader.execution.plan import Plan
from kerasgrader.marking.marking import mark
from kerasgrader.marking.reference import TestCell

Marked = tuple[NotebookNode, dict[str, Verdict]]


def second_job(plan: Plan, executed: Executed, tests: Mapping[str, TestCell]) -> Job | None:
    """The job that runs the tests that were not passed once more; None if that can change nothing.

    Raises GraderFault as `mark` does.
    """
    if essentials(executed.notebook, tests.keys(), plan.given) is None:
        return None
    again = _essentials_for(plan, executed, mark(executed, tests)[1])
    return None if again is None else plan.job(again)


def best(plan: Plan, executed: Executed, tests: Mapping[str, TestCell]) -> tuple[Marked, list[str]]:
    """Each test's better verdict of the two, in the marked notebook; and a note on what was gained, if
    anything. Raises GraderFault, also if the second look could not be had."""
    marked, verdicts = mark(executed, tests)
    again = _essentials_for(plan, executed, verdicts)
    if again is None:
        return (marked, verdicts), []
    other, others = mark(plan.executed(again), tests)
    better = [test for test, verdict in verdicts.items() if others[test].points > verdict.points]
    if not better:
        return (marked, verdicts), []
    outputs = {grade_id_of(cell): cell.outputs for cell in other.cells if "outputs" in cell}
    for cell in marked.cells:
        if grade_id_of(cell) in better:
            cell.outputs = outputs[grade_id_of(cell)]
    verdicts |= {test: others[test] for test in better}
    names = ", ".join(dict.fromkeys(f"`{tests[test].exercise}`" for test in better))
    return (marked, verdicts), [
        f"other code in the notebook cost {names} points: graded without it, with definitions only"
    ]


def _essentials_for(
    plan: Plan, executed: Executed, verdicts: Mapping[str, Verdict]
) -> NotebookNode | None:
    lost = {
        grade_id
        for grade_id, verdict in verdicts.items()
        if verdict.points < verdict.of and verdict.outcome != NOT_ATTEMPTED
    }
    return essentials(executed.notebook, lost, plan.given) if lost else None
