"""Unit 4's reference: parameters by an independent formula, depths, and the system around the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import keras
import numpy as np
import pytest

from resnet_course.training.evaluation import Report
from tests.support.lesson_cells import solution

LISTED = {11: 1, 20: 2, 29: 3, 56: 6, 110: 12}


@pytest.fixture(scope="module")
def unit4() -> dict:
    return solution("unit4")


@dataclass(frozen=True)
class Network:
    """What several tests ask of a network."""

    parameters: int
    averages: int
    convolutions: int


@pytest.fixture(scope="module")
def network(unit4: dict) -> Callable[..., Network]:
    """`network(depth, start_width=...)`: the network of the reference, which is built once."""

    @cache
    def built(depth: int, **width: int) -> Network:
        model = unit4["resnet_v2"]((32, 32, 3), depth, **width)
        averages = sum(int(np.prod(w.shape)) for w in model.non_trainable_weights)
        convolutions = sum(isinstance(layer, keras.layers.Conv2D) for layer in model.layers)
        return Network(model.count_params(), averages, convolutions)

    return built


def parameters(n: int, start: int, classes: int = 10) -> tuple[int, int]:
    """All parameters, and those that training does not touch, counted from the text's table.

    A convolution over k×k windows from a to b channels has kkab weights and b biases. Batch
    normalisation of a channels, which here comes before, has 2a parameters and 2a moving averages.
    """
    total, averages = 9 * 3 * start + start + 4 * start, 2 * start  # the first layer
    before, narrow, wide = start, start, 4 * start
    for stage in range(3):
        total += before * wide + wide  # the projection
        for block in range(n):
            bare = stage == block == 0
            for window, a, b in ((1, before, narrow), (9, narrow, narrow), (1, narrow, wide)):
                norm = 0 if bare and a == before and window == 1 and b == narrow else a
                total += window * a * b + b + 4 * norm
                averages += 2 * norm
            before = wide
        narrow, wide = wide, 2 * wide
    total += 4 * before  # the last batch normalisation
    total += before * 512 + 512 + 4 * 512 + 512 * classes + classes
    return total, averages + 2 * before + 2 * 512


@pytest.mark.parametrize("width", [{}, {"start_width": 32}], ids=["16", "32"])
@pytest.mark.parametrize(
    "depth", [pytest.param(n, marks=pytest.mark.slow if n > 100 else []) for n in LISTED]
)
def test_parameters_are_those_of_the_formula(
    network: Callable[..., Network], depth: int, width: dict[str, int]
) -> None:
    """Counts at every listed depth and at both widths agree with a formula that does not use the code."""
    found = network(depth, **width)
    expected = parameters(LISTED[depth], width.get("start_width", 16))
    assert (found.parameters, found.averages) == expected


def test_the_width_is_sixteen_if_it_is_not_given(network: Callable[..., Network]) -> None:
    """Arguments left at their defaults and the same values spelled out give one network."""
    assert network(11) == network(11, start_width=16)


def test_without_its_head_it_is_the_keras_example(network: Callable[..., Network]) -> None:
    """ResNet20 v2 of the Keras example has 574,090 parameters, ending in one dense layer of 10."""
    head = 256 * 512 + 512 + 4 * 512 + 512 * 10 + 10
    assert parameters(2, 16)[0] - head + 256 * 10 + 10 == 574_090
    assert network(20).parameters == parameters(2, 16)[0]


@pytest.mark.parametrize("depth", LISTED)
def test_the_name_counts_the_layers_on_the_main_path(
    network: Callable[..., Network], depth: int
) -> None:
    """9n+2: all convolutions but the three projections, and the last dense layer."""
    assert network(depth).convolutions - 3 + 1 == depth


@pytest.mark.parametrize(
    ("depth", "near"),
    [(21, "20 or 29"), (28, "20 or 29"), (111, "110 or 119"), (3, "11"), (2, "11"), (-4, "11")],
)
def test_a_wrong_depth_names_the_nearest_right_ones(unit4: dict, depth: int, near: str) -> None:
    """Anything but 9n+2 is a ValueError with the depths below and above."""
    with pytest.raises(ValueError, match=f"try {near}$"):
        unit4["resnet_v2"]((32, 32, 3), depth)


def test_nothing_follows_an_addition_but_blocks(unit4: dict) -> None:
    """From addition to addition the shortcut is untouched, and the last is normalised and activated."""
    model = unit4["resnet_v2"]((32, 32, 3), 20)
    additions = [layer for layer in model.layers if isinstance(layer, keras.layers.Add)]
    assert len(additions) == 6
    followers = [
        {type(node.operation).__name__ for node in addition._outbound_nodes}
        for addition in additions
    ]
    within = {"BatchNormalization", "Add"}, {"BatchNormalization", "Conv2D"}
    assert all(found in within for found in followers[:-1])
    assert followers[-1] == {"BatchNormalization"}


def test_files_come_through_the_loader_with_their_labels(unit4: dict, tmp_path: Path) -> None:
    """Names are shuffled, read, and keep their label: every file once an epoch."""
    from PIL import Image

    tf = unit4["tf"]
    for number in range(7):
        grey = np.full((4, 4, 3), number, np.uint8)
        Image.fromarray(grey).save(tmp_path / f"{number}.png")
    names = [str(tmp_path / f"{number}.png") for number in range(7)]

    def read(name):  # type: ignore[no-untyped-def]
        return tf.io.decode_png(tf.io.read_file(name), channels=3)

    made = unit4["make_dataset"](names, np.arange(7), 3, seed=1, read=read)
    batches = [(x.numpy(), y.numpy()) for x, y in made]
    assert [len(x) for x, _ in batches] == [3, 3, 1]
    labels = np.concatenate([y for _, y in batches])
    assert sorted(labels) == list(range(7)) and list(labels) != list(range(7))
    assert np.array_equal(np.concatenate([x[:, 0, 0, 0] for x, _ in batches]), labels)


def test_the_report_of_the_exercise_agrees_with_that_of_the_toolkit(unit4: dict) -> None:
    """Two programs, written apart: what follows from matrix, precision and recall is in the toolkit's."""
    random = np.random.default_rng(0)
    true = np.eye(4)[random.integers(4, size=50)]
    scores = random.dirichlet(np.ones(4), size=50)
    matrix, precision, recall, surest = unit4["performance_report"](true, scores)
    report = Report.of(true, scores, "abcd")
    assert np.array_equal(report.support, matrix.sum(axis=1))
    assert np.allclose(report.f1, 2 * precision * recall / (precision + recall))
    assert np.isclose(report.balanced_accuracy, recall.mean())
    assert np.isclose(report.accuracy, 1 - len(surest) / 50)
    off = {(c.true, c.predicted): c.count for c in report.confusions}
    assert off == {
        ("abcd"[i], "abcd"[j]): n for (i, j), n in np.ndenumerate(matrix) if i != j and n
    }
