"""Every answer in answers/, through the real grader: wrong ones lose points, right ones do not."""

from pathlib import Path

import pytest
from kerasgrader.build.answers import Trial, answers_of, try_answers
from kerasgrader.course.course import load_course

ROOT = Path(__file__).parents[1]
ANSWERS = [answer for unit in load_course(ROOT).units for answer in answers_of(unit)]


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trial]:
    """The trial of each answer, by its name."""
    found = try_answers(ROOT, tmp_path_factory.mktemp("course"))
    return {str(trial.answer): trial for trial in found}


@pytest.mark.parametrize("answer", ANSWERS, ids=str)
def test_an_answer_gets_what_it_deserves(answer: object, trials: dict[str, Trial]) -> None:
    """A wrong answer loses points on the aspects that it names, a right one on none."""
    assert trials[str(answer)].problem == ""


def test_every_exercise_has_answers() -> None:
    """At least one wrong and one right answer for each."""
    wrong = {answer.exercise for answer in ANSWERS if answer.loses}
    right = {answer.exercise for answer in ANSWERS if not answer.loses}
    assert wrong == right != set()
