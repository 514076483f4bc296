"""Which cells a kernel runs, after others were lost."""

from __future__ import annotations

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from kerascheck.evidence.evidence import ENDED, NOT_RUN, TOO_SLOW
from kerasgrader.execution.job import Stop
from kerasgrader.execution.passes import Passes, reduced

TEST = {"nbgrader": {"grade": True, "grade_id": "test"}}


def run_of(passes: Passes, lost: dict[int, Stop]) -> list[int]:
    """The cells that one kernel runs, until it is lost with one of those in `lost`."""
    passes.begin()
    ran = []
    for index in range(len(passes.cells)):
        if not passes.source(index):
            continue
        ran.append(index)
        if index in lost:
            passes.stopped(index, lost[index])
            return ran
        passes.ran(index)
    return ran


def notebook(*sources: str) -> list[NotebookNode]:
    """Cells; a source of "test" is one."""
    return [new_code_cell(text, metadata=TEST if text == "test" else {}) for text in sources]


def test_nothing_is_repeated_while_no_kernel_is_lost() -> None:
    """One kernel runs all, also what stands after the last test."""
    passes = Passes(notebook("a = 1", "test", "b = 2"))
    assert run_of(passes, {}) == [0, 1, 2] and passes.over and not passes.stops


def test_a_test_that_loses_its_kernel_is_not_run_again() -> None:
    """The next kernel repeats the cells before the tests that are left, and none of the tests."""
    passes = Passes(notebook("a = 1", "test", "b = 2", "test", "c = 3", "test"))
    assert run_of(passes, {3: Stop(ENDED)}) == [0, 1, 2, 3]
    assert run_of(passes, {}) == [0, 2, 4, 5]
    assert passes.over and passes.stops == {3: Stop(ENDED)}


def test_after_the_last_test_no_other_kernel_is_needed() -> None:
    """Nothing depends on it."""
    passes = Passes(notebook("a = 1", "test", "kill()"))
    assert run_of(passes, {1: Stop(ENDED)}) == [0, 1]
    assert passes.over


def test_any_other_cell_is_reduced_step_by_step() -> None:
    """To definitions and assignments, then to definitions, then to nothing."""
    cell = "import os\nx = slow()\ndef f(): return 1\nkill()"
    passes = Passes(notebook(cell, "test"))
    kinds = [Stop(ENDED), Stop(TOO_SLOW, 60), Stop(ENDED)]
    sources = []
    for stop in kinds:
        assert run_of(passes, {0: stop}) == [0]
        sources.append(passes.source(0))
    assert sources == [
        "import os\nx = slow()\n\ndef f():\n    return 1",
        "import os\n\ndef f():\n    return 1",
        "",
    ]
    assert run_of(passes, {}) == [1]
    assert passes.stops == {0: kinds[0]}


@pytest.mark.parametrize(
    ("source", "less"),
    [
        ("kill()", ""),
        ("!pip install x\nimport os\nkill()", "import os"),
        ("x = 1", ""),
        ("x = 1\nwhile True: pass", "x = 1"),
        ("this is no Python", ""),
    ],
)
def test_what_is_left_of_a_cell(source: str, less: str) -> None:
    """Where nothing is worth running, nothing is run."""
    assert reduced(source) == less


def test_without_time_nothing_more_runs() -> None:
    """The tests that are left are told apart from those that went wrong."""
    passes = Passes(notebook("test", "test", "test"))
    run_of(passes, {1: Stop(ENDED)})
    passes.not_run(Stop(NOT_RUN))
    assert passes.over and passes.stops == {1: Stop(ENDED), 2: Stop(NOT_RUN)}
