"""Draw small everyday objects: the images of the CIFAR-10 stand-in.

Data flow: a *kind* gives a list of parts, each a shape and a paint; a *pose* (turned, scaled, shifted,
mirrored) moves the plane in which they lie; paints, light and a background complete the image.
`cifar10.py` stores the result in the layout of the real files.

An object lies in a square from -1 to 1, x to the right and y downwards. A shape tells for every
point whether it is inside. Images are drawn at three times the size and averaged, which smooths
edges.

Randomness: each image has a generator of its own, seeded by (seed, split, number). Only uniform
doubles are drawn from it, so that an image depends neither on the images before it nor on how NumPy
computes its other distributions.

Long, because each of the ten kinds of object is drawn by a function of its own.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable, Sequence

import numpy as np

SIZE = 32
SEED = 20151210
"""The date of arXiv:1512.03385, "Deep Residual Learning for Image Recognition"."""

VERSION = 1
"""Increased whenever the drawn images change, so that no cache serves the old ones."""

_OVER = 3
Shape = Callable[[np.ndarray, np.ndarray], np.ndarray]
Part = tuple[Shape, str]
"""A shape and its paint: "main", "second" (another hue), "dark" or "light"."""


def draw_objects(count: int, split: int, seed: int = SEED) -> tuple[np.ndarray, np.ndarray]:
    """Draw `count` images, with balanced classes in shuffled order.

    `split` (0 train, 1 test) is part of each image's seed: no image is in both.
    Returns images uint8 (count, 32, 32, 3) and labels int64 (count,), indices into `CLASSES`.
    Raises ValueError when `count` is not a multiple of ten.
    """
    if count % len(CLASSES):
        raise ValueError(f"count must be a multiple of {len(CLASSES)}, not {count}")
    order = _generator(seed, split, -1).random(count).argsort(kind="stable")
    labels = (np.arange(count, dtype=np.int64) % len(CLASSES))[order]
    pictures = np.empty((count, SIZE, SIZE, 3), np.uint8)
    for number, label in enumerate(labels):
        pictures[number] = draw_object(CLASSES[label], _generator(seed, split, number))
    return pictures, labels


def draw_object(kind: str, rng: np.random.Generator) -> np.ndarray:
    """Draw one object, uint8 (32, 32, 3) RGB. Raises KeyError for a kind that is not in CLASSES."""
    parts = _KINDS[kind](rng)
    pixels = (np.arange(SIZE * _OVER) + 0.5) / (SIZE * _OVER) * 2 - 1
    X, Y = np.meshgrid(pixels, pixels)
    hue = rng.random()
    picture = _background(X, Y, hue, rng)
    x, y = _posed(X, Y, rng)
    paints = _paints(hue, rng)
    light = 1 + _between(rng, 0.05, 0.3) * (np.cos(_between(rng, 0, 6.28)) * X - 0.8 * Y)
    shadow = np.zeros_like(X, bool)
    for shape, _ in parts:
        shadow |= shape(x - 0.09, y - 0.12)
    picture[shadow] *= 0.72
    for shape, paint in parts:
        inside = shape(x, y)
        picture[inside] = paints[paint] * light[inside][:, None]
    picture = picture.reshape(SIZE, _OVER, SIZE, _OVER, 3).mean(axis=(1, 3))
    picture += _between(rng, 0.005, 0.04) * (
        rng.random(picture.shape) + rng.random(picture.shape) - 1
    )
    return np.clip(picture * _between(rng, 0.8, 1.1) * 255, 0, 255).round().astype(np.uint8)


def _posed(X: np.ndarray, Y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The point of the object that each pixel shows."""
    turn, size = _around(rng, 0, 0.5), _between(rng, 0.58, 0.95)
    wide, slant = _between(rng, 0.85, 1.18), _around(rng, 0, 0.25)
    x, y = X - _around(rng, 0, 0.3), Y - _around(rng, 0, 0.25)
    c, s = np.cos(turn), np.sin(turn)
    x, y = (c * x + s * y) / (size * wide), (c * y - s * x) * wide / size
    x = x + slant * y
    return (-x if rng.random() < 0.5 else x), y


def _paints(hue: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Colours for the parts of one object, distinct from one another and from its background."""
    bright = _between(rng, 0.62, 1.0)
    second = hue + 0.5 + _around(rng, 0, 0.35)
    return {
        "main": _colour(hue, _between(rng, 0.45, 0.95), bright),
        "second": _colour(second, _between(rng, 0.2, 0.8), _between(rng, 0.55, 0.95)),
        "dark": _colour(hue, _between(rng, 0.2, 0.6), _between(rng, 0.12, 0.34)),
        "light": _colour(second, _between(rng, 0.02, 0.2), _between(rng, 0.86, 1.0)),
    }


def _background(X: np.ndarray, Y: np.ndarray, hue: float, rng: np.random.Generator) -> np.ndarray:
    """A wall, a horizon or a pattern, and blurred patches without meaning."""
    away = hue + 0.5 + _around(rng, 0, 0.3)
    bright = _between(rng, 0.3, 0.85)
    first = _colour(away, _between(rng, 0.05, 0.5), bright)
    other = _colour(away + _around(rng, 0, 0.25), _between(rng, 0.05, 0.5), bright * 0.75)
    style, turn = rng.random(), _between(rng, 0, 6.28)
    across = np.cos(turn) * X + np.sin(turn) * Y
    if style < 0.45:
        mix = 0.5 + 0.5 * across
    elif style < 0.75:
        mix = (Y + 0.15 * X * np.cos(turn) > _around(rng, 0.3, 0.5)).astype(float)
    else:
        mix = 0.5 + 0.5 * np.sin(_between(rng, 3, 9) * across)
    picture = first + np.clip(mix, 0, 1)[..., None] * (other - first)
    for _ in range(3):
        x, y, reach = _between(rng, -1, 1), _between(rng, -1, 1), _between(rng, 0.15, 0.5)
        patch = np.exp(-((X - x) ** 2 + (Y - y) ** 2) / reach**2)[..., None]
        tint = _colour(rng.random(), 0.4, _between(rng, 0.3, 0.9))
        picture = picture + 0.35 * patch * (tint - picture)
    return picture


def _cup(rng: np.random.Generator) -> list[Part]:
    narrow, height = _between(rng, 0.28, 0.5), _between(rng, 0.5, 0.75)
    return [
        (_ring(0.52, 0.0, _between(rng, 0.3, 0.4), 0.1), "main"),
        (
            _polygon((-0.58, -height), (0.58, -height), (narrow, height), (-narrow, height)),
            "main",
        ),
        (_ellipse(0, -height, 0.58, 0.16), "light"),
        (_ellipse(0, -height + 0.02, 0.48, 0.1), "dark"),
    ]


def _house(rng: np.random.Generator) -> list[Part]:
    eaves, door = _between(rng, -0.3, 0.0), _around(rng, 0, 0.3)
    parts = [
        (_box(0.4, -0.68, 0.1, 0.25), "dark"),
        (_polygon((-0.7, eaves), (0.7, eaves), (0.7, 0.85), (-0.7, 0.85)), "light"),
        (_polygon((-0.95, eaves), (0, -0.95), (0.95, eaves)), "main"),
        (_box(door, 0.58, 0.15, 0.27), "dark"),
    ]
    window = door + (0.42 if door < 0 else -0.42)
    return [*parts, (_box(window, 0.35, 0.14, 0.14), "second")]


def _tree(rng: np.random.Generator) -> list[Part]:
    trunk = (_box(0, 0.62, _between(rng, 0.09, 0.15), 0.38), "dark")
    if rng.random() < 0.5:
        tiers = [(0.55, 0.8), (0.15, 0.62), (-0.22, 0.44)]
        return [
            trunk,
            *((_polygon((-w, y), (w, y), (0, y - 0.75)), "main") for y, w in tiers),
        ]
    crowns = [(0, -0.45, 0.5), (-0.4, -0.05, 0.42), (0.4, -0.08, 0.42), (0, 0.02, 0.45)]
    return [trunk, *((_ellipse(x, y, r, r), "main") for x, y, r in crowns)]


def _fish(rng: np.random.Generator) -> list[Part]:
    thick = _between(rng, 0.34, 0.52)
    return [
        (_polygon((0.4, 0), (0.98, -0.5), (0.85, 0.0), (0.98, 0.5)), "second"),
        (_polygon((-0.3, -thick + 0.1), (0.3, -thick + 0.1), (0.25, -thick - 0.3)), "second"),
        (_ellipse(-0.15, 0, 0.72, thick), "main"),
        (_ellipse(-0.55, -0.1, 0.12, 0.12), "light"),
        (_ellipse(-0.57, -0.1, 0.06, 0.06), "dark"),
    ]


def _sailboat(rng: np.random.Generator) -> list[Part]:
    mast = _around(rng, 0, 0.15)
    return [
        (_box(mast, -0.2, 0.04, 0.75), "dark"),
        (_polygon((mast + 0.08, -0.95), (mast + 0.08, 0.35), (0.75, 0.35)), "light"),
        (_polygon((mast - 0.08, -0.7), (mast - 0.08, 0.35), (-0.6, 0.35)), "second"),
        (_polygon((-0.95, 0.45), (0.95, 0.45), (0.6, 0.88), (-0.6, 0.88)), "main"),
    ]


def _key(rng: np.random.Generator) -> list[Part]:
    teeth = _between(rng, 0.2, 0.34)
    parts = [
        (_ring(-0.58, 0, 0.36, _between(rng, 0.12, 0.18)), "main"),
        (_box(0.35, 0, 0.6, 0.09), "main"),
        (_box(0.85, teeth / 2, 0.08, teeth / 2), "main"),
        (_box(0.58, teeth / 2, 0.08, teeth / 2), "main"),
    ]
    return (
        parts if rng.random() < 0.5 else [*parts, (_box(0.32, teeth / 3, 0.07, teeth / 3), "main")]
    )


def _umbrella(rng: np.random.Generator) -> list[Part]:
    low = _between(rng, -0.1, 0.1)

    def canopy(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        scallops = low - 0.12 * np.abs(np.sin(x * 3 * np.pi / 1.9))
        return ((x / 0.95) ** 2 + ((y - low) / 0.85) ** 2 < 1) & (y < scallops)

    def panel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return canopy(x, y) & (np.abs(x) < 0.32 * np.sqrt(np.clip((y + 1) / (low + 1), 0, 1)))

    hook = _ring(0.16, 0.74, 0.2, 0.08)
    return [
        (_box(0, 0.1, 0.045, 0.66), "dark"),
        (lambda x, y: hook(x, y) & (y > 0.74), "dark"),
        (canopy, "main"),
        (panel, "second"),
    ]


def _mushroom(rng: np.random.Generator) -> list[Part]:
    brim, tall = _between(rng, -0.1, 0.15), _between(rng, 0.7, 0.95)

    def cap(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return ((x / 0.9) ** 2 + ((y - brim) / tall) ** 2 < 1) & (y < brim)

    stem = _between(rng, 0.18, 0.3)
    spots = [(-0.42, -0.22), (0.08, -0.5), (0.5, -0.16)]
    return [
        (_polygon((-stem, brim), (stem, brim), (stem + 0.12, 0.9), (-stem - 0.12, 0.9)), "light"),
        (cap, "main"),
        *((_ellipse(x, brim + y, 0.13, 0.11), "light") for x, y in spots),
    ]


def _bicycle(rng: np.random.Generator) -> list[Part]:
    wheel = _between(rng, 0.34, 0.42)
    seat, pedal, front = (-0.28, -0.32), (-0.05, 0.35), (0.38, -0.3)
    left, right = (-0.55, 0.38), (0.55, 0.38)
    bars = [
        (left, seat),
        (left, pedal),
        (seat, pedal),
        (seat, front),
        (pedal, front),
        (front, right),
    ]
    return [
        *((_ring(x, y, wheel, 0.085), "dark") for x, y in (left, right)),
        *((_bar(a, b, 0.055), "main") for a, b in bars),
        (_box(-0.3, -0.42, 0.2, 0.06), "second"),
        (_bar((0.38, -0.3), (0.3, -0.55), 0.05), "second"),
        (_bar((0.3, -0.55), (0.55, -0.55), 0.05), "second"),
    ]


def _lamp(rng: np.random.Generator) -> list[Part]:
    top, low = _between(rng, 0.2, 0.35), _between(rng, -0.2, 0.05)
    return [
        (_box(0, 0.4, 0.06, 0.5), "dark"),
        (_ellipse(0, 0.86, _between(rng, 0.3, 0.5), 0.12), "dark"),
        (_polygon((-top, -0.9), (top, -0.9), (0.68, low), (-0.68, low)), "main"),
        (_polygon((-top, -0.9), (0.0, -0.9), (-0.1, low), (-0.68, low)), "second"),
    ]


_KINDS: dict[str, Callable[[np.random.Generator], list[Part]]] = {
    "bicycle": _bicycle,
    "cup": _cup,
    "fish": _fish,
    "house": _house,
    "key": _key,
    "lamp": _lamp,
    "mushroom": _mushroom,
    "sailboat": _sailboat,
    "tree": _tree,
    "umbrella": _umbrella,
}
CLASSES = tuple(_KINDS)


def _ellipse(cx: float, cy: float, a: float, b: float) -> Shape:
    return lambda x, y: ((x - cx) / a) ** 2 + ((y - cy) / b) ** 2 < 1


def _ring(cx: float, cy: float, radius: float, half: float) -> Shape:
    return lambda x, y: np.abs(np.hypot(x - cx, y - cy) - radius) < half


def _box(cx: float, cy: float, a: float, b: float) -> Shape:
    return lambda x, y: (np.abs(x - cx) < a) & (np.abs(y - cy) < b)


def _bar(start: Sequence[float], end: Sequence[float], half: float) -> Shape:
    """All points within `half` of the line from start to end."""
    (x0, y0), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])

    def inside(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        along = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
        return np.hypot(x - x0 - along * dx, y - y0 - along * dy) < half

    return inside


def _polygon(*corners: tuple[float, float]) -> Shape:
    """Inside by the even-odd rule: a ray to the right crosses the border an odd number of times."""

    def inside(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        odd = np.zeros(x.shape, bool)
        for (x0, y0), (x1, y1) in zip(corners, (*corners[1:], corners[0]), strict=True):
            if y0 != y1:
                crosses = (y0 > y) != (y1 > y)
                odd ^= crosses & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
        return odd

    return inside


def _colour(hue: float, saturation: float, value: float) -> np.ndarray:
    return np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value))


def _generator(seed: int, split: int, number: int) -> np.random.Generator:
    # SeedSequence takes no negative numbers; a split's order (-1) comes before its images.
    return np.random.Generator(np.random.PCG64([seed, split, number + 1]))


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    return low + (high - low) * float(rng.random())


def _around(rng: np.random.Generator, centre: float, reach: float) -> float:
    """A triangular draw: within `reach` of the centre, near it more often."""
    return centre + reach * (float(rng.random()) + float(rng.random()) - 1)
