"""The family of unit 5 is held to counts and functions that others computed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

import jupytext
import keras
import numpy as np
import pytest

from kerascheck.probes.given.arguments import Sketch
from kerascheck.probes.given.sketches import sketched
from tests.students import EXERCISES
from tests.support.lesson_cells import LESSONS, lesson, run

PAPER = {18: 1.8, 34: 3.6, 50: 3.8, 101: 7.6, 152: 11.3}  # billion multiplications, in table 1
BOTTLENECKS = {
    50: keras.applications.ResNet50,
    101: keras.applications.ResNet101,
    152: keras.applications.ResNet152,
}
TORCHVISION = {18: 11_689_512, 34: 21_797_672}  # no bias in convolutions
PUBLISHED = {50: 25_636_712, 101: 44_707_176, 152: 60_419_944}  # by Keras, with biases
FILTERS = {  # of all convolutions together, by hand from table 1
    18: 64 + 4 * 64 + 5 * (128 + 256 + 512),
    34: 64 + 6 * 64 + 9 * 128 + 13 * 256 + 7 * 512,
}
PROJECTIONS = {18: 3, 34: 3, 50: 4, 101: 4, 152: 4}


@cache
def unit5() -> dict[str, Any]:
    """The functions of the lesson, as its author solved it."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    run(lesson("unit5").given, namespace)
    for exercise in EXERCISES["unit5"]:
        run(lesson("unit5").cells[exercise], namespace)
    return namespace


@dataclass(frozen=True)
class Network:
    """What is left of a network whose weights have gone: of layers, names and shapes of weights."""

    name: str
    input_shape: tuple[int | None, ...]
    parameters: int
    longest_path: int
    kernels: int
    layers: list[SimpleNamespace]


def described(model: keras.Model) -> Network:
    return Network(
        name=model.name,
        input_shape=model.input_shape,
        parameters=model.count_params(),
        longest_path=unit5()["count_weighted_layers"](model),
        kernels=sum(hasattr(layer, "kernel") for layer in model.layers),
        layers=[
            SimpleNamespace(
                name=layer.name, weights=[SimpleNamespace(shape=w.shape) for w in layer.weights]
            )
            for layer in model.layers
        ],
    )


@cache
def network(depth: int) -> Network:
    """The lesson's network of this depth, in full size."""
    return described(unit5()["resnet"](depth))


def weight_shapes(model: keras.Model | Network) -> dict[str, list[tuple[int, ...]]]:
    return {
        layer.name: [tuple(w.shape) for w in layer.weights]
        for layer in model.layers
        if layer.weights
    }


def copied(source: keras.Model, target: keras.Model) -> None:
    for layer in target.layers:
        if layer.weights:
            layer.set_weights(source.get_layer(layer.name).get_weights())


@pytest.mark.parametrize(
    "depth", [50, *(pytest.param(depth, marks=pytest.mark.slow) for depth in (101, 152))]
)
def test_every_layer_has_the_weights_of_kerass(depth: int) -> None:
    """ResNet-50, -101 and -152 have the layers of keras.applications, name by name, shape by shape."""
    mine, theirs = network(depth), described(BOTTLENECKS[depth](weights=None))
    assert weight_shapes(mine) == weight_shapes(theirs)
    assert mine.parameters == theirs.parameters == PUBLISHED[depth]
    assert mine.input_shape == (None, 224, 224, 3)
    assert unit5()["layers_that_differ"](mine, theirs) == []


@pytest.mark.parametrize("depth", TORCHVISION)
def test_the_shallow_ones_have_torchvisions_parameters(depth: int) -> None:
    """ResNet-18 and -34 have torchvision's, and what it leaves out: biases, moving averages."""
    assert network(depth).parameters == TORCHVISION[depth] + 3 * FILTERS[depth]


@pytest.mark.parametrize(
    "depth", [pytest.param(n, marks=pytest.mark.slow if n > 100 else []) for n in PAPER]
)
def test_the_name_is_the_number_of_layers(depth: int) -> None:
    """The longest path of ResNet-n has n layers; the projections lie beside it."""
    assert network(depth).longest_path == depth
    assert network(depth).kernels == depth + PROJECTIONS[depth]
    assert network(depth).name == f"resnet{depth}"


@pytest.mark.parametrize("depth", [18, 50])
def test_a_narrow_network_has_the_same_layers(depth: int) -> None:
    """Input, classes and width change the sizes of layers, of either kind of block, and nothing else."""
    model = unit5()["resnet"](depth, input_shape=(64, 64, 3), classes=3, width=2)
    kernels = sum(hasattr(layer, "kernel") for layer in model.layers)
    assert unit5()["count_weighted_layers"](model) == depth
    assert kernels == depth + PROJECTIONS[depth]
    assert model.input_shape == (None, 64, 64, 3) and model.output_shape == (None, 3)
    assert model.get_layer("conv1_conv").filters == 2


def test_the_function_is_kerass_moved_by_three_pixels() -> None:
    """With one set of weights, outputs agree to rounding once the two ways of padding are allowed for."""
    mine = unit5()["resnet"](50, input_shape=(64, 64, 3), classes=7)
    theirs = BOTTLENECKS[50](weights=None, input_shape=(64, 64, 3), classes=7)
    copied(theirs, mine)
    picture = np.zeros((2, 64, 64, 3), "float32")
    picture[:, 8:56, 8:56] = np.random.default_rng(1).normal(size=(2, 48, 48, 3))
    moved = np.roll(picture, (3, 3), axis=(1, 2))
    expected = np.asarray(theirs(picture, training=False))
    np.testing.assert_allclose(mine(moved, training=False), expected, rtol=1e-3, atol=1e-6)
    assert np.abs(np.asarray(mine(picture, training=False)) - expected).max() > 1e-3


@pytest.mark.parametrize("depth", PAPER)
def test_the_arithmetic_of_the_motivation_is_right(depth: int) -> None:
    """The lesson's cost(depth) gives the published parameters and the paper's multiplications."""
    shallow = {depth: TORCHVISION[depth] + 3 * FILTERS[depth] for depth in TORCHVISION}
    parameters, multiplications = arithmetic()["cost"](depth)
    assert parameters == {**PUBLISHED, **shallow}[depth]
    assert multiplications / 1e9 == pytest.approx(PAPER[depth], rel=0.04)


def arithmetic() -> dict[str, Any]:
    """The lesson's cell that counts convolutions without building any."""
    path = LESSONS / "unit5_resnet_family.py"
    cells = jupytext.reads(
        path.read_text("utf-8"), {"extension": ".py", "format_name": "percent"}
    ).cells
    [source] = [cell.source for cell in cells if "def cost(" in cell.source]
    namespace = dict(unit5())
    run(source.split("\ncosts = {")[0], namespace)
    return namespace


@pytest.mark.parametrize(
    ("parts", "count"),
    [
        (("conv norm relu conv norm relu pool dense",), 3),
        (("conv", ("", "conv conv"), ("conv", "conv conv"), "pool dense"), 6),
        ((("conv norm", "conv norm relu conv norm relu conv"), "relu pool dense dense dense"), 6),
        (("conv", ("conv conv conv", "conv", ""), ("norm relu", "conv"), ("", "norm"), "pool"), 5),
    ],
)
def test_counting_small_networks_by_hand(parts: tuple[Any, ...], count: int) -> None:
    """The networks of the checks have as many layers on their longest path as a finger counts."""
    assert unit5()["count_weighted_layers"](sketched(Sketch(parts))) == count


def test_a_network_of_unknown_layers_is_refused() -> None:
    """A word that means no layer is named."""
    with pytest.raises(ValueError, match="no layer 'convolution'"):
        sketched(Sketch(("convolution",)))


@pytest.mark.parametrize("depth", [0, 20, 49, "50"])
def test_other_depths_are_refused_with_the_right_ones(depth: object) -> None:
    """A depth that does not exist raises ValueError and names all that do."""
    with pytest.raises(ValueError, match="18, 34, 50, 101 or 152"):
        unit5()["resnet"](depth)
