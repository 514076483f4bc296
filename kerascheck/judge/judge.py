"""The judge compares a student's evidence with the reference's and returns a verdict. NumPy only.

An aspect of an exercise is earned when it holds on every probe: `probe_result` decides which parts
of it hold on one probe, `SHARES` how much it counts. Graphs serve to name and explain; *values*
depend on the outputs alone, so every equivalent way of writing an answer is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kerascheck.evidence.evidence import STOPS, Evidence
from kerascheck.judge.probe_result import ProbeResult
from kerascheck.judge.verdict import (
    ERROR,
    INCORRECT,
    NAMES,
    NOT_ATTEMPTED,
    PASSED,
    SHAPES,
    VALUES,
    Aspect,
    Finding,
    Verdict,
)
from kerascheck.judge.written_out import called, compared

SHARES = {NAMES: 0.2, SHAPES: 0.2, VALUES: 0.6}

Pair = tuple[Evidence, Evidence | None]


def judge(
    exercise: str, points: float, pairs: Sequence[Pair], shares: Mapping[str, float] | None = None
) -> Verdict:
    """Judge one exercise.

    points: the points of the exercise. pairs: for each probe the reference's evidence and the
    student's, None if it is missing (which earns nothing). shares: the share of each aspect, in
    place of SHARES. Raises ValueError without probes.
    """
    if not pairs:
        raise ValueError(f"{exercise}: nothing to judge")
    sides = [compared(reference, actual) for reference, actual in pairs]
    results = [ProbeResult(reference, actual) for reference, actual in sides]
    whole = [
        block
        for (reference, _), (judged, _) in zip(pairs, sides, strict=True)
        if judged is reference.whole
        for block in called(reference)
    ]
    aspects = tuple(
        Aspect(name, round(points * share * _earned(name, results), 4), round(points * share, 4))
        for name, share in _shares(results, shares or SHARES).items()
    )
    findings = tuple(_unique(finding for result in results for finding in result.findings))
    errors = [result.error for result in results if result.error is not None]
    earned = round(sum(aspect.points for aspect in aspects), 2)
    return Verdict(
        exercise=exercise,
        outcome=_outcome(results),
        points=earned,
        of=points,
        aspects=aspects,
        findings=findings,
        error=errors[0] if errors else None,
        probes={result.reference.call: not result.findings for result in results},
        whole=tuple(dict.fromkeys(whole)),
    )


def _shares(results: Sequence[ProbeResult], shares: Mapping[str, float]) -> dict[str, float]:
    present = {name for result in results for name in result.parts}
    total = sum(shares[name] for name in present)
    return {name: shares[name] / total for name in SHARES if name in present}


def _earned(aspect: str, results: Sequence[ProbeResult]) -> float:
    """The share of an aspect's parts that hold on every probe."""
    parts: dict[str, bool] = {}
    for result in results:
        for part, holds in result.parts.get(aspect, {}).items():
            parts[part] = parts.get(part, True) and holds
    return sum(parts.values()) / len(parts) if parts else 0.0


def _outcome(results: Sequence[ProbeResult]) -> str:
    if all(not result.findings for result in results):
        return PASSED
    statuses = [result.status for result in results if result.findings]
    if all(status == "not attempted" for status in statuses):
        return NOT_ATTEMPTED
    for stop in STOPS:
        if stop in statuses:
            return stop
    if any(result.error is not None for result in results):
        return ERROR
    return INCORRECT


def _unique(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Each kind of finding once per role of a layer: hidden probes repeat earlier findings."""
    seen: set[tuple[Any, ...]] = set()
    for finding in findings:
        role = None if finding.place is None else finding.place.role
        key = (
            finding.call,
            finding.rule,
            role,
            finding.part,
            finding.property,
            finding.relation,
        )
        if key not in seen:
            seen.add(key)
            yield finding
