"""Small networks that a probe passes to a student's function as an argument."""

from __future__ import annotations

from typing import Any

import keras

from kerascheck.probes.given.arguments import Network
from kerascheck.probes.keras_graph import graph_of
from kerascheck.probes.weights import assign_fixed_weights

FILTERS = 4
PICTURE, CLASSES = (6, 6, 2), 3
MIXED_PICTURE, MIXED_CLASSES = (5, 8, 1), 4


def small_network(wanted: Network, convolutions: int, seed: str) -> keras.Model:
    """Convolutions with batch normalisation and ReLU, and a dense layer, with fixed weights.

    A mixed one is a `Sequential` whose layers have names of their own, penalties and, every other
    one, neither bias nor normalisation. Its last kernel is large, and so are its gradients.
    """
    if wanted.mixed:
        return _mixed(convolutions, seed)
    X = inputs = keras.Input(PICTURE)
    for _ in range(convolutions):
        X = keras.layers.Conv2D(FILTERS, 3, padding="same")(X)
        X = keras.layers.BatchNormalization()(X)
        X = keras.layers.ReLU()(X)
    X = keras.layers.GlobalAveragePooling2D()(X)
    return _with_weights(
        keras.Model(inputs, keras.layers.Dense(CLASSES, activation="softmax")(X)), seed
    )


def _mixed(convolutions: int, seed: str) -> keras.Model:
    layers: list[Any] = [keras.Input(MIXED_PICTURE)]
    for number in range(convolutions):
        bare = number % 2 == 0
        penalty = keras.regularizers.L2(0.1)
        layers.append(
            keras.layers.Conv2D(
                FILTERS,
                3,
                padding="same",
                use_bias=not bare,
                kernel_regularizer=penalty,
                name=f"edges_{number}",
            )
        )
        layers += [] if bare else [keras.layers.BatchNormalization()]
        layers.append(keras.layers.ReLU())
    layers.append(keras.layers.GlobalAveragePooling2D())
    last = keras.layers.Dense(MIXED_CLASSES, activation="softmax", name="answer")
    model = _with_weights(keras.Sequential([*layers, last]), seed)
    last.kernel.assign(10 * last.kernel)
    return model


def _with_weights(model: keras.Model, seed: str) -> keras.Model:
    graph, uses = graph_of(model)
    assign_fixed_weights(uses, graph, seed)
    return model
