"""What of a verdict may be shown: all of it for visible probes, only the kind for hidden ones.

Inputs are secret while grading, so numbers that a reference gave for them are never shown, not even
for visible probes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from resnet_course.verdict import Finding, Verdict

HIDDEN = "a hidden check"
NUMBERS = ("value",)


def redacted(verdict: Verdict, visible: set[str]) -> Verdict:
    """The verdict without the arguments of hidden probes and without reference numbers."""
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
    if error is not None and not raised_openly:
        error = replace(error, message="")
    return replace(
        verdict,
        findings=tuple(_findings(verdict.findings, visible)),
        probes=probes,
        error=error,
    )


def _findings(findings: tuple[Finding, ...], visible: set[str]) -> Iterator[Finding]:
    shown = {(f.rule, f.setting) for f in findings if f.call in visible}
    for finding in findings:
        if finding.call in visible:
            if finding.rule in NUMBERS:
                finding = replace(finding, expected=None, found=None)
            yield finding
        elif (finding.rule, finding.setting) not in shown:
            shown.add((finding.rule, finding.setting))
            kept = finding.found if finding.rule in ("no-error",) else None
            yield replace(finding, call=HIDDEN, layer=None, expected=None, found=kept)
