"""How a wrong array is like the right one: what was forgotten or confused on the way to it. NumPy only.

The judge says that numbers differ; this says, where it can, that they are the right ones in another order,
of another kind or in another scale. Only arrays that evidence holds as a whole can be compared for order.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from resnet_course.evidence import Sampled

PIXEL_TOLERANCE = 2
"""Levels by which two pixels (uint8) may differ: versions of decoders and resizers round differently."""

PIXEL = "uint8"
NEARLY = 25
"""Levels by which pictures that are nearly the same differ on the average, at most."""

CHANNELS, SIDES, TRANSPOSED = "channels", "sides", "transposed"
SCALE, KIND, ORDER, OPPOSITE, NEARLY_SAME = "scale", "kind", "order", "opposite", "nearly"
SIGN, ONE_LESS = "sign", "one less"
WORDS = {
    CHANNELS: "red and blue have changed places: the picture is BGR and should be RGB",
    SIDES: "height and width have changed places",
    TRANSPOSED: "rows and columns have changed places",
    SCALE: "the right numbers, divided by 255",
    KIND: "the right numbers, of another kind: they should be whole numbers",
    ORDER: "the right contents, in another order",
    OPPOSITE: "the labels are the wrong way round: every 0 should be a 1, every 1 a 0",
    NEARLY_SAME: "nearly the right picture: its pixels differ a little",
    SIGN: "the right number, with the wrong sign",
    ONE_LESS: "one less than it should be",
}


def likeness(expected: Sampled, found: Sampled) -> str | None:
    """One of WORDS for an array that is not the expected one; None where nothing fits."""
    if expected.shape != found.shape:
        return _of_shapes(expected.shape, found.shape)
    right, wrong = expected.values(), found.values()
    if not right.size or np.isnan(wrong).any():
        return None
    whole = right.size == math.prod(expected.shape)
    for name, holds in _LIKENESSES.items():
        if (whole or name in _ELEMENTWISE) and holds(expected, right, wrong):
            return name
    return None


def _of_shapes(expected: tuple[int, ...], found: tuple[int, ...]) -> str | None:
    if len(expected) != len(found):
        return None
    if len(expected) >= 3 and found == (*expected[:-3], expected[-2], expected[-3], expected[-1]):
        return SIDES
    return TRANSPOSED if len(expected) == 2 and found == expected[::-1] else None


def _same(expected: Sampled, right: np.ndarray, wrong: np.ndarray) -> bool:
    tolerance = PIXEL_TOLERANCE if expected.dtype == PIXEL else 1e-6
    return bool(np.all(np.abs(right - wrong) <= tolerance))


def _channels(expected: Sampled, right: np.ndarray, wrong: np.ndarray) -> bool:
    if len(expected.shape) < 3 or expected.shape[-1] != 3:
        return False
    return _same(expected, right.reshape(expected.shape)[..., ::-1].ravel(), wrong)


def _order(expected: Sampled, right: np.ndarray, wrong: np.ndarray) -> bool:
    if not expected.shape:
        return False
    rows = (array.reshape(expected.shape[0], -1) for array in (right, wrong))
    first, second = (rows_of[np.lexsort(rows_of.T[::-1])] for rows_of in rows)
    return _same(expected, first, second)


def _opposite(expected: Sampled, right: np.ndarray, wrong: np.ndarray) -> bool:
    return bool(np.isin(right, (0, 1)).all()) and _same(expected, 1 - right, wrong)


def _sign(expected: Sampled, right: np.ndarray, wrong: np.ndarray) -> bool:
    return bool(right.any()) and bool(np.allclose(-right, wrong, rtol=1e-4))


def _one_less(expected: Sampled, right: np.ndarray, wrong: np.ndarray) -> bool:
    return not expected.shape and expected.dtype.startswith("int") and wrong[0] == right[0] - 1


def _nearly(expected: Sampled, right: np.ndarray, wrong: np.ndarray) -> bool:
    return expected.dtype == PIXEL and float(np.abs(right - wrong).mean()) <= NEARLY


_LIKENESSES: dict[str, Callable[[Sampled, np.ndarray, np.ndarray], bool]] = {
    KIND: _same,
    SCALE: lambda expected, right, wrong: bool(
        expected.dtype == PIXEL and right.any() and _same(expected, right, 255 * wrong)
    ),
    CHANNELS: _channels,
    OPPOSITE: _opposite,
    ORDER: _order,
    SIGN: _sign,
    ONE_LESS: _one_less,
    NEARLY_SAME: _nearly,
}
_ELEMENTWISE = (KIND, SCALE, OPPOSITE, SIGN, NEARLY_SAME)
