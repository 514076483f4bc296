"""The notebooks as a student meets them: solved and unsolved, run by real kernels."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from benchmarks.minutes import solved
from kerasgrader.course.course import Unit, load_course
from tests.support.clean_environment import clean_environment, wheel
from tests.support.course_folder import ROOT
from tests.support.course_folder import UNIT as ONE_UNIT
from tests.support.short_training import SHORTER, shorten
from tests.support.validation import validate

pytestmark = pytest.mark.slow

UNITS = load_course(ROOT).units


def unsolved(unit: Unit) -> NotebookNode:
    return nbformat.read(unit.release_file, as_version=4)


def without_ungraded(notebook: NotebookNode) -> NotebookNode:
    notebook.cells = [c for c in notebook.cells if "ungraded" not in c.metadata.get("tags", [])]
    return notebook


def graded(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]


def errors(notebook: NotebookNode) -> list[tuple[str, str, str]]:
    return [
        (cell.id, output.ename, output.evalue)
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error"
    ]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_a_solved_release_runs_alone_from_top_to_bottom(
    unit: Unit,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With TensorFlow, the course's wheel and its own folder, and nothing else, every cell runs.

    The first cell takes the course from the wheel and installs nothing, training is included, if short, no
    test writes to stderr (a zero in stock nbgrader), and nbgrader's Validate is content.
    """
    folder = tmp_path / "notebook"
    shutil.copytree(unit.release_file.parent, folder)
    shutil.copy(wheel(tmp_path_factory), folder)
    environment, temporary = tmp_path / "environment", tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("JUPYTER_PATH", str(clean_environment(tmp_path_factory, environment)))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("RESNET_COURSE_DATA", str(folder))
    notebook = solved(unit)
    shorten(notebook, SHORTER[unit.id])
    printed, ran = validate(notebook, folder, cell_seconds=900)
    assert errors(ran) == []
    assert not list(environment.glob("lib/python*/site-packages/kerascheck*"))
    noise = [
        output.text
        for cell in graded(ran)
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stderr"
    ]
    assert noise == []
    assert printed == "Success! Your notebook passes all the tests.\n"


def test_an_unsolved_release_stops_at_each_check_with_a_clear_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checks of an untouched release say `not attempted`, each in one line; Validate counts them.

    The units run one after the other in one kernel, each from its own first cell on.
    """
    monkeypatch.setenv("RESNET_COURSE_DATA", str(tmp_path))
    together = nbformat.v4.new_notebook()
    for unit in UNITS:
        for cell in without_ungraded(unsolved(unit)).cells:
            cell.id = f"{unit.notebook}-{cell.id}"[:64]
            if "nbgrader" in cell.metadata:
                cell.metadata.nbgrader.grade_id += f"-{unit.notebook}"
                cell.metadata.nbgrader.checksum = compute_checksum(cell)
            together.cells.append(cell)
    printed, ran = validate(together, tmp_path)
    found = errors(ran)
    assert {ename for _, ename, _ in found} == {"CheckFailed"}
    assert all("not attempted yet" in evalue for _, _, evalue in found)
    assert len(found) == len(graded(together))
    assert f"VALIDATION FAILED ON {len(graded(together))} CELL(S)" in printed


def test_the_validate_command_tells_solved_from_unsolved(tmp_path: Path) -> None:
    """`nbgrader validate` prints of one unit what nbgrader's class, in the tests above, prints of each."""
    unit = load_course(ROOT).unit(ONE_UNIT)
    notebooks = {"solved.ipynb": solved(unit), "unsolved.ipynb": unsolved(unit)}
    for name, notebook in notebooks.items():
        nbformat.write(without_ungraded(notebook), tmp_path / name)
    command = [Path(sys.executable).parent / "nbgrader", "validate"]
    settings = ["--Execute.timeout=120", "--Execute.shutdown_kernel=immediate"]
    done = subprocess.run(
        [*command, *settings, *notebooks],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    success, rest = done.stdout.split("\n", maxsplit=1)
    assert success == "Success! Your notebook passes all the tests."
    assert rest.startswith(f"VALIDATION FAILED ON {len(graded(unsolved(unit)))} CELL(S)!")
