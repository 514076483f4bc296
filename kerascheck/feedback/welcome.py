"""The welcome page of a course: a notebook beside the units' folders, written from the published units.

    kerascheck welcome FOLDER

It has the units in order, with the time that each takes, what to type, and a cell that shows the progress.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kerascheck.feedback.course_board import time
from kerascheck.published import PublishedUnit

NAME = "welcome.ipynb"
PROGRESS = """\
from kerascheck import check

check.course()"""
HOW = """\
## How it works

- Open a unit, and run its cells from top to bottom (Shift-Enter). Write only where it says
  `YOUR CODE HERE`, and delete the line `raise NotImplementedError()`.
- **Check**: the cell below an exercise tells you what is right, and what to mend first. Run it as
  often as you like.
- **Hint**: `check.hint(identity_block)` gives the next step for the mistake that its check found.
  `check.progress()` shows the whole unit, `check.course()` all units.
- **Begin again**: `check.reset(identity_block)` gives an exercise's cell back as it was.
- **Hand in**: *Kernel → Restart Kernel and Run All Cells*, save, and hand in the notebook as your
  course says: the *Submit* button of a Hub, or an upload."""


def write(units: Sequence[PublishedUnit], folder: Path) -> Path:
    """Write the welcome page into `folder`, for the notebooks that are there. Raises OSError."""
    path = folder / NAME
    path.write_text(
        json.dumps(notebook(units, folder), indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    return path


def notebook(units: Sequence[PublishedUnit], folder: Path) -> dict[str, Any]:
    """The welcome page as a notebook of format 4.5."""
    lines = []
    for course in dict.fromkeys(unit.course for unit in units):
        lines += [f"# {course or 'Welcome'}", "", "| unit | time |", "| --- | --- |"]
        of_course = [unit for unit in units if unit.course == course]
        lines += [f"| {_link(u, folder)} | {time(u.minutes)} |" for u in of_course]
        lines += ["", f"All together: {time(sum(unit.minutes for unit in of_course))}.", ""]
    lines += ["Run the next cell, now or any day, to see how far you have got."]
    code: dict[str, Any] = {"execution_count": None, "outputs": []}
    cells = [
        _cell("markdown", "units", "\n".join(lines)),
        {**_cell("code", "progress", PROGRESS), **code},
        _cell("markdown", "how", HOW),
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def folder_of_the_course() -> Path:
    """This folder, or the one above if the welcome page lies there."""
    here, above = Path(), Path("..")
    return above if not (here / NAME).exists() and (above / NAME).exists() else here


def _cell(kind: str, id: str, source: str) -> dict[str, Any]:
    return {"cell_type": kind, "id": id, "metadata": {}, "source": source}


def _link(unit: PublishedUnit, folder: Path) -> str:
    """The unit's title, as a link to its notebook if that is in `folder`."""
    title = unit.title.replace("|", "\\|")
    for place in unit.places:
        if (folder / place).is_file():
            return f"[{title}]({quote(place)})"
    return title
