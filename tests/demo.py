"""`make demo`: a class of simulated students hands in unit 1 and is graded, for real.

The class works in demo/, a course folder of its own, so that the course's gradebook is left alone.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

from resnet_grader.course import Unit
from resnet_grader.grading import Graded, grade
from resnet_grader.kernel.layers import strongest_sandbox
from resnet_grader.marks_table import marks_table, problem_lines, seal_lines
from tests.course_folder import ROOT, course_folder
from tests.students import students
from tests.students.handed_in import hand_in

# The class contains endless loops: there is no need to wait a minute for each.
CELL_SECONDS = 20


def prepare(folder: Path) -> Unit:
    """A fresh course folder with the unit released, and the class's notebooks handed in."""
    shutil.rmtree(folder, ignore_errors=True)
    unit = course_folder(folder, CELL_SECONDS)
    hand_in(unit, students())
    return unit


def main() -> int:
    """Grade the demo class and print its marks. The exit status is 0 when everyone has marks."""
    console, started = Console(), time.monotonic()
    unit = prepare(ROOT / "demo")
    with console.status("grading the demo class") as status:
        graded = grade(
            unit.root,
            unit.id,
            sandbox=strongest_sandbox(),
            progress=lambda line: status.update(Text(line)),
        )
    by_id = {student.id: student for student in students()}
    console.print(marks_table(graded, {i: student.name for i, student in by_id.items()}))
    for line in problem_lines(graded):
        console.print(line, style="red", highlight=False, markup=False)
    for line in seal_lines(graded):
        console.print(line, style="yellow", highlight=False, markup=False)
    _legend(console, graded, by_id)
    console.print(
        f"{len(graded)} submissions in {time.monotonic() - started:.0f} s. Each student's page: "
        f"demo/feedback/<student>/{unit.id}/{unit.notebook}.html"
    )
    return 1 if any(item.problem for item in graded) else 0


def _legend(console: Console, graded: list[Graded], by_id: dict) -> None:
    console.print("\nWhat they handed in:")
    for item in graded:
        student = by_id[item.student]
        console.print(f"  [bold]{student.name}[/] ({student.id}): {student.story}", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
