"""A small class, graded as an instructor does it: everybody who only looks at marks and pages shares it."""

from __future__ import annotations

from kerasgrader.course.course import Unit
from kerasgrader.grading.options import Options
from kerasgrader.grading.results import Marks
from kerasgrader.grading.run import grade
from kerasgrader.kernel.sandbox_layers import strongest_sandbox
from kerasgrader.kernel.warm_client import WarmParent
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from tests import students
from tests.students import Student
from tests.students.submissions import submit
from tests.support.course_folder import MODULES
from tests.support.shared_workers import shared_workers

SCRIPT = "<script>alert('a mark')</script>"
CLASS = {
    "right": ("equivalent/keywords",),
    "helped": ("equivalent/helper_function",),
    "friend": ("equivalent/helper_function",),
    "wrong": ("wrong/identity_block:no_final_relu",),
    "raising": (
        "wrong/identity_block:valid_padding",
        "wrong/resnet50:average_pool_without_a_size",
    ),
    "untouched": ("special/untouched",),
}
WRONG_POINTS = 12 + 30 + 40
FEW = 3  # workers, so that those that stay need little memory


def grade_class(unit: Unit) -> Marks:
    """Hand in and grade: the students above and one with a PDF; a name that is none; and an absentee."""
    submit(
        unit,
        [Student(i, "", "", tuple(students.answer_at(p) for p in a)) for i, a in CLASS.items()],
    )
    pdf = unit.root / "submitted" / "paper" / unit.id / f"{unit.notebook}.ipynb"
    pdf.parent.mkdir(parents=True)
    pdf.write_bytes(b"%PDF-1.4 a paper")
    with open_gradebook(load_config(unit.root)) as gradebook:
        gradebook.update_or_create_student("wrong", first_name=SCRIPT, last_name="=1+1")
        gradebook.update_or_create_student("absent", first_name="Nobody", last_name="Home")
    WarmParent.begin(MODULES)
    return regrade(unit)


def regrade(unit: Unit, students: tuple[str, ...] = (), **options: object) -> Marks:
    """Grade the submissions, one at a time, under the strongest seal that this machine offers.

    Warm process and workers stay for the next time, if they are few.
    """
    chosen = Options(**{"sandbox": strongest_sandbox(), "workers": 1, **options})
    few = chosen.workers if chosen.workers is not None and chosen.workers <= FEW else None
    found = None if few is None or chosen.scheduler else shared_workers(unit, few)
    return grade(unit.root, unit.id, students, chosen, found=found)
