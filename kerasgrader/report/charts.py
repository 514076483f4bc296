"""The report's charts: scores, aspects and times of a class, as SVG with alt text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from kerascheck.feedback.svg import (
    BLUE,
    CARD,
    EDGE,
    GREEN,
    GREY_TINT,
    INK,
    QUIET,
    Svg,
    box,
    document,
    element,
    label,
)
from kerasgrader.report.spreadsheet import number

WIDTH = 720
BINS = 10
TIMES = (1, 2, 4, 8, 16, 32, 64, 128, 256)  # seconds: the range of each bar doubles


def marks_chart(points: Sequence[float], of: float) -> Svg:
    """Histogram of scores, with a bar for each tenth of all points and the median."""
    counts = [0] * BINS
    for value in points:
        counts[min(BINS - 1, int(BINS * value / of + 1e-9))] += 1
    edges = [of * i / BINS for i in range(BINS + 1)]
    names = [f"{number(a)}–{number(b)}" for a, b in zip(edges, edges[1:], strict=False)]
    said = [f"{n} with {name}" for n, name in zip(counts, names, strict=True) if n]
    alt = (
        f"Bars: points of {len(points)} submissions out of {number(of)}. {', '.join(said)} points. "
        f"The median is {number(median(points))}."
    )
    left, right = 46, 22
    middle = left + (WIDTH - left - right) * min(1.0, median(points) / of)
    marker = [
        element("line", x1=middle, x2=middle, y1=26, y2=218, stroke=INK, stroke_dasharray="5 4"),
        label(
            middle + (-6 if middle > WIDTH / 2 else 6),
            20,
            f"median {number(median(points))}",
            text_anchor="end" if middle > WIDTH / 2 else "start",
            font_weight=600,
        ),
    ]
    body = [*_bars(counts, names, left, right, BLUE, marker), _below("points")]
    return document(WIDTH, 268, "Distribution of marks", alt, body)


def times_chart(seconds: Sequence[float]) -> Svg:
    """Histogram of execution times, with bars whose ranges double."""
    used = [i for i, limit in enumerate(TIMES) if any(s >= limit for s in seconds)]
    edges = TIMES[: (used[-1] + 2 if used else 1)]
    counts = [0] * (len(edges) + (len(edges) == len(TIMES)))
    for value in seconds:
        place = next((i for i, limit in enumerate(edges) if value < limit), len(edges))
        counts[min(place, len(counts) - 1)] += 1
    names = [f"under {TIMES[0]}"]
    names += [f"{a}–{b}" for a, b in zip(TIMES, TIMES[1:], strict=False)] + [f"over {TIMES[-1]}"]
    said = [f"{n} took {name}" for n, name in zip(counts, names, strict=False) if n]
    alt = (
        f"Bars: execution times of {len(seconds)} submissions. {', '.join(said)} seconds. "
        f"The median is {median(seconds):.1f}, the longest {max(seconds):.1f}."
    )
    body = [*_bars(counts, names[: len(counts)], 46, 22, GREEN), _below("seconds")]
    return document(WIDTH, 268, "Time per submission", alt, body)


def aspects_chart(aspects: Mapping[str, Mapping[str, tuple[int, int]]]) -> Svg:
    """For each exercise, a bar for each aspect: how many submissions earned all of its points."""
    body, y, said, left = [], 18, [], 168
    length = WIDTH - left - 132
    for exercise, earned in aspects.items():
        y += 22
        body.append(label(20, y, exercise, 14, font_weight=600))
        y += 10
        for aspect, (count, of) in earned.items():
            share = count / of
            body.append(label(left - 12, y + 15, aspect, text_anchor="end", fill=QUIET))
            body.append(box(left, y, length, 20, rx=4, fill=GREY_TINT, stroke="none"))
            if count:
                body.append(
                    box(left, y, max(6, length * share), 20, rx=4, fill=BLUE, stroke="none")
                )
            text = f"{count} of {of} ({share:.0%})"
            body.append(label(left + length + 10, y + 15, text))
            said.append(f"{exercise}, {aspect}: {text}")
            y += 27
        y += 8
    alt = f"Bars: how many submissions earned all points of an aspect. {'; '.join(said)}."
    return document(WIDTH, y + 12, "Exercises and aspects", alt, body)


def _bars(
    counts: Sequence[int],
    names: Sequence[str],
    left: float,
    right: float,
    colour: str,
    above: Sequence[str] = (),
) -> list[str]:
    """Upright bars with counts and a scale. above: drawn over the bars, under the counts."""
    top, bottom = 46, 218
    highest = max([1, *counts])
    step = (WIDTH - left - right) / len(counts)
    made, texts = [], []
    for tick in _ticks(highest):
        y = bottom - (bottom - top) * tick / highest
        made.append(element("line", x1=left, x2=WIDTH - right, y1=y, y2=y, stroke=EDGE))
        made.append(label(left - 8, y + 4, str(tick), 12, text_anchor="end", fill=QUIET))
    for place, (count, name) in enumerate(zip(counts, names, strict=True)):
        x, height = left + place * step, (bottom - top) * count / highest
        if count:
            made.append(
                box(x + 4, bottom - height, step - 8, height, rx=3, fill=colour, stroke="none")
            )
            texts.append(_count(x + step / 2, bottom - height - 5, count))
        made.append(label(x + step / 2, bottom + 17, name, 12, text_anchor="middle", fill=QUIET))
    return [*made, *above, *texts]


def _count(x: float, y: float, count: int) -> str:
    """A number with an outline, legible on top of a line."""
    return label(
        x, y, str(count), text_anchor="middle", stroke=CARD, stroke_width=5, paint_order="stroke"
    )


def _ticks(highest: int) -> range:
    """Whole numbers from 0, at most six of them."""
    step = next(s * 10**e for e in range(9) for s in (1, 2, 5) if highest / (s * 10**e) <= 5)
    return range(0, highest + 1, step)


def _below(text: str) -> str:
    return label(WIDTH / 2, 256, text, 13, text_anchor="middle", fill=QUIET)
