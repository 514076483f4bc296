"""How long the units' cells run: every released notebook, solved, from top to bottom in a plain kernel.

    python -m benchmarks.minutes [UNIT ...] [--keep FOLDER]

Prints the measured minutes beside those of course.toml. Those are what a student should allow: the
measured run, and the time for reading and for writing the answers, which no machine can measure. A unit
whose run alone takes longer, or whose lesson tells other minutes than course.toml, is named.

This is where the notebooks train as long as students do: run it after a change to a lesson, to
resnet_course or to the lock. tests/lessons/test_notebooks.py runs the same cells with less training.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from kerasgrader.course.course import Unit, load_course
from tests.students.submissions import reference_cells, with_answers
from tests.support.course_folder import ROOT

PATIENCE = 3600  # seconds for one cell
SAID = re.compile(r"Allow \*\*(\d+) minutes\*\*")


@dataclass(frozen=True)
class Measured:
    """One unit: the minutes that its cells ran, those that are promised, and the cells that failed."""

    unit: str
    run: float
    promised: int
    told: int | None
    slowest: tuple[str, float]
    failed: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether nothing failed, the lesson tells course.toml's minutes, and the run fits into them."""
        return not self.failed and self.told in (None, self.promised) and self.run < self.promised

    def __str__(self) -> str:
        cell, seconds = self.slowest
        line = f"{self.unit:26} {self.run:6.2f} {self.promised:10} {cell:>24} {seconds:6.0f} s"
        notes = [f"failed: {', '.join(self.failed)}"] if self.failed else []
        if self.told not in (None, self.promised):
            notes.append(f"the lesson says {self.told} minutes")
        if self.run >= self.promised:
            notes.append("the run alone takes longer than promised")
        return "\n".join([line, *(f"    {note}" for note in notes)])


HEAD = f"{'unit':26} {'run':>6} {'course.toml':>10} {'slowest cell':>23}\n{'':26} {'min':>6} {'min':>10}"


def solved(unit: Unit) -> NotebookNode:
    """The released notebook with the solutions in it: what a student has in the end."""
    source = nbformat.read(unit.source_file, as_version=4)
    release = nbformat.read(unit.release_file, as_version=4)
    return with_answers(release, reference_cells(source), ())


def measure(unit: Unit, notebook: NotebookNode) -> Measured:
    """Run `notebook` in place, in an empty folder, and say how long it took."""
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=PATIENCE,
            allow_errors=True,
            record_timing=False,
            resources={"metadata": {"path": folder}},
        )
        took: list[tuple[str, float]] = []
        began: list[float] = []
        client.on_cell_execute = lambda cell, cell_index: began.append(time.monotonic())
        client.on_cell_executed = lambda cell, cell_index, execute_reply: took.append(
            (cell.id, time.monotonic() - began[-1])
        )
        start = time.monotonic()
        client.execute()
        run = (time.monotonic() - start) / 60
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    said = SAID.search(text)
    return Measured(
        unit=unit.id,
        run=run,
        promised=unit.minutes,
        told=int(said[1]) if said else None,
        slowest=max(took, key=lambda pair: pair[1]),
        failed=failures(notebook),
    )


def failures(notebook: NotebookNode) -> tuple[str, ...]:
    """The cells that raised an error, and it."""
    return tuple(
        f"{cell.id} ({output.ename})"
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.minutes", description=__doc__)
    parser.add_argument("units", nargs="*", metavar="UNIT", help="all, when none is named")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="put the executed notebooks here"
    )
    options = parser.parse_args(arguments)
    course = load_course(ROOT)
    units = [course.unit(name) for name in options.units] or list(course.units)
    print(HEAD, flush=True)
    results = []
    for unit in units:
        notebook = solved(unit)
        results.append(measure(unit, notebook))
        print(results[-1], flush=True)
        if options.keep is not None:
            options.keep.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, options.keep / f"{unit.notebook}.ipynb")
    return 0 if all(result.agrees for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
