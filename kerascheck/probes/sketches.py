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

from kerascheck.probes.arguments import Sketch

INPUT_SHAPE = (8, 8, 4)
FILTERS = 4  # default; as many as the input has channels, so that branches fit
WORD = re.compile(r"(conv|norm|relu|pool|dense)(\d*)")

MAKERS: dict[str, Callable[[int, str], keras.Layer]] = {
    "conv": lambda size, name: layers.Conv2D(size, 3, padding="same", name=name),
    "norm": lambda size, name: layers.BatchNormalization(name=name),
    "relu": lambda size, name: layers.ReLU(name=name),
    "pool": lambda size, name: layers.GlobalAveragePooling2D(name=name),
    "dense": lambda size, name: layers.Dense(size, name=name),
}


def sketched(sketch: Sketch) -> keras.Model:
    """The model that `sketch` describes. Raises ValueError for an unknown word."""
    counts: Counter[str] = Counter()
    inputs = layers.Input(INPUT_SHAPE)
    tensor: Any = inputs
    for part in sketch.parts:
        branches = (part,) if isinstance(part, str) else part
        ends = [_chain(tensor, branch, counts) for branch in branches]
        tensor = ends[0] if len(ends) == 1 else layers.Add()(ends)
    return keras.Model(inputs, tensor)


def _chain(tensor: Any, words: str, counts: Counter[str]) -> Any:
    for word in words.split():
        found = WORD.fullmatch(word)
        if found is None:
            raise ValueError(f"check.sketch has no layer {word!r}, only {', '.join(MAKERS)}")
        kind, size = found[1], int(found[2] or FILTERS)
        counts[kind] += 1
        tensor = MAKERS[kind](size, f"{kind}_{counts[kind]}")(tensor)
    return tensor
