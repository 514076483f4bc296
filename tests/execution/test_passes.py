"""Which cells, and which of their statements, a kernel runs, after others were lost."""

from __future__ import annotations

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from kerascheck.evidence.evidence import ENDED, NOT_RUN, TOO_SLOW
from kerasgrader.execution.job import Stop
from kerasgrader.execution.passes import MOST_LOSSES, Passes, Piece, divided

TEST = {"nbgrader": {"grade": True, "grade_id": "test"}}


def run_of(passes: Passes, lost: dict[int, Stop]) -> list[int]:
    """The cells that one kernel runs, until it is lost with one of those in `lost`."""
    passes.begin()
    ran = []
    for index in range(len(passes.cells)):
        if passes.piece(index) is None:
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


def pieces(passes: Passes, index: int = 0) -> list[str]:
    """What one kernel runs of a cell, if nothing goes wrong."""
    found, done = list[str](), -1
    while (piece := passes.piece(index, done)) is not None:
        found.append(piece.text)
        done = 10**9 if piece.last is None else piece.last
    return found


FIRST, LOOP, LAST = (
    "import os\ntable = []",
    "for i in range(3):\n    table.append(i)",
    "# and\ndef f(): return table",
)
CELL = f"{FIRST}\n{LOOP}\nkill()\n{LAST}"


def test_the_statement_that_lost_the_kernel_is_left_out() -> None:
    """It is not known which one it was: the next kernel runs them one by one."""
    passes = Passes(notebook(CELL, "test"))
    passes.begin()
    whole = passes.piece(0)
    assert whole == Piece(CELL)
    assert passes.stopped(0, Stop(ENDED), whole) == -1
    assert pieces(passes) == [*FIRST.split("\n"), LOOP, "kill()", LAST]
    kill = passes.piece(0, after=2)
    assert kill == Piece("kill()", 3, 3)
    passes.stopped(0, Stop(ENDED), kill)
    assert pieces(passes) == [f"{FIRST}\n{LOOP}", LAST]
    assert passes.stops == {0: Stop(ENDED)}


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (1, [f"table = []\n{LOOP}\nkill()\n{LAST}"]),
        (4, [FIRST, f"kill()\n{LAST}"]),
        (5, [f"{FIRST}\n{LOOP}", LAST]),
        (6, [f"{FIRST}\n{LOOP}\nkill()"]),
    ],
)
def test_after_an_interrupt_the_line_is_known(line: int, left: list[str]) -> None:
    """What comes after it runs in the same kernel; what came before has run."""
    passes = Passes(notebook(CELL, "test"))
    passes.begin()
    done = passes.stopped(0, Stop(TOO_SLOW, 60), passes.piece(0), line)
    assert pieces(passes) == left
    behind = passes.piece(0, done)
    assert behind is None or line < 6 and left[-1].endswith(behind.text)


def test_a_cell_that_loses_its_kernel_again_and_again_ends_as_nothing() -> None:
    """First only its definitions are tried. So there is an end to it, however many statements it has."""
    passes = Passes(notebook("kill()\n" * 50 + "import os\ndef f(): return 1", "test"))
    for _ in range(MOST_LOSSES + 1):
        passes.begin()
        passes.stopped(0, Stop(ENDED), passes.piece(0))
    assert pieces(passes) == ["import os\ndef f(): return 1"]
    passes.stopped(0, Stop(ENDED), passes.piece(0))
    assert pieces(passes) == []


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("kill()", ["kill()"]),
        ("x = 1; y = 2\n\n@a\ndef f():\n    pass\n", ["x = 1; y = 2", "\n@a\ndef f():\n    pass"]),
        ("!pip install x\nimport os", ["!pip install x", "import os"]),
        ("this is no Python", ["this is no Python"]),
    ],
)
def test_a_cell_is_divided_into_statements(source: str, parts: list[str]) -> None:
    """As they are written; what cannot be parsed is one."""
    assert divided(source) == parts


def test_without_time_nothing_more_runs() -> None:
    """The tests that are left are told apart from those that went wrong."""
    passes = Passes(notebook("test", "test", "test"))
    run_of(passes, {1: Stop(ENDED)})
    passes.not_run(Stop(NOT_RUN))
    assert passes.over and passes.stops == {1: Stop(ENDED), 2: Stop(NOT_RUN)}
