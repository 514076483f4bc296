"""Reference evidence: what the course's own solution in `source/` gives for every probe of a unit."""

from __future__ import annotations

from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

from resnet_course.evidence import MIME, Evidence
from resnet_course.plain import Malformed
from resnet_grader.course import Unit
from resnet_grader.errors import CourseError
from resnet_grader.execution import EXECUTED, Execute


@dataclass(frozen=True)
class TestCell:
    """One graded test: its points, the exercise that its probes call, and the reference's evidence."""

    __test__ = False  # not a test of pytest's

    grade_id: str
    exercise: str
    exercise_cell: str | None
    points: float
    source: str
    evidence: tuple[Evidence, ...]


def reference_tests(unit: Unit, execute: Execute, seed: str) -> dict[str, TestCell]:
    """The test cells of a unit, by grade id, with the reference's evidence under `seed`.

    Raises CourseError when the solution in the source does not pass its own probes cleanly, and
    GraderFault when it could not be run.
    """
    reference = reference_notebook(unit)
    key = execute.job(reference, unit, seed).key
    if key not in _tests:
        executed = execute.executed(reference, unit, seed, again_if_noted=True)
        _tests.clear()
        _tests[key] = _tests_of(unit, executed)
    return _tests[key]


# Those of the unit that is being graded, by the key of the reference's execution: they are asked for again
# with every submission.
_tests: dict[str, dict[str, TestCell]] = {}


def _tests_of(unit: Unit, executed: NotebookNode) -> dict[str, TestCell]:
    notes = executed.metadata[EXECUTED]["notes"]
    if notes:
        raise CourseError(f"{unit.source_file}: {'; '.join(notes)}")
    tests: dict[str, TestCell] = {}
    exercise_cell = None
    for cell in executed.cells:
        nbgrader = cell.metadata.get("nbgrader")
        if nbgrader and nbgrader.solution:
            exercise_cell = nbgrader.grade_id
        if nbgrader and nbgrader.grade and cell.cell_type == "code":
            tests[nbgrader.grade_id] = _test_cell(unit, cell, exercise_cell)
    if not tests:
        raise CourseError(f"{unit.source_file} has no test cells")
    return tests


def reference_notebook(unit: Unit) -> NotebookNode:
    """The instructor's notebook, without outputs."""
    source = nbformat.read(unit.source_file, as_version=4)
    for cell in source.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    return source


def _test_cell(unit: Unit, cell: NotebookNode, exercise_cell: str | None) -> TestCell:
    grade_id = cell.metadata.nbgrader.grade_id
    where = f"{unit.source_file}, cell {grade_id!r}"
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if errors:
        raise CourseError(f"{where}: {errors[0].ename}: {errors[0].evalue}")
    evidence = evidence_in(cell)
    calls = [item.call for item in evidence]
    if not evidence or len(set(calls)) != len(calls):
        raise CourseError(f"{where}: every probe of a test cell must be there once, found {calls}")
    for item in evidence:
        if item.status == "not attempted":
            raise CourseError(f"{where}: the solution of {item.exercise} is missing")
        if item.status == "error" and item.probe != "values":
            raise CourseError(f"{where}: the solution of {item.exercise} fails: {item.error}")
    return TestCell(
        grade_id=grade_id,
        exercise=evidence[0].exercise,
        exercise_cell=exercise_cell,
        points=float(cell.metadata.nbgrader.points),
        source=cell.source,
        evidence=tuple(evidence),
    )


def evidence_in(cell: NotebookNode) -> list[Evidence]:
    """The well-formed evidence among a cell's outputs; what is malformed is left out."""
    found = []
    for output in cell.get("outputs", []):
        data = output.get("data", {}) if output.get("output_type") == "display_data" else {}
        if MIME in data:
            try:
                found.append(Evidence.from_plain(data[MIME]))
            except Malformed:
                continue
    return found
