"""Select the cells of a notebook that are not run while it is graded."""

from __future__ import annotations

import json

import nbformat
from nbformat import NotebookNode

from kerasgrader.course.lessons import UNGRADED

SKIP = "skip-execution"  # nbclient's own tag


def skipping(nb: NotebookNode, sources: set[str]) -> NotebookNode:
    """A copy of `nb` that skips cells with these sources, and all cells after the last test."""
    nb = nbformat.from_dict(json.loads(json.dumps(nb)))
    last_test = max((i for i, cell in enumerate(nb.cells) if is_test(cell)), default=None)
    for index, cell in enumerate(nb.cells):
        over = last_test is not None and index > last_test
        if over or cell.source.strip() in sources:
            cell.metadata["tags"] = [SKIP]
    return nb


def ungraded_cells(source: NotebookNode) -> set[str]:
    """The sources of the cells that the course's own notebook marks as not needed for grading.

    A cell that a student has changed is not among them, so it runs: it may hold what an answer needs.
    """
    return {
        cell.source.strip() for cell in source.cells if UNGRADED in cell.metadata.get("tags", [])
    }


def is_test(cell: NotebookNode) -> bool:
    """Whether a cell gives points."""
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))
