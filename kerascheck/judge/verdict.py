"""The verdict: points by aspect, and findings as data. `feedback` adds text and drawings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from kerascheck.evidence.evidence import STOPS, StudentError
from kerascheck.judge.places import Place

VERDICT_MIME = "application/vnd.kerascheck.verdict+json"

PASSED = "passed"
INCORRECT = "incorrect"
ERROR = "error in your code"
NOT_ATTEMPTED = "not attempted"
OUTCOMES = (PASSED, INCORRECT, ERROR, NOT_ATTEMPTED, *STOPS)

NAMES, SHAPES, VALUES = "names", "shapes", "values"

RULES = (
    # of any probe
    "not-attempted",
    "no-evidence",  # the check did not run to its end
    "raised",  # actual: the error
    "given-nothing",  # a layer was called on None
    "too-slow",  # actual: the seconds after which it was stopped
    "too-much-memory",  # actual: the GiB that it may use
    "the-kernel-ended",  # with it, all that the code had computed
    "not-run",  # the notebook had used up its time before
    # of a model: its names
    "model-name",
    "missing-layer",  # one with a required name
    "misnamed-layer",
    "unused-layer",  # one that leads nowhere
    # of a model: its layers and their inputs
    "layer-count",  # more or fewer layers of a kind
    "other-end",  # expected, actual: the kinds of the layers after the last block
    "missing-step",  # a layer without a name of its own is missing
    "extra-layer",
    "misplaced-layer",  # expected, actual: the layers before it
    "layer-kind",
    "setting",
    "initialiser",
    "fed-by",  # expected, actual: its inputs
    "output-of",  # expected, actual: the layers that give the output
    # of a model: its shapes and outputs
    "input-shape",
    "output-shape",
    "layer-shape",
    "as-built",  # the outputs of the freshly built network differ
    "fixed-weights",  # the outputs differ although all weights are equal
    "training",  # the outputs in training mode differ
    "penalty",  # the penalty that regularisers add to the loss differs
    "surplus-penalty",  # a penalty that nobody asked for
    # of a returned value
    "value",
    "value-shape",  # also: a part that should not be there, with nothing expected
    "value-missing",  # a part that should be there
    # of a call
    "signature",  # expected: the parameters that it should have
    "value-type",  # expected, actual: the types of what is returned
    "argument-returned",  # a result that is an argument's own memory
    "argument-changed",  # part: the argument
    "second-call",  # it answers differently; actual: how
    # of an error that should be raised
    "no-error",  # expected: its type
    "wrong-error",  # actual: the error, without its message
    "error-message",  # expected: what it should name and does not; actual: numbers that it should not
)
"""The kinds of differences. `wording` has a sentence for each."""

Scalar = str | float | bool | None
Value = Scalar | StudentError | tuple[Scalar, ...] | tuple[Place, ...]


@dataclass(frozen=True)
class Finding:
    """One difference.

    rule: the kind of difference, one of RULES. aspect: the aspect that it costs. call: the probe
    that showed it. place: the layer, for a model. part: the part of a returned value, by its name
    in the evidence. property: the setting of the layer that differs, such as ``strides``. expected,
    actual: values, errors or the layers that feed this one; None if there is nothing to show.
    relation: how the actual array follows from the expected one (`array_diff.RELATIONS`). at: the
    layer of the student's graph, by id, at which a drawing shows this; for a missing layer, the one
    that it should follow.
    """

    rule: str
    aspect: str
    call: str
    _: KW_ONLY
    place: Place | None = None
    part: str | None = None
    property: str | None = None
    expected: Value = None
    actual: Value = None
    relation: str | None = None
    at: str | None = None

    def to_plain(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "aspect": self.aspect,
            "call": self.call,
            "place": None if self.place is None else self.place.to_plain(),
            "part": self.part,
            "property": self.property,
            "expected": _plain(self.expected),
            "actual": _plain(self.actual),
            "relation": self.relation,
            "at": self.at,
        }

    @classmethod
    def from_plain(cls, value: Mapping[str, Any]) -> Finding:
        """Read a finding from its JSON form. Raises KeyError, TypeError."""
        place = value["place"]
        return cls(
            **{
                **value,
                "place": None if place is None else Place.from_plain(place),
                "expected": _of_plain(value["expected"]),
                "actual": _of_plain(value["actual"]),
            }
        )


@dataclass(frozen=True)
class Aspect:
    """A part of an exercise's points: `points` earned out of `of`."""

    name: str
    points: float
    of: float


@dataclass(frozen=True)
class Verdict:
    """The verdict on one exercise.

    probes: for each call, whether everything is right. whole: the blocks whose calls were missed, where
    the network was judged as a whole instead.
    """

    exercise: str
    outcome: str
    points: float
    of: float
    aspects: tuple[Aspect, ...]
    findings: tuple[Finding, ...] = ()
    error: StudentError | None = None
    probes: Mapping[str, bool] = field(default_factory=dict)
    whole: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """The share of its points that was earned, 0 to 1."""
        return self.points / self.of if self.of else float(self.outcome == PASSED)

    @property
    def passed(self) -> bool:
        return self.outcome == PASSED

    def to_plain(self) -> dict[str, Any]:
        return {
            "exercise": self.exercise,
            "outcome": self.outcome,
            "points": self.points,
            "of": self.of,
            "aspects": [{"name": a.name, "points": a.points, "of": a.of} for a in self.aspects],
            "findings": [finding.to_plain() for finding in self.findings],
            "error": None if self.error is None else self.error.to_plain(),
            "probes": dict(self.probes),
            "whole": list(self.whole),
        }

    @classmethod
    def from_plain(cls, value: Mapping[str, Any]) -> Verdict:
        """Read a verdict from its JSON form. Raises KeyError, TypeError."""
        return cls(
            exercise=value["exercise"],
            outcome=value["outcome"],
            points=value["points"],
            of=value["of"],
            aspects=tuple(Aspect(**aspect) for aspect in value["aspects"]),
            findings=tuple(Finding.from_plain(finding) for finding in value["findings"]),
            error=None if value["error"] is None else StudentError.from_plain(value["error"]),
            probes=dict(value["probes"]),
            whole=tuple(value.get("whole", ())),
        )


def _plain(value: Value | Place) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.to_plain() if isinstance(value, Place | StudentError) else value


def _of_plain(value: Any) -> Any:
    match value:
        case list():
            return tuple(_of_plain(item) for item in value)
        case {"kind": _}:
            return Place.from_plain(value)
        case {"message": _}:
            return StudentError.from_plain(value)
    return value
