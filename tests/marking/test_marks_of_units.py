"""Every unit through the real grader: solved, untouched and wrong, marked as they deserve."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kerasgrader.course.course import Unit, load_course
from tests import students
from tests.students import EXERCISES, Answer, Student
from tests.students.submissions import submit
from tests.support.course_folder import ROOT, UNIT
from tests.support.graded import regrade

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_process")]

OTHERS = [unit.id for unit in load_course(ROOT).units if unit.id != UNIT]


@pytest.mark.parametrize("unit_id", OTHERS)
def test_a_unit_is_graded_as_it_deserves(
    unit_id: str, new_course: Callable[..., Unit], tmp_path: Path
) -> None:
    """The reference earns 100, other right answers too, a wrong one less, the release nothing."""
    unit = new_course(tmp_path, unit_id=unit_id)
    number = unit_id.partition("-")[0]
    right = next(answer for answer in students.equivalent() if answer.unit == number)
    wrong = next(answer for answer in students.wrong() if answer.unit == number)
    untouched = Answer("untouched", "", unsolved=tuple(EXERCISES[number]))
    given = {"reference": (), "right": (right,), "wrong": (wrong,), "untouched": (untouched,)}
    submit(unit, [Student(name, name, "", answers) for name, answers in given.items()])
    marks = regrade(unit, feedback=False)
    assert not marks.problems
    total = {item.student: item.points for item in marks.graded}
    lost = {g.student: [r for r in g.results if r.points < r.of] for g in marks.graded}
    assert (lost["reference"], lost["right"], total["untouched"]) == ([], [], 0)
    assert 0 < total["wrong"] < 100
