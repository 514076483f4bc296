"""Initial weights that depend on the initialiser and the layer's place, not on creation order.

Without a seed of its own an initialiser takes the next number of Python's stream, so its weights
would depend on the order in which layers are created: two correct networks would start differently.
Such initialisers are run again, each with a seed that follows from its layer's place. Seeded ones
are not changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from kerascheck.evidence.graph import Graph
from kerascheck.probes.uses import Use, first_uses
from kerascheck.probes.weights import random_for

ENDING = "_initializer"


def redraw_unseeded(uses: Sequence[Use], graph: Graph, seed: str) -> None:
    """Draw the weights of initialisers without a seed again. uses: those of the graph's layers."""
    for number, use in first_uses(uses):
        operation, layer = use.operation, graph.layers[number]
        for attribute, initialiser in sorted(vars(operation).items()):
            if not (attribute.endswith(ENDING) and _unseeded(initialiser)):
                continue
            variable = getattr(operation, attribute.removesuffix(ENDING), None)
            if variable is None:
                continue
            drawn = int(random_for(seed, graph.signatures[layer.id], attribute).integers(2**31))
            again = type(initialiser).from_config({**initialiser.get_config(), "seed": drawn})
            variable.assign(again(variable.shape, variable.dtype))


def _unseeded(initialiser: Any) -> bool:
    if not isinstance(initialiser, keras.initializers.Initializer):
        return False
    return initialiser.get_config().get("seed", 0) is None
