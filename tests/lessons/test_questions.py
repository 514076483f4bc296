"""Questions before code, figures that move and open questions: what every unit has of them."""

from __future__ import annotations

import re

import pytest

from kerascheck.published import PublishedUnit
from kerasgrader.course.course import Unit, load_course
from kerasgrader.course.lessons import predictions
from tests.support.course_folder import ROOT

UNITS = load_course(ROOT).units
EACH = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)


@EACH
def test_three_to_five_predictions_a_unit(unit: Unit) -> None:
    """Published as the lesson has them; their choices and reasons are all different."""
    asked = predictions(unit.lesson_file)
    assert 3 <= len(asked) <= 5
    assert PublishedUnit.of_text(unit.published_file.read_text("utf-8")).predictions == asked
    for item in asked:
        texts = [text for pair in item.choices for text in pair]
        assert len(set(texts)) == len(texts) and item.question.endswith("?")


def test_the_right_choice_is_not_always_at_one_place() -> None:
    """Nobody can answer by its letter alone."""
    places = [item.right for unit in UNITS for item in predictions(unit.lesson_file)]
    assert max(places.count(place) for place in set(places)) < len(places) * 2 / 3


@EACH
def test_no_reason_is_in_the_notebook(unit: Unit) -> None:
    """Students get question and choices; the reasons come with an answer."""
    released = unit.release_file.read_text("utf-8")
    for item in predictions(unit.lesson_file):
        assert f'check.predict(\\"{item.name}\\")' in released
        assert not any(reason[:40] in released for _, reason in item.choices)


@EACH
def test_a_unit_has_something_that_moves_and_one_thing_to_find_out(unit: Unit) -> None:
    """A figure with controls, or the learning curve of a run; the text says what to look for."""
    text = unit.lesson_file.read_text("utf-8")
    assert "moving." in text or "training.fit(" in text
    assert "One thing to find" in re.sub(r"\s*\n# ", " ", text)


@EACH
def test_a_unit_ends_with_open_questions_that_unfold(unit: Unit) -> None:
    """Each with a discussion, in a cell of its own before what to remember."""
    text = unit.lesson_file.read_text("utf-8")
    [cell] = re.findall(r"# ## Open questions\n(.*?)\n# %%", text, re.DOTALL)
    assert cell.count("<details><summary>Discussion</summary>\n#\n") >= 2
    assert cell.count("</details>") == cell.count("<details>")
    assert text.index("# ## Open questions") < text.index("# ## What to remember")
