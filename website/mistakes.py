"""What the real check says to typical mistakes: panels, and never the code that they are about.

A wrong answer is the solution with one change, so its text is nowhere on the site. A panel that quotes a
line of it is not shown, nor is an answer that passes the visible check.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

from kerasgrader.course.course import Unit
from kerasgrader.course.lessons import NAMES_OF_TESTS, UNGRADED, grade_id_of, is_exercise, is_test
from tests import students
from website import CannotPublish

SHOWN, TRIED = 3, 8
QUOTED = "<pre>"  # a panel quotes a line of the answer, or an error message


@dataclass(frozen=True)
class Mistake:
    """A wrong answer to an exercise. kind: what is wrong, in a word. source: the whole cell."""

    exercise: str
    kind: str
    story: str
    source: str


@dataclass(frozen=True)
class Panel:
    """What the check shows to somebody who made a mistake."""

    story: str
    html: str


def catalogue(solutions: Mapping[str, str]) -> list[Mistake]:
    """The wrong answers of tests/students/wrong to these exercises, in the order of their files."""
    return [
        Mistake(
            str(answer.exercise),
            str(answer.finding),
            answer.story,
            students.solve(solutions, [answer])[str(answer.exercise)],
        )
        for answer in students.wrong()
        if answer.exercise in solutions
    ]


def candidates(mistakes: Sequence[Mistake], exercise: str) -> list[Mistake]:
    """Those to try: one of each kind, then others, in their order."""
    own = [mistake for mistake in mistakes if mistake.exercise == exercise]
    first = {mistake.kind: mistake for mistake in reversed(own)}
    varied = [mistake for mistake in own if first[mistake.kind] is mistake]
    return [*varied, *(mistake for mistake in own if mistake not in varied)][:TRIED]


def notebook_of_mistakes(
    unit: Unit, solved: NotebookNode, mistakes: Sequence[Mistake]
) -> NotebookNode:
    """The graded cells of the solved notebook; where a test is, mistakes are made and checked in its place.

    After them the answer is right again.
    """
    begin = f"from kerascheck import published\n\npublished.begin({unit.id!r}, {unit.package!r})"
    cells = [nbformat.v4.new_code_cell(begin, id="begin")]
    exercises = {NAMES_OF_TESTS + cell.id: cell for cell in solved.cells if is_exercise(cell)}
    for cell in solved.cells:
        if (
            not grade_id_of(cell)
            or cell.cell_type != "code"
            or UNGRADED in cell.metadata.get("tags", ())
        ):
            continue
        if not is_test(cell):
            cells.append(copy.deepcopy(cell))
            continue
        if cell.id not in exercises:
            raise CannotPublish(f"{unit.lesson}: there is no exercise of the name of {cell.id!r}")
        exercise = exercises[cell.id]
        for number, mistake in enumerate(candidates(mistakes, exercise.id)):
            name = f"{exercise.id}-{number}"
            cells.append(nbformat.v4.new_code_cell(mistake.source, id=name))
            cells.append(nbformat.v4.new_code_cell(cell.source, id=f"{name}-check"))
        cells.append(nbformat.v4.new_code_cell(exercise.source, id=f"{exercise.id}-again"))
    return nbformat.v4.new_notebook(cells=cells, metadata=solved.metadata)


def panels(
    unit: Unit, executed: NotebookNode, mistakes: Sequence[Mistake]
) -> dict[str, list[Panel]]:
    """What the checks said, by exercise. Raises CannotPublish if there is too little to show."""
    by_id = {cell.id: cell for cell in executed.cells}
    found: dict[str, list[Panel]] = {}
    for cell in executed.cells:
        if not is_exercise(cell):
            continue
        shown = []
        for number, mistake in enumerate(candidates(mistakes, cell.id)):
            check = by_id.get(f"{cell.id}-{number}-check")
            html = [] if check is None else [*_html(check)]
            if check and html and _failed(check) and QUOTED not in html[-1]:
                shown.append(Panel(mistake.story, html[-1]))
        if len(shown) < SHOWN:
            raise CannotPublish(
                f"{unit.id}, {cell.id}: the visible check names {len(shown)} of the mistakes that were "
                f"tried; a page shows {SHOWN}"
            )
        found[cell.id] = shown[:SHOWN]
    return found


def _html(cell: NotebookNode) -> Iterator[str]:
    for output in cell.outputs:
        if "text/html" in output.get("data", {}):
            yield output.data["text/html"]


def _failed(cell: NotebookNode) -> bool:
    return any(
        output.output_type == "error" and output.ename == "CheckFailed" for output in cell.outputs
    )
