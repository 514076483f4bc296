"""The table of what the course's five sources hold, with the cells that teach, exercise or check each item.

    .venv/bin/python -m tests.items

writes docs/items.md from tests/items.toml and lessons/. A cell that is gone is an error, and
tests/test_items.py asks for this command when the table is out of date.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from nbformat import NotebookNode

from kerasgrader.course.lessons import compile_lesson, is_exercise, is_test
from tests.support.course_folder import ROOT

ITEMS = ROOT / "tests" / "items.toml"
PAGE = ROOT / "docs" / "items.md"
HEAD = """# What the course holds, item by item

The course unites five texts: a tutorial, a chapter of a book, an assignment, an article and a published
builder. Each of their {count} facts and features is here, in our words, with the cells that *teach* it
(prose, or code that runs), *exercise* it (the student's answer) or *check* it (a test with hidden probes).
A cell is named by its id in the notebook, behind the number of its unit.

This page is written by `.venv/bin/python -m tests.items`, which fails when a cell is gone.
"""


class Gone(Exception):
    """No cell, or more than one, is what an item names; the message says which."""


@dataclass(frozen=True)
class Cell:
    """A cell of a lesson: the number of its unit, its id, and what it does for an item."""

    unit: str
    id: str
    does: str


def page(text: str) -> str:
    """The page for the items of a TOML text. Raises Gone."""
    texts = tomllib.loads(text)["text"]
    parts = [HEAD.format(count=sum(len(each["items"]) for each in texts))]
    for number, each in enumerate(texts):
        rows = [f"\n## {number} · {each['title']}\n", "| | what | taught | exercised | checked |"]
        rows.append("| --- | --- | --- | --- | --- |")
        for count, (what, places) in enumerate(each["items"], start=1):
            cells = [cell_at(place) for place in places]
            columns = [
                ", ".join(f"{c.unit} `{c.id}`" for c in cells if c.does == does)
                for does in ("taught", "exercised", "checked")
            ]
            rows.append(f"| {count} | {what} | {' | '.join(columns)} |")
        parts.append("\n".join(rows) + "\n")
    return "".join(parts)


def cell_at(place: str) -> Cell:
    """The cell that "UNIT:GRADE_ID" or "UNIT:words of that cell alone" names. Raises Gone."""
    unit, _, words = place.partition(":")
    found = [cell for cell in cells(unit) if cell.id == words]
    if not found:
        found = [cell for cell in cells(unit) if words in _flowing(cell.source)]
    if len(found) != 1:
        raise Gone(f"{len(found)} cells of unit {unit} have {words!r}; there should be one")
    return Cell(unit, found[0].id, _does(found[0]))


@cache
def cells(unit: str) -> tuple[NotebookNode, ...]:
    [path] = (ROOT / "lessons").glob(f"unit{unit}_*.py")
    return tuple(compile_lesson(path).cells)


def _flowing(source: str) -> str:
    """The text with its lines joined, as it is read, beside the text as it stands."""
    return f"{source}\n{' '.join(source.split())}"


def _does(cell: NotebookNode) -> str:
    if is_test(cell):
        return "checked"
    return "exercised" if is_exercise(cell) else "taught"


if __name__ == "__main__":
    PAGE.write_text(page(ITEMS.read_text("utf-8")), "utf-8")
    print(PAGE)
