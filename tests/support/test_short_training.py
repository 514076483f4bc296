"""The replacements that make the training of the notebooks short are those that the notebooks need."""

from __future__ import annotations

import nbformat
import pytest
from nbformat import NotebookNode

from benchmarks.minutes import solved
from kerasgrader.course.course import Unit, load_course
from tests.support.course_folder import ROOT
from tests.support.short_training import SHORTER, Shorter, shorten

UNITS = load_course(ROOT).units


def sources(notebook: NotebookNode, ungraded: bool) -> list[str]:
    return [
        cell.source
        for cell in notebook.cells
        if ("ungraded" in cell.metadata.get("tags", [])) is ungraded
    ]


def a_notebook() -> NotebookNode:
    """Two cells not needed for grading, and one that is needed."""
    cells = [
        nbformat.v4.new_code_cell(source, metadata={"tags": tags})
        for source, tags in (
            ("EPOCHS, RUNS = 20, 3", ["ungraded"]),
            ("fit(runs=3); fit(runs=3)", ["ungraded"]),
            ("SIZE, EPOCHS = 64, 20", []),
        )
    ]
    return nbformat.v4.new_notebook(cells=cells)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_each_unit_has_what_is_replaced_in_it(unit: Unit) -> None:
    """The texts are there, as often as they should be, and what is graded stays as it is."""
    notebook = solved(unit)
    shorten(notebook, SHORTER[unit.id])
    assert sources(notebook, ungraded=True) != sources(solved(unit), ungraded=True)
    assert sources(notebook, ungraded=False) == sources(solved(unit), ungraded=False)


def test_only_cells_not_needed_for_grading_are_changed() -> None:
    """Each text is replaced wherever it is there, but for the cells that are needed for grading."""
    notebook = a_notebook()
    shorten(notebook, (Shorter("= 20, 3", "= 1, 1"), Shorter("runs=3", "runs=1", times=2)))
    assert [cell.source for cell in notebook.cells] == [
        "EPOCHS, RUNS = 1, 1",
        "fit(runs=1); fit(runs=1)",
        "SIZE, EPOCHS = 64, 20",
    ]


@pytest.mark.parametrize(
    ("shorter", "actual"),
    [
        (Shorter("EPOCHS = 30", "EPOCHS = 1"), 0),
        (Shorter("runs=3", "runs=1"), 2),
        (Shorter("EPOCHS", "EPOCH", times=2), 1),
        (Shorter("SIZE", "size"), 0),
    ],
    ids=["gone", "twice", "not twice", "needed for grading"],
)
def test_a_text_that_is_not_there_as_often_as_expected_is_named(
    shorter: Shorter, actual: int
) -> None:
    """A lesson that changes cannot make the training long again unnoticed."""
    message = f"{shorter.old!r} is there {actual} times; expected {shorter.times}"
    with pytest.raises(ValueError, match=message):
        shorten(a_notebook(), (shorter,))
