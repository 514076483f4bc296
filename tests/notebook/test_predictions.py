"""Questions before code: how one is asked and answered, what stays, and what a lesson's author writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kerascheck import check, published
from kerascheck.feedback import panel, progress_file
from kerascheck.notebook import predictions, widgets
from kerascheck.published import Prediction, PublishedUnit
from kerasgrader.course.lessons import compile_lesson
from kerasgrader.course.lessons import predictions as predictions_in
from kerasgrader.course.predictions import cell_of, prediction_of
from kerasgrader.errors import CourseError

ASKED = Prediction(
    "shape",
    "What leaves `stage 3`?",
    (
        ("`8×8×512`", "Twice halved."),
        ("4", "That is one stage later."),
        ("None", "Something does."),
    ),
    0,
)
UNIT = PublishedUnit("unit", "A unit", (), (), predictions=(ASKED,))
LESSON = """# %% [markdown]
# # A unit

# %% [markdown] predict="shape"
# What leaves
# `stage 3`?
#
# - [x] `8×8×512`: Twice
#   halved.
# - [ ] 4: That is one stage later.
# - [ ] None: Something does.

# %% locked="imports"
from kerascheck import check
"""


@pytest.fixture(autouse=True)
def shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, str]]:
    """What is displayed, as HTML and as text; no answers yet."""
    found: list[tuple[str, str]] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(predictions, "units", lambda: (UNIT,))
    monkeypatch.setattr(predictions, "ANSWERS", {})
    monkeypatch.setattr(panel, "display", lambda rich, plain, **_: found.append((rich, plain)))
    return found


def test_a_question_is_asked_with_its_choices_and_no_reason(shown: list[tuple[str, str]]) -> None:
    """And says how to answer without buttons."""
    check.predict("shape")
    [(rich, plain)] = shown
    assert "What leaves `stage 3`?" in plain and '`check.predict("shape", "a")`' in plain
    assert "b  4" in plain and "<code>8×8×512</code>" in rich
    assert not any(reason in rich + plain for _, reason in ASKED.choices)


@pytest.mark.parametrize("choice", ["a", "A ", "8×8×512", "`8×8×512`"])
def test_a_right_answer_gets_its_reason(choice: str, shown: list[tuple[str, str]]) -> None:
    """By the letter or by the text of the choice."""
    check.predict("shape", choice)
    assert "✓ Right: Twice halved." in shown[0][1]


@pytest.mark.parametrize("choice", ["b", 4])
def test_a_wrong_answer_gets_a_reason_too(choice: Any, shown: list[tuple[str, str]]) -> None:
    """That of the choice; the right one is not given away."""
    check.predict("shape", choice)
    assert "✗ Not so: That is one stage later." in shown[0][1]
    assert "Twice halved" not in shown[0][0] + shown[0][1]


def test_an_answer_is_there_when_the_cell_runs_again(shown: list[tuple[str, str]]) -> None:
    """The question with the answer and its reason."""
    check.predict("shape", "b")
    check.predict("shape")
    assert shown[1] == shown[0] and "4  (your answer)" in shown[1][1]


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    "choice", ["d", "", "ab", True, 7, 1.5, [1], Hostile(), "<script>", "x" * 9999, b"a"]
)
def test_an_odd_choice_is_told_what_to_answer(choice: Any, shown: list[tuple[str, str]]) -> None:
    """In a sentence, beside the question, which stays open."""
    check.predict("shape", choice)
    [(rich, plain)] = shown
    assert "is none of the choices: answer with a, b or c." in plain
    assert "<script" not in rich and len(plain) < 500 and predictions.ANSWERS == {}


@pytest.mark.parametrize("name", [None, "shapes", 3, Hostile(), ["shape"]])
def test_an_unknown_question_is_told_which_there_are(
    name: Any, shown: list[tuple[str, str]]
) -> None:
    """Whatever is given in place of its name."""
    check.predict(name)
    assert (
        "There is no question" in shown[0][1] and "The questions here are `shape`." in shown[0][1]
    )


def test_a_grader_asks_nothing(
    shown: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor do checks whose evidence is collected."""
    with check.collecting():
        check.predict("shape", "a")
    monkeypatch.setenv(check.SEED_VARIABLE, "secret")
    check.predict(Hostile(), Hostile())
    assert shown == [] and predictions.ANSWERS == {}


def in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], Any]]:
    buttons: list[tuple[list[str], Any]] = []
    monkeypatch.setattr(progress_file, "in_notebook", lambda: True)
    monkeypatch.setattr(
        widgets, "buttons", lambda labels, pressed: buttons.append((labels, pressed))
    )
    return buttons


def test_an_answer_outlives_the_kernel(
    shown: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies beside the notebook, with the progress; what is nonsense there is no answer."""
    in_a_notebook(monkeypatch)
    check.predict("shape", "c")
    monkeypatch.setattr(predictions, "ANSWERS", {})
    check.predict("shape")
    assert "Something does." in shown[1][1]
    [file] = Path(progress_file.FOLDER).iterdir()
    assert json.loads(file.read_text()) == {"shape": 2}
    for text in ("", "[", "[3]", '{"shape": 3}', '{"shape": true}', '{"other": 0}', "[" * 100_000):
        file.write_text(text)
        assert predictions.stored("unit") == {}


def test_a_button_answers(shown: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """One for each choice; the panel changes, and the answer is noted."""
    buttons = in_a_notebook(monkeypatch)
    check.predict("shape")
    [(labels, pressed)] = buttons
    assert labels == ["a  8×8×512", "b  4", "c  None"]
    pressed(0)
    assert "Right: Twice halved." in shown[-1][1] and predictions.answer("unit", "shape") == 0


def test_an_author_writes_a_list(tmp_path: Path) -> None:
    """Students get the question and its choices in a cell that the grader skips, without the reasons."""
    path = tmp_path / "lesson.py"
    path.write_text(LESSON)
    assert predictions_in(path) == (ASKED,)
    cell = compile_lesson(path).cells[1]
    assert cell.cell_type == "code" and cell.metadata == {"tags": ["ungraded"]}
    assert cell.source == (
        "# Predict: What leaves `stage 3`?\n#   a  `8×8×512`\n#   b  4\n#   c  None\n"
        'check.predict("shape")'
    )
    assert "halved" not in cell_of(ASKED)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A question without choices",
        "One choice\n- [x] a: yes",
        "None right\n- [ ] a: yes\n- [ ] b: no",
        "Two right\n- [x] a: yes\n- [x] b: no",
        "No reason\n- [x] a: yes\n- [ ] b",
        "- [x] a: yes\n- [ ] b: no",
        "No text\n- [x] : yes\n- [ ] b: no",
    ],
)
def test_a_question_that_is_none_is_refused(text: str) -> None:
    """With the name of the question in the sentence."""
    with pytest.raises(CourseError, match="predict='shape'"):
        prediction_of("shape", text, Path("lesson.py"))


def test_a_question_needs_a_sensible_name() -> None:
    """It becomes part of a call."""
    with pytest.raises(CourseError, match="letters, digits and underscores"):
        prediction_of('x")', "A\n- [x] a: b\n- [ ] c: d", Path("lesson.py"))


def test_questions_are_published_with_the_unit() -> None:
    """Its file holds them; a file without any is as it was."""
    again = PublishedUnit.of_text(UNIT.to_text())
    assert again == UNIT and '"right"' in UNIT.to_text()
    assert "predictions" not in PublishedUnit("unit", "A unit", (), ()).to_text()
    assert (
        published.PublishedUnit.of_text(PublishedUnit("u", "t", (), ()).to_text()).predictions == ()
    )
