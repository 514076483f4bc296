"""Running a notebook, where it goes wrong on the grader's side."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from kerascheck.evidence.evidence import EVIDENCE_MIME
from kerasgrader.course.course import Unit, load_course
from kerasgrader.errors import GraderFault
from kerasgrader.execution.incoming import Incoming, OutputLimits, deeper_than
from kerasgrader.execution.passes import Passes
from kerasgrader.execution.plan import Plan
from kerasgrader.execution.runner import NotebookRunner
from tests.support.course_folder import ROOT, UNIT


class Failing(NotebookRunner):
    """A runner whose first attempts find no kernel."""

    failures = 0
    attempts = 0

    def _run(self, *_: object) -> NotebookNode:
        self.attempts += 1
        if self.attempts <= self.failures:
            raise GraderFault(f"no kernel ({self.attempts})")
        return NotebookNode(done=True)


def test_a_fault_of_the_grader_is_retried_once() -> None:
    """A kernel that does not start the first time costs nothing."""
    runner = Failing()
    runner.failures = 1
    assert runner.run(None).done
    assert runner.attempts == 2


def test_a_fault_that_stays_is_raised() -> None:
    """After the second attempt there is no result, and so no mark."""
    runner = Failing()
    runner.failures = 2
    with pytest.raises(GraderFault, match=r"no kernel \(2\)"):
        runner.run(None)


def test_tests_have_their_share_of_a_notebooks_time() -> None:
    """Whatever other cells took: a cell of the student's own gets what is left beside the tests."""
    test = new_code_cell("check.values(f)", metadata={"nbgrader": {"grade": True}})
    own = new_code_cell("train()")
    runner = NotebookRunner(timeout=60, test_timeout=15, notebook_timeout=100)
    runner.passes, runner.spent = Passes([own, test, own, test]), 0.0
    assert (runner.time_for(own), runner.time_for(test)) == (60, 15)
    runner.spent = 60.0
    assert (runner.time_for(own), runner.time_for(test)) == (10, 15)
    runner.spent = 71.0
    assert runner.time_for(own) < 1
    runner.spent = 93.0
    assert runner.time_for(test) == 7


def test_the_key_of_an_execution_holds_what_it_depends_on() -> None:
    """The same work has one key; another seed, limit or cell gives another one."""
    unit = load_course(ROOT).unit(UNIT)
    notebook = nbformat.read(unit.release_file, as_version=4)
    changed = nbformat.read(unit.release_file, as_version=4)
    changed.cells[-1].source += " "
    keys = [
        Plan(unit, "one", NotebookRunner()).job(notebook).key,
        Plan(unit, "two", NotebookRunner()).job(notebook).key,
        Plan(unit, "one", NotebookRunner(test_timeout=14)).job(notebook).key,
        Plan(unit, "one", NotebookRunner()).job(changed).key,
        Plan(unit, "one", NotebookRunner()).job(notebook, everything=True).key,
    ]
    assert len(set(keys)) == 5
    assert Plan(unit, "one", NotebookRunner()).job(notebook).key == keys[0]


@pytest.mark.slow
def test_grading_refuses_without_the_seal(new_course: Callable[..., Unit], tmp_path: Path) -> None:
    """The command names the layer, points at the doctor, and ends with a non-zero status."""
    unit = new_course(tmp_path)
    (tmp_path / "submitted" / "somebody" / unit.id).mkdir(parents=True)
    none = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"'
    grader = Path(sys.executable).parent / "kerasgrader"
    command = ["unshare", "--user", "--map-root-user", "sh", "-c", none, "sh"]
    done = subprocess.run(
        [*command, grader, "grade", unit.id, "--root", tmp_path], capture_output=True, text=True
    )
    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert "could not be sealed" in said and "kerasgrader doctor" in said


LIMITS = OutputLimits(output=100, evidence=1000, outputs=5, notebook=2000)


def stream(text: str) -> dict:
    return {"msg_type": "stream", "content": {"name": "stdout", "text": text}}


def test_output_beyond_the_limit_is_dropped_and_noted() -> None:
    """What came before is kept; the note is made once; the next cell begins anew."""
    notes: list[str] = []
    incoming = Incoming(LIMITS, notes, [])
    cell = new_code_cell("print(x)\n")
    assert incoming.admits(stream("x" * 20), cell)
    assert not incoming.admits(stream("x" * 200), cell)
    assert not incoming.admits(stream("x"), cell)
    [note] = notes
    assert "begins with 'print(x)' wrote more than is stored" in note
    incoming.begin_cell()
    assert incoming.admits(stream("x"), cell)


def test_evidence_and_output_share_what_a_notebook_may_have() -> None:
    """So many cells with so much evidence each would fill the grader's memory."""
    incoming = Incoming(LIMITS, [], [])
    assert incoming.has_room_for(1500) and not incoming.has_room_for(501)
    incoming.begin_cell()
    assert incoming.has_room_for(450)
    assert not incoming.admits(stream("x" * 60), new_code_cell(""))


def test_messages_that_make_no_sense_are_dropped() -> None:
    """Data that is no object, or is nested without end; evidence, which has a way of its own; widgets;
    more outputs than can be."""
    irregular: list[str] = []
    incoming = Incoming(LIMITS, [], irregular)
    cell = new_code_cell("")
    nested: list = []
    for _ in range(100):
        nested = [nested]
    for data in ("text", {"application/json": nested}):
        assert not incoming.admits({"msg_type": "display_data", "content": {"data": data}}, cell)
    assert irregular == ["a cell sent a malformed message"]
    forged = {"msg_type": "display_data", "content": {"data": {EVIDENCE_MIME: {}}}}
    assert not incoming.admits(forged, cell)
    assert irregular[1:] == ["a cell published evidence of its own among its outputs"]
    assert not incoming.admits({"msg_type": "comm_open", "content": {}}, cell)
    assert incoming.admits({"msg_type": "status", "content": {}}, cell)
    cell.outputs = [{}] * 5
    assert not incoming.admits(stream("x"), cell)


def test_depth_is_measured_without_recursion() -> None:
    """Nesting far beyond Python's stack is no trouble."""
    value: list = []
    for _ in range(100_000):
        value = [value]
    assert deeper_than(value, 40)
    assert not deeper_than([[{"a": [1]}]], 40)
