"""Turn evidence into points: judge the evidence of each test cell, and replace its outputs.

All outputs of the kernel in a test cell are dropped. One result replaces them: the points, for
nbgrader; the panel, for people; and the verdict as data, for reports.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from kerascheck.evidence.evidence import Evidence, StudentError
from kerascheck.feedback import panel
from kerascheck.judge.judge import judge
from kerascheck.judge.verdict import VERDICT_MIME, Verdict
from kerasgrader.course.lessons import grade_id_of, is_question, is_test
from kerasgrader.errors import GraderFault
from kerasgrader.execution.job import Executed
from kerasgrader.execution.selection import quoted
from kerasgrader.marking.redaction import redacted
from kerasgrader.marking.reference import TestCell, evidence_in, pieces_of_evidence
from kerasgrader.repair.statements import binds

LONGEST_MESSAGE = 300
MOST_CAUSES = 5
NO_NAME = re.compile(r"name '(\w{1,100})' is not defined")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")


def verdicts_on(executed: Executed, tests: Mapping[str, TestCell]) -> dict[str, Verdict]:
    """The verdicts on the test cells of an executed notebook, by grade id.

    Raises GraderFault when they are not those of the source.
    """
    by_grade_id = _graded_cells(executed.notebook)
    verdicts = {}
    for grade_id, test in tests.items():
        cell = by_grade_id.get(grade_id)
        if cell is None or cell.source != test.source:
            raise GraderFault(
                f"test cell {grade_id!r} is not the one in source/: "
                "run `nbgrader generate_assignment` (or `kerasgrader build`) and grade again"
            )
        answer = by_grade_id.get(test.exercise_cell) if test.exercise_cell else None
        verdicts[grade_id] = judge_cell(cell, test, answer, executed)
    return verdicts


def mark(
    executed: Executed,
    tests: Mapping[str, TestCell],
    verdicts: Mapping[str, Verdict] | None = None,
) -> tuple[NotebookNode, dict[str, Verdict]]:
    """A copy of the executed notebook with verdicts in its test cells, and these by grade id.

    verdicts: those that `verdicts_on` gave, if they are known. Raises GraderFault as it does.
    """
    found = verdicts_on(executed, tests) if verdicts is None else dict(verdicts)
    nb = copy.deepcopy(executed.notebook)
    by_grade_id = _graded_cells(nb)
    for grade_id, verdict in found.items():
        by_grade_id[grade_id].outputs = [_result(verdict)]
        by_grade_id[grade_id].execution_count = None
    make_inert([cell for cell in nb.cells if not is_test(cell)])
    return nb, found


def _graded_cells(nb: NotebookNode) -> dict[str, NotebookNode]:
    """The cells of exercises and tests, by grade id."""
    return {
        cell.metadata.nbgrader.grade_id: cell for cell in nb.cells if "nbgrader" in cell.metadata
    }


def irregular_in(executed: Executed, tests: Mapping[str, TestCell]) -> tuple[str, ...]:
    """What no honest notebook does: while it was executed, or with the evidence of its tests."""
    found: dict[str, list[str]] = {}
    for cell in executed.notebook.cells:
        test = tests.get(grade_id_of(cell) or "")
        if test is not None:
            stopped = {test.grade_id, test.exercise_cell} & executed.stops.keys()
            ended = not stopped and _error_of(cell, None) is None
            for line in _irregular_of(cell, test, ended):
                found.setdefault(line, []).append(test.exercise)
    lines = [f"{line} ({', '.join(exercises)})" for line, exercises in found.items()]
    return (*executed.irregular, *lines)


def _irregular_of(cell: NotebookNode, test: TestCell, ended: bool) -> Iterator[str]:
    """ended: whether the test ran to its end."""
    calls = Counter(evidence.call for evidence in evidence_in(cell))
    expected = {reference.call for reference in test.evidence}
    if calls.total() < pieces_of_evidence(cell):
        yield "malformed evidence"
    if calls.keys() - expected:
        yield "evidence of a check that its test does not make"
    if any(count > 1 for call, count in calls.items() if call in expected):
        yield "more than one piece of evidence for one check"
    if ended and expected - calls.keys():
        yield "its test ran to the end, and evidence of its checks is missing"


def make_inert(cells: Sequence[NotebookNode]) -> None:
    """Remove from a student's cells what a browser would run: graders open them in the formgrader.

    Only text and images stay in outputs; HTML in prose is escaped, but in a question without an answer,
    which nbgrader has to recognise.
    """
    for cell in cells:
        if cell.cell_type == "markdown" and not (is_question(cell) and _is_as_released(cell)):
            cell.source = cell.source.replace("<", "&lt;")
        for output in cell.get("outputs", []):
            if "data" in output:
                output.data = {t: d for t, d in output.data.items() if _inert(t, d)}
                output.metadata = {}


def _is_as_released(cell: NotebookNode) -> bool:
    return cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)


def judge_cell(
    cell: NotebookNode, test: TestCell, answer: NotebookNode | None, executed: Executed
) -> Verdict:
    """The verdict on one test cell, redacted.

    Evidence counts if it is well formed and the only one for its probe. Otherwise there is nothing
    to judge, and what stopped the cell, or the error that it ended with, is the reason.
    """
    found: dict[str, list[Evidence]] = {}
    for evidence in evidence_in(cell):
        found.setdefault(evidence.call, []).append(evidence)
    others = executed.notebook.cells
    error = _error_of(cell, answer)
    error = None if error is None else _cause_of(error, others)
    cells = (test.exercise_cell, test.grade_id)
    stops = [executed.stops[name] for name in cells if name is not None and name in executed.stops]
    pairs: list[tuple[Evidence, Evidence | None]] = []
    for reference in test.evidence:
        given = found.get(reference.call, [])
        if len(given) == 1:
            # Both ran on this machine; the versions that a kernel claims are ignored.
            raised = given[0].error
            cause = None if raised is None else _cause_of(raised, others)
            pairs.append((reference, replace(given[0], error=cause, versions=reference.versions)))
        elif stops:
            stopped = Evidence(
                reference.call,
                reference.probe,
                reference.exercise,
                stops[-1].kind,
                facts={} if stops[-1].limit is None else {"limit": stops[-1].limit},
            )
            pairs.append((reference, stopped))
        elif error is not None:
            nothing = Evidence(
                reference.call, reference.probe, reference.exercise, "error", error=error
            )
            pairs.append((reference, nothing))
        else:
            pairs.append((reference, None))
    verdict = judge(test.exercise, test.points, pairs, test.shares)
    return redacted(verdict, test.visible, test.source)


def _inert(mime_type: str, data: object) -> bool:
    """Whether an output is text, which pages escape, or an image, which must be pure Base64."""
    if mime_type == "image/png":
        return isinstance(data, str) and BASE64.fullmatch(data) is not None
    return mime_type == "text/plain"


def _error_of(cell: NotebookNode, answer: NotebookNode | None) -> StudentError | None:
    """The error with which a test, or the cell of its answer, ended: a text of the student's process."""
    places = (
        [("the test", cell)]
        if answer is None
        else [
            ("the cell of your answer", answer),
            ("the test", cell),
        ]
    )
    for place, candidate in places:
        for output in candidate.get("outputs", []):
            if output.get("output_type") == "error":
                message = f"{output.get('evalue', '')}"[:LONGEST_MESSAGE]
                return StudentError(str(output.get("ename", "?"))[:100], f"{message} (in {place})")
    return None


def _cause_of(error: StudentError, cells: Sequence[NotebookNode]) -> StudentError:
    """The error of the cell that should have defined a name, in place of that name's NameError.

    That cell may have failed because of another one.
    """
    for _ in range(MOST_CAUSES):
        name = NO_NAME.search(error.message) if error.type == "NameError" else None
        cause = None if name is None else _failure_to_define(name[1], cells)
        if cause is None:
            break
        error = cause
    return error


def _failure_to_define(name: str, cells: Sequence[NotebookNode]) -> StudentError | None:
    for cell in cells:
        for output in cell.get("outputs", []):
            same = NO_NAME.search(f"{output.get('evalue', '')}")
            if output.get("output_type") != "error" or (same is not None and same[1] == name):
                continue
            if name in binds(cell.source):
                text = f"{output.get('evalue', '')}"[:LONGEST_MESSAGE]
                where = f"in {quoted(cell)}, which should define `{name}`"
                return StudentError(str(output.get("ename", "?"))[:100], f"{text} ({where})")
    return None


def _result(verdict: Verdict) -> NotebookNode:
    data = {
        "text/plain": f"{verdict.points}",
        "text/html": panel.html(verdict),
        VERDICT_MIME: verdict.to_plain(),
    }
    return nbformat.v4.new_output("execute_result", data=data, execution_count=None)
