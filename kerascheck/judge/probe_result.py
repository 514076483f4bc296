"""Comparison of one probe's evidence with the reference's: parts of aspects, and findings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from kerascheck.evidence.evidence import (
    FIRST_WEIGHTS,
    LEARNED,
    STOPS,
    Evidence,
    StudentError,
)
from kerascheck.evidence.graph import GIVEN_NOTHING, STOPPED, Graph
from kerascheck.judge.closeness import RELATIVE_TOLERANCE, close
from kerascheck.judge.graph_diff import INITIALISERS, REGULARISERS, Comparison
from kerascheck.judge.labels import ends, missing_or_surplus
from kerascheck.judge.returned import (
    aspects,
    call_differs,
    error_differs,
    same_signature,
    signature,
    values_differ,
)
from kerascheck.judge.verdict import NAMES, SHAPES, VALUES, Finding

SETS = {"as built": "as-built", "fixed weights": "fixed-weights", "training": "training"}
LESS_TELLING = ("as-built", "training")  # rules whose sentence a more exact finding replaces
NOTHING = 1e-7  # by which means of first weights may differ
NO_GRADIENT = ("StopGradient",)  # operations after which nothing is learnt
SEED = "seed"  # of a layer's own random numbers
PENALTY = "penalty"  # that regularisers add to the loss; judged if the reference has any


class ProbeResult:
    """The result of one probe: which parts of each aspect hold, and the findings."""

    def __init__(self, reference: Evidence, actual: Evidence | None) -> None:
        self.reference = reference
        self.status = "none" if actual is None else actual.status
        self.error: StudentError | None = None
        self.parts: dict[str, dict[str, bool]] = {}
        self.findings: list[Finding] = []
        if actual is None:
            self._nothing("no-evidence")
        elif actual.status in STOPS:
            rule = actual.status.replace(" ", "-")
            self._nothing(rule, actual=actual.facts.get("limit"))
        elif reference.status == "error":
            self._compare_errors(actual)
        elif actual.status == "not attempted":
            self._nothing("not-attempted")
        elif actual.status == "error":
            self._stopped(actual)
        elif reference.graph is not None:
            if actual.graph is None:
                self._nothing("no-evidence")
            else:
                self._compare_models(reference.graph, actual.graph, actual)
        else:
            self._compare_values(actual)

    def _nothing(self, rule: str, **what: Any) -> None:
        if self.reference.graph is not None:
            self.parts = self._parts_of_models(False, dict.fromkeys(self._sets(), False), False)
        elif self.reference.status == "error":
            self.parts = {VALUES: {"": False}}
        else:
            self.parts = aspects(self.reference, shapes=False, values=False)
        self.findings = [Finding(rule, VALUES, self.reference.call, **what)]

    def _stopped(self, actual: Evidence) -> None:
        """Handle an error in the code: nothing is earned, but the unfinished graph may say why."""
        self.error = actual.error
        self._nothing("raised", actual=_without_line(actual.error))
        if not same_signature(self.reference, actual):
            self.findings = [signature(self.reference)]
            return
        if self.reference.graph is None or actual.graph is None:
            return
        comparison = Comparison(
            self.reference.graph,
            actual.graph,
            self.reference.call,
            unfinished=True,
            unnamed=not self.reference.graph.has_names,
        )
        last = actual.graph.by_id.get(STOPPED)
        if last is not None and GIVEN_NOTHING in last.settings:
            self.findings = [comparison.given_nothing()]
            return
        structure = comparison.wrong_structure()
        starts = [finding for finding in structure if finding.rule == "initialiser"]
        causes = [finding for finding in structure if finding.rule != "initialiser"]
        if self.reference.graph.has_names:
            causes += comparison.wrong_names()
        # Shapes that do not fit, and names that occur twice, result from an earlier mistake.
        is_late = actual.error is not None and actual.error.type == "ValueError"
        if is_late or any(finding.at == STOPPED for finding in causes):
            self.findings = [*causes, *self.findings, *starts]
        else:
            self.findings += [*causes, *starts]

    def _compare_models(self, reference: Graph, graph: Graph, actual: Evidence) -> None:
        named = reference.has_names
        counts = [] if named else missing_or_surplus(reference, graph)
        comparison = Comparison(reference, graph, self.reference.call, unnamed=not named)
        names = list(comparison.wrong_names()) if named else []
        shapes = list(comparison.wrong_shapes())
        if not shapes and not self._same_output_shapes(actual):
            shapes = [Finding("output-shape", SHAPES, self.reference.call)]
        structure = comparison.wrong_structure()
        if counts:
            shapes = [f for f in shapes if f.rule in ("output-shape", "input-shape")]
            structure = [
                Finding(
                    "layer-count",
                    VALUES,
                    self.reference.call,
                    place=sort,
                    expected=wanted,
                    actual=given,
                )
                for sort, wanted, given in counts
            ]
            if (of_the_end := ends(reference, graph)) is not None:
                expected, other = of_the_end
                call = self.reference.call
                structure.insert(
                    0, Finding("other-end", VALUES, call, expected=expected, actual=other)
                )
        sets = self._sets()
        held = {name: self._set_holds(name, actual, structure) for name in sets}
        wrong_values = [
            Finding(rule, VALUES, self.reference.call)
            for name, rule in sets.items()
            if not held[name]
        ]
        exact = self._beside_outputs(actual)
        wrong_values = [
            *exact,
            *(f for f in wrong_values if not (exact and f.rule in LESS_TELLING)),
        ]
        right_shapes = not shapes and not _is_its_input(graph)
        self.parts = self._parts_of_models(right_shapes, held, not names)
        causes = _causes(held, structure, [f for f in names if f.rule == "missing-layer"])
        if shapes and not causes:
            causes = [
                replace(finding, aspect=SHAPES)
                for finding in structure
                if finding.rule != "initialiser"
            ]
        explained = (causes and not exact) or any(
            finding.rule == "input-shape" for finding in shapes
        )
        others = [finding for finding in (*names, *shapes) if finding not in causes]
        self.findings = [*causes, *([] if explained else wrong_values), *others]

    def _parts_of_models(
        self, shapes: bool, values: dict[str, bool], names: bool
    ) -> dict[str, dict[str, bool]]:
        """The parts of all aspects. Without names, the shape of the input is no achievement."""
        graph = self.reference.graph
        assert graph is not None
        if graph.has_names:
            return {NAMES: {"": names}, SHAPES: {"": shapes}, VALUES: values}
        inputs = {layer.shape for layer in graph.layers if layer.kind == "InputLayer"}
        if inputs == {graph.by_id[output].shape for output in graph.outputs}:
            return {VALUES: values}
        return {SHAPES: {"": shapes}, VALUES: values}

    def _sets(self) -> dict[str, str]:
        """The sets of outputs that are judged, each with the rule for one that differs."""
        return {**SETS, PENALTY: PENALTY} if PENALTY in self.reference.outputs else SETS

    def _same_output_shapes(self, actual: Evidence) -> bool:
        """Whether the arrays themselves have the shapes that the graph claims for them."""
        return all(
            name in actual.outputs and actual.outputs[name].shape == expected.shape
            for name, expected in self.reference.outputs.items()
            if name not in (PENALTY, FIRST_WEIGHTS)
        )

    def _set_holds(self, name: str, actual: Evidence, structure: list[Finding]) -> bool:
        if name == "as built":
            if any(True for _ in call_differs(self.reference, actual)):
                return False
            if actual.versions != self.reference.versions:
                # Keras's random streams differ between versions: initialisers are compared instead.
                same_start = all(finding.rule != "initialiser" for finding in structure)
                return same_start and self._set_holds("fixed weights", actual, structure)
            if not self._starts_alike(actual):
                return False
        if name == "training" and not self._learns_the_same(actual, structure):
            return False
        return self._close(name, actual)

    def _close(self, name: str, actual: Evidence) -> bool:
        expected, output = self.reference.outputs.get(name), actual.outputs.get(name)
        if expected is None or output is None:
            return False
        return close(expected, output, scaled=name == PENALTY)

    def _starts_alike(self, actual: Evidence) -> bool:
        expected, output = (e.outputs.get(FIRST_WEIGHTS) for e in (self.reference, actual))
        if expected is None:
            return True
        if output is None or expected.shape != output.shape:
            return False
        wanted, given = expected.values(), output.values()
        same_zeros = not np.any(given[wanted == 0])  # nearly zero is no zero
        return bool(same_zeros and np.allclose(given, wanted, RELATIVE_TOLERANCE, NOTHING))

    def _learns_the_same(self, actual: Evidence, structure: list[Finding]) -> bool:
        """Whether as many weights are trained, by the same loss, and chance is left to chance."""
        return (
            actual.facts.get(LEARNED) == self.reference.facts.get(LEARNED)
            and (PENALTY in self.reference.outputs or not self._adds_a_penalty(actual))
            and all(finding.property != SEED for finding in structure)
            and all(_kind_of(finding) not in NO_GRADIENT for finding in structure)
        )

    def _adds_a_penalty(self, actual: Evidence) -> bool:
        penalty = actual.outputs.get(PENALTY)
        return penalty is not None and any(value != 0 for value in penalty.elements)

    def _beside_outputs(self, actual: Evidence) -> list[Finding]:
        """Findings that no set of outputs shows: a second call that differs, a surplus penalty."""
        findings = [*call_differs(self.reference, actual)]
        if PENALTY not in self.reference.outputs and self._adds_a_penalty(actual):
            findings.append(Finding("surplus-penalty", VALUES, self.reference.call))
        return findings

    def _compare_values(self, actual: Evidence) -> None:
        self.findings = [*values_differ(self.reference, actual)]
        shapes = not any(finding.aspect == SHAPES for finding in self.findings)
        values = all(_costs_shapes_alone(finding) for finding in self.findings)
        self.parts = aspects(self.reference, shapes, values)

    def _compare_errors(self, actual: Evidence) -> None:
        finding = error_differs(self.reference, actual)
        self.parts = {VALUES: {"": finding is None}}
        self.findings = [] if finding is None else [finding]
        if finding is not None and finding.rule == "wrong-error":
            self.error = actual.error


def _without_line(error: StudentError | None) -> StudentError | None:
    """The error without its line, which is part of the verdict."""
    return None if error is None else StudentError(error.type, error.message)


def _costs_shapes_alone(finding: Finding) -> bool:
    """Whether all values are there and right: the type is another, or there is a part too many."""
    surplus = finding.rule == "value-shape" and finding.expected is None
    return surplus or finding.rule == "value-type"


def _is_its_input(graph: Graph) -> bool:
    return all(graph.by_id[output].kind == "InputLayer" for output in graph.outputs)


def _kind_of(finding: Finding) -> str | None:
    return None if finding.place is None else finding.place.kind


def _causes(
    held: dict[str, bool], structure: list[Finding], missing: list[Finding]
) -> list[Finding]:
    """The findings that can explain which sets of outputs differ."""
    if all(held.values()):
        return []
    if held.get(PENALTY, True):  # a difference that no output depends on is not a mistake
        structure = [finding for finding in structure if finding.property not in REGULARISERS]
    if held["fixed weights"] and held["training"]:
        telling = [finding for finding in structure if finding.property in REGULARISERS]
        if not held["as built"]:
            telling += [finding for finding in structure if finding.rule == "initialiser"]
        return telling
    return [*missing, *sorted(structure, key=_how_telling)]


def _how_telling(finding: Finding) -> int:
    """Wires explain more than settings, and settings more than initialisers."""
    if finding.property is None:
        return 0
    return 2 if finding.property in INITIALISERS else 1
