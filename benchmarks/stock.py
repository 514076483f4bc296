"""Unit 1 as a course of stock nbgrader: what the grader of this course is measured against.

    python -m benchmarks.stock FOLDER                       # the course, released
    python -m benchmarks.stock FOLDER --students s01 s07    # ... these of the demo class hand in, graded

The same lesson, the same probes, the same answers; what differs is who judges. Every test cell holds
plain asserts (see `benchmarks.plain_asserts`), which run in the student's kernel, and the configuration
is nbgrader's own but for the time-out.

The cells that are not graded (figures, training, plots) are left out of its notebook, and so is the import
of what only they need: stock nbgrader would run them for every student, and whoever grades with it
would see to it that they are not there. With `whole=True` they are there, as in the notebook that students
have.

Marks of a stock test are all or nothing. To compare, an exercise is passed or not: full marks, or less.
"""

from __future__ import annotations

import argparse
import copy
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry

from kerasgrader.course.course import Unit, load_course
from kerasgrader.course.lessons import UNGRADED
from kerasgrader.marking.nbgrader import load_config, release
from tests.students import Answer, Student, students
from tests.students.submissions import submit
from tests.support.course_folder import ROOT, UNIT

CONFIGURATION = """\
c = get_config()
c.CourseDirectory.course_id = "stock"
c.Execute.timeout = {cell_seconds}
"""
OUR_IMPORTS = re.compile(r"^(?:from (?:kerascheck|resnet_course)\S* import .*\n)+", re.MULTILINE)
QUIET = 'import os\n\nos.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # what TensorFlow says on stderr is a zero'
# What tells a test from other cells: attacks look out for it.
OUR_WORD, STOCK_WORD = '"check."', '"assert_allclose"'
# Beyond that, what an attack on asserts has to say otherwise: texts to replace, by the attack's path.
ADAPTATIONS = {
    "hostile/asserts_dropped": (
        '"identity_block" in ast.unparse(node) and "check" in ast.unparse(node)',
        '"assert_allclose" in ast.unparse(node)',
    ),
}


def stock_course(folder: Path, cell_seconds: int = 60, whole: bool = False) -> Unit:
    """The stock course in `folder`, released, with nothing submitted; a cell may take `cell_seconds`.

    whole: with the cells that are not graded. Runs the reference solution in this process to find the
    numbers that the tests expect.
    """
    unit = replace(load_course(ROOT).unit(UNIT), root=folder.resolve())
    unit.source_file.parent.mkdir(parents=True)
    text = CONFIGURATION.format(cell_seconds=cell_seconds)
    (folder / "nbgrader_config.py").write_text(text, "utf-8")
    ours = nbformat.read(ROOT / "source" / UNIT / f"{unit.notebook}.ipynb", as_version=4)
    nbformat.write(stock_notebook(ours, whole), unit.source_file)
    release(load_config(folder), unit)
    return unit


def stock_notebook(source: NotebookNode, whole: bool = False) -> NotebookNode:
    """Our instructor's notebook with plain asserts for probes, and with ungraded cells if it is `whole`."""
    from benchmarks.plain_asserts import plain_test

    graded = copy.deepcopy(source)
    graded.cells = [c for c in graded.cells if UNGRADED not in c.metadata.get("tags", [])]
    for cell in _code(graded):
        cell.source = OUR_IMPORTS.sub(f"{QUIET}\n", cell.source)
    reference = reference_names(graded)
    notebook = copy.deepcopy(source) if whole else graded
    for cell in _code(notebook):
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = plain_test(cell.source, reference)
    return notebook


def _code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def reference_names(notebook: NotebookNode) -> dict[str, Any]:
    """The global names after everything but the tests of an instructor's notebook has run."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in notebook.cells:
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("grade"):
            exec(compile(cell.source, f"<{cell.id}>", "exec"), names)
    return names


def submit_to_stock(unit: Unit, submitted: Iterable[Student]) -> None:
    """Put the same students' notebooks into the stock course's submitted/, attacks adapted to it."""
    submit(
        unit,
        (replace(student, answers=tuple(map(adapted, student.answers))) for student in submitted),
    )


def adapted(answer: Answer) -> Answer:
    """An attack as it would be made on plain asserts: it looks out for their words, not for ours.

    Raises ValueError when an adaptation does not fit the attack any more.
    """
    if answer.cell is None:
        return answer
    cell = answer.cell.replace(OUR_WORD, STOCK_WORD)
    if answer.path in ADAPTATIONS:
        old, new = ADAPTATIONS[answer.path]
        if old not in cell:
            raise ValueError(f"{answer.path}: there is no {old!r}")
        cell = cell.replace(old, new)
    return replace(answer, cell=cell)


def autograde_stock(unit: Unit, *arguments: str, seconds: float | None = None) -> Finished:
    """`nbgrader autograde` for all who submitted, one after the other, as an instructor types it."""
    return run_nbgrader(unit.root, "autograde", unit.id, "--force", *arguments, seconds=seconds)


@dataclass(frozen=True)
class Finished:
    """A command that has ended: its exit status, None if it was ended for its time, and what it said."""

    status: int | None
    said: str


def run_nbgrader(root: Path, *arguments: str, seconds: float | None = None) -> Finished:
    """An nbgrader command in the course folder `root`, whatever its exit status.

    It is ended after `seconds`. What its children leave running is the caller's.
    """
    scripts = Path(sys.executable).parent
    # A file and not a pipe: a process that is left behind would keep a pipe open.
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        process = subprocess.Popen(
            [scripts / "nbgrader", *arguments],
            cwd=root,
            env={**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status: int | None = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            status = None
        output.seek(0)
        return Finished(status, output.read())


Marks = Mapping[str, float | None]


def marks(unit: Unit, student: str) -> Marks:
    """The automatic marks of a student's tests by grade id, None where there is none.

    Reads the gradebook of any nbgrader course, this one or ours.
    """
    with Gradebook(f"sqlite:///{unit.root / 'gradebook.db'}") as gradebook:
        try:
            found = gradebook.find_submission_notebook(unit.notebook, unit.id, student)
        except MissingEntry:
            return dict.fromkeys(full_marks(unit))
        return {grade.name: grade.auto_score for grade in found.grades}


def full_marks(unit: Unit) -> dict[str, float]:
    """What each test is worth at most, by grade id."""
    with Gradebook(f"sqlite:///{unit.root / 'gradebook.db'}") as gradebook:
        notebook = gradebook.find_notebook(unit.notebook, unit.id)
        return {cell.name: cell.max_score for cell in notebook.grade_cells}


def passed(unit: Unit, student: str) -> dict[str, bool]:
    """Which tests have earned the student full marks."""
    found, full = marks(unit, student), full_marks(unit)
    return {name: found.get(name) == most for name, most in full.items()}


def main() -> int:
    """Make the course; with students, let them submit, grade them and print who passed what."""
    parser = argparse.ArgumentParser(description="Unit 1 as a course of stock nbgrader.")
    parser.add_argument("folder", type=Path, help="a new folder for the course")
    parser.add_argument(
        "--students", nargs="*", default=(), help="ids in tests/students/class.toml"
    )
    parser.add_argument("--seconds", type=int, default=60, help="time-out of a cell")
    options = parser.parse_args()
    unit = stock_course(options.folder, options.seconds)
    chosen = demo_students(options.students)
    if not chosen:
        return 0
    submit_to_stock(unit, chosen)
    done = autograde_stock(unit)
    if done.status:
        print(done.said, file=sys.stderr)
    for student in chosen:
        print(student.id, passed(unit, student.id), student.story)
    return done.status or 0


def demo_students(ids: Sequence[str]) -> list[Student]:
    """These of the demo class, in the order of their ids. Raises SystemExit for one that is not in it."""
    by_id = {student.id: student for student in students()}
    if unknown := set(ids) - by_id.keys():
        raise SystemExit(f"not in the demo class: {', '.join(sorted(unknown))}")
    return [student for student in students() if student.id in ids]


if __name__ == "__main__":
    sys.exit(main())
