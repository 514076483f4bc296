"""A second look at exercises that lose points: what stands beside an answer does not count."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from kerasgrader.course.course import Unit
from kerasgrader.kernel.warm_client import WarmParent
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from kerasgrader.marking.record import read_record
from tests.support.graded import regrade
from tests.support.small_course import POINTS, RIGHT, WRONG, WRONG_POINTS, submit_answer

pytestmark = pytest.mark.slow

MISHAP = "import keras\nkeras.layers.Dense = None"
# Sends nonsense in place of evidence, and only where a statement of its own is missing.
SNEAK = RIGHT.replace(
    "    start",
    "    if 'HERE' not in globals():\n"
    "        import os\n"
    "        os.write(int(os.environ['KERASCHECK_PIPE']), b'nonsense\\n')\n"
    "    start",
)
NOTE = "other code in the notebook cost `scaled_dense` points"


def submit(unit: Unit, student: str, answer: str, *own: str) -> None:
    """own: cells in front of the answer."""
    submit_answer(unit, student, answer)
    path = unit.submitted(student) / f"{unit.notebook}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[2:2] = [new_code_cell(source) for source in own]
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def graded(
    small_course: Callable[[Path], Unit], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Unit, dict[str, float | None]]:
    """A class in which everybody has broken Keras, and its points."""
    unit = small_course(tmp_path_factory.mktemp("second") / "course")
    submit(unit, "right", RIGHT, MISHAP)
    submit(unit, "right-below", f"{RIGHT}\n{MISHAP}")
    submit(unit, "wrong", WRONG, MISHAP)
    submit(unit, "needed", RIGHT.replace('"tanh"', "KIND"), 'KIND = "tanh"', MISHAP)
    submit(unit, "untouched", "", MISHAP)
    submit(unit, "sneak", SNEAK, "HERE = 1", MISHAP)
    WarmParent.begin(unit.modules)
    return unit, {each.student: each.points for each in regrade(unit, workers=2).graded}


def test_an_answer_earns_what_it_is_worth(graded: tuple[Unit, dict[str, float | None]]) -> None:
    """Right, wrong or missing, whatever a cell of one's own has broken."""
    assert graded[1] == {
        "right": POINTS,
        "right-below": POINTS,
        "wrong": WRONG_POINTS,
        "needed": POINTS,
        "untouched": 0,
        "sneak": POINTS,
    }


def test_the_page_tells_what_happened(graded: tuple[Unit, dict[str, float | None]]) -> None:
    """Of those who gained by it, and of nobody else."""
    unit, points = graded
    noted = set()
    for student in points:
        record = read_record(unit, student)
        assert record is not None
        noted |= {student for note in record.repairs if note.startswith(NOTE)}
    assert noted == {"right", "right-below", "wrong", "needed", "sneak"}


def test_what_is_irregular_in_the_second_run_alone_is_named(
    graded: tuple[Unit, dict[str, float | None]],
) -> None:
    """A person should ask, whatever it earned."""
    unit, points = graded
    records = {student: read_record(unit, student) for student in points}
    irregular = {student for student, record in records.items() if record and record.irregular}
    assert irregular == {"sneak"}


def test_nothing_is_executed_again_for_it(graded: tuple[Unit, dict[str, float | None]]) -> None:
    """Both results are in the cache: another run grades without a kernel."""
    unit, points = graded
    with open_gradebook(load_config(unit.root)) as gradebook:
        for student in points:
            gradebook.remove_submission(unit.id, student)
    again = regrade(unit).graded
    assert {each.how for each in again} == {"kept"}
    assert {each.student: each.points for each in again} == points
