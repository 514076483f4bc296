"""Compile a lesson (py:percent text) into an instructor's notebook: stable cell ids, no outputs.

The header of a cell names its kind; only this module translates that for nbgrader:

    # %% [markdown]                             prose
    # %% locked="imports"                       read-only, restored before grading
    # %% exercise="identity_block"              the student's answer
    # %% test="test_identity_block" points=30   probes, visible and hidden
    # %% [markdown] question="why" points=5     the student's answer, which a person reads and grades
    # %% [markdown] predict="what_leaves"       a question before code (kerasgrader.course.predictions)
    # %% tags=["ungraded"]                      runs for the student, skipped by the grader
"""

from __future__ import annotations

import hashlib
import math
import re
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode

from kerascheck.published import Prediction
from kerasgrader.course.predictions import cell_of, prediction_of
from kerasgrader.errors import CourseError

PREDICT = "predict"
UNGRADED = "ungraded"
CARRIED = "#carried "  # what the lines begin with in which a standalone notebook carries the wheel
ROLES = ("locked", "exercise", "test", "question")
WITH_POINTS = ("test", "question")
ONLY_CODE = ("exercise", "test")
ANSWERS = ("exercise", "question")  # cells that a student writes
NAMES_OF_TESTS = "test_"
GRADE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
SCHEMA_VERSION = 3
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def compile_lesson(path: Path) -> NotebookNode:
    """The notebook of the lesson at `path`. Raises CourseError."""
    lesson = _read(path)
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


def predictions(path: Path) -> tuple[Prediction, ...]:
    """The questions before code in the lesson at `path`, in its order. Raises CourseError."""
    return tuple(
        prediction_of(cell.metadata[PREDICT], cell.source, path)
        for cell in _read(path).cells
        if PREDICT in cell.metadata
    )


def _read(path: Path) -> NotebookNode:
    """The cells of a lesson's text. Raises CourseError."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise CourseError(f"{path} does not exist") from None
    # By default jupytext would turn a comment such as "cat images come first" into code.
    options = {"extension": ".py", "format_name": "percent", "comment_magics": False}
    return jupytext.reads(text, options)


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
    if PREDICT in metadata and not roles and not tags and cell.cell_type == "markdown":
        asked = prediction_of(metadata.pop(PREDICT), cell.source, path)
        cell = nbformat.v4.new_code_cell(cell_of(asked))
        tags = [UNGRADED]
    wrong = metadata or len(roles) > 1 or (points is None) == any(r in roles for r in WITH_POINTS)
    if wrong or (cell.cell_type != "code" and any(role in roles for role in ONLY_CODE)):
        raise CourseError(
            f"{path}: cannot make sense of the header of the cell that starts "
            f"{cell.source[:60]!r} (see kerasgrader/course/lessons.py)"
        )
    new: dict[str, Any] = {"metadata": {"tags": tags} if tags else {}}
    for role, grade_id in roles.items():
        _must_be_sensible(role, grade_id, points, path)
        new["metadata"]["nbgrader"] = _nbgrader(role, grade_id, points)
        new["id"] = grade_id
    if not roles:
        new["id"] = _free_id(cell, taken)
    make = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    return make(cell.source, **new)


def _must_be_sensible(role: str, grade_id: object, points: object, path: Path) -> None:
    """Raise CourseError for a name that nbgrader does not take, or points that are no number."""
    if not isinstance(grade_id, str) or not GRADE_ID.fullmatch(grade_id):
        raise CourseError(
            f"{path}: {role}={grade_id!r} must be a name of letters, digits, hyphens and underscores"
        )
    if role == "question" and grade_id.startswith(NAMES_OF_TESTS):
        raise CourseError(f"{path}: the question {grade_id!r} is named like a test: rename it")
    if role in WITH_POINTS and (type(points) not in (int, float) or not 0 <= points < math.inf):  # type: ignore[operator]
        raise CourseError(f"{path}: points={points!r} of {grade_id!r} must be a number from 0 on")


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
        "grade": role in WITH_POINTS,
        "grade_id": grade_id,
        "locked": role not in ANSWERS,
        "schema_version": SCHEMA_VERSION,
        "solution": role in ANSWERS,
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


def is_test(cell: NotebookNode) -> bool:
    """Whether a cell is a test: the judge gives its points."""
    return _flags(cell) == (True, False)


def is_question(cell: NotebookNode) -> bool:
    """Whether a cell is a question: a student's answer to which a person gives the points."""
    return _flags(cell) == (True, True)


def is_exercise(cell: NotebookNode) -> bool:
    """Whether a cell is the answer to an exercise."""
    return _flags(cell) == (False, True)


def _flags(cell: NotebookNode) -> tuple[bool, bool]:
    """Whether nbgrader's metadata give a cell points, and whether a student writes it."""
    nbgrader = cell.metadata.get("nbgrader", {})
    return bool(nbgrader.get("grade")), bool(nbgrader.get("solution"))
