"""The `kerascheck` command: move a student's answers into a newer edition of their notebook.

    kerascheck move OLD.ipynb NEW.ipynb
    kerascheck welcome FOLDER
    kerascheck --version

In addition, it writes the welcome page of a course. A notebook is read as the JSON that it is: to move
answers, nothing but Python's own library is needed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

UNANSWERED = "raise NotImplementedError"
OF_THE_COURSE = re.compile(
    r"(code|markdown)-[0-9a-f]{12}|badge|install|setup"
)  # ids that a build gives
LEFT_OVER = "These answers belong to exercises that this edition of the notebook no longer has."

Cell = dict[str, Any]
Notebook = dict[str, Any]


class CannotMove(Exception):
    """Two notebooks between which nothing can be moved, with a way to go on."""


class CannotWelcome(Exception):
    """A welcome page that cannot be written, with a way to go on."""


@dataclass(frozen=True)
class Moved:
    """What was moved into the new notebook: ids of answers, the number of other cells, and ids of
    answers whose exercises the new notebook lacks."""

    answers: tuple[str, ...]
    own: int
    left_over: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="kerascheck", description="Checks of Keras exercises.")
    parser.add_argument("--version", action="version", version=version())
    commands = parser.add_subparsers(dest="command", required=True)
    text = "Copy your answers, and the cells that you added, from OLD into NEW. OLD stays as it is."
    move_command = commands.add_parser("move", help=text, description=text)
    move_command.add_argument("old", type=Path, help="the notebook that you worked in")
    move_command.add_argument("new", type=Path, help="the notebook as you have just received it")
    text = "Write welcome.ipynb into FOLDER: the units, what to type, and how far you have got."
    welcome_command = commands.add_parser("welcome", help=text, description=text)
    welcome_command.add_argument("folder", type=Path, help="the folder of the units' folders")
    given = parser.parse_args(arguments)
    try:
        if given.command == "welcome":
            print(_welcome(given.folder))
        else:
            print(_report(move_file(given.old, given.new), given.new))
    except (CannotMove, CannotWelcome) as error:
        print(f"kerascheck: {error}", file=sys.stderr)
        return 1
    return 0


def _welcome(folder: Path) -> Path:
    """Write the welcome page into `folder`. Raises CannotWelcome."""
    from kerascheck.feedback import welcome
    from kerascheck.published import course_units

    units = course_units(folder)
    if not units:
        raise CannotWelcome("no course is installed here: install the one that you want to take")
    try:
        return welcome.write(units, folder)
    except OSError as error:
        raise CannotWelcome(
            f"{folder / welcome.NAME} cannot be written: {error.strerror}"
        ) from error


def version() -> str:
    """The command and the version of the distribution that installed it."""
    installed = entry_points(group="console_scripts", name="kerascheck")
    of = next((it.dist for it in installed if it.dist is not None), None)
    return "kerascheck, not installed" if of is None else f"kerascheck {of.version} ({of.name})"


def move_file(old: Path, new: Path) -> Moved:
    """Move the answers of one file into another. Raises CannotMove, and then writes nothing."""
    if old.exists() and new.exists() and old.samefile(new):
        raise CannotMove(f"{new} is the notebook that you worked in: name the new one second")
    notebook, moved = move(read(old), read(new))
    beside = new.with_name(f".{new.name}.{os.getpid()}")
    try:
        beside.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")
        os.replace(beside, new)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise CannotMove(f"{new} cannot be written: {error.strerror}") from error
    return moved


def move(old: Notebook, new: Notebook) -> tuple[Notebook, Moved]:
    """The new notebook with the answers and the own cells of the old one. Raises CannotMove."""
    places = dict(_answers(new))
    answered = [id for id, cell in places.items() if UNANSWERED not in source_of(cell)]
    if not places:
        raise CannotMove("the second notebook has no exercises: is it one of this course?")
    if answered:
        raise CannotMove(
            f"the second notebook already holds answers ({', '.join(answered)}): download it afresh, "
            "and move your answers into that"
        )
    given = {id: cell for id, cell in _answers(old) if UNANSWERED not in source_of(cell)}
    if not given:
        raise CannotMove(
            "the first notebook holds no answers: name the one that you worked in first"
        )
    for id, cell in given.items():
        if id in places:
            places[id]["source"] = cell["source"]
    cells = list(new["cells"])
    ids = [cell.get("id") for cell in cells]
    own = list(_own_cells(old, ids))
    for before, cell in reversed(own):
        cells.insert(0 if before is None else ids.index(before) + 1, _without_outputs(cell))
    left = {id: cell for id, cell in given.items() if id not in places}
    if left:
        cells.append(
            {"cell_type": "markdown", "id": "left-over", "metadata": {}, "source": LEFT_OVER}
        )
        cells += [_without_outputs({**cell, "metadata": {}}) for cell in left.values()]
    moved = Moved(tuple(id for id in given if id in places), len(own), tuple(left))
    return {**new, "cells": cells}, moved


def read(path: Path) -> Notebook:
    """A notebook of format 4. Raises CannotMove."""
    try:
        notebook = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CannotMove(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CannotMove(f"{path} is not a Jupyter notebook") from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise CannotMove(f"{path} is not a Jupyter notebook of format 4")
    return notebook


def source_of(cell: Cell) -> str:
    """The text of a cell, which a file may hold line by line."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(map(str, source))


def _answers(notebook: Notebook) -> Iterator[tuple[str, Cell]]:
    """The cells for answers, by the ids that nbgrader knows them by."""
    for cell in notebook["cells"]:
        known = _known(cell)
        if known.get("solution") and isinstance(known.get("grade_id"), str):
            yield known["grade_id"], cell


def _own_cells(old: Notebook, given: Sequence[Any]) -> Iterator[tuple[str | None, Cell]]:
    """The cells that a student added, each with the last id before it that the new notebook has.

    Notebooks before format 4.5 have no ids, so that nothing tells such a cell from the course's.
    """
    before = None
    for cell in old["cells"]:
        id = cell.get("id")
        if id in given:
            before = id
        elif isinstance(id, str) and not _known(cell) and not OF_THE_COURSE.fullmatch(id):
            if source_of(cell).strip():
                yield before, cell


def _known(cell: Cell) -> dict[str, Any]:
    """What nbgrader knows of a cell."""
    metadata = cell.get("metadata")
    known = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return known if isinstance(known, dict) else {}


def _without_outputs(cell: Cell) -> Cell:
    if cell.get("cell_type") != "code":
        return cell
    return {**cell, "outputs": [], "execution_count": None}


def _report(moved: Moved, new: Path) -> str:
    lines = [f"{new}: {len(moved.answers)} answers moved ({', '.join(moved.answers) or 'none'})"]
    if moved.own:
        lines.append(f"cells of your own: {moved.own}, each where it stood")
    if moved.left_over:
        lines.append(f"at the end, without an exercise here: {', '.join(moved.left_over)}")
    return "\n".join([*lines, "Run all cells, and look at the checks once more."])
