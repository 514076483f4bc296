"""Questions that a person grades: the outcomes of their answers. Imports nothing heavy."""

from __future__ import annotations

from kerascheck.judge.verdict import NOT_ATTEMPTED

AWAITS = "awaits a person"
BY_HAND = "graded by a person"
SYMBOLS = {AWAITS: "…", BY_HAND: "✎"}


def outcome_of(automatic: float | None, manual: float | None) -> str:
    """The outcome of a question.

    automatic: 0 for an answer that is as it was released, None for any other. manual: a person's points.
    """
    if manual is not None:
        return BY_HAND
    return AWAITS if automatic is None else NOT_ATTEMPTED
