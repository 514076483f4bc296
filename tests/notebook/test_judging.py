"""Visible checks in a notebook: one panel a cell, other arguments, why it is right, the card."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from kerascheck import check, published
from kerascheck.check import CheckFailed
from kerascheck.evidence.evidence import Evidence, Sampled, StudentError
from kerascheck.feedback import panel, progress
from kerascheck.notebook import card, judging, other_arguments, right_answers
from kerascheck.published import Exercise, NothingPublished, PublishedUnit
from kerasgrader.course.course import load_course
from tests.feedback.test_drawing import network
from tests.students import EXERCISES
from tests.support.course_folder import ROOT

Shown = list[tuple[str, dict[str, Any]]]


def half(x: float) -> float:
    return x / 2


def calls_of(function: Callable[[float], float], *numbers: float) -> list[Evidence]:
    with check.collecting() as evidence:
        for number in numbers:
            check.values(function, number)
    return evidence


@pytest.fixture(autouse=True)
def unit(monkeypatch: pytest.MonkeyPatch) -> PublishedUnit:
    """A unit with an exercise of two checks, `half`, and a session that begins."""
    evidence = calls_of(half, 2.0, 5.0)
    lines = (Exercise("half", 30.0, tuple(item.call for item in evidence), 1),)
    made = PublishedUnit("unit", "A unit", lines, tuple(evidence))
    monkeypatch.setattr(published, "units", lambda: (made,))
    monkeypatch.setattr(progress, "units", lambda: (made,))
    monkeypatch.setattr(progress, "SESSION", progress.Session())
    monkeypatch.setattr(judging, "_latest", judging._Cell("", None))
    return made


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """What is displayed as text, and the output that it replaces."""
    found: Shown = []
    monkeypatch.setattr(panel, "display", lambda rich, plain, **place: found.append((plain, place)))
    yield found


def in_cell(monkeypatch: pytest.MonkeyPatch, run: str) -> None:
    monkeypatch.setattr(judging, "_request", lambda: run)


def test_the_checks_of_a_cell_share_a_panel(monkeypatch: pytest.MonkeyPatch, shown: Shown) -> None:
    """The second replaces the panel of the first, and the points are those of both."""
    in_cell(monkeypatch, "run 1")
    check.values(half, 2.0)
    check.values(half, 5.0)
    (first, place), (both, again) = shown[:2]
    assert "[30 of 30 points on 1 of 2 visible checks]" in first
    assert "[30 of 30 points on the visible checks]" in both
    assert (place["update"], again["update"]) == (False, True)
    assert place["identity"] == again["identity"]


def test_another_run_of_the_cell_has_a_panel_of_its_own(
    monkeypatch: pytest.MonkeyPatch, shown: Shown
) -> None:
    """What an earlier run has earned is not added to it."""
    for run in ("run 1", "run 2"):
        in_cell(monkeypatch, run)
        check.values(half, 2.0)
    assert [place["update"] for _, place in shown] == [False, False]
    assert shown[0][1]["identity"] != shown[1][1]["identity"]


def test_a_panel_adds_up_what_the_checks_of_its_cell_earn(
    monkeypatch: pytest.MonkeyPatch, shown: Shown
) -> None:
    """A right check and a wrong one: what holds in both counts."""

    def wrong(x: float) -> float:
        return 1.0

    wrong.__name__ = "half"
    in_cell(monkeypatch, "run 1")
    check.values(wrong, 2.0)
    with pytest.raises(CheckFailed):
        check.values(wrong, 5.0)
    assert "[0 of 30 points on the visible checks]" in shown[1][0]


def test_a_check_that_fails_says_what_did_not_run(
    monkeypatch: pytest.MonkeyPatch, shown: Shown
) -> None:
    """Its error ends the cell, so the next check of it has not run."""
    in_cell(monkeypatch, "run 1")
    half_wrong = lambda x: x  # noqa: E731
    half_wrong.__name__ = "half"
    with pytest.raises(CheckFailed):
        check.values(half_wrong, 2.0)
    assert "The cell has 1 more check: it comes once this one passes." in shown[0][0]


def test_other_arguments_are_shown_and_not_judged(shown: Shown) -> None:
    """No traceback: a line on why, and what came out; nothing is noted."""
    check.values(half, 3.0)
    [(text, _)] = shown
    assert text.startswith(
        "○ Nothing was compared. No check of this notebook is `check.values(half, 3"
    )
    assert "Your function returns `1.5`." in text
    assert progress.SESSION.checked == {}


def test_a_package_that_is_too_old_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """That is an error still, which Validate can see, and has no traceback through our code."""
    monkeypatch.setattr(published, "older", lambda *_: "your course package is old")
    with pytest.raises(NothingPublished) as raised:
        check.values(half, 3.0)
    [line] = raised.value._render_traceback_()
    assert "your course package is old" in line


@pytest.mark.parametrize(
    ("evidence", "line"),
    [
        (Evidence("c", "values", "f", "not attempted"), "is not written yet"),
        (Evidence("c", "values", "f", "ok"), "returns nothing that could be shown"),
        (
            Evidence("c", "values", "f", "ok", outputs={"result": Sampled((2,), "f", (1.0, None))}),
            "`array of shape (2,): 1, nan`",
        ),
        (Evidence("c", "values", "f", "ok", facts={"result[0]": "a", "types": 3}), "`'a'` ([0])"),
        (Evidence("c", "block", "f", "ok", graph=network(2)), "output 4×4×6"),
    ],
)
def test_whatever_came_out_has_a_line(evidence: Evidence, line: str) -> None:
    """Errors, networks, arrays and other values."""
    assert line in " ".join(other_arguments.came_out(evidence))


def test_an_error_at_other_arguments_names_its_line(shown: Shown) -> None:
    """And is no error of the cell."""

    def half(x: float) -> float:
        return math.sqrt(-x)

    check.values(half, 3.0)
    assert "raises `ValueError: math domain error` in line" in shown[0][0]


def test_a_right_answer_is_told_why_and_what_is_next(
    unit: PublishedUnit, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once all its checks pass, with the next exercise of the unit that does not."""
    second = Exercise("double", 10.0, ("check.values(1.0)",), 0)
    more = PublishedUnit("unit", "A unit", (*unit.exercises, second), unit.evidence)
    monkeypatch.setattr(published, "units", lambda: (more,))
    monkeypatch.setattr(right_answers, "of_package", lambda _: {"half": "Because it is half."})
    in_cell(monkeypatch, "run 1")
    check.values(half, 2.0)
    check.values(half, 5.0)
    assert "Because" not in shown[0][0]
    assert "Because it is half." in shown[1][0] and "Next: `double`." in shown[1][0]
    assert len(shown) == 2


def test_a_unit_that_is_complete_gets_its_card_once(shown: Shown) -> None:
    """After the panel of the check that completes it; check.card gives it again."""
    for _ in range(2):
        check.values(half, 2.0)
        check.values(half, 5.0)
    cards = [text for text, _ in shown if text.startswith("Card: A unit. 30 of 30 points")]
    assert len(cards) == 1 and shown[2][0] == cards[0]
    assert check.card().alt in cards[0]


def test_there_is_no_card_before(shown: Shown) -> None:
    """The board of the unit is shown in its place."""
    check.values(half, 2.0)
    assert check.card() is None
    assert "Next: half" in shown[-1][0]


def test_the_card_shows_the_students_own_network(unit: PublishedUnit) -> None:
    """The largest that a check of the unit has built."""
    session = progress.Session()
    graph = network(12)
    evidence = Evidence("c", "model", "half", "ok", graph=graph)
    known = PublishedUnit("unit", "A unit", unit.exercises, (evidence,))
    verdict = judging.judge("half", 1, [(evidence, evidence)])
    session.keep("c", progress.Checked(None, verdict, evidence, evidence))
    session.keep("d", progress.Checked(None, verdict, evidence, evidence))  # of another unit
    assert card.largest(session, known) == ("half", graph)
    drawn = card.drawn(known, session)
    assert "My network, ResNet50: 39 layers and the input" in drawn.alt
    assert drawn.text.count('fill="none" stroke="#D55E00"') == 12  # an arc for each block


def test_a_network_without_a_name_has_that_of_its_exercise(unit: PublishedUnit) -> None:
    """Keras numbers such networks, so their names say nothing."""
    session = progress.Session()
    evidence = Evidence("c", "model", "half", "ok", graph=replace(network(12), name=None))
    known = PublishedUnit("unit", "A unit", unit.exercises, (evidence,))
    verdict = judging.judge("half", 1, [(evidence, evidence)])
    session.keep("c", progress.Checked(None, verdict, evidence, evidence))
    assert "My network, half: 39 layers and the input" in card.drawn(known, session).alt


def test_the_card_shows_no_network_whose_code_stopped(unit: PublishedUnit) -> None:
    """An earlier check may have ended in an error, with more layers than the network that is right."""
    session, whole = progress.Session(), network(2)
    right = Evidence("c", "model", "half", "ok", graph=whole)
    error = StudentError("ValueError", "no", 3, "raise ValueError('no')")
    stopped = Evidence("d", "model", "half", "error", error, network(12))
    known = PublishedUnit("unit", "A unit", unit.exercises, (right, stopped))
    for evidence in (right, stopped):
        verdict = judging.judge("half", 1, [(right, evidence)])
        session.keep(evidence.call, progress.Checked(None, verdict, right, evidence))
    assert card.largest(session, known) == ("half", whole)


def test_every_exercise_of_the_course_says_why_it_is_right() -> None:
    """A sentence for each, and none for an exercise that is not there."""
    course = load_course(ROOT)
    names = {item.exercise for unit in course.units for item in _published(unit.published_file)}
    assert set(right_answers.of_package("resnet_course")) == names
    assert len(names) == sum(len(exercises) for exercises in EXERCISES.values())


def test_a_course_without_sentences_has_one_that_holds() -> None:
    """And so has an exercise that the file leaves out."""
    assert right_answers.of_package("kerascheck") == {}
    assert right_answers.because("no such exercise") == right_answers.ALWAYS


def _published(path: Any) -> tuple[Exercise, ...]:
    return PublishedUnit.of_text(path.read_text("utf-8")).exercises


def test_under_the_grader_there_is_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is shown and nothing returned."""
    monkeypatch.setenv(check.SEED_VARIABLE, "secret")
    assert check.card() is None
