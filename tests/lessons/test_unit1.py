"""The reference solution of unit 1 is right: against NumPy, against 2017, and against the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jupytext
import keras
import numpy as np
import pytest

from resnet_course.tf1_random import tensorflow1_random_stream
from tests.support import oracle
from tests.support.course_folder import ROOT
from tests.support.oracle import BatchNorm, Component, Convolution

LESSON = ROOT / "lessons" / "unit1_residual_networks.py"
CONFIGURATIONS = 24
MOMENTUM = 0.99


@dataclass(frozen=True)
class Configuration:
    """Arguments of one block. kind is the function's name; the identity block has stride 1."""

    kind: str
    shape: tuple[int, int, int, int]
    f: int
    filters: tuple[int, int, int]
    stride: int
    seed: int

    def __str__(self) -> str:
        size = "x".join(str(n) for n in self.shape)
        filters = "-".join(str(n) for n in self.filters)
        return f"{self.kind} {size} f{self.f} {filters} s{self.stride}"


def drawn(number: int) -> Configuration:
    """The configuration of this number; even ones are identity blocks."""
    random = np.random.default_rng(number)
    f1, f2, f3 = (int(n) for n in random.integers(1, 8, 3))
    identity = number % 2 == 0
    channels = f3 if identity else int(random.integers(1, 6))
    height, width = (int(n) for n in random.integers(3, 10, 2))
    return Configuration(
        kind="identity_block" if identity else "convolutional_block",
        shape=(int(random.integers(2, 5)), height, width, channels),
        f=int(random.integers(1, 6)),
        filters=(f1, f2, f3),
        stride=1 if identity else int(random.integers(1, 4)),
        seed=number,
    )


@cache
def solution() -> Mapping[str, Any]:
    """The functions of the lesson, by name."""
    options = {"extension": ".py", "format_name": "percent", "comment_magics": False}
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in jupytext.reads(LESSON.read_text("utf-8"), options).cells:
        if cell.metadata.get("locked") == "imports" or "exercise" in cell.metadata:
            exec(compile(cell.source, str(LESSON), "exec"), namespace)
    return namespace


@cache
def resnet50() -> keras.Model:
    return solution()["ResNet50"](input_shape=(64, 64, 3), classes=6)


def built(configuration: Configuration) -> keras.Model:
    """The reference's block as a model."""
    inputs = keras.Input(configuration.shape[1:])
    arguments = {"stage": 1, "block": "a", "f": configuration.f, "filters": configuration.filters}
    if configuration.kind == "convolutional_block":
        arguments["s"] = configuration.stride
    return keras.Model(inputs, solution()[configuration.kind](inputs, **arguments))


@cache
def to_set_weights_of(configuration: Configuration) -> keras.Model:
    """A model for tests that set all its weights: it keeps nothing of the test before."""
    return built(configuration)


def with_random_weights(model: keras.Model, random: np.random.Generator) -> dict[str, Component]:
    """Draw all weights, put them into the model by name, and return them for the oracle."""
    path = {}
    suffixes = [layer.name[len("res1a_branch") :] for layer in model.layers if "res" in layer.name]
    for suffix in suffixes:
        convolution = model.get_layer(f"res1a_branch{suffix}")
        kernel = random.normal(0, 0.7, convolution.kernel.shape)
        channels = kernel.shape[-1]
        component = Component(
            Convolution(kernel, random.normal(0, 0.5, channels)),
            BatchNorm(
                gamma=random.uniform(0.5, 1.5, channels),
                beta=random.normal(0, 0.5, channels),
                mean=random.normal(0, 0.5, channels),
                variance=random.uniform(0.3, 3, channels),
            ),
        )
        norm = component.norm
        convolution.set_weights([kernel, component.convolution.bias])
        batch_norm = model.get_layer(f"bn1a_branch{suffix}")
        batch_norm.set_weights([norm.gamma, norm.beta, norm.mean, norm.variance])
        path[suffix] = component
    return path


def expected(
    configuration: Configuration, x: np.ndarray, path: Mapping[str, Component], training: bool
) -> np.ndarray:
    if configuration.kind == "identity_block":
        return oracle.identity_block(x, path, training)
    return oracle.convolutional_block(x, path, configuration.stride, training)


@pytest.mark.parametrize("configuration", [drawn(n) for n in range(CONFIGURATIONS)], ids=str)
@pytest.mark.parametrize("training", [False, True], ids=["inference", "training"])
def test_the_blocks_agree_with_numpy(configuration: Configuration, training: bool) -> None:
    """With any weights, sizes and strides, the reference computes what the oracle computes."""
    random = np.random.default_rng(1000 + configuration.seed)
    model = to_set_weights_of(configuration)
    path = with_random_weights(model, random)
    assert len(path) == (3 if configuration.kind == "identity_block" else 4)
    x = random.standard_normal(configuration.shape)
    found = keras.ops.convert_to_numpy(model(x.astype("float32"), training=training))
    np.testing.assert_allclose(
        found, expected(configuration, x, path, training), rtol=1e-4, atol=1e-4
    )


def test_training_moves_the_statistics_by_one_hundredth() -> None:
    """A call in training mode moves the moving mean to 0.99 old + 0.01 batch (Keras's momentum)."""
    configuration = drawn(3)
    random = np.random.default_rng(0)
    model = built(configuration)
    path = with_random_weights(model, random)
    x = random.standard_normal(configuration.shape)
    model(x.astype("float32"), training=True)
    batch = oracle.convolved(x, path["2a"].convolution, configuration.stride).mean(axis=(0, 1, 2))
    moved = MOMENTUM * path["2a"].norm.mean + (1 - MOMENTUM) * batch
    found = model.get_layer("bn1a_branch2a").get_weights()[2]
    np.testing.assert_allclose(found, moved, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "printed"),
    [
        ("identity_block", [0.94822985, 0.0, 1.16101444, 2.747859, 0.0, 1.36677003]),
        ("convolutional_block", [0.09018463, 1.23489773, 0.46822017, 0.0367176, 0.0, 0.65516603]),
    ],
)
def test_the_blocks_print_what_the_assignment_of_2017_printed(
    kind: str, printed: list[float]
) -> None:
    """In TensorFlow 1's random stream the reference gives the outputs that TensorFlow 1 gave."""
    x = np.random.RandomState(1).randn(3, 4, 4, 6).astype("float32")
    with tensorflow1_random_stream():
        model = built(Configuration(kind, (3, 4, 4, 6), f=2, filters=(2, 4, 6), stride=2, seed=0))
    found = keras.ops.convert_to_numpy(model(x, training=False))
    np.testing.assert_allclose(found[1][1][0], printed, rtol=0, atol=1e-5)


def test_resnet50_has_the_parameters_of_the_assignment() -> None:
    """For six classes there are 23,600,006 parameters, of which 23,546,886 are trained."""
    assert resnet50().count_params() == 23_600_006
    assert sum(int(np.prod(v.shape)) for v in resnet50().trainable_variables) == 23_546_886


def test_resnet50_has_fifty_weighted_layers_on_its_longest_path() -> None:
    """The longest way from picture to probabilities meets 49 convolutions and one dense layer."""
    longest: dict[str, tuple[int, int]] = {}
    for layer in resnet50().layers:
        nodes = layer._inbound_nodes[:1]
        sources = [t._keras_history.operation.name for t in nodes[0].input_tensors]
        convolutions, dense = max((longest[name] for name in sources), default=(0, 0))
        convolutions += isinstance(layer, keras.layers.Conv2D)
        longest[layer.name] = (convolutions, dense + isinstance(layer, keras.layers.Dense))
    assert longest[resnet50().layers[-1].name] == (1 + 3 * (3 + 4 + 6 + 3), 1)


def test_resnet50_has_the_names_of_the_assignment() -> None:
    """The model is called ResNet50, its head avg_pool and fc6, and every convolution by its place."""
    model = resnet50()
    assert model.name == "ResNet50"
    assert len(model.inputs) == len(model.outputs) == 1
    assert model.output_shape == (None, 6)
    assert model.outputs[0]._keras_history.operation.name == "fc6"
    names = {layer.name for layer in model.layers}
    blocks = ["2abc", "3abcd", "4abcdef", "5abc"]
    places = [f"{stage}{letter}" for stage, *letters in blocks for letter in letters]
    branches = [f"{place}_branch2{part}" for place in places for part in "abc"]
    branches += [f"{stage}a_branch1" for stage in "2345"]
    wanted = {f"{prefix}{branch}" for prefix in ("res", "bn") for branch in branches}
    assert wanted | {"conv1", "bn_conv1", "avg_pool", "fc6"} <= names


def test_resnet50_makes_probabilities() -> None:
    """Its outputs are positive and sum to one for every picture."""
    pictures = np.random.default_rng(0).uniform(size=(2, 64, 64, 3)).astype("float32")
    found = keras.ops.convert_to_numpy(resnet50()(pictures, training=False))
    assert (found > 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)


def of_tensorflow(batch_norm: bool, shortcuts: bool, depth: int, width: int) -> np.ndarray:
    """The norms that the lesson computes by hand, by TensorFlow's tape, in double precision."""
    import tensorflow as tf

    random = np.random.default_rng(0)
    kernels = random.normal(0, width**-0.5, (depth, width, width))
    x = before = tf.constant(random.normal(size=(width, 128)))
    outputs = []
    with tf.GradientTape() as tape:
        tape.watch(x)
        for number, kernel in enumerate(kernels):
            y = kernel @ x
            if batch_norm:
                mean, variance = tf.nn.moments(y, axes=1, keepdims=True)
                y = (y - mean) / tf.sqrt(variance)
            if shortcuts and number % 2:
                y = y + before
            outputs.append(y)
            x = tf.nn.relu(y)
            before = x if number % 2 else before
        loss = tf.reduce_sum(x * random.normal(size=x.shape))
    norms = np.array([float(tf.norm(gradient)) for gradient in tape.gradient(loss, outputs)])
    return norms / norms[-1]


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("shortcuts", [False, True])
def test_the_backward_pass_by_hand_is_tensorflows(batch_norm: bool, shortcuts: bool) -> None:
    """The figure of section 1 shows the gradients that automatic differentiation gives."""
    options = {"extension": ".py", "format_name": "percent", "comment_magics": False}
    cells = jupytext.reads(LESSON.read_text("utf-8"), options).cells
    [source] = [cell.source for cell in cells if "def gradients_at_start(" in cell.source]
    namespace: dict[str, Any] = {"np": np}
    exec(compile(source.split("\nplots.")[0], str(LESSON), "exec"), namespace)
    by_hand = namespace["gradients_at_start"](batch_norm, shortcuts, depth=8, width=12)
    expected = of_tensorflow(batch_norm, shortcuts, depth=8, width=12)
    np.testing.assert_allclose(by_hand, expected, rtol=1e-9)
