"""Numbers for layers without required names, so that a finding can identify them.

Even if an exercise asks for no names, the diagnosis needs to distinguish the fourth convolution
from the third, in the reference and in the student's network. Numbers replace names of the
student's choice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from kerascheck.evidence.graph import Graph, Layer
from kerascheck.judge.places import Place


def numbered(graph: Graph) -> tuple[Graph, Mapping[str, int]]:
    """The same graph with kinds and numbers in place of names, and the numbers by the layers' ids.

    The names serve to match the layers of two graphs and are never shown.
    """
    counts: Counter[Place] = Counter()
    numbers: dict[str, int] = {}
    layers = []
    for layer in graph.layers:
        name = None
        if layer.weighted:
            counts[_sort(layer)] += 1
            numbers[layer.id] = counts[_sort(layer)]
            name = f"{layer.kind} {layer.recorded} {numbers[layer.id]}"
        layers.append(replace(layer, name=name))
    return replace(graph, name=None, layers=tuple(layers)), numbers


def missing_or_surplus(reference: Graph, actual: Graph) -> list[tuple[Place, int, int]]:
    """Kinds of weighted layers that are too few or too many: kind, expected and actual count.

    Numbers mean the same layers in two networks only if this list is empty.
    """
    wanted, given = (
        Counter(_sort(layer) for layer in graph.layers if layer.weighted)
        for graph in (reference, actual)
    )
    sorts = dict.fromkeys([*wanted, *given])
    return [(sort, wanted[sort], given[sort]) for sort in sorts if wanted[sort] != given[sort]]


def _sort(layer: Layer) -> Place:
    return Place(layer.kind, recorded=layer.recorded)
