"""Numbers for layers without required names, so that a finding can identify them.

Even if an exercise asks for no names, the diagnosis needs to distinguish the fourth convolution
from the third, in the reference and in the student's network. Numbers replace names of the
student's choice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kerascheck.evidence.graph import Graph, Layer
from kerascheck.judge.places import Place

DEEP = 30  # layers without names, of which a number alone tells too little


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


def is_deep(graph: Graph) -> bool:
    """Whether a layer's number is not enough to identify it."""
    return len(graph.layers) >= DEEP


def blocks_of(graph: Graph) -> Mapping[str, int]:
    """The number of the residual block of each layer with weights, by the layer's id.

    A block ends in an addition, and blocks are counted from 1. Layers after the last have none.
    """
    ends = {layer.id: n for n, layer in enumerate((x for x in graph.layers if x.kind == "Add"), 1)}
    leads_to: dict[str, int] = {}
    for layer in reversed(graph.layers):
        block = ends.get(layer.id, leads_to.get(layer.id))
        if block is None:
            continue
        for source in layer.inputs:
            leads_to[source] = min(block, leads_to.get(source, block))
    return {x.id: leads_to[x.id] for x in graph.layers if x.weighted and x.id in leads_to}


def missing_or_surplus(reference: Graph, actual: Graph) -> list[tuple[Place, int, int]]:
    """Kinds of weighted layers that are too few or too many: kind, expected and actual count.

    In a deep network, with the first block in which the counts differ. Numbers mean the same layers
    in two networks only if this list is empty.
    """
    wanted, given = _count(reference.layers), _count(actual.layers)
    sorts = dict.fromkeys([*wanted, *given])
    wrong = [sort for sort in sorts if wanted[sort] != given[sort]]
    first = _first_blocks(reference, actual) if wrong and is_deep(reference) else {}
    return [(replace(sort, block=first.get(sort)), wanted[sort], given[sort]) for sort in wrong]


def _first_blocks(reference: Graph, actual: Graph) -> Mapping[Place, int]:
    """For each kind of layer the first block that has fewer or more of them than it should."""
    wanted, given = (
        Counter((block, _sort(graph.by_id[layer])) for layer, block in blocks_of(graph).items())
        for graph in (reference, actual)
    )
    differing = [key for key in {**wanted, **given} if wanted[key] != given[key]]
    first: dict[Place, int] = {}
    for block, sort in sorted(differing, key=lambda key: key[0]):
        first.setdefault(sort, block)
    return first


def ends(reference: Graph, actual: Graph) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The kinds of the layers after the last block, expected and actual, if only these differ much.

    That is by more than one kind of layer with weights. None if the blocks differ, too, or there are
    none.
    """
    (body, end), (other_body, other_end) = _halves(reference), _halves(actual)
    if not body or _count(body) != _count(other_body):
        return None
    wanted, given = _count(end), _count(other_end)
    if sum(wanted[sort] != given[sort] for sort in {**wanted, **given}) < 2:
        return None
    return tuple(layer.kind for layer in end), tuple(layer.kind for layer in other_end)


def _halves(graph: Graph) -> tuple[Sequence[Layer], Sequence[Layer]]:
    """The layers up to the last addition or call of a block, and those after it."""
    last = max(
        (n for n, x in enumerate(graph.layers, 1) if x.recorded or x.kind == "Add"), default=0
    )
    return graph.layers[:last], graph.layers[last:]


def _count(layers: Sequence[Layer]) -> Counter[Place]:
    return Counter(_sort(layer) for layer in layers if layer.weighted)


def _sort(layer: Layer) -> Place:
    return Place(layer.kind, recorded=layer.recorded)
