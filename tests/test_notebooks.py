"""The notebooks as a student meets them: solved and unsolved, run by real kernels."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

from resnet_grader.course import Unit, load_course
from tests.students.handed_in import handed_in, reference_cells
from tests.support.clean_environment import build_wheel, clean_environment, kernels_of
from tests.support.course_folder import ROOT

pytestmark = pytest.mark.slow

UNITS = load_course(ROOT).units


def released(unit: Unit, solved: bool) -> NotebookNode:
    release = nbformat.read(unit.release_file, as_version=4)
    if not solved:
        return release
    return handed_in(release, reference_cells(nbformat.read(unit.source_file, as_version=4)), ())


def run(
    notebook: NotebookNode, folder: Path, kernels: type[AsyncKernelManager] = AsyncKernelManager
) -> NotebookNode:
    """Run a notebook as Jupyter does, going on after errors, with the kernels of another environment."""
    client = NotebookClient(
        notebook,
        kernel_manager_class=kernels,
        timeout=900,
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    offline = {"PIP_NO_INDEX": "1", "RESNET_COURSE_DATA": str(folder)}
    return client.execute(env={**os.environ, **offline})


def errors(notebook: NotebookNode) -> list[tuple[str, str, str]]:
    return [
        (cell.id, output.ename, output.evalue)
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error"
    ]


def without_ungraded(notebook: NotebookNode) -> NotebookNode:
    notebook.cells = [c for c in notebook.cells if "ungraded" not in c.metadata.get("tags", [])]
    return notebook


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_a_solved_release_runs_alone_from_top_to_bottom(unit: Unit, tmp_path: Path) -> None:
    """With TensorFlow, the course's wheel and its own folder, and nothing else, every cell runs.

    Training is included, the course is installed by the first cell, and no test writes to stderr (a zero in
    stock nbgrader).
    """
    folder = tmp_path / "notebook"
    shutil.copytree(unit.release_file.parent, folder)
    build_wheel(folder)
    python = clean_environment(tmp_path / "environment")
    notebook = run(released(unit, solved=True), folder, kernels_of(python))
    assert errors(notebook) == []
    installed = python.parent.parent.glob("lib/python*/site-packages/resnet_course/session.py")
    assert list(installed), "the notebook has run on another copy of the course"
    noise = [
        output.text
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
    ]
    assert noise == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_an_unsolved_release_stops_at_each_check_with_a_clear_message(
    unit: Unit, tmp_path: Path
) -> None:
    """The checks of an untouched release say `not attempted`, each in one line."""
    notebook = run(without_ungraded(released(unit, solved=False)), tmp_path)
    found = errors(notebook)
    assert found
    assert {ename for _, ename, _ in found} == {"CheckFailed"}
    assert all("not attempted yet" in evalue for _, _, evalue in found)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
@pytest.mark.parametrize("solved", [True, False])
def test_validate_tells_solved_from_unsolved(unit: Unit, solved: bool, tmp_path: Path) -> None:
    """`nbgrader validate`, which is JupyterLab's Validate button, passes on one and not the other."""
    path = tmp_path / f"{unit.notebook}.ipynb"
    nbformat.write(without_ungraded(released(unit, solved)), path)
    scripts = Path(sys.executable).parent
    done = subprocess.run(
        [scripts / "nbgrader", "validate", path.name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ("Success! Your notebook passes all the tests." in done.stdout) is solved
    tests = sum(
        bool(cell.metadata.get("nbgrader", {}).get("grade"))
        for cell in released(unit, solved).cells
    )
    assert (f"VALIDATION FAILED ON {tests} CELL(S)" in done.stdout) is not solved
