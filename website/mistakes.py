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
from kerasgrader.course.lessons import NAMES_OF_TESTS, grade_id_of, is_exercise, is_test
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
    """Each exercise answered wrongly, and checked, one after the other; right when the next begins."""
    begin = f"from kerascheck import published\n\npublished.begin({unit.id!r}, {unit.package!r})"
    cells = [nbformat.v4.new_code_cell(begin, id="begin")]
    tests = {cell.id: cell for cell in solved.cells if is_test(cell)}
    needed = [cell for cell in solved.cells if grade_id_of(cell) and cell.cell_type == "code"]
    for cell in needed:
        if is_test(cell):
            continue
        if is_exercise(cell):
            test = tests.get(NAMES_OF_TESTS + cell.id)
            if test is None:
                raise CannotPublish(
                    f"{unit.lesson}: the exercise {cell.id!r} has no test of its name"
                )
            for number, mistake in enumerate(candidates(mistakes, cell.id)):
                name = f"{cell.id}-{number}"
                cells.append(nbformat.v4.new_code_cell(mistake.source, id=name))
                cells.append(nbformat.v4.new_code_cell(test.source, id=f"{name}-check"))
        cells.append(copy.deepcopy(cell))
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
            check = by_id[f"{cell.id}-{number}-check"]
            html = [*_html(check)]
            if html and _failed(check) and QUOTED not in html[-1]:
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
