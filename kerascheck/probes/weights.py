"""Fixed weights: numbers that depend on a layer's place in the network and on nothing else.

They come from NumPy, whose PCG64 stream is stable across versions, and are keyed by the layer's
signature (see `Graph.signatures`), so neither Keras's random streams, nor the order in which layers
were created, nor their names matter: two models with the same wiring get the same weights and thus
the same outputs, and a model with a wrong name can still have the right values.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from kerascheck.evidence.graph import Graph
from kerascheck.probes.keras_graph import learned_variables
from kerascheck.probes.uses import Use, first_uses

MOST_VALUES = 4096  # of a variable, to tell how it starts


def random_for(*parts: object) -> np.random.Generator:
    """A generator seeded by everything in `parts`."""
    digest = hashlib.sha256("\n".join(str(part) for part in parts).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def assign_fixed_weights(uses: Sequence[Use], graph: Graph, seed: str) -> None:
    """Give every layer the weights that belong to its place in `graph`, whose layers `uses` are."""
    for number, use in first_uses(uses):
        signature = graph.signatures[graph.layers[number].id]
        for index, variable in enumerate(learned_variables(use.operation)):
            variable.assign(_draw(variable, random_for(seed, signature, index)))


def first_weights(uses: Sequence[Use], graph: Graph, seed: str) -> list[float]:
    """Three numbers of each variable: its mean, its size, and its product with random numbers.

    They tell how a network starts, layer by layer, also where its outputs do not show it: behind
    zeros. They are in the order of the layers' places, so names and the order of creation do not
    matter.
    """
    rows = []
    for number, use in first_uses(uses):
        signature = graph.signatures[graph.layers[number].id]
        for index, variable in enumerate(learned_variables(use.operation)):
            if not math.prod(variable.shape):
                continue
            values = _some(keras.ops.convert_to_numpy(variable.value).ravel())
            random = random_for(seed, signature, index, "first").standard_normal(values.size)
            size = float(np.sqrt(np.mean(values**2)))
            product = float(np.dot(values, random)) / math.sqrt(values.size)
            rows.append((signature, index, float(values.mean()), size, product))
    return [value for row in sorted(rows) for value in row[2:]]


def _some(values: np.ndarray) -> np.ndarray:
    """At most MOST_VALUES of the values, at even distances, as float64."""
    return values[:: math.ceil(max(1, values.size) / MOST_VALUES)].astype(np.float64)


def settle_random_layers(uses: Sequence[Use], graph: Graph, seed: str) -> None:
    """Make dropout masks depend on the layer's place, and on nothing else.

    The random state comes from a stream of all layers of the session, so two correct networks would
    drop different pixels. A seed that the author chose is overridden.
    """
    for number, use in first_uses(uses):
        state = getattr(getattr(use.operation, "seed_generator", None), "state", None)
        if state is None:
            continue
        signature = graph.signatures[graph.layers[number].id]
        numbers = random_for(seed, signature, "state").integers(2**31, size=2)
        state.assign(numbers.astype(state.dtype))


def _draw(variable: Any, random: np.random.Generator) -> np.ndarray:
    shape = tuple(variable.shape)
    role = variable.name
    values: np.ndarray
    if role in ("gamma", "moving_variance"):
        values = random.uniform(0.5, 1.5, shape)
    elif role in ("beta", "moving_mean", "bias"):
        values = random.normal(0, 0.3, shape)
    else:
        scale = math.sqrt(2 / max(1, math.prod(shape[:-1])))
        values = random.standard_normal(shape, dtype=np.float32) * scale
    return values.astype(np.float32)
