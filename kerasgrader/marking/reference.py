"""Reference evidence: the evidence of the course's own solution in `source/` for every probe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nbformat import NotebookNode

from kerascheck.evidence.evidence import EVIDENCE_MIME, Evidence
from kerascheck.evidence.untrusted import Malformed
from kerascheck.published import PublishedUnit
from kerasgrader.course.course import Unit
from kerasgrader.course.lessons import is_exercise, is_test
from kerasgrader.errors import CourseError
from kerasgrader.execution.job import Executed
from kerasgrader.execution.plan import Plan


@dataclass(frozen=True)
class TestCell:
    """One graded test: its points, the exercise that its probes call, and the reference's evidence.

    visible: the calls of its visible checks. shares: each aspect's share of the points.
    """

    __test__ = False  # not a pytest test

    grade_id: str
    exercise: str
    exercise_cell: str | None
    points: float
    source: str
    evidence: tuple[Evidence, ...]
    visible: frozenset[str] = frozenset()
    shares: Mapping[str, float] | None = None


def reference_tests(plan: Plan) -> dict[str, TestCell]:
    """The test cells of the plan's unit, by grade id, with the reference's evidence.

    Raises CourseError if the solution in the source does not pass its own probes cleanly, and
    GraderFault if it could not be run.
    """
    return tests_of(plan.unit, plan.executed(plan.source, reference=True))


def tests_of(unit: Unit, executed: Executed) -> dict[str, TestCell]:
    """The test cells of the executed source of a unit. Raises CourseError."""
    wrong = [*executed.notes, *executed.irregular]
    wrong += [f"cell {cell!r}: {stop.kind}" for cell, stop in executed.stops.items()]
    if wrong:
        raise CourseError(f"{unit.source_file}: {'; '.join(wrong)}")
    tests: dict[str, TestCell] = {}
    published = published_calls(unit)
    exercise_cell = None
    for cell in executed.notebook.cells:
        if is_exercise(cell):
            exercise_cell = cell.metadata.nbgrader.grade_id
        if is_test(cell):
            tests[cell.metadata.nbgrader.grade_id] = _test_cell(
                unit, cell, exercise_cell, published
            )
    if not tests:
        raise CourseError(f"{unit.source_file} has no test cells")
    return tests


def published_calls(unit: Unit) -> frozenset[tuple[str, str]]:
    """Exercise and call of every published check of a unit. Raises CourseError."""
    try:
        text = unit.published_file.read_text("utf-8")
        return frozenset((e.exercise, e.call) for e in PublishedUnit.of_text(text).evidence)
    except FileNotFoundError:
        raise CourseError(
            f"the checks of {unit.id} are not published ({unit.published_file}): run `kerasgrader build`"
        ) from None


def _test_cell(
    unit: Unit, cell: NotebookNode, exercise_cell: str | None, published: frozenset[tuple[str, str]]
) -> TestCell:
    grade_id = cell.metadata.nbgrader.grade_id
    where = f"{unit.source_file}, cell {grade_id!r}"
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if errors:
        raise CourseError(f"{where}: {errors[0].ename}: {errors[0].evalue}")
    evidence = evidence_in(cell)
    calls = [item.call for item in evidence]
    if not evidence or len(set(calls)) != len(calls):
        raise CourseError(f"{where}: every probe of a test cell must occur once, found {calls}")
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
        visible=frozenset(e.call for e in evidence if (e.exercise, e.call) in published),
        shares=unit.shares,
    )


def evidence_in(cell: NotebookNode) -> list[Evidence]:
    """The well-formed evidence among a cell's outputs; malformed evidence is left out."""
    found = []
    for piece in _pieces(cell):
        try:
            found.append(Evidence.from_plain(piece))
        except Malformed:
            continue
    return found


def pieces_of_evidence(cell: NotebookNode) -> int:
    """How many pieces of evidence are among a cell's outputs, well-formed or not."""
    return len(_pieces(cell))


def _pieces(cell: NotebookNode) -> list[object]:
    outputs = [o for o in cell.get("outputs", []) if o.get("output_type") == "display_data"]
    return [o.data[EVIDENCE_MIME] for o in outputs if EVIDENCE_MIME in o.get("data", {})]
