"""From two layer graphs to findings: which layer differs, in what, expected and found.

`matching` says which layer stands for which. Here the two are compared in the order of the network: what
is missing, extra or in another place, kinds, settings, and what feeds each layer. What is missing or
extra is passed over when wires are compared, so that each difference is told once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kerascheck.evidence.graph import Graph, Layer
from kerascheck.judge.layer_matching import COMMUTATIVE, OUTPUT, Matching
from kerascheck.judge.verdict import NAMES, SHAPES, VALUES, Finding

RULES = {
    "not-attempted": "the exercise is not attempted yet",
    "no-evidence": "the check did not run to its end",
    "raised": "the code raises an error",
    "model-name": "the model has another name",
    "missing-layer": "a layer with a required name is missing",
    "layer-count": "there are more or fewer layers of a kind",
    "unused-layer": "a layer leads nowhere",
    "misnamed-layer": "a layer carries another name",
    "missing-step": "a layer without a name of its own is missing",
    "extra-layer": "there is a layer too many",
    "misplaced-layer": "a layer stands in another place",
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
INVISIBLE = ("momentum",)  # no output depends on it
LABELS = ("stage", "block", "recorded")  # of a recorded block: they make its name
MOST_MISPLACED = 8
MOST_EXTRA = 50


class Comparison:
    """A reference graph beside a student's.

    unfinished: the student's code raised an error, and its graph ends there.
    """

    def __init__(self, reference: Graph, found: Graph, call: str, unfinished: bool = False) -> None:
        self.reference = reference
        self.found = found.with_loose
        self.call = call
        self.unfinished = unfinished
        self.matching = Matching(reference, self.found)
        self.partner = self.matching.partner
        # Where the code stopped, nothing leads anywhere yet.
        self.loose = set() if unfinished else {layer.id for layer in found.loose}
        self.named = [layer for layer in reference.layers if layer.name is not None]

    def wrong_names(self) -> Iterator[Finding]:
        """Names that the reference has and the student's graph lacks, or has elsewhere."""
        if (
            self.reference.name is not None
            and self.found.name != self.reference.name
            and not self.unfinished
        ):
            yield self._finding(
                "model-name", NAMES, expected=self.reference.name, found=self.found.name
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
                    "misnamed-layer", NAMES, layer, expected=layer.name, found=partner.name
                )

    def wrong_shapes(self) -> Iterator[Finding]:
        """Output shapes that differ: the final one, and those of corresponding layers."""
        expected, found = _output_shape(self.reference), _output_shape(self.found)
        if expected != found:
            yield self._finding("output-shape", SHAPES, expected=expected, found=found)
        absent = [layer for layer in self.named if self._connected(layer) is None]
        if len(absent) * 2 > len(self.named):
            missing = absent[0]
            yield self._finding("missing-layer", SHAPES, missing)
        wanted, given = _input_shapes(self.reference), _input_shapes(self.found)
        if wanted != given:
            yield self._finding("input-shape", SHAPES, expected=wanted[0], found=given[0])
            return
        for layer in self.named:
            partner = self._connected(layer)
            if partner is not None and partner.shape != layer.shape:
                yield self._finding(
                    "layer-shape",
                    SHAPES,
                    layer,
                    expected=list(layer.shape),
                    found=list(partner.shape),
                )
                break

    def _connected(self, layer: Layer) -> Layer | None:
        """What stands for a layer, unless it leads nowhere."""
        partner = self.partner.get(layer.id)
        return None if partner is None or partner.id in self.loose else partner

    def wrong_structure(self) -> list[Finding]:
        """Why outputs differ: layers, kinds, settings and wires, in the order of the network."""
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
                        "layer-kind", VALUES, layer, expected=layer.kind, found=partner.kind
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
        for key, expected in layer.settings.items():
            if key not in partner.settings:
                continue  # an operation has no settings where a layer has some
            found = partner.settings[key]
            if found == expected or key in LABELS or key in INVISIBLE:
                continue
            if key == "padding" and partner.shape == layer.shape:
                continue
            if key == "strides" and _follows_the_pool(layer, partner):
                continue
            yield self._finding(
                "initialiser" if key in INITIALISERS else "setting",
                VALUES,
                layer,
                setting=key,
                expected=expected,
                found=found,
            )

    def _wires(self, layer: Layer, partner: Layer) -> Iterator[Finding]:
        expected = [self.matching.expected(source) for source in layer.inputs]
        found: list[str | None] = [self.matching.resolved(source) for source in partner.inputs]
        if layer.kind in COMMUTATIVE:
            same = Counter(expected) == Counter(found)
        else:
            same = expected == found
        if not same and not self._passes_over(layer, found):
            yield self._finding(
                "fed-by",
                VALUES,
                layer,
                expected=", ".join(self.reference.title(source) for source in layer.inputs),
                found=", ".join(self._title(source) for source in partner.inputs) or "nothing",
            )

    def _passes_over(self, layer: Layer, found: list[str | None]) -> bool:
        """Whether a layer takes one of the inputs of a missing addition, which is told already."""
        if len(layer.inputs) != 1 or layer.inputs[0] in self.partner:
            return False
        missing = self.reference.by_id[layer.inputs[0]]
        return found[0] in [self.matching.expected(source) for source in missing.inputs]

    def _output(self, moved: set[str]) -> Iterator[Finding]:
        wanted = [self.matching.expected(output) for output in self.reference.outputs]
        given = [self.matching.resolved(output) for output in self.found.outputs]
        if wanted != given and not moved & {*self.reference.outputs, *self.found.outputs}:
            yield self._finding(
                "output-of",
                VALUES,
                expected=", ".join(self.reference.title(o) for o in self.reference.outputs),
                found=", ".join(self._title(o) for o in self.found.outputs),
            )

    def _extra(self, extra: Layer) -> Finding:
        after = self._title(extra.inputs[0]) if extra.inputs else None
        what = self._title(extra.id)
        return Finding(
            "extra-layer", VALUES, self.call, what, expected=after, found=extra.kind, at=extra.id
        )

    def _misplaced(self) -> tuple[list[Finding], set[str]]:
        """Layers in another place: two that changed places, or one missing here and extra there.

        Also gives the layers of both graphs whose wires that explains.
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
        found = self._finding(
            "misplaced-layer",
            VALUES,
            layer,
            expected=", ".join(self.reference.title(source) for source in layer.inputs),
            found=", ".join(self._title(source) for source in now.inputs),
        )
        return replace(found, at=now.id)

    def _are_close(self, layer: Layer, twin: Layer) -> bool:
        """Whether a missing and an extra layer may be one: at most a few layers lie between them."""
        wanted = self.matching.expected(layer.id)
        given = self.matching.resolved(twin.id)
        if wanted is None:
            return False
        return abs(self.found.place[wanted] - self.found.place[given]) <= 3

    def _swapped(self, first: str, second: str) -> bool:
        """Whether the student's `second` feeds `first`, directly or through extra layers."""
        a, b = self.partner.get(first), self.partner.get(second)
        if a is None or b is None:
            return False
        return b.id in [self.matching.resolved(source) for source in a.inputs]

    def _is_due(self, layer: Layer) -> bool:
        """Whether a missing layer should be there: where the code stopped, what follows need not."""
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

    def _title(self, identity: str) -> str:
        """A layer of the student's in the reference's words, where it stands for one."""
        original = self.matching.original.get(identity)
        if original is not None and original.name is not None:
            return str(original.name)
        return self.found.title(identity)

    def _finding(self, rule: str, aspect: str, layer: Layer | None = None, **what: Any) -> Finding:
        if layer is None:
            return Finding(rule, aspect, self.call, **what)
        partner = self.partner.get(layer.id)
        title = self.reference.title(layer.id)
        # What is missing is shown at what it should come after.
        anchor = self.matching.expected(layer.inputs[0]) if layer.inputs else None
        at = anchor if partner is None else partner.id
        return Finding(rule, aspect, self.call, title, at=at, **what)


def _follows_the_pool(layer: Layer, partner: Layer) -> bool:
    """Whether a pool's stride differs because it is as wide as the pool, whose size differs too."""
    size = partner.settings.get("pool_size")
    return (
        size == partner.settings.get("strides")
        and size is not None
        and size != layer.settings.get("pool_size")
    )


def _output_shape(graph: Graph) -> list[int | None]:
    return list(graph.by_id[graph.outputs[0]].shape)


def _input_shapes(graph: Graph) -> list[list[int | None] | None]:
    return [list(layer.shape) for layer in graph.layers if layer.kind == "InputLayer"] or [None]
