"""Differences of two layer graphs, as findings: the layer, the property, expected and actual.

`layer_matching` pairs the layers. This module compares the pairs in the order of the network:
missing, extra and misplaced layers, kinds, settings and inputs. Missing and extra layers are
skipped when inputs are compared, so that each difference is reported once.

Long, because it is one walk over two graphs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from kerascheck.evidence.graph import STOPPED, Graph, Layer
from kerascheck.judge.labels import blocks_of, is_deep, numbered
from kerascheck.judge.layer_matching import COMMUTATIVE, OUTPUT, Matching
from kerascheck.judge.places import Place, Places
from kerascheck.judge.verdict import NAMES, SHAPES, VALUES, Finding

INITIALISERS = ("kernel_initializer", "bias_initializer", "gamma_initializer", "beta_initializer")
REGULARISERS = ("kernel_regularizer", "bias_regularizer")
INVISIBLE = ("momentum",)  # no output depends on it
MOST_MISPLACED = 8
MOST_EXTRA = 50


class Comparison:
    """Comparison of a student's graph with the reference's.

    unfinished: the student's code raised an error, and its graph ends there. unnamed: names do not
    count, and layers are identified by their numbers.
    """

    def __init__(
        self,
        reference: Graph,
        actual: Graph,
        call: str,
        unfinished: bool = False,
        unnamed: bool = False,
    ) -> None:
        wanted: Mapping[str, int] = {}
        given: Mapping[str, int] = {}
        deep = is_deep(reference) and not reference.has_names
        if unnamed:
            (reference, wanted), (actual, given) = numbered(reference), numbered(actual)
        self.reference = reference
        self.actual = actual.with_loose
        self.call = call
        self.unfinished = unfinished
        self.matching = Matching(reference, self.actual)
        self.partner = self.matching.partner
        self.expected_places = Places(
            reference, wanted, self._partner_id, blocks_of(reference) if deep else {}
        )
        self.actual_places = Places(
            self.actual, given, lambda identity: identity, blocks_of(self.actual) if deep else {}
        )
        # When the code stopped with an error, no layer leads to the output yet.
        self.loose = set() if unfinished else {layer.id for layer in actual.loose}
        self.named = [layer for layer in reference.layers if layer.name is not None]

    def wrong_names(self) -> Iterator[Finding]:
        """Names that the reference has and the student's graph lacks, or has elsewhere."""
        if (
            self.reference.name is not None
            and self.actual.name != self.reference.name
            and not self.unfinished
        ):
            yield self._finding(
                "model-name", NAMES, expected=self.reference.name, actual=self.actual.name
            )
        for layer in self.named:
            partner = self.partner.get(layer.id)
            if partner is None:
                if self._is_due(layer):
                    yield self._finding("missing-layer", NAMES, layer)
            elif partner.id in self.loose:
                yield self._finding("unused-layer", NAMES, layer)
            if partner is not None and partner.name != layer.name:
                yield self._finding(
                    "misnamed-layer", NAMES, layer, expected=layer.name, actual=partner.name
                )

    def wrong_shapes(self) -> Iterator[Finding]:
        """Output shapes that differ: the final one, and those of corresponding layers."""
        expected, actual = _output_shape(self.reference), _output_shape(self.actual)
        if expected != actual:
            yield self._finding("output-shape", SHAPES, expected=expected, actual=actual)
        absent = [layer for layer in self.named if self._connected(layer) is None]
        if len(absent) * 2 > len(self.named):
            missing = absent[0]
            yield self._finding("missing-layer", SHAPES, missing)
        wanted, given = _input_shapes(self.reference), _input_shapes(self.actual)
        if wanted != given:
            yield self._finding("input-shape", SHAPES, expected=wanted[0], actual=given[0])
            return
        for layer in self.named:
            partner = self._connected(layer)
            if partner is not None and partner.shape != layer.shape:
                yield self._finding(
                    "layer-shape",
                    SHAPES,
                    layer,
                    expected=layer.shape,
                    actual=partner.shape,
                )
                break

    def given_nothing(self) -> Finding:
        """That the layer at which the code stopped was given None."""
        place = replace(self.actual_places.of(STOPPED), number=None, block=None)
        return Finding("given-nothing", VALUES, self.call, place=place, at=STOPPED)

    def _connected(self, layer: Layer) -> Layer | None:
        """The partner of a layer, unless it leads nowhere."""
        partner = self.partner.get(layer.id)
        return None if partner is None or partner.id in self.loose else partner

    def wrong_structure(self) -> list[Finding]:
        """Causes of wrong outputs: layers, kinds, settings, inputs, in the order of the network."""
        misplaced, moved = self._misplaced()
        findings = list(misplaced)
        for layer in self.reference.layers:
            partner = self.partner.get(layer.id)
            if partner is None:
                if layer.name is None and layer.id not in moved and self._is_due(layer):
                    findings.append(self._finding("missing-step", VALUES, layer))
            elif partner.kind != layer.kind:
                findings.append(
                    self._finding(
                        "layer-kind", VALUES, layer, expected=layer.kind, actual=partner.kind
                    )
                )
            else:
                findings += self._settings(layer, partner)
            if partner is not None and layer.id not in moved:
                findings += self._wires(layer, partner)
        for extra in self.matching.extra()[:MOST_EXTRA]:
            if extra.id not in moved and extra.id not in self.loose:
                findings.append(self._extra(extra))
        if not self.unfinished:
            findings += self._output(moved)
        return findings

    def _settings(self, layer: Layer, partner: Layer) -> Iterator[Finding]:
        wanted = dict(layer.settings)
        if "training" in partner.settings:  # which only a call that was told its mode has
            wanted.setdefault("training", None)
        for key, expected in wanted.items():
            if key not in partner.settings:
                continue  # an operation has no settings where a layer has some
            actual = partner.settings[key]
            if actual == expected or key in INVISIBLE:
                continue
            if key == "padding" and partner.shape == layer.shape:
                continue
            if key == "strides" and _follows_the_pool(layer, partner):
                continue
            yield self._finding(
                "initialiser" if key in INITIALISERS else "setting",
                VALUES,
                layer,
                property=key,
                expected=_value(expected),
                actual=_value(actual),
            )

    def _wires(self, layer: Layer, partner: Layer) -> Iterator[Finding]:
        expected = [self.matching.expected(source) for source in layer.inputs]
        actual: list[str | None] = [self.matching.resolved(source) for source in partner.inputs]
        if layer.kind in COMMUTATIVE:
            same = Counter(expected) == Counter(actual)
        else:
            same = expected == actual
        if not same and not self._passes_over(layer, actual):
            yield self._finding(
                "fed-by",
                VALUES,
                layer,
                expected=self._expected_places(layer.inputs),
                actual=self._actual_places(partner.inputs),
            )

    def _passes_over(self, layer: Layer, actual: list[str | None]) -> bool:
        """Whether a layer takes an input of a missing addition, which is reported already."""
        if len(layer.inputs) != 1 or layer.inputs[0] in self.partner:
            return False
        missing = self.reference.by_id[layer.inputs[0]]
        return actual[0] in [self.matching.expected(source) for source in missing.inputs]

    def _output(self, moved: set[str]) -> Iterator[Finding]:
        wanted = [self.matching.expected(output) for output in self.reference.outputs]
        given = [self.matching.resolved(output) for output in self.actual.outputs]
        if wanted != given and not moved & {*self.reference.outputs, *self.actual.outputs}:
            yield self._finding(
                "output-of",
                VALUES,
                expected=self._expected_places(self.reference.outputs),
                actual=self._actual_places(self.actual.outputs),
            )

    def _extra(self, extra: Layer) -> Finding:
        place = self.actual_places.of(extra.id)
        return Finding("extra-layer", VALUES, self.call, place=place, at=extra.id)

    def _misplaced(self) -> tuple[list[Finding], set[str]]:
        """Misplaced layers: two that changed places, or one missing here and extra there.

        Also returns the layers of both graphs whose inputs this explains.
        """
        findings: list[Finding] = []
        moved: set[str] = set()
        extra = [layer for layer in self.matching.extra() if layer.id not in self.loose]
        for layer in self.matching.missing():
            if layer.name is not None or len(findings) >= MOST_MISPLACED:
                continue
            twin = next((x for x in extra if x.kind == layer.kind and x.id not in moved), None)
            if twin is None or not self._are_close(layer, twin):
                continue
            findings.append(self._moved(layer, twin))
            moved |= {layer.id, twin.id}
        for layer in self.reference.layers:
            if len(findings) >= MOST_MISPLACED:
                break
            for source in layer.inputs:
                if {layer.id, source} & moved or not self._swapped(source, layer.id):
                    continue
                findings.append(self._moved(layer, self.partner[layer.id]))
                moved |= {layer.id, source, *self.matching.consumers(layer)} - {OUTPUT}
        return findings, moved

    def _moved(self, layer: Layer, now: Layer) -> Finding:
        return Finding(
            "misplaced-layer",
            VALUES,
            self.call,
            place=replace(self.expected_places.of(layer.id), id=now.id),
            expected=self._expected_places(layer.inputs),
            actual=self._actual_places(now.inputs),
            at=now.id,
        )

    def _are_close(self, layer: Layer, twin: Layer) -> bool:
        """Whether a missing and an extra layer may be one: few layers or none are between them."""
        wanted = self.matching.expected(layer.id)
        given = self.matching.resolved(twin.id)
        if wanted is None:
            return False
        return abs(self.actual.place[wanted] - self.actual.place[given]) <= 3

    def _swapped(self, first: str, second: str) -> bool:
        """Whether the student's `second` feeds `first`, directly or through extra layers."""
        a, b = self.partner.get(first), self.partner.get(second)
        if a is None or b is None:
            return False
        return b.id in [self.matching.resolved(source) for source in a.inputs]

    def _is_due(self, layer: Layer) -> bool:
        """Whether a missing layer is due: unfinished code need not have the later layers."""
        if not self.unfinished:
            return True
        waiting, seen = [layer.id], set()
        while waiting:
            identity = waiting.pop()
            for consumer in self.matching.consumers(self.reference.by_id[identity]):
                if consumer in self.partner:
                    return True
                if consumer != OUTPUT and consumer not in seen:
                    seen.add(consumer)
                    waiting.append(consumer)
        return False

    def _partner_id(self, identity: str) -> str | None:
        return self.partner[identity].id if identity in self.partner else None

    def _expected_places(self, identities: Iterable[str]) -> tuple[Place, ...]:
        return tuple(self.expected_places.of(identity) for identity in identities)

    def _actual_places(self, identities: Iterable[str]) -> tuple[Place, ...]:
        return tuple(self._actual_place(identity) for identity in identities)

    def _actual_place(self, identity: str) -> Place:
        """A layer of the student's, under the reference's name if its partner has one."""
        original = self.matching.original.get(identity)
        if original is not None and original.name is not None:
            return self.expected_places.of(original.id)
        return self.actual_places.of(identity)

    def _finding(self, rule: str, aspect: str, layer: Layer | None = None, **what: Any) -> Finding:
        if layer is None:
            return Finding(rule, aspect, self.call, **what)
        place = self.expected_places.of(layer.id)
        # A missing layer is shown at the layer that it should follow.
        anchors = [a for source in layer.inputs if (a := self.matching.expected(source))]
        anchor = max(anchors, key=lambda identity: self.actual.place[identity], default=None)
        at = anchor if place.id is None else place.id
        return Finding(rule, aspect, self.call, place=place, at=at, **what)


def _follows_the_pool(layer: Layer, partner: Layer) -> bool:
    """Whether a pool's stride differs only because it equals the pool size, which differs too."""
    size = partner.settings.get("pool_size")
    return (
        size == partner.settings.get("strides")
        and size is not None
        and size != layer.settings.get("pool_size")
    )


def _value(setting: Any) -> Any:
    """A setting of evidence as the value of a finding."""
    return tuple(setting) if isinstance(setting, list) else setting


def _output_shape(graph: Graph) -> tuple[int | None, ...]:
    return graph.by_id[graph.outputs[0]].shape


def _input_shapes(graph: Graph) -> list[tuple[int | None, ...] | None]:
    return [layer.shape for layer in graph.layers if layer.kind == "InputLayer"] or [None]
