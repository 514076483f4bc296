"""A whole class, stock nbgrader against this grader: throughput, processor time, memory, the same marks.

    python -m benchmarks.whole_class                              # 60 submissions, both graders
    python -m benchmarks.whole_class --students 1000 --ours-only  # the shape of the curve
    python -m benchmarks.whole_class --students 12 --json out.json

The class is made from the demo students in realistic shares: right and wrong answers in turn, one endless
loop and two attacks in sixty. Every submission has a comment of its own, so that no two are the same and
none is the reference's. Both graders get the same answers, in a fresh course folder each, in one run on one
machine, with the same time-out for a cell; stock's tests are plain asserts (`benchmarks.stock`, which says
how that is to stock's advantage). Both write marks and no feedback.

wall        seconds from the command's first import to its end
cpu         processor seconds of the command and all that it starts (`benchmarks.metering`)
memory      the most that the coordinating process has had, in MiB
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
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import cycle, islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.kernel import machine, usual_students
from benchmarks.metering import Meter, most_memory
from benchmarks.stock import hand_in_stock, passed, stock_course
from resnet_grader.course import Unit
from tests.course_folder import course_folder
from tests.students import Answer, Student, answer_at
from tests.students.handed_in import hand_in

STOCK, OURS = "stock nbgrader", "this grader"
ENDLESS = ("special/endless",)
HOSTILE = ("hostile/late_thread", "hostile/source_read")
WRONG = "wrong/identity_block:no_final_relu"
SIXTY = 60


@dataclass(frozen=True)
class Measured:
    """What grading a class took. cpu: None where it cannot be counted."""

    wall: float
    cpu: float | None
    memory: float
    again: float | None = None


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


def grade_here(which: str, root: Path, unit_id: str) -> Measured:
    """Grade the class in `root` in this process, which must be fresh."""
    meter = Meter()
    os.chdir(root)
    if which == STOCK:
        from nbgrader.apps import AutogradeApp

        app = AutogradeApp()
        app.initialize([unit_id, "--force"])
        with suppress(SystemExit):  # some have no marks
            app.start()
    else:
        from resnet_grader.cli import commands

        with suppress(SystemExit):
            commands(["grade", unit_id, "--no-feedback"], standalone_mode=False)
    spent = meter.spent()
    return Measured(spent.wall, spent.cpu, most_memory() / 2**20)


def measure(which: str, unit: Unit) -> Measured:
    """Grade the class of a course in a fresh process. Raises SystemExit with what it said if it fails."""
    out = unit.root / "measured.json"
    command = [sys.executable, "-m", "benchmarks.whole_class", "--grade", which, str(unit.root)]
    done = subprocess.run([*command, unit.id, str(out)], capture_output=True, text=True)
    if not out.exists():
        raise SystemExit(f"{which} failed:\n{done.stdout}{done.stderr}")
    measured = Measured(**json.loads(out.read_text("utf-8")))
    out.unlink()
    return measured


def table(found: dict[str, Measured], count: int) -> Table:
    """A row for each grader, and the ratio."""
    made = Table(title=f"A class of {count}")
    columns = ("", "wall s", "submissions a minute", "cpu s each", "memory MiB", "again s")
    for name in columns:
        made.add_column(name, justify="right" if name else "left")
    for name, measured in found.items():
        cpu = "" if measured.cpu is None else f"{measured.cpu / count:.2f}"
        again = "" if measured.again is None else f"{measured.again:.2f}"
        rate = f"{60 * count / measured.wall:.1f}"
        made.add_row(name, f"{measured.wall:.1f}", rate, cpu, f"{measured.memory:.0f}", again)
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


def main() -> None:
    """Grade the class with both graders and print the table."""
    options = _options()
    if options.grade:
        which, root, unit_id, out = options.grade
        measured = grade_here(which, Path(root), unit_id)
        Path(out).write_text(json.dumps(asdict(measured)) + "\n", "utf-8")
        return
    console, before = Console(), machine()
    students = class_of(options.students)
    found: dict[str, Measured] = {}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        ours = course_folder(Path(folder) / "ours", options.cell_seconds)
        hand_in(ours, students)
        with console.status(f"{OURS}: {len(students)} submissions"):
            first = measure(OURS, ours)
            found[OURS] = replace(first, again=measure(OURS, ours).wall)
        if not options.ours_only:
            stock = stock_course(Path(folder) / "stock", options.cell_seconds)
            hand_in_stock(stock, students)
            with console.status(f"{STOCK}: {len(students)} submissions"):
                found[STOCK] = measure(STOCK, stock)
            same, different = agreement(stock, ours, students)
    console.print(table(found, len(students)))
    if STOCK in found:
        ratio = found[STOCK].wall / found[OURS].wall
        console.print(f"{OURS} is {ratio:.1f} times as fast as {STOCK}")
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
    parser.add_argument("--ours-only", action="store_true", help="without stock nbgrader")
    parser.add_argument("--json", type=Path, help="also write all numbers here")
    parser.add_argument("--grade", nargs=4, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
