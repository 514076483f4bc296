"""The evidence in a test cell becomes a verdict: what counts as evidence of a probe, and what does not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode

from kerascheck import check
from kerascheck.evidence.evidence import EVIDENCE_MIME, Evidence, StudentError
from kerascheck.judge.verdict import ERROR, PASSED, Verdict
from kerasgrader.execution.job import Executed, Stop
from kerasgrader.marking.marking import irregular_in, judge_cell
from kerasgrader.marking.reference import TestCell

X = np.arange(4.0)


def squared(x: np.ndarray) -> np.ndarray:
    return x * x


@cache
def evidence() -> tuple[Evidence, Evidence]:
    """The evidence of two probes whose arguments differ and whose results are equal."""
    with check.collecting("a secret") as found:
        check.values(squared, X)
        check.values(squared, -X)
    first, second = found
    return first, second


def verdict(*given: Evidence, error: str = "") -> Verdict:
    """On a test cell that holds this evidence, and stopped with an error if there is one."""
    cell = nbformat.v4.new_code_cell("check.values(squared, X)", id="test")
    cell.outputs = [output(item) for item in given]
    if error:
        cell.outputs.append(nbformat.v4.new_output("error", ename="ValueError", evalue=error))
    test = TestCell("test", "squared", None, 10, cell.source, evidence())
    return judge_cell(cell, test, None, Executed(nbformat.v4.new_notebook()))


def output(item: Evidence) -> NotebookNode:
    return nbformat.v4.new_output("display_data", data={EVIDENCE_MIME: item.to_plain()})


def test_evidence_of_every_probe_earns_the_points() -> None:
    """In whatever order it comes."""
    first, second = evidence()
    assert verdict(second, first).outcome == PASSED
    assert verdict(second, first).points == 10


@pytest.mark.parametrize("missing", [0, 1])
def test_evidence_of_another_probe_is_none(missing: int) -> None:
    """A probe without evidence of its own fails, whatever else there is."""
    there = evidence()[1 - missing]
    assert verdict(there).points == 0
    assert verdict(there, replace(there, call="check.values(squared, Y)")).points == 0


def test_two_pieces_of_evidence_for_one_probe_are_none() -> None:
    """Nobody could say which of them is the probe's."""
    first, second = evidence()
    assert verdict(first, first, second).points == 0


def test_versions_that_a_kernel_claims_decide_nothing() -> None:
    """They are the student's word; reference and student have run on this machine."""
    first, second = evidence()
    assert verdict(replace(first, versions={"keras": "9"}), second).outcome == PASSED


def test_what_stopped_the_cell_is_the_reason() -> None:
    """Where evidence is missing because the cell raised an error; of a hidden check its kind is all."""
    found = verdict(evidence()[0], error="no such file")
    assert found.outcome == ERROR
    assert found.error is not None
    assert (found.error.type, found.error.message) == ("ValueError", "")


def test_a_name_that_a_failed_cell_should_have_defined_shows_that_cells_error() -> None:
    """The cause, and not its echo; another name that is not defined is what it is."""
    failed = nbformat.v4.new_code_cell("import scipy_of_old as sp\nimport numpy as np", id="own")
    message = "No module named 'scipy_of_old'"
    failed.outputs = [nbformat.v4.new_output("error", ename="ModuleNotFoundError", evalue=message)]
    first, second = evidence()
    for name, shown in (("np", "ModuleNotFoundError"), ("xp", "NameError")):
        echo = StudentError("NameError", f"name '{name}' is not defined", 3, "return np.sum(X)")
        cell = nbformat.v4.new_code_cell("check.values(squared, X)", id="test")
        cell.outputs = [
            output(replace(item, status="error", error=echo)) for item in (first, second)
        ]
        test = TestCell("test", "squared", None, 10, cell.source, (first, second), {first.call})
        executed = Executed(nbformat.v4.new_notebook(cells=[failed, cell]))
        error = judge_cell(cell, test, None, executed).error
        assert error is not None and error.type == shown
        assert (message in error.message) == (name == "np")


def irregular(*outputs: NotebookNode, stops: dict[str, Stop] | None = None) -> tuple[str, ...]:
    """What is irregular about a test cell with these outputs."""
    cell = nbformat.v4.new_code_cell("check.values(squared, X)", id="test")
    cell.metadata["nbgrader"] = {"grade_id": "test", "grade": True}
    cell.outputs = list(outputs)
    test = TestCell("test", "squared", "squared", 10, cell.source, evidence())
    executed = Executed(nbformat.v4.new_notebook(cells=[cell]), stops=stops or {})
    return irregular_in(executed, {"test": test})


def test_what_no_honest_test_gives_is_irregular() -> None:
    """Doubled, strange, malformed and missing evidence; none of it where a test was stopped, or failed."""
    first, second = map(output, evidence())
    assert irregular(first, second) == ()
    assert irregular(first, first, second) == (
        "more than one piece of evidence for one check (squared)",
    )
    strange = output(replace(evidence()[0], call="check.values(cubed)"))
    assert irregular(first, second, strange) == (
        "evidence of a check that its test does not make (squared)",
    )
    malformed = nbformat.v4.new_output("display_data", data={EVIDENCE_MIME: {"call": 7}})
    assert irregular(first, second, malformed) == ("malformed evidence (squared)",)
    assert irregular(first) == (
        "its test ran to the end, and evidence of its checks is missing (squared)",
    )
    assert irregular(first, stops={"test": Stop("too slow", 15)}) == ()
    assert irregular(first, stops={"squared": Stop("the kernel ended")}) == ()
    assert irregular(first, nbformat.v4.new_output("error", ename="NameError", evalue="f")) == ()
