"""Redact a verdict: visible probes show their findings, hidden ones only the kind of a finding.

Inputs are secret while grading, so the reference's numbers for them are never shown, not even for
visible probes.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace

from kerascheck.judge.verdict import Finding, Verdict

HIDDEN = "a hidden check"
NUMBERS = ("value",)
OPEN = ("no-error", "signature")  # whose expected value is no secret: the text gives it
SHORTEST_QUOTE = 24


def redacted(verdict: Verdict, visible: Set[str], source: str) -> Verdict:
    """The verdict without the arguments of hidden probes and without reference numbers.

    source: the test cell. A student's code can read it while it runs, so a message that quotes its
    hidden half is not shown.
    """
    probes: dict[str, bool] = {}
    hidden = 0
    for call, held in verdict.probes.items():
        if call not in visible:
            hidden += 1
            call = f"{HIDDEN} ({hidden})"
        probes[call] = held
    error = verdict.error
    raised_openly = any(
        f.rule in ("raised", "wrong-error") and f.call in visible for f in verdict.findings
    )
    findings = tuple(_findings(verdict.findings, visible))
    if error is not None and (
        not raised_openly or quotes(f"{error.message}{error.source}", source)
    ):
        error = replace(error, message="", source=None, line=None)
        findings = tuple(replace(f, actual=None) if f.rule == "raised" else f for f in findings)
    return replace(
        verdict,
        findings=findings,
        probes=probes,
        error=error,
    )


def quotes(text: str, source: str) -> bool:
    """Whether `text` contains a piece that only the hidden half of a test cell has, whatever its spaces."""
    shown, _, hidden = ("".join(half.split()) for half in source.partition("BEGIN HIDDEN TESTS"))
    squeezed = "".join(text.split())
    for start in range(len(hidden) - SHORTEST_QUOTE + 1):
        piece = hidden[start : start + SHORTEST_QUOTE]
        if piece in squeezed and piece not in shown:
            return True
    return False


def _findings(findings: tuple[Finding, ...], visible: Set[str]) -> Iterator[Finding]:
    shown = {_kind(finding) for finding in findings if finding.call in visible}
    for finding in findings:
        if finding.call in visible:
            if finding.rule in NUMBERS:
                finding = replace(finding, expected=None, actual=None)
            yield finding
        elif _kind(finding) not in shown:
            shown.add(_kind(finding))
            yield _of_hidden(finding)


def _kind(finding: Finding) -> tuple[str | None, ...]:
    return finding.rule, finding.property, finding.relation


def _of_hidden(finding: Finding) -> Finding:
    """A hidden probe's finding, reduced to its kind and the error that should be raised."""
    return Finding(
        finding.rule,
        finding.aspect,
        HIDDEN,
        property=finding.property,
        expected=finding.expected if finding.rule in OPEN else None,
        relation=finding.relation,
    )
