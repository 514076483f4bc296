"""The part of a student's network around the first mistake, with ghosts of the layers that are missing.

A panel draws this part; the whole network unfolds below it. A ghost has the kind and the name of a layer
that is missing, at the place where it belongs, and none of its settings: the text has those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from kerascheck.evidence.graph import STOPPED, Graph, Layer
from kerascheck.judge.graph_diff import Comparison
from kerascheck.judge.verdict import Finding

GHOST = "ghost"  # a setting of a layer that is not there
MISSING = ("missing-layer", "missing-step")
STEPS_UP, STEPS_DOWN = 2, 2
MOST_GHOSTS = 6
WHOLE = 7  # layers of which nothing is left out


@dataclass(frozen=True)
class Neighbourhood:
    """A part of a network.

    graph: its layers, ghosts among them. whole: all layers, ghosts among them. ghosts: for each finding
    of a missing layer (by its position) the id of the ghost. left_out: for a layer whose inputs are not in
    the part, the last layer before them that is, and how many lie between. cut_above, cut_below: the ids of
    other layers of which inputs or consumers are not in the part.
    """

    graph: Graph
    whole: Graph
    ghosts: Mapping[int, str]
    left_out: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    cut_above: frozenset[str] = frozenset()
    cut_below: frozenset[str] = frozenset()

    @property
    def is_cut(self) -> bool:
        return len(self.graph.layers) < len(self.whole.layers)


def neighbourhood(
    findings: Sequence[Finding], built: Graph, reference: Graph, unfinished: bool
) -> Neighbourhood | None:
    """The surroundings of the first finding that has a place in `built`; None if none has.

    unfinished: the code raised an error, and `built` ends there.
    """
    whole, ghosts = with_ghosts(findings, built, reference, unfinished)
    focus = _focus(findings, whole, ghosts)
    return None if focus is None else around(whole, focus, ghosts)


def with_ghosts(
    findings: Sequence[Finding], built: Graph, reference: Graph, unfinished: bool
) -> tuple[Graph, dict[int, str]]:
    """The network with a ghost for each missing layer, and the ghosts' ids by the findings' positions."""
    wanted = [number for number, finding in enumerate(findings) if finding.rule in MISSING]
    if not wanted:
        return built.with_loose, {}
    comparison = Comparison(
        reference, built, "", unfinished=unfinished, unnamed=not reference.has_names
    )
    missing = {comparison.expected_places.of(x.id): x for x in comparison.matching.missing()}
    ghosts: dict[str, Layer] = {}
    numbers: dict[int, str] = {}
    for number in wanted[:MOST_GHOSTS]:
        place = findings[number].place
        layer = None if place is None else missing.get(place)
        if layer is not None and place is not None:
            ghost = Layer(f"{GHOST} {layer.id}", layer.kind, place.name, {GHOST: True}, (), ())
            ghosts[layer.id] = ghost
            numbers[number] = ghost.id
    in_order = {x.id: ghosts[x.id] for x in comparison.reference.layers if x.id in ghosts}
    return _inserted(comparison, in_order), numbers


def around(graph: Graph, focus: str, ghosts: Mapping[int, str]) -> Neighbourhood:
    """The layers some steps above and below the one with the id `focus`."""
    if len(graph.layers) <= WHOLE:
        return Neighbourhood(graph, graph, ghosts)
    consumers: dict[str, list[str]] = {layer.id: [] for layer in graph.layers}
    for layer in graph.layers:
        for source in layer.inputs:
            consumers[source].append(layer.id)
    inputs = {layer.id: layer.inputs for layer in graph.layers}
    chosen = _reached(focus, inputs, STEPS_UP) | _reached(focus, consumers, STEPS_DOWN)
    # What is added, and not only where.
    chosen |= {source for x in chosen if len(inputs[x]) > 1 for source in inputs[x]}
    layers = tuple(
        replace(layer, inputs=tuple(source for source in layer.inputs if source in chosen))
        for layer in graph.layers
        if layer.id in chosen
    )
    ends = tuple(x for x in chosen if not chosen.intersection(consumers[x]))
    cut = {x for x in chosen if not chosen.issuperset(inputs[x])}
    left_out = {x: gap for x in cut if (gap := _gap(graph, x, chosen)) is not None}
    starts = {source for source, _ in left_out.values()}
    return Neighbourhood(
        Graph(graph.name, layers, ends),
        graph,
        ghosts,
        left_out,
        frozenset(cut.difference(left_out)),
        frozenset(x for x in chosen - starts if not chosen.issuperset(consumers[x])),
    )


def _gap(graph: Graph, below: str, chosen: set[str]) -> tuple[str, int] | None:
    """The nearest chosen layer above `below` and the number of layers between; None if there is none."""
    levels, count = [x for x in graph.by_id[below].inputs if x not in chosen], 0
    while levels:
        source = max(levels, key=lambda identity: graph.place[identity])
        if source in chosen:
            return source, count
        count += GHOST not in graph.by_id[source].settings
        levels = list(graph.by_id[source].inputs)
    return None


def _focus(findings: Sequence[Finding], graph: Graph, ghosts: Mapping[int, str]) -> str | None:
    for number, finding in enumerate(findings):
        at = STOPPED if finding.rule == "raised" else ghosts.get(number, finding.at)
        if at in graph.by_id:
            return at
    return None


def _reached(start: str, further: Mapping[str, Sequence[str]], steps: int) -> set[str]:
    found = layer = {start}
    for _ in range(steps):
        layer = {other for one in layer for other in further[one]} - found
        found = found | layer
    return found


def _inserted(comparison: Comparison, ghosts: Mapping[str, Layer]) -> Graph:
    """The student's graph with these ghosts, by the ids of the missing layers, wired as they should be."""
    matching, order = comparison.matching, list(comparison.actual.layers)
    for identity, ghost in ghosts.items():
        known = {layer.id: place for place, layer in enumerate(order)}
        wanted = [
            ghosts[source].id if source in ghosts else matching.expected(source)
            for source in comparison.reference.by_id[identity].inputs
        ]
        sources = tuple(dict.fromkeys(x for x in wanted if x is not None and x in known))
        place = 1 + max((known[x] for x in sources), default=-1)
        order.insert(place, replace(ghost, inputs=sources))
        instead = matching.expected(identity)  # what the student's next layers take
        for consumer in matching.consumers(comparison.reference.by_id[identity]):
            partner = matching.partner.get(consumer)
            if partner is None or known[partner.id] < place:
                continue
            where = order.index(next(layer for layer in order if layer.id == partner.id))
            order[where] = _fed_by(order[where], instead, ghost.id)
    ends = {ghosts[x].id for x in comparison.reference.outputs if x in ghosts}
    return Graph(comparison.actual.name, tuple(order), tuple(ends) or comparison.actual.outputs)


def _fed_by(layer: Layer, instead: str | None, ghost: str) -> Layer:
    """A layer that takes the ghost in place of what it took instead."""
    if instead not in layer.inputs:
        return layer
    where = layer.inputs.index(instead)
    return replace(layer, inputs=(*layer.inputs[:where], ghost, *layer.inputs[where + 1 :]))
