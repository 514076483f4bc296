"""Matching of the layers of a student's graph with those of the reference.

Named layers come first: by their place in the network (see `Graph.signatures`), so that a wrong
name is one difference, and by name where the network above differs, so that a wrong input is one.
Layers without names follow, by their inputs and consumers. Unmatched layers of the reference are
missing, those of the student are extra.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from kerascheck.evidence.graph import Graph, Layer

MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot")
COMMUTATIVE = ("Add", "Multiply", "Average", "Maximum", "Minimum")
OUTPUT = "output"
MOST_CANDIDATES = 64


class Matching:
    """Two graphs, with `partner`: the student's layer for a layer of the reference, by id."""

    def __init__(self, reference: Graph, found: Graph) -> None:
        self.reference = reference
        self.found = found
        self.partner: dict[str, Layer] = {}
        self.original: dict[str, Layer] = {}
        self._feeds = {"reference": _consumers(reference), "found": _consumers(found)}
        self._match_inputs()
        self._match_names()
        self._match_the_rest()

    def missing(self) -> list[Layer]:
        """Layers of the reference without a partner in the student's graph."""
        return [layer for layer in self.reference.layers if layer.id not in self.partner]

    def extra(self) -> list[Layer]:
        """Layers of the student's graph that are the partner of none in the reference."""
        return [layer for layer in self.found.layers if layer.id not in self.original]

    def expected(self, source: str) -> str | None:
        """The student's layer that should be used where the reference uses `source`.

        If that is missing, the partner of its own input: a layer that is left out is one
        difference, not two.
        """
        while source not in self.partner:
            inputs = self.reference.by_id[source].inputs
            if not inputs:
                return None
            source = self._deepest(self.reference, inputs)
        return self.partner[source].id

    def resolved(self, source: str) -> str:
        """The student's layer that `source` is or follows, with extra layers skipped."""
        while source not in self.original:
            inputs = self.found.by_id[source].inputs
            if not inputs:
                return source
            source = self._deepest(self.found, inputs)
        return source

    def consumers(self, layer: Layer) -> list[str]:
        """The ids of the layers that a layer of the reference feeds."""
        return self._feeds["reference"][layer.id]

    def _deepest(self, graph: Graph, ids: Iterable[str]) -> str:
        return max(ids, key=lambda identity: graph.place[identity])

    def _join(self, layer: Layer, partner: Layer) -> None:
        self.partner[layer.id] = partner
        self.original[partner.id] = layer

    def _match_inputs(self) -> None:
        sides = (
            [layer for layer in graph.layers if layer.kind == "InputLayer"]
            for graph in (self.reference, self.found)
        )
        for layer, partner in zip(*sides, strict=False):
            self._join(layer, partner)

    def _match_names(self) -> None:
        named = [x for x in self.reference.layers if x.name and x.id not in self.partner]
        by_signature: dict[str, list[Layer]] = {}
        by_name: dict[str, list[Layer]] = {}
        for layer in self.found.layers:
            by_signature.setdefault(self.found.signatures[layer.id], []).append(layer)
            if layer.name:
                by_name.setdefault(layer.name, []).append(layer)
        alike = {x.id: by_signature.get(self.reference.signatures[x.id], []) for x in named}
        for layer in named:  # the right name in the right place
            self._take(layer, [c for c in alike[layer.id] if c.name == layer.name])
        places = self._by_place(named, alike)
        for layer in named:  # another name in the right place
            if layer.id not in self.partner and layer.id in places:
                self._take(layer, [places[layer.id]])
        for layer in named:  # the right name in another place
            self._take(layer, [c for c in by_name.get(str(layer.name), ()) if c.kind == layer.kind])
        for layer in named:
            self._take(layer, alike[layer.id])
        for layer in named:
            self._take(layer, by_name.get(str(layer.name), ()))
        self._match_leftovers(named)

    def _take(self, layer: Layer, candidates: Iterable[Layer]) -> None:
        if layer.id in self.partner:
            return
        for candidate in candidates:
            if candidate.id not in self.original:
                return self._join(layer, candidate)

    def _by_place(
        self, named: Iterable[Layer], alike: Mapping[str, list[Layer]]
    ) -> dict[str, Layer]:
        """Partners by place, unless names contradict.

        A name of the reference on another layer is trusted, unless the layer that should have it
        has another layer's name in turn, as when two names are swapped.
        """
        place: dict[str, Layer] = {}
        taken = set(self.original)
        for layer in named:
            if layer.id in self.partner:
                continue
            free = [c for c in alike[layer.id] if c.id not in taken]
            if free:
                place[layer.id] = free[0]
                taken.add(free[0].id)
        owner = {layer.name: layer for layer in named}
        kept: dict[str, Layer] = {}
        for identity, candidate in place.items():
            seen = set()
            current: Layer | None = candidate
            while current is not None and current.id not in seen:
                seen.add(current.id)
                rightful = owner.get(current.name)
                if rightful is None or rightful.id in self.partner:
                    current = None
                elif rightful.id not in place:
                    break
                else:
                    current = place[rightful.id]
            else:
                kept[identity] = candidate
        return kept

    def _match_leftovers(self, named: Iterable[Layer]) -> None:
        """Match by neither name nor place: the same kind, with the same inputs or consumers."""
        for layer in named:
            if layer.id in self.partner:
                continue
            best, most = None, 1
            for candidate in self._near(layer):
                if candidate.id in self.original or candidate.kind != layer.kind:
                    continue
                likeness = (
                    2 * (self._sources(layer) == self._given_sources(candidate))
                    + self._feed_alike(layer, candidate)
                    + (candidate.weights == layer.weights)
                    + (candidate.name is None)
                )
                if likeness > most:
                    best, most = candidate, likeness
            if best is not None:
                self._join(layer, best)

    def _match_the_rest(self) -> None:
        """Match layers without names in two rounds: certain pairs, then likely ones."""
        unnamed = [x for x in self.reference.layers if not x.name and x.id not in self.partner]
        for layer in unnamed:
            if len(layer.inputs) > 1:  # layers after an addition are matched by it
                self._take(layer, self._likely(layer, same_kind=True))
                continue
            wanted = self._sources(layer)
            fitting = [
                c
                for c in self._near(layer)
                if c.id not in self.original
                and c.kind == layer.kind
                and Counter(c.inputs) == wanted
            ]
            fitting.sort(key=lambda c: not self._feed_alike(layer, c))
            self._take(layer, fitting)
        for same_kind in (
            True,
            True,
            False,
        ):  # pairs of the first round help in the second
            for layer in unnamed:
                if layer.id not in self.partner:
                    self._take(layer, self._likely(layer, same_kind))

    def _likely(self, layer: Layer, same_kind: bool) -> list[Layer]:
        found: list[tuple[int, int, Layer]] = []
        wanted = self._sources(layer)
        for candidate in self._near(layer):
            if candidate.id in self.original or (candidate.name and candidate.weights):
                continue
            if (candidate.kind == layer.kind) != same_kind:
                continue
            if (len(layer.inputs) > 1) != (len(candidate.inputs) > 1):
                continue
            shared = sum((wanted & self._given_sources(candidate)).values())
            feeds = self._feed_alike(layer, candidate)
            same_inputs = shared == len(layer.inputs)
            fits = (same_inputs and feeds) if not same_kind else (same_inputs or feeds)
            if len(layer.inputs) > 1:
                fits = shared > 0 or feeds
            if fits:
                found.append((-shared, -int(feeds), candidate))
        found.sort(key=lambda item: item[:2])
        return [candidate for *_, candidate in found]

    def _near(self, layer: Layer) -> list[Layer]:
        """The student's layers next to the partners of the neighbours of `layer`."""
        anchors = [self.expected(source) for source in layer.inputs]
        near: dict[str, Layer] = {}
        waiting = [anchor for anchor in anchors if anchor is not None]
        for _ in range(3):
            further = [c for a in waiting for c in self._feeds["found"][a] if c not in near]
            further = [c for c in further if c != OUTPUT][:MOST_CANDIDATES]
            near.update((c, self.found.by_id[c]) for c in further)
            waiting = [c for c in further if c not in self.original]
        for consumer in self._feeds["reference"][layer.id]:
            below = (
                self.found.outputs
                if consumer == OUTPUT
                else self.partner[consumer].inputs
                if consumer in self.partner
                else ()
            )
            near.update((c, self.found.by_id[c]) for c in below)
        return list(near.values())[:MOST_CANDIDATES]

    def _sources(self, layer: Layer) -> Counter[str | None]:
        return Counter(self.expected(source) for source in layer.inputs)

    def _given_sources(self, layer: Layer) -> Counter[str | None]:
        return Counter(self.resolved(source) for source in layer.inputs)

    def _feed_alike(self, layer: Layer, candidate: Layer) -> bool:
        """Whether `candidate` feeds something that `layer` should feed."""
        fed = set(self._feeds["found"][candidate.id])
        wanted = {
            consumer if consumer == OUTPUT else self.partner[consumer].id
            for consumer in self._feeds["reference"][layer.id]
            if consumer == OUTPUT or consumer in self.partner
        }
        return bool(fed & wanted)


def _consumers(graph: Graph) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {layer.id: [] for layer in graph.layers}
    for layer in graph.layers:
        for source in dict.fromkeys(layer.inputs):
            found[source].append(layer.id)
    for output in graph.outputs:
        found[output].append(OUTPUT)
    return found
