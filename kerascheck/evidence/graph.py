"""A model as plain data: its layers, their settings, and their connections.

A `Graph` is what a probe records of a Keras model and what the judge compares. It holds strings,
numbers and tuples only, so that it can pass from a student's kernel to the grader as JSON.
Different spellings of one computation give the same graph: `ReLU()`, `Activation("relu")` and
`keras.ops.relu` are all the kind ``ReLU``; `layers.Add()([a, b])` and ``a + b`` are both ``Add``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kerascheck.evidence.untrusted import Malformed, PlainReader

MAX_LAYERS = 3000
MAX_LOOSE = 500
STOPPED = "stopped"  # the id of the layer at which a student's code raised an error
GIVEN_NOTHING = "given None"  # a setting of that layer, if None was there in place of a tensor


@dataclass(frozen=True)
class Layer:
    """One use of a layer or of an operation.

    id: unique within the graph. kind: the canonical class (``Conv2D``, ``ReLU``, ``Add`` ...).
    name: the name that its author chose, None where Keras chose one. settings: configuration as
    plain values. inputs: ids of the layers that feed it, in order. shape: output shape, None for
    the batch axis. weights: shapes of its variables, in Keras's order.
    """

    id: str
    kind: str
    name: str | None
    settings: Mapping[str, Any]
    inputs: tuple[str, ...]
    shape: tuple[int | None, ...]
    weights: tuple[tuple[int, ...], ...] = ()

    @property
    def weighted(self) -> bool:
        """Whether it has weights, or represents a block, which has some."""
        return bool(self.weights) or self.recorded

    @property
    def recorded(self) -> bool:
        """Whether it represents a call of a block (see `recorders`)."""
        return "recorded" in self.settings

    def to_plain(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "settings": dict(self.settings),
            "inputs": list(self.inputs),
            "shape": list(self.shape),
            "weights": [list(shape) for shape in self.weights],
        }

    @classmethod
    def from_plain(cls, value: object) -> Layer:
        read = PlainReader(value, "layer")
        return cls(
            id=read.text("id"),
            kind=read.text("kind"),
            name=read.optional_text("name"),
            settings=read.settings("settings"),
            inputs=read.texts("inputs"),
            shape=read.shape("shape"),
            weights=tuple(tuple(size or 0 for size in shape) for shape in read.shapes("weights")),
        )


@dataclass(frozen=True)
class Graph:
    """A model: its name (None where Keras chose it), its layers in topological order, its output ids.

    loose: layers that were applied to tensors of the model and do not lead to its output. They are
    not part of the model, but show what was intended. lines: by id, the number and the text of the line
    that made a layer, where the student's own notebook knows it; never part of the JSON form.
    """

    name: str | None
    layers: tuple[Layer, ...]
    outputs: tuple[str, ...]
    loose: tuple[Layer, ...] = ()
    lines: Mapping[str, tuple[int, str]] = field(default_factory=dict, compare=False)

    @cached_property
    def with_loose(self) -> Graph:
        """The graph with its loose layers among its layers."""
        if not self.loose:
            return self
        return Graph(self.name, (*self.layers, *self.loose), self.outputs, lines=self.lines)

    @cached_property
    def by_id(self) -> dict[str, Layer]:
        return {layer.id: layer for layer in self.layers}

    @cached_property
    def by_name(self) -> dict[str, Layer]:
        return {layer.name: layer for layer in self.layers if layer.name is not None}

    @property
    def has_names(self) -> bool:
        """Whether its author named the model or any layer."""
        return self.name is not None or bool(self.by_name)

    @cached_property
    def place(self) -> dict[str, int]:
        """The position of each layer in the order of the graph, by id."""
        return {layer.id: index for index, layer in enumerate(self.layers)}

    @cached_property
    def signatures(self) -> dict[str, str]:
        """A name-free identity for each layer: id -> digest.

        It depends on the layer's kind, the shapes of its weights, and the signatures of the nearest
        weighted layers above it; not on names, the order of creation, or layers without weights. So
        a layer can be recognised under a wrong name or next to a wrong ReLU.
        """
        found: dict[str, str] = {}
        above: dict[str, frozenset[str]] = {}
        for layer in self.layers:
            sources = frozenset().union(*(above[source] for source in layer.inputs))
            own = (
                sorted(layer.settings.items()) if layer.recorded else []
            )  # what tells blocks apart
            text = repr((layer.kind, layer.weights, own, sorted(sources)))
            found[layer.id] = hashlib.sha256(text.encode()).hexdigest()[:16]
            carries = layer.weighted or layer.kind == "InputLayer"
            above[layer.id] = frozenset([found[layer.id]]) if carries else sources
        return found

    def parameter_count(self) -> int:
        """The number of weights, trainable or not; a layer that is used twice counts twice."""
        total = 0
        for layer in self.layers:
            for shape in layer.weights:
                size = 1
                for extent in shape:
                    size *= extent
                total += size
        return total

    def to_plain(self) -> dict[str, Any]:
        plain: dict[str, Any] = {
            "name": self.name,
            "layers": [layer.to_plain() for layer in self.layers],
            "outputs": list(self.outputs),
        }
        if self.loose:
            plain["loose"] = [layer.to_plain() for layer in self.loose]
        return plain

    @classmethod
    def from_plain(cls, value: object) -> Graph:
        """Read a graph that an untrusted process wrote. Raises Malformed."""
        read = PlainReader(value, "graph")
        layers = tuple(Layer.from_plain(item) for item in read.items("layers", MAX_LAYERS))
        loose: tuple[Layer, ...] = ()
        if "loose" in read.value:
            loose = tuple(Layer.from_plain(item) for item in read.items("loose", MAX_LOOSE))
        known: set[str] = set()
        for layer in (*layers, *loose):
            if layer.id in known:
                raise Malformed(f"layer id {layer.id!r} occurs twice")
            if not known.issuperset(layer.inputs):
                raise Malformed(f"layer {layer.id!r} is fed by a layer that does not precede it")
            known.add(layer.id)
        outputs = read.texts("outputs")
        if not outputs or not known.difference(x.id for x in loose).issuperset(outputs):
            raise Malformed("the outputs of the graph are not among its layers")
        return cls(read.optional_text("name"), layers, outputs, loose)
