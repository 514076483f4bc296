"""Labels for layers that nobody had to name, so that a finding can say which one it means.

Where an exercise asks for no names, diagnosis still needs to call the fourth convolution something,
in the reference and in the student's network alike. Names that a student chose freely give way.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from kerascheck.evidence.graph import Graph, Layer


def labelled(graph: Graph) -> Graph:
    """The same graph without its names, every layer that has weights called ``Conv2D no. 4``."""
    counts: Counter[str] = Counter()
    layers = []
    for layer in graph.layers:
        label = None
        if layer.weighted:
            counts[layer.kind] += 1
            label = f"{_spoken(layer)} no. {counts[layer.kind]}"
        layers.append(replace(layer, name=label))
    return replace(graph, name=None, layers=tuple(layers))


def missing_or_surplus(reference: Graph, found: Graph) -> list[tuple[str, int, int]]:
    """Kinds of layers with weights of which there are too few or too many: kind, expected, found.

    Labels of two networks mean the same layers only where there are none.
    """
    wanted, given = (_counts(graph) for graph in (reference, found))
    kinds = dict.fromkeys([*wanted, *given])
    return [(kind, wanted[kind], given[kind]) for kind in kinds if wanted[kind] != given[kind]]


def _counts(graph: Graph) -> Counter[str]:
    return Counter(_spoken(layer) for layer in graph.layers if layer.weighted)


def _spoken(layer: Layer) -> str:
    return f"{layer.kind} call" if "recorded" in layer.settings else layer.kind
