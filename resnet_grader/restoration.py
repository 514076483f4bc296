"""A submission's cells put back in order, before anything of it runs.

nbgrader finds exercises and tests by metadata that travels in the student's file. Here that metadata
comes from the source again: what a cell is, what it is worth and whether it is locked is never taken
from a submission. Tags, which can make a cell skip its execution, are dropped.
"""

from __future__ import annotations

import copy
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from resnet_grader.units import unit_of


class Restore(NbGraderPreprocessor):
    """The first step of nbgrader's sanitising: see `restore`."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        source = nbformat.read(unit_of(self, resources).source_file, as_version=4)
        restored, notes = restore(nb, source)
        for note in notes:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], note)
        return restored, resources


def restore(submitted: NotebookNode, source: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """The submission with the source's metadata and locked cells, and notes on what was mended.

    An nbgrader cell that occurs twice keeps its last copy; the others stay as plain code. A locked
    cell or test that is missing comes back after the nearest cell before it that is there.
    """
    notes: list[str] = []
    expected = {grade_id: cell for cell in source.cells if (grade_id := _grade_id(cell))}
    cells = [
        _plain_cell(cell) for cell in submitted.cells if cell.cell_type in ("code", "markdown")
    ]
    places: dict[str, int] = {}
    for index, cell in enumerate(cells):
        grade_id = _grade_id(cell)
        if grade_id is None or grade_id not in expected:
            cell.metadata.pop("nbgrader", None)
            continue
        if grade_id in places:
            notes.append(f"cell {grade_id!r} is there twice: the last one counts")
            cells[places[grade_id]].metadata.pop("nbgrader")
        places[grade_id] = index
        cells[index] = _as_in_source(cell, expected[grade_id])

    after = -1
    for grade_id, original in expected.items():
        if grade_id in places:
            after = places[grade_id]
            continue
        if original.metadata.nbgrader.solution:
            notes.append(f"the answer cell {grade_id!r} is missing")
            continue
        notes.append(f"cell {grade_id!r} was missing and is put back")
        after += 1
        cells.insert(after, copy.deepcopy(original))
        places = {name: place + (place >= after) for name, place in places.items()}
        places[grade_id] = after
    _make_ids_unique(cells)
    kernelspec = copy.deepcopy(source.metadata.kernelspec)
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec})
    return notebook, notes


def _as_in_source(cell: NotebookNode, original: NotebookNode) -> NotebookNode:
    if original.metadata.nbgrader.locked:
        return copy.deepcopy(original)
    made = _new_cell(original.cell_type, cell.source, cell.get("id"))
    made.metadata = copy.deepcopy(original.metadata)
    return made


def _plain_cell(cell: NotebookNode) -> NotebookNode:
    """The cell with nothing of its metadata but nbgrader's, which the caller checks."""
    made = _new_cell(cell.cell_type, cell.get("source"), cell.get("id"))
    if _grade_id(cell):
        made.metadata["nbgrader"] = cell.metadata["nbgrader"]
    return made


def _new_cell(cell_type: str, source: Any, identity: Any) -> NotebookNode:
    make = nbformat.v4.new_code_cell if cell_type == "code" else nbformat.v4.new_markdown_cell
    text = source if isinstance(source, str) else ""
    return make(text, id=identity) if _good_id(identity) else make(text)


def _grade_id(cell: NotebookNode) -> str | None:
    nbgrader = cell.get("metadata", {}).get("nbgrader")
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return grade_id if isinstance(grade_id, str) else None


def _make_ids_unique(cells: list[NotebookNode]) -> None:
    """Graded cells keep the source's ids; a cell of the student's that repeats one gets another."""
    taken = {cell.metadata.nbgrader.grade_id for cell in cells if _grade_id(cell)}
    for index, cell in enumerate(cells):
        if _grade_id(cell):
            cell["id"] = _grade_id(cell)
        elif not _good_id(cell.get("id")) or cell["id"] in taken:
            cell["id"] = f"submitted-{index}"
        taken.add(cell["id"])


def _good_id(identity: Any) -> bool:
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    return isinstance(identity, str) and 0 < len(identity) <= 64 and set(identity) <= allowed
