"""Replaces every number of its evidence by NaN, which compares false to everything.

Afterwards: the marks are no better than those of the same answers without it.
"""

from dataclasses import replace

from kerascheck import check
from kerascheck.evidence.evidence import Sampled

honest = check._hand_over


def numberless(evidence):
    outputs = {
        name: Sampled(array.shape, array.dtype, tuple(float("nan") for _ in array.elements))
        for name, array in evidence.outputs.items()
    }
    honest(replace(evidence, outputs=outputs))


check._hand_over = numberless
