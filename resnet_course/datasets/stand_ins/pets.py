"""Draw cats and dogs: the images of the cats-and-dogs stand-in.

Data flow: an *animal* (a coat, ears, eyes, a pose) is drawn on a *scene* (a wall, a lawn, a
blanket, and irrelevant objects) with Pillow; light, blur and noise complete the image.
`cats_dogs.py` stores the images as JPEG files.

An animal has coordinates of its own: its head is about a unit wide to each side of (0, 0), x to the
right and y downwards. Coats, scenes and sizes are drawn from the same distributions for both kinds,
so that only shapes distinguish them: a cat has pointed ears, a short face, slit pupils and
whiskers; a dog has a snout, and ears that mostly hang.

Randomness: each image has a generator of its own, seeded by (seed, kind, number). Only uniform
doubles are drawn from it, so that an image depends neither on the images before it nor on how NumPy
computes its other distributions.

Long, because cats and dogs have many parts, each drawn by a function of its own.
"""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

KINDS = ("cat", "dog")
SEED = 20130925
"""The day on which the competition "Dogs vs. Cats" began."""

VERSION = 1
"""Increased whenever the drawn images change, so that no cache serves the old ones."""

_OVER = 2
Colour = tuple[int, int, int]
Points = Sequence[tuple[float, float]]

_COATS: tuple[tuple[Colour, Colour], ...] = (
    ((52, 48, 48), (104, 98, 96)),
    ((112, 74, 46), (196, 158, 118)),
    ((206, 130, 62), (244, 212, 168)),
    ((128, 126, 128), (208, 206, 204)),
    ((218, 190, 150), (246, 234, 214)),
    ((232, 226, 216), (250, 248, 244)),
    ((86, 62, 48), (222, 196, 164)),
    ((156, 104, 66), (240, 232, 222)),
)
"""A main colour and a lighter one, for muzzle, chest and patches."""


def draw_pet(kind: str, number: int, seed: int = SEED) -> Image.Image:
    """Draw the cat or dog of this number: an RGB image, 96 to 240 pixels wide and high.

    Raises ValueError for another kind.
    """
    if kind not in KINDS:
        raise ValueError(f"there are cats and dogs, and no {kind!r}")
    rng = np.random.Generator(np.random.PCG64([seed, KINDS.index(kind), number]))
    width, height = (int(_between(rng, 96, 240)) for _ in range(2))
    canvas = Image.new("RGB", (width * _OVER, height * _OVER))
    draw = ImageDraw.Draw(canvas)
    _scene(draw, canvas.size, rng)
    brush = _Brush(draw, canvas.size, rng)
    coat = _Coat(rng)
    (_cat if kind == "cat" else _dog)(brush, coat, rng)
    if rng.random() < 0.2:
        _in_front(draw, canvas.size, rng)
    return _photographed(canvas.reduce(_OVER), rng)


class _Brush:
    """Draws shapes given in the animal's coordinates; the pose turns, scales, shifts and mirrors."""

    def __init__(self, draw: ImageDraw.ImageDraw, size: tuple[int, int], rng: np.random.Generator):
        self.draw = draw
        self.unit = min(size) * _between(rng, 0.2, 0.34)
        turn = _around(rng, 0, 0.45)
        flip = -1 if rng.random() < 0.5 else 1
        c, s = np.cos(turn), np.sin(turn)
        self.matrix = self.unit * np.array([[c * flip, -s], [s * flip, c]])
        self.centre = np.array(
            [size[0] * _around(rng, 0.5, 0.16), size[1] * _around(rng, 0.44, 0.14)]
        )

    def shape(self, points: Points, colour: Colour) -> None:
        """A filled shape."""
        self.draw.polygon(self._placed(points), fill=colour)

    def line(self, points: Points, colour: Colour, width: float) -> None:
        """A line; its width is in the animal's units."""
        pixels = max(1, round(width * self.unit))
        self.draw.line(self._placed(points), fill=colour, width=pixels, joint="curve")

    def _placed(self, points: Points) -> list[tuple[float, float]]:
        placed = np.asarray(points) @ self.matrix.T + self.centre
        return [(float(x), float(y)) for x, y in placed]


class _Coat:
    """Colours of one animal, and the pattern of its fur."""

    def __init__(self, rng: np.random.Generator) -> None:
        main, light = _COATS[int(rng.random() * len(_COATS))]
        tint = _between(rng, 0.85, 1.15)
        self.main, self.light = _shade(main, tint), _shade(light, tint)
        self.dark = _shade(main, 0.62)
        self.pattern = ("plain", "stripes", "patches", "mask")[int(rng.random() * 4)]
        self.pink: Colour = _shade((222, 150, 146), _between(rng, 0.8, 1.1))
        self.collar = _hue(rng.random(), 0.75, 0.75) if rng.random() < 0.3 else None


def _cat(brush: _Brush, coat: _Coat, rng: np.random.Generator) -> None:
    """Pointed ears, a wide short face, slit pupils, whiskers, a slim body and a curling tail."""
    look = _around(rng, 0, 0.26)  # where the face is turned: features move, the skull does not
    up, curl = _between(rng, 0.9, 2.0), _around(rng, 0, 0.5)
    _tail(
        brush, coat, [(0.6, 2.7), (1.7, 2.9), (1.5, 2.6 - up), (1.3 + curl, 2.2 - up)], 0.13, 0.09
    )
    _body(brush, coat, rng, wide=_between(rng, 0.62, 0.85))
    width, height = _between(rng, 0.95, 1.1), _between(rng, 0.78, 0.9)
    tip, lean = _between(rng, 1.2, 1.5), _between(rng, 0.5, 0.8)
    for side in (-1, 1):
        ear = [(side * 0.94, -0.28), (side * lean * 1.15, -tip), (side * 0.2, -0.68)]
        inner = [(side * 0.78, -0.5), (side * lean * 1.08, -tip + 0.24), (side * 0.4, -0.68)]
        brush.shape(ear, coat.dark if coat.pattern == "mask" else coat.main)
        brush.shape(inner, coat.pink)
    _head(brush, coat, rng, width, height, look)
    cheek = coat.light if coat.pattern != "mask" else coat.dark
    for side in (-1, 1):
        brush.shape(_blob(look + side * 0.2, 0.36, 0.27, 0.22), cheek)
    iris = _hue(_between(rng, 0.1, 0.55), 0.65, 0.8)
    slit = _between(rng, 0.035, 0.1)
    for side in (-1, 1):
        x = look + side * 0.42
        brush.shape(_blob(x, -0.08, 0.23, 0.19, turn=side * 0.25), _shade(coat.main, 0.4))
        brush.shape(_blob(x, -0.08, 0.2, 0.16, turn=side * 0.25), iris)
        brush.shape(_blob(x, -0.08, slit, 0.15), (18, 16, 18))
        brush.shape(_blob(x + 0.05, -0.14, 0.035, 0.035), (250, 250, 250))
    brush.shape([(look - 0.11, 0.2), (look + 0.11, 0.2), (look, 0.32)], coat.pink)
    for side in (-1, 1):
        mouth = [(look, 0.32), (look + side * 0.08, 0.46), (look + side * 0.22, 0.44)]
        brush.line(mouth, _shade(coat.main, 0.35), 0.035)
        for rise in (-0.12, 0.02, 0.16):
            whisker = [(look + side * 0.24, 0.34 + rise / 3), (look + side * 1.3, 0.3 + 1.5 * rise)]
            brush.line(whisker, (238, 236, 232), 0.022)


def _dog(brush: _Brush, coat: _Coat, rng: np.random.Generator) -> None:
    """A snout with a large nose, round eyes, ears that hang (or, of a few, stand), a broad body."""
    look = _around(rng, 0, 0.26)
    wag = _around(rng, 0, 0.4)
    _tail(brush, coat, [(0.8, 2.7), (1.3, 2.5), (1.7, 2.1), (1.75 + wag, 1.5)], 0.17, 0.06)
    _body(brush, coat, rng, wide=_between(rng, 0.85, 1.1))
    standing = rng.random() < 0.18
    width, height = _between(rng, 0.78, 0.92), _between(rng, 0.88, 1.0)
    drop, spread = _between(rng, 0.5, 0.85), _between(rng, 0.8, 1.0)
    ears = coat.dark if rng.random() < 0.6 else coat.main
    if standing:
        for side in (-1, 1):
            ear = [
                (side * 0.78, -0.4),
                (side * 0.82, -1.3),
                (side * 0.6, -1.36),
                (side * 0.2, -0.8),
            ]
            brush.shape(ear, ears)
    _head(brush, coat, rng, width, height, look)
    if not standing:
        for side in (-1, 1):
            flap = _blob(side * spread, -0.5 + drop * 0.75, 0.3, drop, turn=-side * 0.3)
            brush.shape(flap, _shade(ears, 0.8))
            inside = _blob(side * spread, -0.52 + drop * 0.72, 0.25, drop * 0.92, turn=-side * 0.3)
            brush.shape(inside, ears)
    long = _between(rng, 0.4, 0.56)
    brush.shape(_blob(look * 1.5, 0.42 + long * 0.25, 0.46, long + 0.04), _shade(coat.light, 0.78))
    brush.shape(_blob(look * 1.5, 0.42 + long * 0.2, 0.43, long), coat.light)
    for side in (-1, 1):
        x = look + side * 0.36
        brush.shape(_blob(x, -0.16, 0.15, 0.15), _shade(coat.main, 0.45))
        brush.shape(_blob(x, -0.15, 0.115, 0.12), (44, 28, 18))
        brush.shape(_blob(x + 0.04, -0.19, 0.035, 0.035), (250, 250, 250))
        if coat.pattern == "mask":
            brush.shape(_blob(x, -0.42, 0.12, 0.07), coat.light)
    nose = look * 1.7
    if rng.random() < 0.5:
        brush.shape(_blob(nose, 0.98, 0.17, _between(rng, 0.22, 0.38)), (222, 110, 118))
        brush.line([(nose, 0.82), (nose, 1.1)], (170, 74, 84), 0.03)
    mouth = [
        (nose - 0.34, 0.66),
        (nose - 0.16, 0.8),
        (nose, 0.7),
        (nose + 0.16, 0.8),
        (nose + 0.34, 0.66),
    ]
    brush.line(mouth, _shade(coat.light, 0.35), 0.05)
    brush.line([(nose, 0.38), (nose, 0.7)], _shade(coat.light, 0.45), 0.035)
    brush.shape(_blob(nose, 0.28, 0.21, 0.15), (30, 26, 28))
    brush.shape(_blob(nose - 0.06, 0.22, 0.06, 0.03), (120, 116, 120))


def _tail(brush: _Brush, coat: _Coat, bends: Points, thick: float, thin: float) -> None:
    """A Bézier curve of four points, drawn as a row of discs."""
    steps = np.linspace(0, 1, 24)
    weights = [(1 - steps) ** 3, 3 * steps * (1 - steps) ** 2, 3 * steps**2 * (1 - steps), steps**3]
    path = np.stack(weights, axis=1) @ np.asarray(bends)
    for edge, colour in ((0.03, coat.dark), (0.0, coat.main)):
        for (x, y), t in zip(path, steps, strict=True):
            radius = thick + (thin - thick) * float(t) + edge
            brush.shape(_blob(float(x), float(y), radius, radius), colour)


def _body(brush: _Brush, coat: _Coat, rng: np.random.Generator, wide: float) -> None:
    """The body below the head: haunches, chest and two front legs."""
    brush.shape(_blob(0, 2.2, wide * 1.25, 1.15), _shade(coat.main, 0.86))
    brush.shape(_blob(0, 1.55, wide, 1.2), coat.main)
    if coat.pattern == "stripes":
        for height in np.linspace(1.1, 2.6, 6):
            for side in (-1, 1):
                brush.line(
                    [(side * wide, height), (side * wide * 0.45, height + 0.14)], coat.dark, 0.1
                )
    brush.shape(_blob(0, 1.5, wide * 0.55, 0.75), coat.light)
    for side in (-1, 1):
        leg = _blob(side * wide * 0.5, 2.45, 0.24, 0.85)
        brush.shape(leg, _shade(coat.main, 0.94))
        brush.shape(_blob(side * wide * 0.5, 3.2, 0.28, 0.17), coat.light)
    if coat.collar is not None:
        brush.line([(-0.6, 0.85), (0, 1.02), (0.6, 0.85)], coat.collar, 0.16)


def _head(
    brush: _Brush, coat: _Coat, rng: np.random.Generator, width: float, height: float, look: float
) -> None:
    """The skull with its pattern, and fur of short strokes."""
    brush.shape(_blob(0, 0.05, width, height), coat.main)
    if coat.pattern == "stripes":
        for x in (-0.3, 0.0, 0.3):
            brush.line(
                [(look / 2 + x * 1.3, -height * 0.82), (look / 2 + x * 0.8, -0.36)], coat.dark, 0.09
            )
        for side in (-1, 1):
            for y in (0.12, 0.36):
                brush.line([(side * width * 0.95, y), (side * 0.62, y + 0.06)], coat.dark, 0.08)
    elif coat.pattern == "patches":
        side = -1 if rng.random() < 0.5 else 1
        brush.shape(_blob(look + side * 0.42, -0.2, 0.36, 0.4), coat.dark)
        brush.shape(
            [
                (look - 0.1, -height * 0.9),
                (look + 0.1, -height * 0.9),
                (look + 0.12, 0.3),
                (look - 0.12, 0.3),
            ],
            coat.light,
        )
    elif coat.pattern == "mask":
        brush.shape(_blob(look, 0.25, 0.6, 0.5), coat.dark)
    for _ in range(110):
        angle, reach = _between(rng, 0, 2 * np.pi), rng.random() ** 0.5
        x, y = width * reach * np.cos(angle), 0.05 + height * reach * np.sin(angle)
        hair = _shade(coat.main if rng.random() < 0.5 else coat.light, _between(rng, 0.7, 1.1))
        brush.line([(x, y), (x * 1.09, y * 1.05 + 0.07)], hair, 0.014)


def _scene(draw: ImageDraw.ImageDraw, size: tuple[int, int], rng: np.random.Generator) -> None:
    """A background: two surfaces that meet, a texture, and some objects."""
    width, height = size
    far = _hue(rng.random(), _between(rng, 0.05, 0.5), _between(rng, 0.3, 0.92))
    near = _hue(rng.random(), _between(rng, 0.05, 0.6), _between(rng, 0.25, 0.85))
    edge = height * _between(rng, 0.3, 1.1)
    draw.rectangle((0, 0, width, height), fill=far)
    slope = height * _around(rng, 0, 0.12)
    draw.polygon(
        [(0, edge - slope), (width, edge + slope), (width, height), (0, height)], fill=near
    )
    style = rng.random()
    if style < 0.3:  # blades of grass, or a long carpet
        for _ in range(160):
            x, y = width * rng.random(), edge + (height - edge) * rng.random()
            blade = _shade(near, _between(rng, 0.7, 1.3))
            draw.line((x, y, x + 6 * rng.random(), y - 0.08 * height), fill=blade, width=2)
    elif style < 0.55:  # a blanket or wallpaper of stripes
        step, tone = width * _between(rng, 0.06, 0.2), _shade(far, _between(rng, 0.7, 1.25))
        for k in range(int(width / step) + 1):
            draw.rectangle((k * step, 0, (k + 0.45) * step, max(edge, 0)), fill=tone)
    for _ in range(int(_between(rng, 0, 5))):
        x, y = width * rng.random(), height * rng.random()
        a, b = width * _between(rng, 0.05, 0.2), height * _between(rng, 0.05, 0.2)
        colour = _hue(rng.random(), _between(rng, 0.2, 0.8), _between(rng, 0.2, 0.9))
        (draw.ellipse if rng.random() < 0.5 else draw.rectangle)(
            (x - a, y - b, x + a, y + b), fill=colour
        )


def _in_front(draw: ImageDraw.ImageDraw, size: tuple[int, int], rng: np.random.Generator) -> None:
    """Something between the animal and the camera: the bars of a cage, or grass."""
    width, height = size
    colour = _hue(rng.random(), _between(rng, 0, 0.5), _between(rng, 0.3, 0.8))
    if rng.random() < 0.5:
        for k in range(1, 6):
            x = width * (k + 0.4 * rng.random()) / 6
            draw.line((x, 0, x, height), fill=colour, width=max(2, width // 60))
    else:
        for _ in range(40):
            x = width * rng.random()
            top = height * _between(rng, 0.7, 0.95)
            draw.line((x, height, x + 12 * (rng.random() - 0.5), top), fill=colour, width=3)


def _photographed(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The image with light from one side, a tint, noise, and sometimes out of focus."""
    if rng.random() < 0.4:
        picture = picture.filter(ImageFilter.GaussianBlur(_between(rng, 0.4, 1.4)))
    pixels = np.asarray(picture, float)
    y, x = np.mgrid[-1 : 1 : pixels.shape[0] * 1j, -1 : 1 : pixels.shape[1] * 1j]
    angle = _between(rng, 0, 2 * np.pi)
    light = 1 + _between(rng, 0.05, 0.35) * (np.cos(angle) * x + np.sin(angle) * y)
    tint = np.array([_between(rng, 0.85, 1.12) for _ in range(3)])
    pixels = pixels * light[..., None] * tint * _between(rng, 0.7, 1.12)
    grain = _between(rng, 2, 14)
    pixels = pixels + grain * (rng.random(pixels.shape) + rng.random(pixels.shape) - 1)
    return Image.fromarray(np.clip(pixels, 0, 255).round().astype(np.uint8))


def _blob(cx: float, cy: float, a: float, b: float, turn: float = 0) -> Points:
    """An ellipse as a polygon, so that it can be turned."""
    t = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    x, y = a * np.cos(t), b * np.sin(t)
    c, s = np.cos(turn), np.sin(turn)
    return list(zip(cx + c * x - s * y, cy + s * x + c * y, strict=True))


def _hue(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)


def _shade(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(255, round(part * factor)) for part in colour)
    return red, green, blue


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    return low + (high - low) * float(rng.random())


def _around(rng: np.random.Generator, centre: float, reach: float) -> float:
    """A triangular draw: within `reach` of the centre, near it more often."""
    return centre + reach * (float(rng.random()) + float(rng.random()) - 1)
