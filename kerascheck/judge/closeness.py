"""Comparison of two arrays: equal within a tolerance."""

from __future__ import annotations

import numpy as np

from kerascheck.evidence.evidence import Sampled
from kerascheck.judge.array_diff import PIXEL, PIXEL_TOLERANCE

RELATIVE_TOLERANCE = 1e-3  # the absolute one is a tenth of it
VALUES_TOLERANCE = 1e-4  # of what a function returns, without a network's sums
SMALLEST_SCALE = 1e-8
WHOLE_NUMBERS = ("i", "u", "b")  # the first letters of NumPy's int, uint and bool


def close(
    expected: Sampled, actual: Sampled, scaled: bool = False, tolerance: float = RELATIVE_TOLERANCE
) -> bool:
    """Same shape and, element by element, the same number within a tolerance. NaN is never right.

    Outputs of networks are of the order of one. With `scaled`, the tolerance shrinks with numbers
    that are smaller than that, such as learning rates. tolerance: of each number, as a part of it.
    """
    if expected.shape != actual.shape:
        return False
    if not expected.elements:  # NumPy's default type of an empty array is float
        return True
    if expected.dtype[:1] in WHOLE_NUMBERS and actual.dtype[:1] not in WHOLE_NUMBERS:
        return False
    if expected.dtype == PIXEL != actual.dtype:
        return False
    absolute = tolerance / 10
    if scaled:
        largest = np.nanmax(np.abs(np.nan_to_num(expected.values())))
        absolute *= float(np.clip(largest, SMALLEST_SCALE, 1))
    if expected.dtype == PIXEL:
        absolute = PIXEL_TOLERANCE
    return bool(
        np.allclose(
            actual.values(),
            expected.values(),
            rtol=tolerance,
            atol=absolute,
            equal_nan=False,
        )
    )
