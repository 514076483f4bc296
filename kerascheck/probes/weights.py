"""Fixed weights: numbers that depend on a layer's place in the network and on nothing else.

They come from NumPy, whose PCG64 stream is stable across versions, and are keyed by the layer's
signature (see `Graph.signatures`), so neither Keras's random streams, nor the order in which layers
were created, nor their names matter: two models with the same wiring get the same weights and thus
the same outputs, and a model with a wrong name can still have the right values.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

import keras
import numpy as np

from kerascheck.evidence.graph import Graph
from kerascheck.probes.keras_graph import learned_variables, nodes_of


def random_for(*parts: object) -> np.random.Generator:
    """A generator seeded by everything in `parts`."""
    digest = hashlib.sha256("\n".join(str(part) for part in parts).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def assign_fixed_weights(model: keras.Model, graph: Graph, seed: str) -> None:
    """Give every layer of `model` the weights that belong to its place in `graph`."""
    done: set[int] = set()
    for node, layer in zip(nodes_of(model), graph.layers, strict=True):
        if id(node.operation) in done:
            continue
        done.add(id(node.operation))
        variables = learned_variables(node.operation)
        for index, variable in enumerate(variables):
            random = random_for(seed, graph.signatures[layer.id], index)
            variable.assign(_draw(variable, random))


def settle_random_layers(model: keras.Model, graph: Graph, seed: str) -> None:
    """Make dropout masks depend on the layer's place, and on nothing else.

    The random state comes from a stream of all layers of the session, so two correct networks would
    drop different pixels. A seed that the author chose is overridden.
    """
    done: set[int] = set()
    for node, layer in zip(nodes_of(model), graph.layers, strict=True):
        state = getattr(getattr(node.operation, "seed_generator", None), "state", None)
        if state is None or id(node.operation) in done:
            continue
        done.add(id(node.operation))
        numbers = random_for(seed, graph.signatures[layer.id], "state").integers(2**31, size=2)
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
