"""Figures that move: a picture for each setting, a still where nothing moves, and what can be found out."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from kerascheck.feedback import panel
from kerascheck.feedback.svg import Svg
from kerascheck.notebook import widgets
from resnet_course.figures import frames, live_curve, moving
from resnet_course.figures.moving import Moving

ALL: tuple[Callable[[], Moving], ...] = (
    moving.gradients,
    moving.pulse,
    moving.averages,
    moving.family,
)


def settings(figure: Moving) -> list[dict[str, Any]]:
    """Every value of each control, with the first of the others."""
    first = {item.name: item.values[item.start] for item in figure.controls}
    return [
        {**first, item.name: value} for item in figure.controls for value in item.values.values()
    ]


@pytest.mark.parametrize("make", ALL)
def test_every_setting_has_a_picture_with_a_text_of_its_own(make: Callable[[], Moving]) -> None:
    """With words for what has changed; one control plays, and each begins with a value that it has."""
    figure = make()
    drawn = [figure.draw(**values) for values in settings(figure)]
    assert all(isinstance(one, Svg) and len(one.alt) > 40 for one in drawn)
    several = {str(sorted(values.items())) for values in settings(figure)}
    assert len({one.alt for one in drawn}) == len(several)
    assert sum(item.plays for item in figure.controls) == 1
    assert all(item.start in item.values for item in figure.controls)


@pytest.mark.parametrize("make", ALL)
def test_without_a_notebook_a_figure_is_a_still(
    make: Callable[[], Moving], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but its first picture is shown, and its text stands for it."""
    shown: list[tuple[str, str]] = []
    monkeypatch.setattr(panel, "display", lambda rich, plain, **_: shown.append((rich, plain)))
    figure = make()
    figure._ipython_display_()
    assert shown == [(figure.still().html(), figure.still().alt)]
    assert repr(figure) == figure.still().alt


def test_moving_a_control_replaces_the_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the same output, which is what a page stores."""
    shown: list[tuple[str, dict[str, Any]]] = []
    moved: list[Callable[[dict[str, Any]], None]] = []
    monkeypatch.setattr(panel, "display", lambda _, plain, **place: shown.append((plain, place)))
    monkeypatch.setattr(widgets, "controls", lambda _, changed: moved.append(changed))
    moving.averages()._ipython_display_()
    moved[0]({"steps": 340, "momentum": 0.99})
    (first, place), (second, again) = shown
    assert "After 68 steps" in first and "After 340 steps" in second
    assert again == {**place, "update": True}


def test_gradients_vanish_without_shortcuts_and_do_not_with_them() -> None:
    """With a gain of 1 and 50 layers: seven powers of ten against fewer than two."""
    assert frames._norms(50, False, 1.0)[0] < 1e-6
    assert 1 < frames._norms(50, True, 1.0)[0] < 100


def test_a_larger_gain_saves_plain_layers_and_not_residual_ones() -> None:
    """At the gain of he_normal, the square root of 2, the plain stack is level and the other explodes."""
    assert 0.1 < frames._norms(50, False, 2**0.5)[0] < 10
    assert frames._norms(50, True, 2**0.5)[0] > 1e4


def test_what_the_layers_swallow_comes_through_the_shortcut() -> None:
    """Forward and back: with a factor of 0 nothing arrives without it, and all with it."""
    for moment, shortcut in itertools.product((3, 7), (True, False)):
        size = "1" if shortcut else "0"
        assert frames.pulse(moment, 0.0, shortcut).alt.endswith(f"sizes: {size}.")


def test_two_epochs_are_half_the_way() -> None:
    """68 steps with a momentum of 0.99, as in the unit on SIGNS; with 0.9 they are all of it."""
    assert "50% of the way" in frames.averages(68, 0.99).alt
    share = int(frames.averages(68, 0.9).alt.rpartition(": ")[2].partition("%")[0])
    assert share > 90


def test_the_family_is_that_of_the_paper() -> None:
    """The blocks give the depths: two layers a block up to 34, three beyond, and two outside."""
    for depth, (blocks, _, _) in frames.FAMILY.items():
        assert (2 if depth < 50 else 3) * sum(blocks) + 2 == depth


def test_a_learning_curve_grows_with_its_epochs() -> None:
    """It leaves out what is no number; before the first epoch there is none."""
    assert live_curve.curve({}, 5) is None
    assert live_curve.curve({"loss": [float("nan")]}, 5) is None
    one = live_curve.curve({"loss": [2.0, float("inf")]}, 5)
    two = live_curve.curve({"loss": [2.0, 1.0], "val_loss": [3.0, 2.5]}, 5)
    assert one is not None and two is not None
    assert "after 1 of 5 epochs: training 2 to 2" in one.alt
    assert "after 2 of 5 epochs: training 2 to 1, validation 3 to 2.5" in two.alt
    assert live_curve.curve({"loss": [0.0]}, 1) is not None
