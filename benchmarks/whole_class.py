"""A whole class, stock nbgrader against this grader: throughput, processor time, memory, the same marks.

    python -m benchmarks.whole_class                              # 60 submissions, both graders
    python -m benchmarks.whole_class --students 1000 --ours-only  # the shape of the curve
    python -m benchmarks.whole_class --students 12 --json out.json
    python -m benchmarks.whole_class --whole-notebook 4           # and stock on the notebook as it is

The class is made from the demo students in realistic shares: right and wrong answers in turn, one endless
loop and two attacks in sixty. Every submission has a comment of its own, so that no two are the same and
none is the reference's. Both graders get the same answers, in a fresh course folder each, in one run on one
machine, with the same time-out for a cell (of ours, tests have less: see `Execute.test_timeout`). Both
write marks and no feedback.

Stock's tests are plain asserts, and it is spared the cells that are not graded (`benchmarks.stock`). What
it takes for the notebook that students have, with figures and a training that ends at the time-out, can
be measured for a few of them: it does one after the other, so that it takes as long for each.

graded      submissions
wall        seconds of the command, from its first import to its end
a minute    submissions a minute
cpu         processor seconds of the command and all that it starts (`benchmarks.metering`)
MiB         the most memory that the coordinating process has had
again       wall seconds of grading the same class once more, with nothing changed (ours)
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import cycle, islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.kernel import machine, usual_students
from benchmarks.stock import passed, stock_course, submit_to_stock
from kerasgrader.course.course import Unit
from tests.students import Answer, Student, answer_at
from tests.students.submissions import submit
from tests.support.course_folder import ROOT, course_folder

STOCK, OURS, WHOLE = "stock nbgrader", "this grader", "stock, whole notebook"
ENDLESS = ("special/endless",)
HOSTILE = ("hostile/late_thread", "hostile/source_read")
WRONG = "wrong/identity_block:no_final_relu"
SIXTY = 60
SOME_WITHOUT_MARKS = 1  # the exit status of both graders then
COMMANDS = {
    STOCK: lambda unit: ("nbgrader", "autograde", unit, "--force"),
    WHOLE: lambda unit: ("nbgrader", "autograde", unit, "--force"),
    OURS: lambda unit: ("kerasgrader", "grade", unit, "--no-feedback"),
}


@dataclass(frozen=True)
class Measured:
    """What grading so many submissions took. cpu: None where it cannot be counted."""

    submissions: int
    wall: float
    cpu: float | None
    memory: float
    again: float | None = None

    @property
    def a_minute(self) -> float:
        """Submissions a minute."""
        return 60 * self.submissions / self.wall


def class_of(count: int) -> list[Student]:
    """So many students: of every sixty, one is endless, two attack, the others are as usual."""
    usual = cycle(student.answers for student in usual_students())
    made = []
    for number, answers in enumerate(islice(usual, count)):
        place = number % SIXTY
        if place == SIXTY // 2:
            answers = tuple(answer_at(path) for path in ENDLESS)
        elif place in (SIXTY // 3, 2 * SIXTY // 3):
            attack = HOSTILE[0] if place == SIXTY // 3 else HOSTILE[1]
            answers = (answer_at(WRONG), answer_at(attack))
        own = Answer(f"own/{number}", "", cell=f"# This is the work of student {number}.")
        made.append(Student(f"student-{number:04}", "", "", (*answers, own)))
    return made


def measure(which: str, unit: Unit, count: int) -> Measured:
    """Grade the class of a course as an instructor types it. Raises SystemExit with what went wrong."""
    out = unit.root / "measured.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.metered", out, *COMMANDS[which](unit.id)],
        cwd=unit.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        errors="replace",
    )
    spent = json.loads(out.read_text("utf-8")) if out.exists() else {"status": done.returncode}
    out.unlink(missing_ok=True)
    if "wall" not in spent or spent["status"] not in (0, SOME_WITHOUT_MARKS):
        raise SystemExit(f"{which} failed:\n{done.stdout}{done.stderr}")
    return Measured(count, spent["wall"], spent["cpu"], spent["memory"] / 2**20)


def table(found: dict[str, Measured]) -> Table:
    """A row for each grader."""
    made = Table()
    columns = ("", "graded", "wall s", "a minute", "cpu s each", "MiB", "again s")
    for name in columns:
        made.add_column(name, justify="right" if name else "left")
    for name, measured in found.items():
        cpu = "" if measured.cpu is None else f"{measured.cpu / measured.submissions:.2f}"
        again = "" if measured.again is None else f"{measured.again:.2f}"
        made.add_row(
            name,
            f"{measured.submissions}",
            f"{measured.wall:.1f}",
            f"{measured.a_minute:.1f}",
            cpu,
            f"{measured.memory:.0f}",
            again,
        )
    return made


def agreement(stock: Unit, ours: Unit, students: Sequence[Student]) -> tuple[int, list[str]]:
    """In how many exercises both come to the same outcome, and who differs."""
    same, different = 0, []
    for student in students:
        pair = passed(ours, student.id), passed(stock, student.id)
        same += sum(pair[0][name] == pair[1][name] for name in pair[0])
        if pair[0] != pair[1]:
            different.append(f"{student.id} ({', '.join(map(str, student.answers[:-1]))})")
    return same, different


def opponents(options: argparse.Namespace, students: list[Student]) -> dict[str, list[Student]]:
    """Who else grades, and whose submissions."""
    found = {} if options.ours_only else {STOCK: students}
    if options.whole_notebook:
        found[WHOLE] = students[: options.whole_notebook]
    return found


def main() -> None:
    """Grade the class with both graders and print the table."""
    options = _options()
    console, before = Console(), machine()
    students = class_of(options.students)
    found: dict[str, Measured] = {}
    outcomes: dict[str, tuple[int, list[str]]] = {}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        ours = course_folder(Path(folder) / "ours", options.cell_seconds)
        submit(ours, students)
        with console.status(f"{OURS}: {len(students)} submissions"):
            first = measure(OURS, ours, len(students))
            found[OURS] = replace(first, again=measure(OURS, ours, len(students)).wall)
        for name, some in opponents(options, students).items():
            stock = stock_course(Path(folder) / name, options.cell_seconds, whole=name == WHOLE)
            submit_to_stock(stock, some)
            with console.status(f"{name}: {len(some)} submissions"):
                found[name] = measure(name, stock, len(some))
            outcomes[name] = agreement(stock, ours, some)
    console.print(table(found))
    for name, (same, different) in outcomes.items():
        ratio = found[OURS].a_minute / found[name].a_minute
        console.print(f"{OURS} is {ratio:.1f} times as fast as {name}")
        console.print(f"{same} exercises have the same outcome; differs: {different or 'nobody'}")
    console.print(f"{before['processors']} processors, load at the start {before['load']:.1f}")
    if options.json:
        result = {"machine": before, "students": len(students)}
        result |= {name: asdict(measured) for name, measured in found.items()}
        options.json.write_text(json.dumps(result, indent=2, sort_keys=True) + "\n", "utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A whole class, with both graders.")
    parser.add_argument("--students", type=int, default=SIXTY, help="how many submissions")
    parser.add_argument("--cell-seconds", type=int, default=30, help="time-out of a cell")
    parser.add_argument(
        "--whole-notebook",
        type=int,
        default=0,
        metavar="COUNT",
        help="stock on the notebook as it is, with so many of the submissions",
    )
    parser.add_argument("--ours-only", action="store_true", help="without stock nbgrader")
    parser.add_argument("--json", type=Path, help="also write all numbers here")
    return parser.parse_args()


if __name__ == "__main__":
    main()
