"""What the judge says: points by aspect, and findings as data. Text and pictures are made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kerascheck.evidence.evidence import StudentError

MIME = "application/vnd.kerascheck.verdict+json"

PASSED = "passed"
INCORRECT = "incorrect"
ERROR = "error in your code"
NOT_ATTEMPTED = "not attempted"

NAMES, SHAPES, VALUES = "names", "shapes", "values"


@dataclass(frozen=True)
class Finding:
    """One thing that differs.

    rule: what kind of difference (see `diagnosis.RULES`). aspect: what it costs. call: the probe
    that found it. layer: where, by its name or by what it comes after. expected, found: plain
    values, None where there is nothing to show. at: the layer of the student's graph, by id.
    """

    rule: str
    aspect: str
    call: str
    layer: str | None = None
    setting: str | None = None
    expected: Any = None
    found: Any = None
    at: str | None = None

    def to_plain(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "aspect": self.aspect,
            "call": self.call,
            "layer": self.layer,
            "setting": self.setting,
            "expected": self.expected,
            "found": self.found,
            "at": self.at,
        }

    @classmethod
    def from_plain(cls, value: Mapping[str, Any]) -> Finding:
        return cls(**value)


@dataclass(frozen=True)
class Aspect:
    """A part of an exercise's points: `points` earned `of` those there are."""

    name: str
    points: float
    of: float


@dataclass(frozen=True)
class Verdict:
    """The judgement of one exercise. `probes` says, for each call, whether everything held."""

    exercise: str
    outcome: str
    points: float
    of: float
    aspects: tuple[Aspect, ...]
    findings: tuple[Finding, ...] = ()
    error: StudentError | None = None
    probes: Mapping[str, bool] = field(default_factory=dict)

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
        }

    @classmethod
    def from_plain(cls, value: Mapping[str, Any]) -> Verdict:
        """The verdict of which `value` is the JSON form. Raises KeyError, TypeError."""
        return cls(
            exercise=value["exercise"],
            outcome=value["outcome"],
            points=value["points"],
            of=value["of"],
            aspects=tuple(Aspect(**aspect) for aspect in value["aspects"]),
            findings=tuple(Finding.from_plain(finding) for finding in value["findings"]),
            error=None if value["error"] is None else StudentError.from_plain(value["error"]),
            probes=dict(value["probes"]),
        )
