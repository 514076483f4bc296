"""The first minute of a notebook, in a kernel as JupyterLab starts it: no red lines."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest

from kerasgrader.course.course import Unit, load_course
from tests.support.course_folder import ROOT
from tests.support.plain_kernel import PlainKernel

UNITS = load_course(ROOT).units
CELLS = 4  # it looks for the course, begins, imports, and draws


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_the_first_cells_write_nothing_to_stderr(
    unit: Unit, tmp_path: Path, long_runs: bool
) -> None:
    """TensorFlow is imported for real, devices are looked for, the data set is there, a figure is drawn."""
    if unit is not UNITS[-1] and not long_runs:
        pytest.skip("one unit in every run; all of them with --long-runs")
    folder = tmp_path / unit.id
    shutil.copytree(unit.release_file.parent, folder)
    notebook = nbformat.read(unit.release_file, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"][:CELLS]
    with PlainKernel(folder, MPLCONFIGDIR=str(tmp_path / "matplotlib")) as kernel:
        shown = [(cell.id, kernel.run(cell.source, cell.id)) for cell in code]
        notes = kernel.run("from kerascheck import quiet; print(len(quiet.NOTES))")
    assert [(name, one.stderr, one.error) for name, one in shown] == [
        (cell.id, "", "") for cell in code
    ]
    assert "Software: " in shown[1][1].text and "Device: " in shown[1][1].text
    assert int(notes.text) > 0, "TensorFlow has written no notes here: this test shows nothing"
