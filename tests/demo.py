"""`make demo`: a class of simulated students submits unit 1 and is graded, for real.

The class works in demo/, a course folder of its own, so that the course's gradebook is left alone.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from rich.console import Console

from kerasgrader.course.course import Unit
from kerasgrader.grading.options import Options
from kerasgrader.grading.progress import ProgressDisplay
from kerasgrader.grading.results import Marks
from kerasgrader.grading.run import grade
from kerasgrader.grading.table import class_table
from kerasgrader.kernel.sandbox_layers import strongest_sandbox
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from kerasgrader.report import write_report
from tests.students import students
from tests.students.submissions import submit
from tests.support.course_folder import ROOT, course_folder

# The class contains endless loops: there is no need to wait a minute for each.
CELL_SECONDS = 20


def prepare(folder: Path) -> Unit:
    """A fresh course folder with the unit released, and the class's notebooks submitted."""
    shutil.rmtree(folder, ignore_errors=True)
    unit = course_folder(folder, CELL_SECONDS)
    submit(unit, students())
    with open_gradebook(load_config(folder)) as gradebook:
        for student in students():
            first, _, last = student.name.partition(" ")
            gradebook.update_or_create_student(student.id, first_name=first, last_name=last)
    return unit


def main() -> int:
    """Grade the demo class and print its marks. The exit status is 0 when everyone has marks."""
    console = Console()
    unit = prepare(ROOT / "demo")
    with ProgressDisplay(console) as display:
        options = Options(sandbox=strongest_sandbox())
        marks = grade(unit.root, unit.id, options=options, progress=display.show)
    by_id = {student.id: student for student in students()}
    for line in class_table(marks, {i: student.name for i, student in by_id.items()}):
        console.print(line)
    _legend(console, marks, by_id)
    console.print(f"Each student's page: demo/feedback/<student>/{unit.id}/{unit.notebook}.html")
    page = write_report(unit.root, unit.id).files[0]
    console.print(f"The class report: {page.relative_to(ROOT)}", soft_wrap=True)
    return 1 if marks.problems else 0


def _legend(console: Console, marks: Marks, by_id: dict) -> None:
    console.print("\nWhat they submitted:")
    for item in marks.graded:
        student = by_id[item.student]
        console.print(f"  [bold]{student.name}[/] ({student.id}): {student.story}", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
