"""What a submission of unit 1 costs: stock nbgrader, our grader, and the least that it could cost.

    python -m benchmarks.kernel                      # six students of the demo class
    python -m benchmarks.kernel --students 12 --json out.json

All variants grade the same answers, one submission after the other, each variant in a fresh process on
a fresh course folder, in one run on one machine. Processor seconds are user and system time of that
process and of everything that it starts (see `benchmarks.metering`), so that waiting costs nothing and
what happens in other processes is counted; wall seconds are what a person waits on an idle machine.

stock     `nbgrader autograde` on the course of `benchmarks.stock`: each test holds plain asserts that do
          what our probes do. It is spared the cells that are not graded, which it would run.
cold      our grader with a fresh process for every kernel, which imports everything (sealed)
warm      our grader as it is: every kernel is a fork of one warm process (sealed)
unsealed  as warm, with the seal off: what the seal costs is the difference
floor     the students' functions and the probes called in forks of a warm process, and nothing else:
          no kernel, no messages, no seal, no notebook, no marks

once        seconds for a grading run, however many submissions it has. Stock: starting the command.
            Ours: imports, starting the warm process, running the reference. Floor: imports.
submission  seconds for each submission (mean), marks included. Stock: the rest of the command. Ours:
            reading, restoring and executing it, and nbgrader's Autograde, which finds the execution
            and writes the marks.
marks       what of it is that Autograde. Stock does not tell it apart, the floor has none.

It also says whether stock and ours come to the same marks: every exercise passed in both, or in neither.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.metering import Spent
from benchmarks.stock import passed, stock_course, submit_to_stock
from benchmarks.variants import Measured
from kerasgrader.course.course import Unit
from tests.students import Student, students
from tests.students.submissions import submit
from tests.support.course_folder import course_folder

CELL_SECONDS = 120
STOCK, FLOOR = "stock", "floor"
# What nbgrader_config.py says beside what it always says.
OURS = {
    "cold": "c.SealedKernel.warm = False\n",
    "warm": "",
    "unsealed": 'c.SealedKernel.sandbox = "off"\n',
}
VARIANTS = (STOCK, *OURS, FLOOR)
# As in the warm process, so that the floor has the same threads.
FLOOR_ENVIRONMENT = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "MPLBACKEND": "agg",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
PACKAGES = ("nbgrader", "nbclient", "ipykernel", "keras", "tensorflow")
KINDS = ("equivalent/", "wrong/")
TITLES = {
    "cpu": "Processor seconds, means over submissions of unit 1",
    "wall": "Wall seconds, means over submissions of unit 1",
}


@dataclass(frozen=True)
class Row:
    """One variant: seconds once, for each submission, and what of those is writing marks."""

    once: Spent
    submission: Spent
    marks: Spent | None

    @classmethod
    def of(cls, measured: Measured) -> Row:
        """The means over the submissions."""
        submission = mean(measured.submissions)
        marks = mean(measured.marks) if measured.marks else None
        return cls(measured.once, submission + marks if marks else submission, marks)


def mean(spent: Sequence[Spent]) -> Spent:
    """The mean over submissions."""
    return sum(spent[1:], spent[0]) / len(spent)


def typical_students(count: int) -> list[Student]:
    """The first `count` of the usual ones. Raises SystemExit if the class has not so many."""
    usual = usual_students()
    if count > len(usual):
        raise SystemExit(f"the demo class has {len(usual)} students of the usual kind")
    return usual[:count]


def usual_students() -> list[Student]:
    """Of the demo class, those with right and with wrong answers in turn; none is hostile.

    None has the reference's own answers either: our grader, which runs the reference, would find them
    in its store.
    """
    usual = [
        s for s in students() if s.answers and all(a.path.startswith(KINDS) for a in s.answers)
    ]
    right = [s for s in usual if all(a.path.startswith("equivalent/") for a in s.answers)]
    wrong = [s for s in usual if s not in right]
    return [s for s in chain.from_iterable(zip_longest(right, wrong)) if s is not None]


def course_of(variant: str, folder: Path, class_of: Sequence[Student]) -> Unit:
    """A course folder for the variant, with what the students hand in."""
    if variant == STOCK:
        unit = stock_course(folder, CELL_SECONDS)
        submit_to_stock(unit, class_of)
        return unit
    unit = course_folder(folder, CELL_SECONDS)
    with (folder / "nbgrader_config.py").open("a") as file:
        file.write(OURS.get(variant, ""))
    submit(unit, class_of)
    return unit


def measure(variant: str, unit: Unit, ids: Sequence[str]) -> Measured:
    """Run the variant in a process of its own. Raises SystemExit with what it said if it fails."""
    out = unit.root / "measured.json"
    name = variant if variant in (STOCK, FLOOR) else "ours"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.variants", name, unit.root, out, *ids],
        env={**os.environ, **(FLOOR_ENVIRONMENT if variant == FLOOR else {})},
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise SystemExit(f"{variant} failed:\n{done.stdout}{done.stderr}")
    return Measured.from_plain(json.loads(out.read_text("utf-8")))


def table(rows: Mapping[str, Row], clock: str) -> Table:
    """All rows by one clock, "cpu" or "wall", with their ratios against the floor and against stock."""
    made = Table(title=TITLES[clock])
    made.add_column("")
    for name in ("once", "submission", "of it marks", "× floor", "stock ÷ this"):
        made.add_column(name, justify="right")
    for name, *cells in lines(rows, clock):
        made.add_row(name, *cells)
    return made


def lines(rows: Mapping[str, Row], clock: str) -> Iterator[tuple[str, ...]]:
    """What stands in the table."""
    each = {name: getattr(row.submission, clock) for name, row in rows.items()}
    for name, row in rows.items():
        yield (
            name,
            _seconds(getattr(row.once, clock)),
            _seconds(each[name]),
            _seconds(getattr(row.marks, clock) if row.marks else None),
            _ratio(each[name], each.get(FLOOR)),
            _ratio(each.get(STOCK), each[name]),
        )


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _ratio(value: float | None, other: float | None) -> str:
    return f"{value / other:.1f}" if value and other else ""


def agreement(ours: Mapping[str, Any], stock: Mapping[str, Any]) -> tuple[int, int]:
    """How many exercises have the same outcome in both, and how many there are."""
    pairs = [(ours[s][name], stock[s][name]) for s in ours for name in ours[s]]
    return sum(a == b for a, b in pairs), len(pairs)


def machine() -> dict[str, Any]:
    """What the numbers depend on."""
    return {
        "processors": len(os.sched_getaffinity(0)),
        "architecture": platform.machine(),
        "system": platform.release(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "load": os.getloadavg()[0],
    }


def main() -> None:
    """Measure every variant and print the table."""
    options = _options()
    console, before = Console(), machine()
    chosen = typical_students(options.students)
    ids = [student.id for student in chosen]
    measured: dict[str, Measured] = {}
    outcomes: dict[str, dict[str, dict[str, bool]]] = {}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        for variant in options.variants:
            with console.status(f"{variant}: {len(ids)} submissions"):
                unit = course_of(variant, Path(folder) / variant, chosen)
                measured[variant] = measure(variant, unit, ids)
            if variant != FLOOR:
                outcomes[variant] = {student: passed(unit, student) for student in ids}
    rows = {variant: Row.of(found) for variant, found in measured.items()}
    for clock in TITLES:
        console.print(table(rows, clock))
    for why_not in {found.why_not for found in measured.values()} - {""}:
        console.print(why_not, style="yellow")
    console.print(f"Submissions: {', '.join(ids)}; load at the start {before['load']:.1f}")
    for variant in outcomes.keys() - {STOCK} if STOCK in outcomes else ():
        same, of = agreement(outcomes[variant], outcomes[STOCK])
        console.print(f"{variant} and stock: {same} of {of} exercises have the same outcome")
    if options.json:
        result = {
            "machine": before,
            "students": ids,
            "variants": {name: found.to_plain() for name, found in measured.items()},
            "passed": outcomes,
        }
        options.json.write_text(json.dumps(result, indent=2, sort_keys=True) + "\n", "utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What a submission of unit 1 costs.")
    parser.add_argument("--students", type=int, default=6, help="how many of the demo class")
    parser.add_argument("--variants", nargs="*", choices=VARIANTS, default=VARIANTS)
    parser.add_argument("--json", type=Path, help="also write all numbers here")
    return parser.parse_args()


if __name__ == "__main__":
    main()
