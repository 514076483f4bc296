"""A card for a unit whose visible checks all pass: its exercises and the student's own network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from kerascheck.evidence.graph import Graph
from kerascheck.feedback.drawing import tints_of
from kerascheck.feedback.progress import Session, next_exercise, points_of
from kerascheck.feedback.residual_blocks import Box, parts_of, size_in_words
from kerascheck.feedback.style import STYLE, accent
from kerascheck.feedback.svg import (
    GREEN,
    GREEN_TINT,
    MONO,
    QUIET,
    VERMILION,
    Svg,
    box,
    document,
    element,
    label,
    shortened,
)
from kerascheck.feedback.wording import number
from kerascheck.judge.verdict import PASSED
from kerascheck.published import PublishedUnit

WIDTH, MARGIN, COLUMN = 720, 28, 222
TALLEST, LOWEST, GAP, WIDEST = 110, 16, 4, 46
MOST_PARTS = 120
CALL = 7  # further layers that the call of a block stands for
KEEP = 'check.card().save("card.svg") stores it.'


def is_new(unit: PublishedUnit, session: Session) -> bool:
    """Whether a unit is complete now and was not before in this kernel; says yes once."""
    if next_exercise(unit, session) is not None or unit.unit in session.complete:
        return False
    session.complete.add(unit.unit)
    return True


def page(unit: PublishedUnit, session: Session) -> tuple[str, str]:
    """The card and how to keep it, as HTML and as text."""
    card = drawn(unit, session)
    keep = f"<p>{escape(KEEP)}</p>"
    rich = (
        f"<style>{STYLE}</style>"
        f'<div class="rc-panel" role="group" style="{accent(PASSED)}" aria-label="Card">'
        f"{card.html()}{keep}</div>"
    )
    return rich, f"{card.alt} {KEEP}"


def drawn(unit: PublishedUnit, session: Session) -> Svg:
    """The card of a unit."""
    earned, most = points_of(unit, session)
    score = f"{number(earned)} of {number(most)} points on the visible checks"
    body = [
        box(MARGIN, 26, 34, 34, fill=GREEN_TINT, stroke=GREEN, stroke_width=2, rx=17),
        label(MARGIN + 17, 49, "✓", 20, text_anchor="middle", font_weight=700),
        label(MARGIN + 48, 42, shortened(unit.title, 60), 19, font_weight=700),
        label(MARGIN + 48, 62, score, 13.5, fill=QUIET),
    ]
    y = 96.0
    for place, line in enumerate(unit.exercises):
        x = MARGIN + COLUMN * (place % 3)
        body.append(
            label(
                x, y + 24 * (place // 3), f"✓ {shortened(line.exercise, 24)}", 13, font_family=MONO
            )
        )
    y += 24 * math.ceil(len(unit.exercises) / 3) + 4
    names = ", ".join(line.exercise for line in unit.exercises)
    alt = [f"Card: {unit.title}", score, f"Exercises that pass: {names}"]
    found = largest(session, unit)
    if found is not None:
        exercise, graph = found
        title = f"My network, {graph.name or exercise}: {size_in_words(graph)}"
        count = 0 if any(layer.recorded for layer in graph.layers) else graph.parameter_count()
        title += f", {count:,} parameters" if count else ""
        body.append(label(MARGIN, y + 8, shortened(title, 88), 13.5, font_weight=650))
        body += _strip(parts_of(graph)[0][:MOST_PARTS], y + 22)
        y += 22 + TALLEST + 44
        alt.append(title)
    return document(WIDTH, y + 6, f"Card: {unit.title}", f"{'. '.join(alt)}.", body)


def largest(session: Session, unit: PublishedUnit) -> tuple[str, Graph] | None:
    """The largest network that a check has built to its end in this kernel, with its exercise before it."""
    known = {(item.exercise, item.call) for item in unit.evidence}
    graphs = [
        (evidence.exercise, graph)
        for key, checked in session.checked.items()
        if key in known
        for evidence in (checked.evidence, checked.evidence.whole)
        if evidence is not None and evidence.error is None and (graph := evidence.graph) is not None
    ]
    return max(graphs, key=lambda found: _size(found[1]), default=None)


def _size(graph: Graph) -> int:
    return sum(1 + CALL * layer.recorded for layer in graph.layers)


def _strip(parts: Sequence[Box], top: float) -> list[str]:
    """The network from left to right: the taller a box, the larger its images; arcs are shortcuts."""
    step = min(WIDEST, (WIDTH - 2 * MARGIN) / max(1, len(parts)))
    tints = tints_of(parts)
    sizes = [part.shape[1] or 1 if len(part.shape) == 4 else 1 for part in parts]
    tallest = max(math.log2(size + 1) for size in sizes) if sizes else 1
    middle = top + 30 + TALLEST / 2
    body = [
        element(
            "path",
            d=f"M{MARGIN} {middle:g}H{MARGIN + step * len(parts):g}",
            stroke=QUIET,
            stroke_width=1.5,
        )
    ]
    place = {part.id: index for index, part in enumerate(parts)}
    for index, (part, size) in enumerate(zip(parts, sizes, strict=True)):
        height = LOWEST + (TALLEST - LOWEST) * math.log2(size + 1) / tallest
        x = MARGIN + step * index
        fill, edge = tints.get(part.kind, ("#eef1f4", QUIET))
        body.append(
            box(x, middle - height / 2, max(3, step - GAP), height, fill=fill, stroke=edge, rx=3)
        )
        starts = [place[source] for source in part.inputs if place.get(source, index) < index - 1]
        starts += [index - 1] * part.is_block
        body += [
            _arc(MARGIN + step * (start + 1) - GAP / 2, x + step - GAP / 2, middle - height / 2)
            for start in starts
        ]
    return body


def _arc(left: float, right: float, top: float) -> str:
    rise = min(34, 14 + (right - left) / 8)
    curve = f"M{left:g} {top + 6:g}C{left:g} {top - rise:g} {right:g} {top - rise:g} {right:g} {top + 6:g}"
    return element("path", d=curve, fill="none", stroke=VERMILION, stroke_width=2)
