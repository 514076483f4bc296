"""Every answer of the catalogue is judged as it deserves: wrong, right, and independent of others.

Cells are run in this process, without a notebook: what is tested is the judgement. The same answers in real
notebooks are the subject of the grader's own tests.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from dataclasses import replace

import pytest

from kerascheck.judge.verdict import ERROR, NOT_ATTEMPTED, PASSED, Verdict
from tests import students
from tests.students import EXERCISES, Answer, CatalogueError, solve
from tests.support.lesson_cells import judged, lesson, reference, verdict

QUICK = 24


def all_of(answers: Iterable[Answer]) -> list:
    """Every answer; one in QUICK is tried in a quick run, too."""
    return [
        pytest.param(answer, id=answer.path, marks=[pytest.mark.slow] if number % QUICK else [])
        for number, answer in enumerate(answers)
    ]


def lost(found: Verdict) -> tuple[str, ...]:
    return tuple(aspect.name for aspect in found.aspects if aspect.points < aspect.of)


@pytest.mark.parametrize("answer", all_of(students.wrong()))
def test_a_wrong_answer_loses_what_it_must_and_is_named(answer: Answer) -> None:
    """A wrong answer loses the aspects that it got wrong, keeps the others, and is told why.

    What it is told is data: the verdict goes through JSON and is the same.
    """
    assert answer.exercise is not None
    found = judged(answer, answer.exercise)[answer.exercise]
    assert found.outcome != PASSED
    assert lost(found) == answer.loses
    assert any(answer.is_named_by(finding) for finding in found.findings)
    assert Verdict.from_plain(json.loads(json.dumps(found.to_plain()))) == found


@pytest.mark.parametrize("answer", all_of(students.equivalent()))
def test_a_right_answer_earns_everything_however_it_is_written(answer: Answer) -> None:
    """An answer that computes the same under the same names earns full marks in its exercises."""
    touched = [e for e in EXERCISES[answer.unit] if e in {*answer.edits, *answer.rewrites}]
    assert touched
    for found in judged(answer, *touched).values():
        assert found.findings == ()
        assert found.points == found.of
        assert found.outcome == PASSED


@pytest.mark.parametrize(
    "path",
    [
        "wrong/identity_block:no_final_relu",
        "wrong/identity_block:valid_padding",
        "wrong/identity_block:no_return",
        "wrong/identity_block:syntax_error",
        "wrong/convolutional_block:stride_in_both_convolutions",
        "wrong/convolutional_block:syntax_error",
        "special/half_finished",
        "wrong/resnet_layer:relu_before_batch_norm",
        "wrong/resnet_layer:no_return",
        "wrong/lr_schedule:earliest_step_first",
    ],
)
def test_a_wrong_block_costs_nothing_elsewhere(path: str) -> None:
    """A mistake is punished in its own exercise alone."""
    answer = students.answer_at(path)
    touched = {*answer.edits, *answer.unsolved}
    others = [exercise for exercise in EXERCISES[answer.unit] if exercise not in touched]
    assert others
    for found in judged(answer, *others).values():
        assert (found.outcome, found.points) == (PASSED, found.of)


def test_a_wrong_answer_touches_its_own_exercise_only() -> None:
    """The edits of a wrong answer fit the lesson and change one cell."""
    for answer in students.wrong():
        cells = lesson(answer.unit).cells
        changed = solve(cells, [answer])
        assert {name for name in cells if cells[name] != changed[name]} == {answer.exercise}


@pytest.mark.parametrize("unit", EXERCISES)
def test_the_reference_earns_everything(unit: str) -> None:
    """The author's own solution passes its own judge, with the points that the lesson gives."""
    assert sum(lesson(unit).points.values()) == 100
    for exercise, evidence in reference(unit).items():
        found = verdict(unit, exercise, evidence)
        assert (found.outcome, found.points) == (PASSED, lesson(unit).points[exercise])


@pytest.mark.parametrize("unit", EXERCISES)
def test_an_untouched_notebook_is_not_attempted(unit: str) -> None:
    """A cell as it was released is told apart from a wrong one, and earns nothing."""
    untouched = Answer("untouched", "", unsolved=tuple(EXERCISES[unit]))
    for found in judged(untouched, *EXERCISES[unit]).values():
        assert (found.outcome, found.points) == (NOT_ATTEMPTED, 0)


def test_an_error_names_the_line_of_the_student() -> None:
    """What the code raises is kept with the line of the student's cell that raised it."""
    answer = students.answer_at("wrong/identity_block:add_with_two_arguments")
    found = judged(answer, "identity_block")["identity_block"]
    assert found.outcome == ERROR
    assert found.error is not None
    assert found.error.source == "X = layers.Add()(X, X_shortcut)"


def test_every_exercise_has_enough_answers() -> None:
    """Each test cell has three named wrong answers or more, and two different right ones or more."""
    for exercise in itertools.chain(*EXERCISES.values()):
        assert sum(answer.exercise == exercise for answer in students.wrong()) >= 3
        assert sum(exercise in answer.rewrites for answer in students.equivalent()) >= 2


def test_every_student_of_the_demo_class_can_be_made() -> None:
    """The answers of each student exist and fit the lesson."""
    assert len(students.students()) >= 20
    for student in students.students():
        cells = solve(lesson("unit1").cells, student.answers)
        assert cells.keys() >= lesson("unit1").cells.keys()


def test_an_edit_that_does_not_fit_is_an_error() -> None:
    """An answer whose text is not found in the reference is refused, not skipped."""
    answer = students.wrong()[0]
    misfit = replace(answer, edits={"identity_block": (("no such text", "", 1),)})
    with pytest.raises(CatalogueError, match="occurs 0 times"):
        solve(lesson("unit1").cells, [misfit])


def test_two_answers_for_one_cell_are_an_error() -> None:
    """A student gives one answer for each exercise."""
    with pytest.raises(CatalogueError, match="already"):
        solve(lesson("unit1").cells, ["wrong/identity_block:no_return", "equivalent/plus_sign"])


def test_an_unknown_answer_is_an_error() -> None:
    """A path that is not in the catalogue is refused."""
    with pytest.raises(CatalogueError, match="no answer"):
        solve(lesson("unit1").cells, ["wrong/identity_block:no_such_answer"])
