"""Comparison of one probe's evidence with the reference's: parts of aspects, and findings."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from kerascheck.evidence.evidence import STOPS, Evidence, StudentError
from kerascheck.evidence.graph import STOPPED, Graph
from kerascheck.judge.array_diff import relation, relation_of_texts
from kerascheck.judge.closeness import close
from kerascheck.judge.graph_diff import INITIALISERS, REGULARISERS, Comparison
from kerascheck.judge.labels import missing_or_surplus
from kerascheck.judge.verdict import NAMES, SHAPES, VALUES, Finding

SETS = {"as built": "as-built", "fixed weights": "fixed-weights", "training": "training"}
MOST_NUMBERS = 6  # of an array, in a finding
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
            self.parts = {
                SHAPES: {"": False},
                VALUES: dict.fromkeys(self._sets(), False),
            }
            if self.reference.graph.has_names:
                self.parts[NAMES] = {"": False}
        elif self.reference.status == "error":
            self.parts = {VALUES: {"": False}}
        else:
            self.parts = {SHAPES: {"": False}, VALUES: {"": False}}
        self.findings = [Finding(rule, VALUES, self.reference.call, **what)]

    def _stopped(self, actual: Evidence) -> None:
        """Handle an error in the code: nothing is earned, but the unfinished graph may say why."""
        self.error = actual.error
        self._nothing("raised", actual=_without_line(actual.error))
        if self.reference.graph is None or actual.graph is None:
            return
        comparison = Comparison(self.reference.graph, actual.graph, self.reference.call, True)
        structure = comparison.wrong_structure()
        starts = [finding for finding in structure if finding.rule == "initialiser"]
        causes = [finding for finding in structure if finding.rule != "initialiser"]
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
        sets = self._sets()
        held = {name: self._set_holds(name, actual, structure) for name in sets}
        wrong_values = [
            Finding(rule, VALUES, self.reference.call)
            for name, rule in sets.items()
            if not held[name]
        ]
        self.parts = {SHAPES: {"": not shapes}, VALUES: held}
        if named:
            self.parts[NAMES] = {"": not names}
        causes = _causes(held, structure, [f for f in names if f.rule == "missing-layer"])
        if shapes and not causes:
            causes = [
                replace(finding, aspect=SHAPES)
                for finding in structure
                if finding.rule != "initialiser"
            ]
        explained = causes or any(finding.rule == "input-shape" for finding in shapes)
        others = [finding for finding in (*names, *shapes) if finding not in causes]
        self.findings = [*causes, *([] if explained else wrong_values), *others]

    def _sets(self) -> dict[str, str]:
        """The sets of outputs that are judged, each with the rule for one that differs."""
        return {**SETS, PENALTY: PENALTY} if PENALTY in self.reference.outputs else SETS

    def _same_output_shapes(self, actual: Evidence) -> bool:
        """Whether the arrays themselves have the shapes that the graph claims for them."""
        return all(
            name in actual.outputs and actual.outputs[name].shape == expected.shape
            for name, expected in self.reference.outputs.items()
            if name != PENALTY
        )

    def _set_holds(self, name: str, actual: Evidence, structure: list[Finding]) -> bool:
        if name == "as built" and actual.versions != self.reference.versions:
            # Keras's random streams differ between versions: the initialisers are compared instead.
            same_start = all(finding.rule != "initialiser" for finding in structure)
            return same_start and self._set_holds("fixed weights", actual, structure)
        expected, output = self.reference.outputs.get(name), actual.outputs.get(name)
        if expected is None or output is None:
            return False
        return close(expected, output, scaled=name == PENALTY)

    def _compare_values(self, actual: Evidence) -> None:
        shapes, values = True, True
        for part, expected in self.reference.outputs.items():
            output = actual.outputs.get(part)
            others = {
                key: item for key, item in self.reference.outputs.items() if _same_kind(key, part)
            }
            if output is None:
                shapes = values = False
                self._differs("value-missing", part, actual=_fact(actual, part))
            elif output.shape != expected.shape:
                shapes = values = False
                self._differs(
                    "value-shape",
                    part,
                    expected=expected.shape,
                    actual=output.shape,
                    relation=relation(expected, output, others),
                )
            elif not close(expected, output, scaled=True):
                values = False
                self._differs(
                    "value",
                    part,
                    expected=expected.elements[:MOST_NUMBERS],
                    actual=output.elements[:MOST_NUMBERS],
                    relation=relation(expected, output, others),
                )
        of_texts = relation_of_texts([*self.reference.facts.values()], [*actual.facts.values()])
        for part in self.reference.facts:
            fact, other = _fact(self.reference, part), _fact(actual, part)
            if other != fact or type(other) is not type(fact):
                values = False
                self._differs("value", part, expected=fact, actual=other, relation=of_texts)
        extra = (actual.outputs.keys() | actual.facts.keys()) - (
            self.reference.outputs.keys() | self.reference.facts.keys()
        )
        if extra:
            shapes = False
            self._differs("value-shape", sorted(extra)[0], relation=of_texts)
        self.parts = {SHAPES: {"": shapes}, VALUES: {"": values}}

    def _differs(self, rule: str, part: str, **what: Any) -> None:
        aspect = VALUES if rule == "value" else SHAPES
        self.findings.append(Finding(rule, aspect, self.reference.call, part=part, **what))

    def _compare_errors(self, actual: Evidence) -> None:
        assert self.reference.error is not None
        expected = self.reference.error.type
        if actual.status == "not attempted":
            return self._nothing("not-attempted")
        if actual.status != "error" or actual.error is None:
            return self._nothing("no-error", expected=expected)
        if actual.error.type != expected:
            self.error = actual.error
            return self._nothing("wrong-error", actual=StudentError(actual.error.type, ""))
        unsaid = [n for n in numbers(self.reference.error) if n not in numbers(actual.error)]
        if unsaid:
            return self._nothing("error-message", expected=tuple(unsaid))
        self.parts = {VALUES: {"": True}}
        return None


def _without_line(error: StudentError | None) -> StudentError | None:
    """The error without its line, which is part of the verdict."""
    return None if error is None else StudentError(error.type, error.message)


def _fact(evidence: Evidence, part: str) -> Any:
    fact = evidence.facts.get(part)
    return tuple(fact) if isinstance(fact, list) else fact


def _same_kind(one: str, other: str) -> bool:
    """Whether both parts are results of the function; callbacks' settings are not comparable."""
    return one != other and one.startswith("result") and other.startswith("result")


def numbers(error: StudentError) -> list[str]:
    """The whole numbers that an error's message names."""
    return re.findall(r"(?<![\w.])\d+(?![\w.]*\w)", error.message)


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
