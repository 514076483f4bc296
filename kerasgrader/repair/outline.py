"""The outline of a unit's notebook, derived from its source.

Submissions are recognised and put in order by it: the cells that nbgrader knows, the names that
their answers define, and the other cells that students were given.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

from kerasgrader.course.lessons import grade_id_of, is_exercise, is_question, is_test
from kerasgrader.repair.statements import binds, meaning

Kind = Literal["locked", "test", "exercise", "question", "given", "prose"]


@dataclass(frozen=True, eq=False)
class Part:
    """One cell of the source.

    position: in the source. grade_id: None if nbgrader does not know the cell. released: its text as
    students get it. names: those that an exercise defines.
    """

    position: int
    kind: Kind
    grade_id: str | None
    cell: NotebookNode
    released: str
    names: frozenset[str] = frozenset()

    @property
    def is_answer(self) -> bool:
        """Whether the student writes this cell."""
        return self.kind in ("exercise", "question")


@dataclass(frozen=True)
class Outline:
    """All cells of a unit's source."""

    parts: tuple[Part, ...]

    @cached_property
    def by_grade_id(self) -> dict[str, Part]:
        """The cells that nbgrader knows, in the order of the source."""
        return {part.grade_id: part for part in self.parts if part.grade_id is not None}

    @cached_property
    def exercises(self) -> tuple[Part, ...]:
        """The cells for students' answers."""
        return tuple(part for part in self.parts if part.kind == "exercise")

    @cached_property
    def questions(self) -> tuple[Part, ...]:
        """The cells for answers that a person reads."""
        return tuple(part for part in self.parts if part.kind == "question")

    def question(self, name: str | None) -> Part | None:
        """The question of this grade id."""
        return next((part for part in self.questions if part.grade_id == name), None)

    @cached_property
    def names(self) -> frozenset[str]:
        """All names that the exercises define."""
        return frozenset(name for part in self.exercises for name in part.names)

    def test_of(self, exercise: Part) -> Part | None:
        """The first test after an exercise."""
        later = self.parts[exercise.position + 1 :]
        return next((part for part in later if part.kind == "test"), None)

    @cached_property
    def _by_text(self) -> dict[tuple[str, str], Part]:
        """Without questions, which may all be released with the same text."""
        parts = [part for part in self.parts[::-1] if part.kind != "question"]
        return {(part.cell.cell_type, plain(part.released)): part for part in parts}

    @cached_property
    def _by_meaning(self) -> dict[tuple[str, ...], Part]:
        parts = [part for part in self.parts[::-1] if part.kind != "question"]
        return {said: part for part in parts if (said := released_meaning(part))}

    def released_as(self, cell_type: str, text: str) -> Part | None:
        """The released cell with this text; for code, layout and comments make no difference."""
        found = self._by_text.get((cell_type, plain(text)))
        if found is not None or not text.strip():
            return found
        said = meaning(text) if cell_type == "code" else None
        return self._by_meaning.get(said) if said else None

    def is_stub(self, part: Part, text: str) -> bool:
        """Whether a cell holds the exercise or question as it was released, or nothing at all."""
        if not text.strip() or plain(text) == plain(part.released):
            return True
        if part.kind == "question":  # a comment may be the answer
            return False
        said = meaning(text)
        return said is not None and said == released_meaning(part)


def outline_of(source: NotebookNode) -> Outline:
    """The outline of an instructor's notebook."""
    released = copy.deepcopy(source)
    resources = {"language": "python"}
    for step in (ClearSolutions(), ClearHiddenTests()):
        step.enforce_metadata = False
        released, _ = step.preprocess(released, resources)
    pairs: Iterable[tuple[NotebookNode, NotebookNode]] = zip(
        source.cells, released.cells, strict=True
    )
    return Outline(tuple(_part(i, cell, given.source) for i, (cell, given) in enumerate(pairs)))


def released_meaning(part: Part) -> tuple[str, ...] | None:
    """The meaning of a released code cell."""
    return meaning(part.released) if part.cell.cell_type == "code" else None


def plain(text: str) -> str:
    """A text without white space that editors change: at ends of lines, empty lines around it."""
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n")).strip()


def _part(position: int, cell: NotebookNode, released: str) -> Part:
    grade_id = grade_id_of(cell)
    if grade_id is None:
        kind: Kind = "given" if cell.cell_type == "code" else "prose"
        return Part(position, kind, None, cell, released)
    if is_exercise(cell):
        return Part(position, "exercise", grade_id, cell, released, binds(released))
    kind = "test" if is_test(cell) else "question" if is_question(cell) else "locked"
    return Part(position, kind, grade_id, cell, released)
