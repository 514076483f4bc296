"""A standalone notebook in a real browser: JupyterLab, TensorFlow, an empty folder, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest
from nbgrader.utils import determine_grade, is_grade
from playwright.sync_api import expect

from kerasgrader.build.handout import standalone
from kerasgrader.build.setup_cell import INSTALL_ID
from kerasgrader.course.course import load_course
from tests.students.submissions import reference_cells, with_answers
from tests.support.browser import CHROMIUM, PATIENCE, picture, until
from tests.support.clean_environment import clean_environment, wheel
from tests.support.course_folder import ROOT, UNIT, course_folder
from tests.support.graded import regrade
from tests.support.jupyterlab import open_in_jupyterlab, run_all_cells
from tests.support.short_training import SHORTER, shorten
from tests.support.without_network import why_not, without_network

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt install chromium"),
]


@pytest.mark.skipif(bool(why_not()), reason=why_not())
def test_without_a_network_nothing_outside_can_be_reached() -> None:
    """In the namespace of the tests below: this machine's own address is there, and no other."""
    code = (
        "import socket\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(server.getsockname()).close()\n"
        "try: socket.create_connection(('192.0.2.1', 80), 5)\n"
        "except OSError as error: print(error.strerror)\n"
    )
    command = without_network(sys.executable, "-c", code)
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("Network is unreachable\n", "")


def test_a_standalone_notebook_runs_in_jupyterlab_and_what_is_saved_earns_everything(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In an empty folder, with TensorFlow and Jupyter alone and without a network.

    The first cell is folded, all cells run without an error, a plot names the package to install. The saved
    file is graded to 100; the wheel in it is in no cell that the grader runs, and on no page.
    """
    clean_environment(tmp_path_factory, tmp_path / "environment", alone=True)
    folder = tmp_path / "folder"
    unit = load_course(ROOT).unit(UNIT)
    path = standalone(unit, wheel(tmp_path_factory), folder)
    source = nbformat.read(unit.source_file, as_version=4)
    notebook = with_answers(nbformat.read(path, as_version=4), reference_cells(source), ())
    shorten(notebook, SHORTER[UNIT])
    *_, last = [cell.id for cell in notebook.cells if cell.cell_type == "code" and cell.source]
    carrying = next(cell.source for cell in notebook.cells if cell.id == INSTALL_ID)
    nbformat.write(notebook, path)

    def saved_to_the_end() -> bool:
        page.keyboard.press("Control+s")
        with suppress(nbformat.reader.NotJSONError):  # it is being written
            saved = nbformat.read(path, as_version=4)
            return any(cell.id == last and cell.get("outputs") for cell in saved.cells)
        return False

    python = tmp_path / "environment" / "bin" / "python"
    with open_in_jupyterlab(python, path) as page:
        expect(page.get_by_text("# @title Run this first").first).to_be_visible()
        assert page.get_by_text("def look_for_the_course").count() == 0  # folded
        picture(page, "standalone-first-cells")
        run_all_cells(page)
        expect(page.get_by_text("Device:").first).to_be_visible(timeout=PATIENCE)
        until(page, saved_to_the_end, every=5)
        picture(page, "standalone-end")
    saved = nbformat.read(path, as_version=4)
    outputs = [output for cell in saved.cells for output in cell.get("outputs", [])]
    assert [output.evalue for output in outputs if output.output_type == "error"] == []
    texts = [output.data["text/plain"] for output in outputs if "data" in output]
    assert sum("needs the package matplotlib" in text for text in texts) >= 5
    assert any("Not installed: matplotlib" in output.get("text", "") for output in outputs)
    points = [determine_grade(cell) for cell in saved.cells if is_grade(cell)]
    assert len(points) == 3 and all(given == of for given, of in points)

    course = course_folder(tmp_path / "course")
    submitted = course.submitted("browser") / path.name
    submitted.parent.mkdir(parents=True)
    submitted.write_bytes(path.read_bytes())
    [graded] = regrade(course).graded
    assert graded.score == 100
    executed = (course.autograded("browser") / path.name).read_text("utf-8")
    feedback = (course.feedback("browser") / f"{course.notebook}.html").read_text("utf-8")
    assert carrying[-200:] in path.read_text("utf-8")
    assert carrying[-200:] not in executed
    assert carrying[-200:] not in feedback
