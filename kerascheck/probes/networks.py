"""Small networks that a probe passes to a student's function as an argument."""

from __future__ import annotations

import keras

from kerascheck.probes.arguments import Network
from kerascheck.probes.keras_graph import graph_of
from kerascheck.probes.weights import assign_fixed_weights

PICTURE, CLASSES, FILTERS = (6, 6, 2), 3, 4


def small_network(wanted: Network, seed: str) -> keras.Model:
    """Convolutions with batch normalisation and ReLU, and a dense layer, with fixed weights."""
    X = inputs = keras.Input(PICTURE)
    for _ in range(wanted.convolutions):
        X = keras.layers.Conv2D(FILTERS, 3, padding="same")(X)
        X = keras.layers.BatchNormalization()(X)
        X = keras.layers.ReLU()(X)
    X = keras.layers.GlobalAveragePooling2D()(X)
    model = keras.Model(inputs, keras.layers.Dense(CLASSES, activation="softmax")(X))
    assign_fixed_weights(model, graph_of(model), seed)
    return model
