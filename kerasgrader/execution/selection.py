"""Select the cells of a notebook that are not run while it is graded."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence

import nbformat
from nbformat import NotebookNode

from kerasgrader.course.lessons import UNGRADED, grade_id_of, is_question, is_test
from kerasgrader.repair.statements import needs, parse

SKIP = "skip-execution"  # nbclient's own tag


def skipping(nb: NotebookNode, sources: set[str]) -> NotebookNode:
    """A copy of `nb` that skips cells with these sources, and all cells after the last test or question."""
    nb = nbformat.from_dict(json.loads(json.dumps(nb)))
    graded = (i for i, cell in enumerate(nb.cells) if is_test(cell) or is_question(cell))
    last = max(graded, default=None)
    for index, cell in enumerate(nb.cells):
        over = last is not None and index > last
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


def imports_for(test: NotebookNode, cells: Sequence[NotebookNode]) -> str:
    """The imports of the course's own cells that bind what a test uses, as lines before it.

    A student's cell may have bound such a name to something else.
    """
    needed = needs(test.source)
    lines = []
    for cell in cells:
        given = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and given and not given.get("solution") and not is_test(cell):
            tree = parse(cell.source)
            for node in tree.body if tree is not None else ():
                if isinstance(node, ast.Import | ast.ImportFrom) and needed & _bound(node):
                    lines.append(f"{ast.unparse(node)}\n")
    return "".join(dict.fromkeys(lines))


def _bound(node: ast.Import | ast.ImportFrom) -> set[str]:
    return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}


def quoted(cell: NotebookNode) -> str:
    """How a note calls a cell: by its grade id, or by its first line."""
    grade_id = grade_id_of(cell)
    if grade_id is not None:
        return f"the cell of {grade_id!r}"
    first = cell.source.strip().split("\n", 1)[0]
    return f"the cell that begins with {first[:60]!r}"
