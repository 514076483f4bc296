"""Recognise a file by its content: a notebook of one of the course's units, or something else.

File names are ignored. A unit is recognised by the grade ids and exercises that no other unit has. One name
alone does not make a notebook the course's: `predictions` is a variable in any course. It takes two signs;
a function with an exercise's name and parameters is worth both.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

from kerascheck.feedback.progress_file import FOLDER as PROGRESS
from kerasgrader.course.course import Course
from kerasgrader.course.lessons import grade_id_of
from kerasgrader.errors import CourseError, SubmissionError
from kerasgrader.repair.outline import Outline, outline_of
from kerasgrader.repair.restoration import restore
from kerasgrader.repair.salvage import kind_of, notebook_of
from kerasgrader.repair.statements import binds, parse
from kerasgrader.repair.timestamps import WRITTEN_BY_SUBMIT

LEFT_ALONE = (
    ".ds_store",
    "thumbs.db",
    "desktop.ini",
    ".gitignore",
    *WRITTEN_BY_SUBMIT,
)
ENOUGH_SIGNS = 2
NOTHING = frozenset({""})  # which no function's head contains
SHORTEST_SIGN = 60  # characters of a given cell that tell something
FOLDERS_LEFT_ALONE = (PROGRESS, "__macosx", ".ipynb_checkpoints", ".git", "__pycache__", ".venv")


@dataclass(frozen=True)
class Recognised:
    """A file after inspection.

    unit: the id of the unit whose notebook it is, or None with the reason why not. answered: how
    many of its exercises are answered. repairs: those that it needs before it is graded.
    """

    unit: str | None = None
    problem: str | None = None
    answered: int = 0
    repairs: tuple[str, ...] = ()


class Recogniser:
    """Recognises a course's notebooks. Raises CourseError if the unit `unit_id` has no source."""

    def __init__(self, course: Course, unit_id: str) -> None:
        self.unit_id = unit_id
        self.titles = {unit.id: unit.title for unit in course.units}
        self.sources: dict[str, NotebookNode] = {}
        for unit in course.units:
            if unit.source_file.is_file():
                self.sources[unit.id] = nbformat.read(unit.source_file, as_version=4)
        if unit_id not in self.sources:
            raise CourseError(
                f"there is no source/ of {unit_id}: run `kerasgrader build {unit_id}`"
            )
        self.outlines = {name: outline_of(source) for name, source in self.sources.items()}
        self.marks = {name: self._marks_of(name) for name in self.outlines}
        self.parameters = {name: _parameters(outline) for name, outline in self.outlines.items()}
        self.known: dict[str, Recognised] = {}

    def recognise(self, data: bytes, name: str) -> Recognised:
        """Recognise a file from its bytes, and cache the result for the same bytes."""
        digest = hashlib.sha256(data).hexdigest()
        if digest not in self.known:
            recognised = self._recognise(data, name)
            if recognised.problem is not None:
                return recognised  # not cached: the message has the file's name in it
            self.known[digest] = recognised
        return self.known[digest]

    def _recognise(self, data: bytes, name: str) -> Recognised:
        try:
            notebook, reading = notebook_of(data, name)
        except SubmissionError as error:
            return Recognised(problem=str(error))
        found = self._unit_of(notebook)
        signs = self._signs(notebook, found) if found is not None else {}
        if found is not None and sum(signs.values()) < ENOUGH_SIGNS:
            return Recognised(
                problem=f"{name} seems to be a notebook of another course: it has nothing of "
                f"{self.titles[found]!r} but the name {next(iter(signs))!r}. Submit the notebook with the "
                "answers"
            )
        if found is None:
            wanted = self.titles[self.unit_id]
            return Recognised(
                problem=f"{name} is a notebook, but has no exercise and no test of {wanted!r}. "
                "Submit the notebook with the answers"
            )
        if found != self.unit_id:
            return Recognised(
                found,
                f"{name} is the notebook of another unit, {self.titles[found]!r} ({found}): collect it "
                "there, and have the right one submitted",
            )
        restored, notes = restore(notebook, self.sources[found])
        outline = self.outlines[found]
        return Recognised(
            found,
            None,
            sum(_is_answered(cell, outline) for cell in restored.cells),
            (*reading, *notes),
        )

    def _unit_of(self, notebook: NotebookNode) -> str | None:
        """The unit that a notebook matches best: first by what only that unit has, then by all."""
        ids = {grade_id_of(cell) for cell in notebook.cells} - {None}
        names = frozenset(name for cell in notebook.cells for name in binds(cell.source))
        # A later unit may provide a unit's function: an answered exercise counts more than an id.
        scores: Mapping[str, tuple[int, int, bool]] = {
            unit: (
                len(own_ids & ids) + 2 * len(own_names & names),
                len(outline.by_grade_id.keys() & ids) + 2 * len(outline.names & names),
                unit == self.unit_id,
            )
            for unit, outline in self.outlines.items()
            for own_ids, own_names in [self.marks[unit]]
        }
        best = max(scores, key=lambda unit: scores[unit])
        return best if scores[best][1] > 0 else None

    def _signs(self, notebook: NotebookNode, unit: str) -> dict[str, int]:
        """What shows that a notebook is the unit's, and how much."""
        outline, signs = self.outlines[unit], dict[str, int]()
        for cell in notebook.cells:
            grade_id = grade_id_of(cell)
            if grade_id is not None and grade_id in outline.by_grade_id:
                signs[grade_id] = max(1, signs.get(grade_id, 0))
            part = outline.released_as(cell.cell_type, cell.source)
            if part is not None and len(part.released) >= SHORTEST_SIGN:
                signs[f"cell {part.position}"] = ENOUGH_SIGNS
            if cell.cell_type != "code":
                continue
            for name in outline.names & binds(cell.source):
                same = _words_in_head(cell.source, name) >= self.parameters[unit].get(name, NOTHING)
                signs[name] = ENOUGH_SIGNS if same else max(1, signs.get(name, 0))
        return signs

    def _marks_of(self, unit: str) -> tuple[frozenset[str], frozenset[str]]:
        """The grade ids and exercises that no other unit has."""
        mine, others = self.outlines[unit], [o for u, o in self.outlines.items() if u != unit]
        ids = frozenset(mine.by_grade_id).difference(*(o.by_grade_id for o in others))
        return ids, mine.names.difference(*(outline.names for outline in others))


def _words_in_head(text: str, function: str) -> frozenset[str]:
    """The words in the head of a function that a cell defines; none if it defines no such function."""
    start = rf"\bdef\s+{re.escape(function)}\s*\("
    head = re.search(start + r"(.{0,1000}?)\)\s*(?:->[^\n]*)?:", text, re.DOTALL)
    return frozenset(re.findall(r"\w+", head[1])) if head is not None else frozenset()


def _parameters(outline: Outline) -> dict[str, frozenset[str]]:
    """The parameters of each exercise that is a function and has some."""
    found = {}
    for part in outline.exercises:
        for node in ast.walk(parse(part.released) or ast.Module([], [])):
            if isinstance(node, ast.FunctionDef) and node.name in part.names and node.args.args:
                found[node.name] = frozenset(argument.arg for argument in node.args.args)
    return found


def left_alone(names: tuple[str, ...]) -> bool:
    """Whether a file was left behind by an editor or a system, and is not a submission."""
    lower = [name.casefold() for name in names]
    hidden = lower[-1] in LEFT_ALONE or lower[-1].startswith("._")
    return hidden or any(part in FOLDERS_LEFT_ALONE for part in lower[:-1])


def other_file(name: str, data: bytes) -> str:
    """A sentence on a file that does not claim to be a notebook."""
    kind = kind_of(data) or "it is another kind of file"
    return f"{name} is not a notebook ({kind}): the .ipynb file needs to be submitted"


def _is_answered(cell: NotebookNode, outline: Outline) -> bool:
    nbgrader = cell.metadata.get("nbgrader")
    if nbgrader is None or not nbgrader.solution:
        return False
    return not outline.is_stub(outline.by_grade_id[nbgrader.grade_id], cell.source)
