"""Comparison of two arrays: equal within a tolerance."""

from __future__ import annotations

import numpy as np

from kerascheck.evidence.evidence import Sampled
from kerascheck.judge.array_diff import PIXEL, PIXEL_TOLERANCE

RELATIVE_TOLERANCE = 1e-3  # the absolute one is a tenth of it
VALUES_TOLERANCE = 1e-4  # of what a function returns, without a network's sums
SMALLEST_SCALE = 1e-8
WHOLE_NUMBERS = ("i", "u")  # the first letters of NumPy's int and uint
TRUTH_VALUES = ("b",)


def close(
    expected: Sampled, actual: Sampled, scaled: bool = False, tolerance: float = RELATIVE_TOLERANCE
) -> bool:
    """Same shape and, element by element, the same number within a tolerance. NaN is never right.

    Whole numbers are neither fractions nor truth values, but may stand for truth values.
    Outputs of networks are of the order of one. With `scaled`, the tolerance shrinks with numbers
    that are smaller than that, such as learning rates. tolerance: of each number, as a part of it.
    """
    if expected.shape != actual.shape:
        return False
    if not expected.elements:  # NumPy's default type of an empty array is float
        return True
    if not _is_of_the_kind(expected.dtype, actual.dtype):
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


def _is_of_the_kind(expected: str, actual: str) -> bool:
    """Whether numbers of one NumPy type may stand for those of another."""
    if expected.startswith(WHOLE_NUMBERS):
        return actual.startswith(WHOLE_NUMBERS)
    return not expected.startswith(TRUTH_VALUES) or actual.startswith(WHOLE_NUMBERS + TRUTH_VALUES)
