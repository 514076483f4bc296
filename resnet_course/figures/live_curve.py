"""A learning curve that draws itself while a network trains: an SVG, without matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kerascheck.feedback.svg import (
    BLUE,
    EDGE,
    MONO,
    QUIET,
    VERMILION,
    Svg,
    document,
    element,
    label,
)

WIDTH, HEIGHT = 600, 230
LEFT, RIGHT, TOP, BOTTOM = 62, 20, 48, 40
HIGHEST = 1e6  # a loss beyond it is drawn at the edge


def curve(history: Mapping[str, Sequence[float]], epochs: int) -> Svg | None:
    """The loss of the epochs so far, of as many as there will be; None before the first.

    Validation is drawn dashed. A number that is not finite is left out.
    """
    known = {
        name: [(n, y) for n, y in enumerate(history.get(name, ()), start=1) if 0 <= y < HIGHEST]
        for name in ("loss", "val_loss")
    }
    points = [point for line in known.values() for point in line]
    if not points:
        return None
    top = max(y for _, y in points) or 1.0
    body = [label(18, 28, "Loss, epoch by epoch", 14, font_weight=650)]
    for share in (0.0, 0.5, 1.0):
        y = _y(share)
        body.append(_path([(LEFT, y), (WIDTH - RIGHT, y)], EDGE, 1))
        body.append(
            label(LEFT - 8, y + 4, f"{share * top:.2g}", 12, text_anchor="end", font_family=MONO)
        )
    told = []
    looks = {"loss": ("training", BLUE, None), "val_loss": ("validation", VERMILION, "6 4")}
    for place, (name, (word, colour, dash)) in enumerate(looks.items()):
        line = [(_x(n, epochs), _y(y / top)) for n, y in known[name]]
        if not line:
            continue
        body.append(_path(line, colour, 2.4, dash))
        body += [element("circle", cx=x, cy=y, r=3.5, fill=colour) for x, y in line[-1:]]
        left = 230 + 120 * place
        body.append(_path([(left, 24), (left + 26, 24)], colour, 2.4, dash))
        body.append(label(left + 32, 28, word, 12.5))
        told.append(f"{word} {known[name][0][1]:.3g} to {known[name][-1][1]:.3g}")
    body.append(label(LEFT, HEIGHT - 14, "epoch 1", 12, fill=QUIET))
    body.append(label(WIDTH - RIGHT, HEIGHT - 14, f"{epochs}", 12, text_anchor="end", fill=QUIET))
    done = max(n for n, _ in points)
    alt = f"Learning curve after {done} of {epochs} epochs: {', '.join(told)}."
    return document(WIDTH, HEIGHT, "Learning curve", alt, body)


def _x(epoch: int, epochs: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (epoch - 1) / max(1, epochs - 1)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _path(
    points: Sequence[tuple[float, float]], colour: str, width: float, dash: str | None = None
) -> str:
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return element(
        "path", d=path, fill="none", stroke=colour, stroke_width=width, stroke_dasharray=dash
    )
