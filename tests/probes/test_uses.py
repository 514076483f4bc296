"""A part of a network in a model or in a layer class of its own counts as the layers inside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import pytest
from keras import layers

from kerascheck import check
from kerascheck.check import collecting
from kerascheck.evidence.evidence import Evidence
from kerascheck.judge.judge import judge


def parts(name: str | None = None) -> list[Any]:
    return [
        layers.Conv2D(3, 3, padding="same", kernel_initializer="he_normal", name=name),
        layers.BatchNormalization(),
        layers.ReLU(),
    ]


def plain(X: Any, name: str | None = None) -> Any:
    for layer in parts(name):
        X = layer(X)
    return layers.Add()([X, layers.Dropout(0.3)(X)])


def sequential(X: Any, name: str | None = None) -> Any:
    X = keras.Sequential(parts(name))(X)
    return layers.Add()([X, layers.Dropout(0.3)(X)])


def nested_twice(X: Any, name: str | None = None) -> Any:
    first, *rest = parts(name)
    X = keras.Sequential([first, keras.Sequential(rest)])(X)
    return layers.Add()([X, layers.Dropout(0.3)(X)])


def functional(X: Any, name: str | None = None) -> Any:
    inside = keras.Input(X.shape[1:])
    return keras.Model(inside, plain(inside, name))(X)


class Own(layers.Layer):
    def __init__(self, name_of_first: str | None) -> None:
        super().__init__()
        self.conv, self.norm, self.relu = parts(name_of_first)
        self.drop = layers.Dropout(0.3)

    def call(self, X: Any, training: bool | None = None) -> Any:
        X = self.relu(self.norm(self.conv(X), training=training))
        return X + self.drop(X, training=training)


def own_layer(X: Any, name: str | None = None) -> Any:
    return Own(name)(X)


class OwnModel(keras.Model):
    def __init__(self, name_of_first: str | None) -> None:
        super().__init__()
        self.inner = Own(name_of_first)

    def call(self, X: Any) -> Any:
        return self.inner(X)


def own_model(X: Any, name: str | None = None) -> Any:
    return OwnModel(name)(X)


def probed(function: Callable, *args: Any) -> Evidence:
    with collecting("secret") as found:
        check.block(lambda X: function(X, *args), shape=(2, 5, 4, 2))
    assert found[0].status == "ok", found[0].error
    return found[0]


NESTED = [sequential, nested_twice, functional, own_layer, own_model]


@pytest.mark.parametrize("function", NESTED)
@pytest.mark.parametrize("name", [None, "conv_a"])
def test_a_part_counts_as_its_layers(function: Callable, name: str | None) -> None:
    """Without names and with them: as built, with fixed weights, in training."""
    verdict = judge("f", 10, [(probed(plain, name), probed(function, name))])
    assert verdict.findings == () and verdict.points == 10


@pytest.mark.parametrize("function", NESTED)
def test_a_wrong_name_inside_is_a_wrong_name(function: Callable) -> None:
    verdict = judge("f", 10, [(probed(plain, "conv_a"), probed(function, "conv_b"))])
    assert {aspect.name for aspect in verdict.aspects if aspect.points < aspect.of} == {"names"}


def test_a_mistake_inside_is_named_where_it_is() -> None:
    def wrong(X: Any, name: str | None = None) -> Any:
        first, *rest = parts(name)
        first.padding = "same"
        X = keras.Sequential([first, layers.ReLU(), rest[0]])(X)
        return layers.Add()([X, layers.Dropout(0.3)(X)])

    verdict = judge("f", 10, [(probed(plain), probed(wrong))])
    assert [finding.rule for finding in verdict.findings] == ["misplaced-layer"]


def test_a_layer_with_weights_of_its_own_stays_one() -> None:
    class Scale(layers.Layer):
        def build(self, shape: Any) -> None:
            self.inner = layers.Dense(2)
            self.factor = self.add_weight(shape=(1,), name="factor")

        def call(self, X: Any) -> Any:
            return self.inner(X) * self.factor

    evidence = probed(lambda X: Scale()(X))
    assert evidence.graph is not None
    assert [layer.kind for layer in evidence.graph.layers] == ["InputLayer", "Scale"]


def test_a_layer_that_cannot_be_followed_stays_one() -> None:
    class Odd(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.inner = layers.Dense(2)

        def compute_output_shape(self, shape: Any) -> Any:
            return (*shape[:-1], 2)

        def call(self, X: Any) -> Any:
            if isinstance(X, keras.KerasTensor):
                raise TypeError("numbers only")
            return self.inner(X)

    evidence = probed(lambda X: Odd()(X))
    assert evidence.graph is not None
    assert [layer.kind for layer in evidence.graph.layers] == ["InputLayer", "Odd"]


def test_a_function_in_place_of_a_setting_is_as_good_as_one_of_keras() -> None:
    """An initialiser, a penalty or an activation may be a function, a lambda or a partial."""

    def built_in(X: Any) -> Any:
        X = layers.Dense(3, "relu", kernel_initializer="zeros", kernel_regularizer="l2")(X)
        return layers.Dense(2, keras.activations.elu)(X)

    def own(X: Any) -> Any:
        def nothing(shape: Any, dtype: Any = None) -> Any:
            return keras.ops.zeros(shape, dtype)

        X = layers.Dense(
            3,
            partial(keras.activations.relu, max_value=None),
            kernel_initializer=nothing,
            kernel_regularizer=lambda kernel: 0.01 * keras.ops.sum(kernel**2),
        )(X)
        return layers.Dense(2, lambda x: keras.ops.elu(x))(X)

    def other(X: Any) -> Any:
        X = layers.Dense(3, "relu", kernel_initializer="ones", kernel_regularizer="l2")(X)
        return layers.Dense(2, lambda x: keras.ops.relu(x))(X)

    def evidence(function: Callable) -> Evidence:
        with collecting("secret") as found:
            check.block(function, shape=(2, 4))
        return found[0]

    reference = evidence(built_in)
    assert judge("f", 10, [(reference, evidence(own))]).passed
    wrong = judge("f", 10, [(reference, evidence(other))])
    assert "setting" in {finding.rule for finding in wrong.findings}


def test_the_mode_that_a_call_is_told_is_a_setting() -> None:
    def told(X: Any, name: str | None = None) -> Any:
        conv, norm, relu = parts(name)
        X = relu(norm(conv(X), training=True))
        return layers.Add()([X, layers.Dropout(0.3)(X)])

    evidence = probed(told)
    assert evidence.graph is not None
    [norm] = [layer for layer in evidence.graph.layers if layer.kind == "BatchNormalization"]
    assert norm.settings["training"] is True
