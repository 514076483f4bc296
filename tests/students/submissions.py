"""The notebooks that simulated students submit: the release, with their answers in its cells."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from kerasgrader.course.course import Unit
from tests.students import Answer, Student, solve


def reference_cells(source: NotebookNode) -> dict[str, str]:
    """The solution cells of an instructor's notebook, by grade id."""
    return {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in source.cells
        if "nbgrader" in cell.metadata and cell.metadata.nbgrader.solution
    }


def with_answers(
    release: NotebookNode, reference: Mapping[str, str], answers: Iterable[Answer]
) -> NotebookNode:
    """The released notebook as a student with these answers hands it in."""
    notebook = copy.deepcopy(release)
    answers = tuple(answers)
    solved = solve(reference, answers)
    extra = [
        nbformat.v4.new_code_cell(solved[a.path], id=f"own-{i}")
        for i, a in enumerate(answers)
        if a.cell
    ]
    cells: list[NotebookNode] = []
    for cell in notebook.cells:
        nbgrader = cell.metadata.get("nbgrader", {})
        if nbgrader.get("solution"):
            cell.source = solved[nbgrader["grade_id"]]
        if nbgrader.get("grade") and extra:
            cells += extra
            extra = []
        cells.append(cell)
    notebook.cells = cells
    for answer in answers:
        _change_metadata(notebook, answer)
    return notebook


def submit(unit: Unit, students: Iterable[Student]) -> None:
    """Put the notebooks of the students into submitted/, where nbgrader collects them."""
    release = nbformat.read(unit.release_file, as_version=4)
    reference = reference_cells(nbformat.read(unit.source_file, as_version=4))
    for student in students:
        path = unit.root / "submitted" / student.id / unit.id / f"{unit.notebook}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_as_it_is(with_answers(release, reference, student.answers), path)


def write_as_it_is(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook without nbformat's checks: what students submit may fail them."""
    path.write_text(json.dumps(notebook), "utf-8")


def _change_metadata(notebook: NotebookNode, answer: Answer) -> None:
    for grade_id, change in answer.metadata.items():
        for cell in list(notebook.cells):
            if cell.metadata.get("nbgrader", {}).get("grade_id") != grade_id:
                continue
            if change is None:
                notebook.cells.remove(cell)
                continue
            for key, value in change.items():
                merged = value
                if isinstance(value, dict):
                    merged = {**cell.metadata.get(key, {}), **value}
                cell.metadata[key] = nbformat.from_dict(merged)
