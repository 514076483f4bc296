"""Small networks with branches, for functions that take a model: `Sketch` as a Keras model.

Layers are called ``conv_1``, ``norm_1``, ``conv_2`` and so on, in the order in which they are written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from kerascheck.probes.given.arguments import Sketch

INPUT_SHAPE = (8, 8, 4)
FILTERS = 4  # default; as many as the input has channels, so that branches fit
WORD = re.compile(r"([a-z]+)(\d*)")

MAKERS: dict[str, Callable[[int, str], Callable[[Any], Any]]] = {
    "conv": lambda size, name: layers.Conv2D(size, 3, padding="same", name=name),
    "bare": lambda size, name: layers.Conv2D(size, 3, padding="same", use_bias=False, name=name),
    "norm": lambda size, name: layers.BatchNormalization(name=name),
    "relu": lambda size, name: layers.ReLU(name=name),
    "unit": lambda size, name: layers.BatchNormalization(center=False, name=name),
    "point": lambda size, name: layers.Conv2D(size, 1, name=name),
    "frozen": lambda size, name: layers.Conv2D(size, 3, padding="same", trainable=False, name=name),
    "depth": lambda size, name: layers.DepthwiseConv2D(3, padding="same", name=name),
    "edges": lambda size, name: layers.Conv2D(size, 3, padding="same", name=name),
    "bend": lambda size, name: layers.ReLU(name=name),
    "drop": lambda size, name: layers.Dropout(0.5, name=name),
    "op": lambda size, name: keras.ops.abs,
    "prelu": lambda size, name: layers.PReLU(name=name),
    "pool": lambda size, name: layers.GlobalAveragePooling2D(name=name),
    "dense": lambda size, name: layers.Dense(size, name=name),
}

ALSO_CALLED = {
    "bare": "conv",
    "point": "conv",
    "frozen": "conv",
    "depth": "conv",
    "bend": "conv",
    "prelu": "relu",
    "unit": "norm",
    "edges": "norm",
}
"""What a layer is called where that is not its word: names do not tell what it has."""

JOINS: dict[str, Callable[[list[Any]], Any]] = {
    "add": lambda ends: layers.Add()(ends),
    "plus": lambda ends: sum(ends[1:], ends[0]),
    "concatenate": lambda ends: layers.Concatenate()(ends),
}


def sketched(sketch: Sketch) -> keras.Model:
    """The model that `sketch` describes. Raises ValueError for an unknown word."""
    counts: Counter[str] = Counter()
    inputs = layers.Input(INPUT_SHAPE, name="input")
    tensor: Any = inputs
    for part in sketch.parts:
        branches = (part,) if isinstance(part, str) else part
        join = JOINS.get(branches[0])
        ends = [_chain(tensor, branch, counts) for branch in branches[join is not None :]]
        tensor = ends[0] if len(ends) == 1 else (join or JOINS["add"])(ends)
    return keras.Model(inputs, tensor, name="sketch")


def _chain(tensor: Any, words: str, counts: Counter[str]) -> Any:
    for word in words.split():
        found = WORD.fullmatch(word)
        if found is None or found[1] not in MAKERS:
            raise ValueError(f"check.sketch has no layer {word!r}, only {', '.join(MAKERS)}")
        kind, size = found[1], int(found[2] or FILTERS)
        called = ALSO_CALLED.get(kind, kind)
        counts[called] += 1
        tensor = MAKERS[kind](size, f"{called}_{counts[called]}")(tensor)
    return tensor
