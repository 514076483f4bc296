"""A unit's notebook with the course's answers, to hand out after the date: no hidden check is in it.

It is the released notebook, in which hidden checks never were, with the source's answers in their cells.
"""

from __future__ import annotations

import copy
import re
from datetime import datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from kerasgrader.course.course import Unit, load_course
from kerasgrader.course.lessons import notebook_text
from kerasgrader.course.times import with_offset
from kerasgrader.errors import CourseError
from kerasgrader.files import publish_file
from kerasgrader.marking.lateness import last_due
from kerasgrader.marking.nbgrader import gradebook_file, in_gradebook, load_config

DELIMITER = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)


def write_solutions(unit: Unit, file: Path | None, force: bool, now: datetime) -> Path:
    """Write the solved notebook to `file`; by default to solutions/ in the course's folder.

    now: with its time zone. Raises CourseError before the last due date of anybody, unless `force`.
    """
    if not force:
        _must_be_due(unit, now)
    target = file or unit.root / "solutions" / unit.id / unit.release_file.name
    for folder in (unit.source_file.parent, unit.release_file.parent):
        if target.resolve().is_relative_to(folder.resolve()):
            raise CourseError(
                f"{target} lies in {folder}, which the build writes: name another file"
            )
    notebook = solved_notebook(unit)
    try:
        publish_file(target, notebook_text(notebook))
    except OSError as error:
        raise CourseError(f"{target} cannot be written: {error.strerror}") from error
    return target


def solved_notebook(unit: Unit) -> NotebookNode:
    """The released notebook of a unit with the course's answers. Raises CourseError."""
    for path in (unit.source_file, unit.release_file):
        if not path.is_file():
            raise CourseError(f"{path} does not exist: build {unit.id} first")
    source = nbformat.read(unit.source_file, as_version=4)
    answers = {cell.id: cell.source for cell in source.cells if _is_answer(cell)}
    notebook = copy.deepcopy(nbformat.read(unit.release_file, as_version=4))
    for cell in notebook.cells:
        if _is_answer(cell):
            if cell.id not in answers:
                raise CourseError(
                    f"{unit.source_file} has no cell {cell.id!r}: build {unit.id} again"
                )
            cell.source = DELIMITER.sub("", answers[cell.id]).rstrip("\n")
    return notebook


def _is_answer(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def _must_be_due(unit: Unit, now: datetime) -> None:
    """Raise CourseError while somebody may still hand in."""
    config, course = load_config(unit.root), load_course(unit.root)
    file = gradebook_file(config)
    if file is None or file.is_file():
        with in_gradebook(config) as gradebook:
            due = last_due(gradebook, course, unit)
    else:
        due = last_due(None, course, unit)
    if due is None:
        raise CourseError(
            f"{unit.id} has no due date, so nothing tells whether students still work on it. Set one "
            "(`due` in course.toml), or give --force"
        )
    if now < due:
        raise CourseError(
            f"{unit.id} is due at {with_offset(due, unit.zone)} for the last student, late days "
            "included: wait, or give --force"
        )
