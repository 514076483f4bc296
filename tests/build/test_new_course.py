"""`kerasgrader new`: a course of one's own, in an empty folder, from its lesson to its grades."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from kerasgrader.build.answers import answers_of
from kerasgrader.build.new_course import new_course
from kerasgrader.course.course import Unit, load_course
from kerasgrader.errors import CourseError
from kerasgrader.kernel.sandbox_layers import strongest_sandbox

SCRIPTS = Path(sys.executable).parent


def run(folder: Path, program: str, *arguments: str) -> str:
    """What a command prints, run in a course's folder as its author runs it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [SCRIPTS / program, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Unit:
    """The unit of a new course, built."""
    folder = tmp_path_factory.mktemp("elsewhere")
    assert "kerasgrader build" in run(folder, "kerasgrader", "new", "my-course")
    run(folder / "my-course", "kerasgrader", "build")
    [unit] = load_course(folder / "my-course").units
    return unit


def solved(unit: Unit, answer: str | None) -> nbformat.NotebookNode:
    """The released notebook, with the source of one cell as the answer."""
    notebook = nbformat.read(unit.release_file, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution") and answer is not None:
            cell.source = answer
    return notebook


@pytest.mark.slow
def test_a_new_course_goes_from_lesson_to_grades(unit: Unit) -> None:
    """Three submissions, graded, reported and exported by the commands of its README."""
    wrong, *_, right = answers_of(unit)
    for student, answer in {"ada": right.source, "bob": wrong.source, "eve": None}.items():
        folder = unit.submitted(student)
        folder.mkdir(parents=True)
        nbformat.write(solved(unit, answer), folder / f"{unit.notebook}.ipynb")
    sandbox = ("--sandbox", strongest_sandbox())
    run(unit.root, "kerasgrader", "grade", unit.id, *sandbox, "--json", "grades.json")
    graded = json.loads((unit.root / "grades.json").read_text("utf-8"))["submissions"]
    assert {item["student"]: item["points"] for item in graded} == {"ada": 10, "bob": 4, "eve": 0}
    assert "report.html" in run(unit.root, "kerasgrader", "report", unit.id)
    exporter = "--exporter=kerasgrader.export.ExerciseExport"
    run(unit.root, "nbgrader", "export", exporter, "--to", "grades.csv")
    with (unit.root / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert rows.keys() == {"ada", "bob", "eve"}
    page = (unit.feedback("bob") / f"{unit.notebook}.html").read_text("utf-8")
    assert "scaled_dense" in page and "bias" in page


@pytest.mark.slow
def test_a_student_of_a_new_course_is_told_at_once(unit: Unit) -> None:
    """Its checks compare with what lies beside the notebook: one passes, one says what is wrong."""
    wrong, *_, right = answers_of(unit)
    for answer, outcome in ((right, "10 of 10 points"), (wrong, "4 of 10 points")):
        notebook = solved(unit, answer.source)
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            allow_errors=True,
            resources={"metadata": {"path": str(unit.release_file.parent)}},
        )
        client.execute()
        [test] = [cell for cell in notebook.cells if cell.id == "test_scaled_dense"]
        assert outcome in json.dumps(test.outputs)


@pytest.mark.slow
def test_its_own_test_passes(unit: Unit) -> None:
    """Each answer of the new course gets what it deserves."""
    assert "5 passed" in run(unit.root, "pytest", "-q", "-p", "no:cacheprovider", "tests")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A folder that holds something is refused, and so is a name that nothing can be called after."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    with pytest.raises(CourseError, match="not an empty folder"):
        new_course(tmp_path / "full")
    with pytest.raises(CourseError, match="letters, digits and hyphens"):
        new_course(tmp_path / "...")
    with pytest.raises(CourseError, match="one line without quotation marks"):
        new_course(tmp_path / "course", 'A "course"')
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "thesis.txt"]


def test_a_new_course_is_in_order(tmp_path: Path) -> None:
    """Its course.toml is valid, and it is called after its folder."""
    new_course(tmp_path / "Deep Learning 2")
    course = load_course(tmp_path / "Deep Learning 2")
    assert (course.name, course.title) == ("deep-learning-2", "Deep learning 2")
    assert course.distribution == "resnet-course"
