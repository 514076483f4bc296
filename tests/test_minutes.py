"""What the benchmark of running times says of a notebook."""

from __future__ import annotations

from dataclasses import replace

import nbformat
import pytest

from benchmarks.minutes import measure, solved
from kerasgrader.course.course import load_course
from tests.support.course_folder import ROOT

UNITS = load_course(ROOT).units


@pytest.mark.slow
def test_a_notebook_is_timed_and_its_failures_named() -> None:
    """The slowest cell, the minutes that the lesson tells, and every cell that raised."""
    cells = [
        nbformat.v4.new_markdown_cell("Allow **7 minutes**."),
        nbformat.v4.new_code_cell("import time; time.sleep(1.5)", id="slow"),
        nbformat.v4.new_code_cell("1 / 0", id="wrong"),
        nbformat.v4.new_code_cell("print('still run')", id="last"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    measured = measure(replace(UNITS[0], minutes=8), notebook)
    assert measured.slowest[0] == "slow" and 1.5 < measured.slowest[1] < 60 * measured.run
    assert measured.failed == ("wrong (ZeroDivisionError)",)
    assert (measured.told, measured.promised, measured.agrees) == (7, 8, False)
    assert "the lesson says 7 minutes" in str(measured)
    assert "still run" in notebook.cells[3].outputs[0].text
    fine = replace(measured, failed=(), promised=7)
    assert fine.agrees and not replace(fine, run=7.5).agrees


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_the_lesson_tells_the_minutes_of_the_course(unit) -> None:  # type: ignore[no-untyped-def]
    """One number, told twice, is the same."""
    text = "\n".join(cell.source for cell in solved(unit).cells if cell.cell_type == "markdown")
    assert f"Allow **{unit.minutes} minutes**" in text


def test_a_solved_notebook_has_no_exercise_left() -> None:
    """What is timed is what a student has in the end."""
    for unit in UNITS:
        assert not any("NotImplementedError()" in cell.source for cell in solved(unit).cells)
