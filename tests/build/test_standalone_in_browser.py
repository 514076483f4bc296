"""A standalone notebook in a real browser: JupyterLab, TensorFlow, an empty folder, and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import nbformat
import pytest
from nbgrader.utils import determine_grade, is_grade
from playwright.sync_api import Page, expect

from kerasgrader.build.handout import standalone
from kerasgrader.course.course import load_course
from tests.students.submissions import reference_cells, with_answers
from tests.support.browser import CHROMIUM, PATIENCE, chromium, new_page, picture, until
from tests.support.clean_environment import clean_environment, wheel
from tests.support.course_folder import ROOT, UNIT, course_folder
from tests.support.graded import regrade
from tests.support.short_training import SHORTER, shorten
from tests.support.without_network import beside, why_not, without_network

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt install chromium"),
]

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/lab\?token=\w+")
LAB = Path(sys.prefix) / "share" / "jupyter" / "lab"


@contextmanager
def jupyterlab(python: Path, folder: Path) -> Iterator[tuple[str, int]]:
    """JupyterLab in `folder`, run by `python`: the address of its first page, and its process.

    Without a network, where this machine can do that.
    """
    options = ["--no-browser", "--port=0", "--ip=127.0.0.1", "--allow-root", f"--app-dir={LAB}"]
    command = [str(python), "-m", "jupyterlab", *options]
    home = folder.parent / "home"
    home.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "RESNET_COURSE_DATA": str(folder)}
    server = subprocess.Popen(
        command if why_not() else without_network(*command),
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stderr is not None
        lines = []
        for line in server.stderr:
            lines.append(line)
            if found := ADDRESS.search(line):
                break
        else:
            pytest.fail("".join(lines))
        yield found[0], server.pid
    finally:
        server.terminate()
        server.communicate()


def run_all(page: Page, address: str, name: str) -> None:
    page.goto(address.replace("/lab?", f"/lab/tree/{name}?"))
    expect(page.get_by_text("| Idle")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("# @title Run this first").first).to_be_visible()
    assert page.get_by_text("def look_for_the_course").count() == 0  # folded
    picture(page, "standalone-first-cells")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


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
    last = notebook.cells[-2].id
    nbformat.write(notebook, path)

    def saved_to_the_end() -> bool:
        page.keyboard.press("Control+s")
        with suppress(nbformat.reader.NotJSONError):  # it is being written
            saved = nbformat.read(path, as_version=4)
            return any(cell.id == last and cell.get("outputs") for cell in saved.cells)
        return False

    python = tmp_path / "environment" / "bin" / "python"
    with jupyterlab(python, folder) as (address, server):
        assert CHROMIUM is not None
        program = CHROMIUM if why_not() else beside(server, CHROMIUM, tmp_path / "chromium")
        with chromium(program) as browser:
            page = new_page(browser)
            run_all(page, address, path.name)
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
    assert "UEsD" not in executed  # what a zip archive in base64 begins with
    assert "UEsD" not in feedback
