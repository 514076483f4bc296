"""Hands over evidence that claims everything: the published graph, facts and status, its own numbers.

Afterwards: the marks are no better than those of the same answers without it.
"""

from dataclasses import replace

from kerascheck import check, published

honest = check._hand_over
known = {e.exercise: e for unit in published.units() for e in unit.evidence}


def claimed(evidence):
    best = known.get(evidence.exercise)
    if best is not None:
        facts = {**best.facts, "points": 30, "passed": True, "parameters": 23_600_006}
        evidence = replace(
            evidence, status="ok", error=None, graph=best.graph, facts=facts, probe=best.probe,
            outputs={name: evidence.outputs.get(name, array) for name, array in best.outputs.items()},
        )
    honest(evidence)


check._hand_over = claimed
