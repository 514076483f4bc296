"""From two layer graphs to findings: which layer differs, in what, expected and found.

A layer of the reference is recognised in the student's graph by its signature where the wiring above
it is right (so a wrong name is one finding), and by its name elsewhere (so a wrong wire is one
finding). What feeds a layer is compared as an expression over the nearest named layers, such as
``ReLU(Add(bn1a_branch2c, input))``: one comparison that sees a missing ReLU, a wrong order, a wrong
partner in an addition and a shortcut taken too late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from resnet_course.graph import Graph, Layer
from resnet_course.verdict import NAMES, SHAPES, VALUES, Finding

RULES = {
    "not-attempted": "the exercise is not attempted yet",
    "no-evidence": "the check did not run to its end",
    "raised": "the code raises an error",
    "model-name": "the model has another name",
    "missing-layer": "a layer with a required name is missing",
    "layer-count": "there are more or fewer layers of a kind",
    "misnamed-layer": "a layer carries another name",
    "layer-kind": "a layer is of another kind",
    "setting": "a layer is set up differently",
    "initialiser": "a layer is initialised differently",
    "fed-by": "a layer is fed by something else",
    "output-of": "the output is taken from something else",
    "input-shape": "the model takes inputs of another shape",
    "output-shape": "the output has another shape",
    "layer-shape": "the output of a layer has another shape",
    "as-built": "the outputs of the freshly built network differ",
    "fixed-weights": "the outputs differ although all weights are equal",
    "training": "the outputs in training mode differ",
    "penalty": "the penalty on the weights differs",
    "value": "a returned value differs",
    "value-shape": "a returned array has another shape",
    "value-missing": "a part of the returned value is missing",
    "no-error": "an error should be raised and is not",
    "wrong-error": "another error is raised",
    "error-message": "the message of an error lacks something",
}

INITIALISERS = ("kernel_initializer", "bias_initializer")
REGULARISERS = ("kernel_regularizer", "bias_regularizer")
TELLING_SETTINGS = ("max_value", "negative_slope", "pool_size", "strides", "rate")
LONGEST_EXPRESSION = 160


class Comparison:
    """A reference graph beside a student's: which layer corresponds to which."""

    def __init__(self, reference: Graph, found: Graph, call: str) -> None:
        self.reference = reference
        self.found = found
        self.call = call
        self.by_signature: dict[str, list[Layer]] = {}
        for layer in found.layers:
            self.by_signature.setdefault(found.signatures[layer.id], []).append(layer)
        self.named = [layer for layer in reference.layers if layer.name is not None]
        self.partner: dict[str, Layer] = {}
        self.reference_name: dict[str, str] = {}
        for layer in self.named:
            partner = self._partner(layer)
            if partner is not None:
                self.partner[layer.id] = partner
                self.reference_name[partner.id] = str(layer.name)
        own_names = {layer.id: layer.name for layer in reference.layers if layer.name}
        self.reference_expressions = _expressions(reference, own_names)
        given_names = {layer.id: layer.name for layer in found.layers if layer.name}
        self.found_expressions = _expressions(found, {**given_names, **self.reference_name})

    def _partner(self, layer: Layer) -> Layer | None:
        alike = self.by_signature.get(self.reference.signatures[layer.id], [])
        for candidate in alike:
            if candidate.name == layer.name:
                return candidate
        if layer.name in self.found.by_name:
            named = self.found.by_name[layer.name]
            if named.kind == layer.kind and not alike:
                return named
        free = [c for c in alike if c.id not in self.reference_name]
        return free[0] if free else self.found.by_name.get(str(layer.name))

    def wrong_names(self) -> Iterator[Finding]:
        """Names that the reference has and the student's graph lacks, or has elsewhere."""
        if self.reference.name is not None and self.found.name != self.reference.name:
            yield self._finding(
                "model-name", NAMES, expected=self.reference.name, found=self.found.name
            )
        for layer in self.named:
            partner = self.partner.get(layer.id)
            if partner is None:
                yield self._finding("missing-layer", NAMES, layer)
            elif partner.name != layer.name:
                yield self._finding(
                    "misnamed-layer", NAMES, layer, expected=layer.name, found=partner.name
                )

    def wrong_shapes(self) -> Iterator[Finding]:
        """Output shapes that differ: the final one, and those of corresponding layers."""
        expected, found = _output_shape(self.reference), _output_shape(self.found)
        if expected != found:
            yield self._finding("output-shape", SHAPES, expected=expected, found=found)
        if self.named and len(self.partner) * 2 < len(self.named):
            for layer in self.named:
                if layer.id not in self.partner:
                    yield self._finding("missing-layer", SHAPES, layer)
                    break
        wanted, given = _input_shapes(self.reference), _input_shapes(self.found)
        if wanted != given:
            yield self._finding("input-shape", SHAPES, expected=wanted[0], found=given[0])
            return
        for layer in self.named:
            partner = self.partner.get(layer.id)
            if partner is not None and partner.shape != layer.shape:
                yield self._finding(
                    "layer-shape",
                    SHAPES,
                    layer,
                    expected=list(layer.shape),
                    found=list(partner.shape),
                )
                break

    def wrong_structure(self) -> Iterator[Finding]:
        """Why outputs differ: kinds, settings and wires, in the order of the network."""
        for layer in self.named:
            partner = self.partner.get(layer.id)
            if partner is None:
                continue
            if partner.kind != layer.kind:
                yield self._finding(
                    "layer-kind", VALUES, layer, expected=layer.kind, found=partner.kind
                )
                continue
            yield from self._settings(layer, partner)
            expected = self._sources(self.reference, layer)
            found = self._sources(self.found, partner)
            if expected != found:
                yield self._finding("fed-by", VALUES, layer, expected=expected, found=found)
        expected = _shown([self.reference_expressions[i] for i in self.reference.outputs])
        found = _shown([self.found_expressions[i] for i in self.found.outputs])
        if expected != found:
            yield self._finding("output-of", VALUES, expected=expected, found=found)

    def _settings(self, layer: Layer, partner: Layer) -> Iterator[Finding]:
        for key, expected in layer.settings.items():
            found = partner.settings.get(key)
            if found == expected or key in ("stage", "block"):
                continue
            if key == "padding" and partner.shape == layer.shape:
                continue
            yield self._finding(
                "initialiser" if key in INITIALISERS else "setting",
                VALUES,
                layer,
                setting=key,
                expected=expected,
                found=found,
            )

    def _sources(self, graph: Graph, layer: Layer) -> str:
        return _shown([self._expressions(graph)[source] for source in layer.inputs])

    def _expressions(self, graph: Graph) -> dict[str, str]:
        return self.reference_expressions if graph is self.reference else self.found_expressions

    def _finding(self, rule: str, aspect: str, layer: Layer | None = None, **what: Any) -> Finding:
        return Finding(rule, aspect, self.call, None if layer is None else layer.name, **what)


def _expressions(graph: Graph, names: Mapping[str, str]) -> dict[str, str]:
    """What each layer gives, in terms of the named layers and the input above it, by layer id."""
    made: dict[str, str] = {}
    for layer in graph.layers:
        inner = [made[source] for source in layer.inputs]
        if layer.kind == "Add":
            inner.sort()
        composed = f"{_described(layer)}({', '.join(inner)})"[:LONGEST_EXPRESSION]
        plain = "input" if layer.kind == "InputLayer" else composed
        made[layer.id] = names.get(layer.id, plain)
    return made


def _described(layer: Layer) -> str:
    """An operation by its kind, and by what sets it apart from others of that kind."""
    if layer.kind == "Activation":
        return str(layer.settings.get("activation"))
    shown = [] if layer.weights else [k for k in TELLING_SETTINGS if layer.settings.get(k)]
    details = ", ".join(f"{key}={layer.settings[key]}" for key in shown)
    return f"{layer.kind}[{details}]" if details else layer.kind


def _output_shape(graph: Graph) -> list[int | None]:
    return list(graph.by_id[graph.outputs[0]].shape)


def _input_shapes(graph: Graph) -> list[list[int | None] | None]:
    return [list(layer.shape) for layer in graph.layers if layer.kind == "InputLayer"] or [None]


def _shown(expressions: list[str]) -> str:
    return ", ".join(expressions)[:LONGEST_EXPRESSION]
