"""Figures as SVG text: a small writer that escapes text, and the object that a notebook shows.

Figures (drawn by hand) and drawings (generated from a layer graph) are both an `Svg`. Every text in
one is escaped here and nowhere else, because layer names come from students.

A figure is a card with the colours of a light page written into it, for converters, and a style sheet
that replaces them on a dark page. It is shown as an image, so the property `color-scheme` of the page
around it decides (`kerascheck.feedback.style`).
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from kerascheck.feedback.style import FIGURE_STYLE

INK = "#1b1f24"
QUIET = "#57606a"
CARD = "#ffffff"
EDGE = "#d0d7de"

# Okabe & Ito's colours, which people with any common colour blindness can tell apart.
BLUE, ORANGE, GREEN, VERMILION, PURPLE = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
)
GREY_TINT, PANE, PANE_EDGE = "#eef1f4", "#f6f8fa", "#8c959f"
BLUE_TINT, ORANGE_TINT, GREEN_TINT = "#e3f1fa", "#fdf3dc", "#dff3ec"
VERMILION_TINT, PURPLE_TINT, PURPLE_EDGE = "#fbe6d9", "#f7e6ef", "#8a3f69"

DARK = {  # a colour on light pages: the one that replaces it on dark ones
    INK: "#e8ecf1",
    QUIET: "#a9b4c0",
    CARD: "#1b212a",
    EDGE: "#3a434f",
    BLUE: "#4aa8e6",
    ORANGE: "#E69F00",
    GREEN: "#22b58a",
    VERMILION: "#f07c2e",
    PURPLE: "#CC79A7",
    GREY_TINT: "#2c3541",
    PANE: "#222934",
    PANE_EDGE: "#6b7683",
    BLUE_TINT: "#16324a",
    ORANGE_TINT: "#43330f",
    GREEN_TINT: "#123a30",
    VERMILION_TINT: "#4a2a18",
    PURPLE_TINT: "#43253a",
    PURPLE_EDGE: "#d98cb6",
}
LEAST = 11  # pixels: no text of a figure is ever shown smaller

SANS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
MONO = "ui-monospace, 'SFMono-Regular', Menlo, Consolas, 'DejaVu Sans Mono', monospace"

_TEXT_SIZE = re.compile(r'<text[^>]* font-size="([\d.]+)"')
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, repr=False)
class Svg:
    """A figure.

    text: the whole SVG document. alt: a description for people who cannot see it. width: in pixels.
    smallest: the size of its smallest text, in pixels.
    """

    text: str
    alt: str
    width: float
    smallest: float

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """HTML beside SVG, because JupyterLab shows plain SVG as an image without alternative text."""
        return {
            "image/svg+xml": self.text,
            "text/html": self.html(),
            "text/plain": self.alt,
        }

    def html(self) -> str:
        """An HTML image with its alternative text, in a frame that scrolls where it is too narrow."""
        data = base64.b64encode(self.text.encode()).decode()
        narrowest = min(self.width, math.ceil(self.width * LEAST / self.smallest))
        return (
            f'<style>{FIGURE_STYLE}</style><div class="rc-figure" role="group" tabindex="0" '
            f'aria-label="Figure"><img src="data:image/svg+xml;base64,{data}" '
            f'alt={quoteattr(self.alt)} style="width:{_number(self.width)}px;max-width:100%;'
            f'min-width:{_number(narrowest)}px"></div>'
        )

    def save(self, path: str | Path) -> Path:
        """Write the figure to a file, in UTF-8, and return its path.

        Raises ValueError for a name that does not end in .svg: no other kind of file is written.
        """
        path = Path(path)
        if path.suffix.lower() != ".svg":
            raise ValueError(
                f"a drawing is saved as SVG: call the file {path.stem or 'drawing'}.svg. Browsers and word "
                "processors open it; for a PNG, take a screenshot or convert it there"
            )
        path.write_text(self.text, encoding="utf-8")
        return path


def document(width: float, height: float, title: str, alt: str, body: Iterable[str]) -> Svg:
    """A figure of `width` by `height` pixels: a card with the elements of `body` on it.

    Raises ValueError when a text has fewer than `LEAST` pixels.
    """
    card = element(
        "rect", x=0.5, y=0.5, width=width - 1, height=height - 1, rx=10, fill=CARD, stroke=EDGE
    )
    about = [element("title", clean(title)), element("desc", clean(alt))]
    content = "\n".join([style_sheet(DARK), *about, card, *body])
    root = _tag(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": width,
            "height": height,
            "viewBox": f"0 0 {_number(width)} {_number(height)}",
            "role": "img",
            "aria-label": title,
            "font-family": SANS,
            "fill": INK,
        },
    )
    smallest = min(map(float, _TEXT_SIZE.findall(content)), default=LEAST)
    if smallest < LEAST:
        raise ValueError(f"a text of {smallest:g} pixels is too small to read: use {LEAST} or more")
    return Svg(f"{root}\n{content}\n</svg>\n", plain(alt), width, smallest)


def style_sheet(dark: Mapping[str, str]) -> str:
    """A style element that replaces colours, of attributes and of inline styles, on dark pages."""
    rules = "".join(
        f'[{what}="{light}" i],[style*="{what}: {light}" i]{{{what}:{colour}!important}}'
        for light, colour in dark.items()
        for what in ("fill", "stroke")
    )
    return f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"


def element(tag: str, text: str = "", **attributes: object) -> str:
    """One element holding text. ``stroke_width=2`` becomes ``stroke-width="2"``; None is left out."""
    return _tag(tag, attributes) + clean(text) + f"</{tag}>"


def label(x: float, y: float, text: str, size: float = 13, **attributes: object) -> str:
    """A line of text whose baseline starts, or with ``text_anchor`` is centred or ends, at (x, y)."""
    return element("text", text, x=x, y=y, font_size=size, **attributes)


def box(x: float, y: float, width: float, height: float, **attributes: object) -> str:
    """A rectangle with rounded corners."""
    place: dict[str, object] = {"x": x, "y": y, "width": width, "height": height}
    looks = {"rx": 6, "fill": CARD, "stroke": EDGE, **attributes}
    return _tag("rect", place | looks) + "</rect>"


def arrow(
    *points: tuple[float, float],
    colour: str = QUIET,
    width: float = 1.8,
    dash: str | None = None,
    bend: float = 12,
) -> str:
    """A line through `points` with rounded corners and a head at its end. Segments are not oblique."""
    (x1, y1), (x2, y2) = points[-2], points[-1]
    dx, dy = _sign(x2 - x1), _sign(y2 - y1)
    stop = (x2 - 7 * dx, y2 - 7 * dy)
    head = [
        (x2, y2),
        (x2 - 9 * dx - 4.5 * dy, y2 - 9 * dy - 4.5 * dx),
        (x2 - 9 * dx + 4.5 * dy, y2 - 9 * dy + 4.5 * dx),
    ]
    line = element(
        "path",
        d=_rounded([*points[:-1], stop], bend),
        fill="none",
        stroke=colour,
        stroke_width=width,
        stroke_dasharray=dash,
    )
    return line + element("polygon", points=" ".join(_point(p) for p in head), fill=colour)


def plus(x: float, y: float, radius: float = 15) -> str:
    """The symbol of an addition: a plus in a circle."""
    arm = radius * 0.55
    return element(
        "circle", cx=x, cy=y, r=radius, fill=PURPLE_TINT, stroke=PURPLE_EDGE, stroke_width=1.8
    ) + element(
        "path",
        d=f"M{_number(x - arm)} {_number(y)}h{_number(2 * arm)}"
        f"M{_number(x)} {_number(y - arm)}v{_number(2 * arm)}",
        stroke=INK,
        stroke_width=2.2,
    )


def clean(text: str) -> str:
    """Text that is safe in XML: markup escaped, characters that XML does not allow replaced."""
    return escape(plain(text))


def plain(text: str) -> str:
    """Text in which characters that XML does not allow are replaced."""
    return _NOT_XML.sub("\ufffd", str(text))


def shortened(text: str, most: int) -> str:
    """Text of at most `most` characters; a longer one loses its middle."""
    text = " ".join(plain(text).split())
    if len(text) <= most:
        return text
    head = most // 2
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"


def _tag(tag: str, attributes: dict[str, object]) -> str:
    shown = "".join(
        f" {name.replace('_', '-')}={quoteattr(plain(_value(value)))}"
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{shown}>"


def _value(value: object) -> str:
    return _number(value) if isinstance(value, int | float) else str(value)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _point(point: tuple[float, float]) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _rounded(points: list[tuple[float, float]], bend: float) -> str:
    path = [f"M{_point(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        room = min(bend, _distance(before, corner) / 2, _distance(corner, after) / 2)
        path.append(f"L{_point(_towards(corner, before, room))}")
        path.append(f"Q{_point(corner)} {_point(_towards(corner, after, room))}")
    path.append(f"L{_point(points[-1])}")
    return "".join(path)


def _towards(
    start: tuple[float, float], end: tuple[float, float], length: float
) -> tuple[float, float]:
    return (
        start[0] + length * _sign(end[0] - start[0]),
        start[1] + length * _sign(end[1] - start[1]),
    )


def _distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
