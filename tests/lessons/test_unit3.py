"""Unit 3's reference: parameters by an independent formula, depths, and what the recipe says."""

from __future__ import annotations

import pytest

from tests.support.lesson_cells import solution


@pytest.fixture(scope="module")
def unit3() -> dict:
    return solution("unit3")


def parameters(n: int, classes: int = 10) -> tuple[int, int]:
    """All parameters, and those that training does not touch, counted from the paper's table.

    A 3×3 layer from a to b channels has 9ab weights and b biases; its batch normalisation has 2b
    parameters and 2b moving averages. A projection has ab weights and b biases.
    """

    def layer(a: int, b: int) -> int:
        return 9 * a * b + b + 4 * b

    widths = (16, 32, 64)
    total, averages = layer(3, 16), 2 * 16
    before = 16
    for width in widths:
        total += layer(before, width) + (2 * n - 1) * layer(width, width)
        averages += 2 * n * 2 * width
        if width != before:
            total += before * width + width
        before = width
    return total + 64 * classes + classes, averages


@pytest.mark.parametrize(("depth", "n"), [(20, 3), (32, 5), (44, 7), (56, 9), (110, 18)])
def test_parameters_are_those_of_the_formula(unit3: dict, depth: int, n: int) -> None:
    """Counts at every published depth agree with a formula that does not use the code."""
    model = unit3["resnet_v1"]((32, 32, 3), depth)
    total, averages = parameters(n)
    assert model.count_params() == total
    assert sum(int(w.shape[0]) for w in model.non_trainable_weights) == averages


def test_the_smallest_published_count_is_the_well_known_one(unit3: dict) -> None:
    """ResNet20 v1 has 274,442 parameters, as the Keras example printed."""
    assert parameters(3)[0] == 274_442


@pytest.mark.parametrize(
    ("depth", "near"),
    [(21, "20 or 26"), (25, "20 or 26"), (111, "110 or 116"), (3, "8"), (-4, "8")],
)
def test_a_wrong_depth_names_the_nearest_right_ones(unit3: dict, depth: int, near: str) -> None:
    """Anything but 6n+2 is a ValueError with the depths below and above."""
    with pytest.raises(ValueError, match=f"try {near}$"):
        unit3["resnet_v1"]((32, 32, 3), depth)


@pytest.mark.parametrize(
    ("epoch", "rate"),
    [
        (0, 1e-3),
        (80, 1e-3),
        (81, 1e-4),
        (120, 1e-4),
        (121, 1e-5),
        (160, 1e-5),
        (161, 1e-6),
        (180, 1e-6),
        (181, 0.5e-6),
        (199, 0.5e-6),
    ],
)
def test_the_schedule_falls_after_its_epochs(unit3: dict, epoch: int, rate: float) -> None:
    """After epoch 80 means from epoch 81 on."""
    assert unit3["lr_schedule"](epoch) == pytest.approx(rate, rel=1e-12)
