"""Relations of a wrong array to the expected one, which point to the mistake behind it.

A function that builds no model has no graph to compare. But numbers that are right and in the wrong
place, or all wrong in the same way, show what was done to them. The name of a relation contains no
numbers, so it may be shown for hidden checks too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from kerascheck.evidence.evidence import Sampled

PIXEL = "uint8"
PIXEL_TOLERANCE = 2
"""Levels by which two pixels may differ: versions of decoders and resizers round differently."""
TOLERANCE = (PIXEL_TOLERANCE + 0.5) / 255  # of the largest number: enough to distinguish relations
ENOUGH = 3  # distinct numbers, so that a relation between them is not chance
NEARLY = 0.1  # of the range of the numbers, on average
CHANNELS = 3

Arrays = tuple[np.ndarray, np.ndarray]

RELATIONS = (
    "kind of number",
    "flat",
    "transposed",
    "sides",
    "channels",
    "mirrored",
    "backwards",
    "order",
    "shifted",
    "a part",
    "more",
    "constant",
    "complement",
    "sign",
    "pixel scale",
    "factor",
    "offset",
    "square",
    "root",
    "rounded",
    "another case",
    "few",
    "nearly",
    "some",
    "one less",
    "too large",
    "too small",
)
"""The results of `relation` and `relation_of_texts`; `wording` has a phrase for each."""


def relation(
    expected: Sampled, actual: Sampled, others: Mapping[str, Sampled] | None = None
) -> str | None:
    """The first of RELATIONS that holds between two arrays that differ; None if there is none.

    others: the expected arrays for calls of the same function with other arguments.
    """
    if not expected.elements or not actual.elements:
        return None
    with np.errstate(all="ignore"):  # a student's numbers may be of any size
        return _relation(expected, actual, others or {})


def _relation(expected: Sampled, actual: Sampled, others: Mapping[str, Sampled]) -> str | None:
    if _kind(expected) != _kind(actual) and _is_related(_equal, expected, actual):
        return "kind of number"
    if _whole(expected) and _whole(actual):
        pair, some = _what_differs(_array(expected), _array(actual))
        for name, holds in _by_place(pair):
            if holds:
                return name
        if some:
            close = (
                name
                for name in ("few", "nearly")
                if _is_related(_BY_NUMBER[name], expected, actual)
            )
            return next(close, "some")
    if len(actual.shape) > 2 and actual.shape != expected.shape == _sides_exchanged(actual.shape):
        return "sides"
    if any(_is_related(_telling, other, actual) for other in others.values()):
        return "another case"
    if expected.shape == actual.shape:
        for name, test in _BY_NUMBER.items():
            if _is_related(test, expected, actual):
                return name
    return None


def relation_of_texts(expected: Sequence[object], actual: Sequence[object]) -> str | None:
    """The same as `relation`, for a sequence of texts that a function returns."""
    wanted, given = [str(item) for item in expected], [str(item) for item in actual]
    if len(wanted) > 1 and wanted != given:
        if wanted[::-1] == given:
            return "backwards"
        if sorted(wanted) == sorted(given):
            return "order"
    if given and len(given) < len(wanted) and set(given) <= set(wanted):
        return "a part"
    if wanted and len(given) > len(wanted) and set(wanted) <= set(given):
        return "more"
    return None


def _kind(array: Sampled) -> str:
    return {"u": "whole", "i": "whole", "b": "truth"}.get(array.dtype[:1], "fraction")


def _sides_exchanged(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of images with height and width exchanged."""
    return (*shape[:-3], shape[-2], shape[-3], shape[-1])


def _whole(array: Sampled) -> bool:
    """Whether the sample has all elements, and all are finite."""
    return len(array.elements) == math.prod(array.shape) and None not in array.elements


def _array(array: Sampled) -> np.ndarray:
    return array.values().reshape(array.shape)


def _is_related(test: Callable[[np.ndarray, np.ndarray], bool], a: Sampled, b: Sampled) -> bool:
    if a.shape != b.shape or None in a.elements or None in b.elements:
        return False
    return bool(a.elements) and test(a.values(), b.values())


def _equal(a: np.ndarray, b: np.ndarray) -> bool:
    if a.shape != b.shape:
        return False
    largest = float(np.max(np.abs(a), initial=0))
    return math.isfinite(largest) and bool(np.allclose(a, b, rtol=0, atol=TOLERANCE * largest))


def _what_differs(a: np.ndarray, b: np.ndarray) -> tuple[Arrays, bool]:
    """The entries along the first axis that differ, and whether some do not."""
    if a.shape != b.shape or a.ndim < 2:
        return (a, b), False
    differ = np.array([not _equal(one, other) for one, other in zip(a, b, strict=True)])
    return (a[differ], b[differ]), bool(differ.any() and not differ.all())


def _by_place(pair: Arrays) -> Iterator[tuple[str, bool]]:
    """Relations in which every actual number is expected at some position."""
    a, b = pair
    if a.size < 2 or not np.ptp(a):
        return
    yield "complement", bool(np.isin(a, (0, 1)).all()) and _equal(1 - a, b)
    yield "flat", a.shape != b.shape and _equal(a.ravel(), b.ravel())
    yield "transposed", any(_equal(np.swapaxes(a, *axes), b) for axes in _pairs(a.ndim))
    yield "channels", a.ndim > 2 and a.shape[-1] == CHANNELS and _equal(a[..., ::-1], b)
    yield "mirrored", any(_equal(np.flip(a, axes), b) for axes in _some_of(range(1, a.ndim)))
    yield "backwards", _equal(a[::-1], b)
    yield (
        "shifted",
        a.shape == b.shape and (_equal(a[1:], b[:-1]) or _equal(a[:-1], b[1:])) and (len(a) > 2),
    )
    rows = _rows(a), _rows(b)
    yield "order", a.shape == b.shape and sorted(rows[0]) == sorted(rows[1])
    if a.ndim == b.ndim and a.shape[1:] == b.shape[1:]:
        yield "a part", len(b) < len(a) and _within(rows[1], rows[0])
        yield "more", len(b) > len(a) and _within(rows[0], rows[1])


def _pairs(axes: int) -> Iterator[tuple[int, int]]:
    return combinations(range(axes), 2)


def _some_of(axes: range) -> Iterator[tuple[int, ...]]:
    return (some for count in (1, 2) for some in combinations(axes, count))


def _rows(array: np.ndarray) -> list[tuple[float, ...]]:
    """The entries along the first axis, in a form that can be sorted and compared."""
    if array.ndim == 0:
        return []
    return [tuple(float(f"{x:.4g}") for x in row) for row in array.reshape(len(array), -1)]


def _within(some: list[tuple[float, ...]], all_: list[tuple[float, ...]]) -> bool:
    """Whether `all_` contains `some` in the same order."""
    rest = iter(all_)
    return all(row in rest for row in some)


def _telling(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal, and not by chance: zeros and ones occur everywhere, and so do two equal numbers."""
    distinct = set(a.ravel()) - {0, 1}
    return _equal(a, b) and (len(distinct) >= ENOUGH or bool(np.any(a != np.round(a))))


def _constant(a: np.ndarray, b: np.ndarray) -> bool:
    return a.size > 1 and bool(np.ptp(a)) and not np.ptp(b)


def _factor(a: np.ndarray, b: np.ndarray) -> bool:
    kept = np.abs(a) > TOLERANCE * np.max(np.abs(a))
    if len(set(a[kept])) < ENOUGH:
        return False
    factor = float(np.median(b[kept] / a[kept]))
    return factor != 0 and _equal(a * factor, b)


def _pixel_scale(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.any(a)) and (_equal(a * 255, b) or _equal(a / 255, b))


def _offset(a: np.ndarray, b: np.ndarray) -> bool:
    return len(set(a.ravel())) >= ENOUGH and _equal(a + float(np.median(b - a)), b)


def _square(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.ptp(a)) and _equal(a * a, b)


def _root(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.ptp(a)) and bool(np.all(a >= 0)) and _equal(np.sqrt(a), b)


def _rounded(a: np.ndarray, b: np.ndarray) -> bool:
    large = bool(np.max(np.abs(a)) >= 1) and bool(np.any(a != np.round(a)))
    return large and any(bool(np.all(cut(a) == b)) for cut in (np.trunc, np.round, np.floor))


def _few(a: np.ndarray, b: np.ndarray) -> bool:
    differ = ~np.isclose(a, b, rtol=TOLERANCE, atol=TOLERANCE * float(np.max(np.abs(a), initial=0)))
    return a.size >= 8 and 0 < float(np.mean(differ)) <= 0.25


def _nearly(a: np.ndarray, b: np.ndarray) -> bool:
    return a.size >= 8 and bool(np.mean(np.abs(a - b)) <= NEARLY * np.ptp(a))


def _is_count(a: np.ndarray, b: np.ndarray) -> bool:
    return a.size == 1 and float(a[0]).is_integer() and float(b[0]).is_integer()


_BY_NUMBER: dict[str, Callable[[np.ndarray, np.ndarray], bool]] = {
    "constant": _constant,
    "complement": lambda a, b: bool(np.ptp(a)) and _equal(1 - a, b),
    "sign": lambda a, b: bool(np.any(a)) and _equal(-a, b),
    "pixel scale": _pixel_scale,
    "square": _square,
    "root": _root,
    "rounded": _rounded,
    "factor": _factor,
    "offset": _offset,
    "few": _few,
    "nearly": _nearly,
    "one less": lambda a, b: _is_count(a, b) and float(b[0]) == float(a[0]) - 1,
    "too large": lambda a, b: _is_count(a, b) and bool(b[0] > a[0]),
    "too small": lambda a, b: _is_count(a, b) and bool(b[0] < a[0]),
}
