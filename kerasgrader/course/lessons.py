"""Compile a lesson (py:percent text) into an instructor's notebook: stable cell ids, no outputs.

The header of a cell names its kind; only this module translates that for nbgrader:

    # %% [markdown]                             prose
    # %% locked="imports"                       read-only, restored before grading
    # %% exercise="identity_block"              the student's answer
    # %% test="test_identity_block" points=30   probes, visible and hidden
    # %% tags=["ungraded"]                      runs for the student, skipped by the grader
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode

from kerasgrader.errors import CourseError

UNGRADED = "ungraded"
CARRIED = "#carried "  # what the lines begin with in which a standalone notebook carries the wheel
ROLES = ("locked", "exercise", "test")
SCHEMA_VERSION = 3
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def compile_lesson(path: Path) -> NotebookNode:
    """The notebook of the lesson at `path`. Raises CourseError."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise CourseError(f"{path} does not exist") from None
    # By default jupytext would turn a comment such as "cat images come first" into code.
    options = {"extension": ".py", "format_name": "percent", "comment_magics": False}
    lesson = jupytext.reads(text, options)
    ids: set[str] = set()
    cells = []
    for cell in lesson.cells:
        made = _cell(cell, ids, path)
        if made.id in ids:
            raise CourseError(f"{path}: two cells are called {made.id!r}")
        ids.add(made.id)
        cells.append(made)
    metadata = {"kernelspec": KERNELSPEC, "language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def notebook_text(notebook: NotebookNode) -> str:
    """The notebook as a file: the same notebook always gives the same bytes."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT) + "\n"


def _cell(cell: NotebookNode, taken: set[str], path: Path) -> NotebookNode:
    metadata = dict(cell.metadata)
    metadata.pop("lines_to_next_cell", None)
    points = metadata.pop("points", None)
    roles = {role: metadata.pop(role) for role in ROLES if role in metadata}
    tags = metadata.pop("tags", [])
    if metadata or len(roles) > 1 or (points is None) == ("test" in roles):
        raise CourseError(
            f"{path}: cannot make sense of the header of the cell that starts "
            f"{cell.source[:60]!r} (see kerasgrader/course/lessons.py)"
        )
    new: dict[str, Any] = {"metadata": {"tags": tags} if tags else {}}
    for role, grade_id in roles.items():
        new["metadata"]["nbgrader"] = _nbgrader(role, grade_id, points)
        new["id"] = grade_id
    if not roles:
        new["id"] = _free_id(cell, taken)
    make = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    return make(cell.source, **new)


def _free_id(cell: NotebookNode, taken: set[str]) -> str:
    """An id derived from the cell's text, so that it survives edits elsewhere in the lesson."""
    count = 0
    while True:
        digest = hashlib.sha256(f"{count}\n{cell.source}".encode()).hexdigest()
        candidate = f"{cell.cell_type}-{digest[:12]}"
        if candidate not in taken:
            return candidate
        count += 1


def _nbgrader(role: str, grade_id: str, points: float | None) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "grade": role == "test",
        "grade_id": grade_id,
        "locked": role != "exercise",
        "schema_version": SCHEMA_VERSION,
        "solution": role == "exercise",
        "task": False,
    }
    if points is not None:
        metadata["points"] = points
    return metadata


def without_carried(text: str) -> str:
    """A cell without the wheel that it carries at its end, as comments."""
    lines = text.rstrip().split("\n")
    while lines[-1].startswith(CARRIED):
        lines.pop()
    return "\n".join(lines).rstrip() if CARRIED in text else text


def grade_id_of(cell: NotebookNode) -> str | None:
    """The grade id of a cell, whose metadata may be malformed; None if it has none."""
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return grade_id if isinstance(grade_id, str) else None
