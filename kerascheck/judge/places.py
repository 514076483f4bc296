"""Identification of a layer in a finding: as data, never as text.

A layer with a name is identified by it. If an exercise asks for no names, a layer is identified by
its kind and its number among the layers of that kind. Any other layer is identified by its kind and
its role: the layers that feed it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kerascheck.evidence.graph import Graph, Layer

MOST_SOURCES = 4


@dataclass(frozen=True)
class Place:
    """One layer.

    kind: its class. name: its own name, None if it has none. number: its number among the layers of
    its kind, from 1, if names do not count. recorded: whether it represents a call of a block.
    after: for a layer without name and number, the layers that feed it, MOST_SOURCES at most; each
    of these is described without its own inputs, unless nothing else would identify it. id: the
    layer of the student's graph, None if there is none. block: the number of its residual block in
    a deep network, from 1, if names do not count.
    """

    kind: str
    name: str | None = None
    number: int | None = None
    recorded: bool = False
    after: tuple[Place, ...] = ()
    id: str | None = None
    block: int | None = None

    @property
    def role(self) -> Place:
        """The same place without id and block: equal for two layers that differ in nothing else."""
        after = tuple(source.role for source in self.after)
        return replace(self, id=None, block=None, after=after)

    def to_plain(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "name": self.name,
            "number": self.number,
            "recorded": self.recorded,
            "after": [source.to_plain() for source in self.after],
            "id": self.id,
            "block": self.block,
        }

    @classmethod
    def from_plain(cls, value: Mapping[str, Any]) -> Place:
        """Read a place from its JSON form. Raises KeyError, TypeError."""
        after = tuple(cls.from_plain(source) for source in value["after"])
        return cls(**{**value, "after": after})


class Places:
    """The layers of one graph as places.

    numbers: by id, the number of each layer that is identified by one. own: a function from an id
    of this graph to the id in the student's graph, None if there is none. blocks: by id, the number
    of a layer's block.
    """

    def __init__(
        self,
        graph: Graph,
        numbers: Mapping[str, int],
        own: Callable[[str], str | None],
        blocks: Mapping[str, int] | None = None,
    ) -> None:
        self.graph = graph
        self.numbers = numbers
        self.own = own
        self.blocks = blocks or {}

    def of(self, identity: str) -> Place:
        """The place of the layer with this id."""
        layer = self.graph.by_id[identity]
        place = self._alone(layer)
        if layer.name is not None:
            return place
        sources = [self.graph.by_id[source] for source in layer.inputs[:MOST_SOURCES]]
        if len(layer.inputs) != 1:
            return replace(place, after=tuple(self._alone(source) for source in sources))
        [source] = sources
        plain = source.name is None and len(source.inputs) == 1
        return replace(place, after=(self._alone(source) if plain else self.of(source.id),))

    def _alone(self, layer: Layer) -> Place:
        number = self.numbers.get(layer.id)
        return Place(
            kind=layer.kind,
            name=layer.name if number is None else None,
            number=number,
            recorded=layer.recorded,
            id=self.own(layer.id),
            block=self.blocks.get(layer.id),
        )
