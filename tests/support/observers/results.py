"""What grading writes about a submission, as far as a student's code can have put something there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.observers.folders import everything_in
from tests.support.observers.markers import marks_in

FOLDERS = (".kerasgrader", "autograded", "feedback")
_REPORTED = ("STOLEN ", "GAINED ", "DONE ", "DENIED ")


@dataclass(frozen=True)
class Result:
    """One file. witness: its path, and the names in it. text: all but the source code of cells."""

    path: Path
    witness: str
    text: str
    reports: tuple[str, ...] = ()


def results_in(root: Path) -> Iterator[Result]:
    """The store of executed notebooks, autograded/ and feedback/ of a course folder."""
    for folder in FOLDERS:
        for path in everything_in(root / folder):
            if path.suffix in (".json", ".ipynb", ".html") and path.is_file():
                yield _read(path)


def _read(path: Path) -> Result:
    text = path.read_text("utf-8", errors="replace")
    witness = " ".join([str(path), *sorted(marks_in(text))])
    try:
        notebook = json.loads(text)
        cells = [cell for cell in notebook["cells"] if isinstance(cell, dict)]
    except (ValueError, KeyError, TypeError, RecursionError):
        return Result(path, witness, text)
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    for cell in cells:
        cell.pop("source", None)
    return Result(path, witness, json.dumps(notebook), tuple(_reports(outputs)))


def _reports(outputs: list[Any]) -> Iterator[str]:
    """What attacks print of their attempts."""
    printed = "".join(
        str(output.get("text", "")) for output in outputs if output.get("name") == "stdout"
    )
    for line in printed.splitlines():
        if line.startswith(_REPORTED):
            yield line
