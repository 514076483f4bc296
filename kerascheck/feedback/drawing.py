"""Drawings of a block or a network: the main path straight down, with shortcuts beside it.

They are generated from a `Graph`, so they show what a student's function built, not what it should
build. `residual_blocks` groups layers into boxes; this module places boxes and lines.

Long, because placing boxes, lanes and lines is one algorithm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kerascheck.evidence.graph import Graph, Layer
from kerascheck.feedback.neighbourhood import GHOST, Neighbourhood
from kerascheck.feedback.residual_blocks import (
    Box,
    box_of_layer,
    parts_of,
    readable_shape,
    size_in_words,
)
from kerascheck.feedback.svg import (
    BLUE,
    BLUE_TINT,
    GREEN,
    GREEN_TINT,
    GREY_TINT,
    INK,
    MONO,
    ORANGE,
    ORANGE_TINT,
    PURPLE,
    PURPLE_TINT,
    QUIET,
    VERMILION,
    VERMILION_TINT,
    Svg,
    arrow,
    box,
    document,
    element,
    label,
    plus,
    shortened,
)

TINTS = {
    "Conv2D": (BLUE_TINT, BLUE),
    "BatchNormalization": (ORANGE_TINT, ORANGE),
    "ReLU": (GREEN_TINT, GREEN),
    "Add": (PURPLE_TINT, PURPLE),
    "identity block": (BLUE_TINT, BLUE),
    "convolutional block": (VERMILION_TINT, VERMILION),
    "Dense": (PURPLE_TINT, PURPLE),
}
OTHER = (GREY_TINT, QUIET)
OF_BLOCKS = (
    (BLUE_TINT, BLUE),
    (VERMILION_TINT, VERMILION),
    (GREEN_TINT, GREEN),
    (PURPLE_TINT, PURPLE),
)

MOST_BOXES = 150
MOST_LINES = 60
COUNTED = ("Conv2D", "Dense")  # in the depth that names a network
WIDTH, FOLDED_WIDTH, COLUMN_GAP, LANE = 300, 350, 40, 92
MARGIN, CALLOUT, TOP = 24, 200, 64
LINE = 16
GAP, GAP_OF_BLOCKS, BYPASS = (
    30,
    34,
    34,
)  # between rows; the room that a block's shortcut takes aside


@dataclass(frozen=True)
class Fault:
    """The faults of one layer.

    layer: its id in the graph that is drawn, None if the graph has no such layer. title: its name
    in the drawing in that case. words: a few words on each fault.
    """

    layer: str | None
    title: str
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        return " · ".join(self.words)


def draw_model(model: Any) -> Svg:
    """Draw a functional Keras model. Raises TypeError for a model of another kind."""
    from kerascheck.probes.keras_graph import graph_of

    graph, _ = graph_of(model)
    return draw(graph)


def draw(graph: Graph, faults: Sequence[Fault] = ()) -> Svg:
    """Draw `graph`; in a large one, each residual block is one box with its shortcut beside it.

    faults: a layer with a fault gets a thick dashed outline and the words beside it; faults of
    layers that are not drawn are listed at the foot.
    """
    parts, folded = parts_of(graph)
    heading = f"{graph.name or 'Block'}: {size_in_words(_real(graph))}"
    lines = []
    if any(part.is_block for part in parts):
        lines.append("Each residual block is one box, with its shortcut beside it.")
    if folded and (depth := _depth(graph)):
        count = f"Keras counts the input, too: {len(graph.layers)}."
        lines.append(f"{count} Names of networks count the")
        lines.append(f"convolutions and dense layers on the longest path: {depth}.")
    return _drawing(graph, parts, folded, heading, lines, faults)


def draw_part(part: Neighbourhood, faults: Sequence[Fault] = ()) -> Svg:
    """Draw a part of a network, layer by layer; dotted lines lead to what is left out."""
    heading = f"{part.whole.name or 'Block'}: {size_in_words(_real(part.whole))}"
    lines = ["the part around the first mistake"] if part.is_cut else []
    boxes = [box_of_layer(layer) for layer in part.graph.layers]
    return _drawing(part.graph, boxes, False, heading, lines, faults, part)


def _drawing(
    graph: Graph,
    parts: list[Box],
    folded: bool,
    heading: str,
    lines: Sequence[str],
    faults: Sequence[Fault],
    part: Neighbourhood | None = None,
) -> Svg:
    left_out = max(0, len(parts) - MOST_BOXES)
    parts = parts[:MOST_BOXES]
    complaints, homeless = _complaints(graph, parts, faults)
    layout = _Layout(
        parts, folded, complaints, TOP + 18 * max(0, len(lines) - 1) + 12 * (part is not None), part
    )
    body = [label(MARGIN, 36, shortened(heading, 60), 16, font_weight=700)]
    body += [label(MARGIN, 54 + 17 * n, line, 12.5, fill=QUIET) for n, line in enumerate(lines)]
    body += layout.edges()
    for one in parts:
        body += layout.box(one)
    foot = layout.bottom
    notes = list(homeless)
    if left_out:
        notes.append(f"{left_out} further boxes are not drawn.")
    for note in notes:
        body.append(label(MARGIN, foot + 12, shortened(note, 78), 13, font_weight=600))
        foot += 20
    alt = [f"Drawing of {shortened(heading, 60)}, from the input down to the output"]
    alt += [" ".join(lines)] * bool(lines)
    alt.append("; ".join(_spoken(one, complaints.get(one.id, ())) for one in parts))
    alt += notes
    text = ". ".join(line.rstrip(".") for line in alt)
    return document(layout.width, foot + 10, shortened(heading, 60), f"{text}.", body)


def _real(graph: Graph) -> Graph:
    """The graph without ghosts, to count its layers."""
    layers = tuple(layer for layer in graph.layers if GHOST not in layer.settings)
    return Graph(graph.name, layers, graph.outputs)


def _depth(graph: Graph) -> int:
    """The most convolutions and dense layers on a path; 0 where calls of blocks hide them."""
    longest: dict[str, int] = {}
    for layer in graph.layers:
        above = max((longest[source] for source in layer.inputs), default=0)
        longest[layer.id] = above + (layer.kind in COUNTED)
    hidden = any(layer.recorded for layer in graph.layers)
    return 0 if hidden else max(longest.values(), default=0)


def outline(graph: Graph, faults: Sequence[Fault] = ()) -> list[str]:
    """The drawing as lines of text: a box on each, with its inputs unless it is the line above."""
    parts, _ = parts_of(graph)
    complaints, homeless = _complaints(graph, parts[:MOST_LINES], faults)
    lines = []
    above: str | None = None
    titles = {part.id: part.name or part.kind for part in parts}
    for part in parts[:MOST_LINES]:
        name = f" {shortened(part.name, 30)}" if part.name else ""
        detail = f" ({part.detail})" if part.detail else ""
        inputs = list(part.inputs)
        taken = " + ".join(shortened(titles[i], 30) for i in inputs if i in titles)
        source = f" <- {taken}" if inputs and inputs != [above] else ""
        wrong = "".join(f"  ✗ {said}" for said in complaints.get(part.id, ()))
        shape = readable_shape(part.shape) if part.shape else "stopped here"
        if GHOST in part.members[0].settings:
            shape = "missing here"
        lines.append(f"{shortened(part.kind, 26)}{name}{detail}, {shape}{source}{wrong}")
        above = part.id
    lines += homeless
    if len(parts) > MOST_LINES:
        lines.append(f"and {len(parts) - MOST_LINES} more")
    return lines


def tints_of(parts: Sequence[Box]) -> dict[str, tuple[str, str]]:
    """Fill and outline colours by kind; calls of blocks get theirs in order of frequency."""
    calls = Counter(
        part.kind for part in parts if any("recorded" in m.settings for m in part.members)
    )
    kinds = [kind for kind, _ in calls.most_common()]
    return {**TINTS, **dict(zip(kinds, OF_BLOCKS, strict=False))}


class _Layout:
    """The position of every part: its row by distance from the input, its column by path."""

    def __init__(
        self,
        parts: Sequence[Box],
        folded: bool,
        complaints: Mapping[str, Sequence[str]],
        top: float = TOP,
        part: Neighbourhood | None = None,
    ) -> None:
        self.top, self.part = top, part
        self.bypasses = any(one.is_block for one in parts)
        self.tints = tints_of(parts)
        self.parts = {part.id: part for part in parts}
        self.folded = folded
        self.box_width = FOLDED_WIDTH if folded else WIDTH
        self.complaints = {key: _wrapped(lines) for key, lines in complaints.items()}
        self.row: dict[str, int] = {}
        for one in parts:
            self.row[one.id] = 1 + max((self.row[i] for i in self._above(one)), default=-1)
        self.main = self._main_path(parts)
        self.column: dict[str, int] = {}
        self.taken: set[tuple[int, int]] = set()
        for one in sorted(parts, key=lambda one: one.id not in self.main):
            column = 0 if one.id in self.main else 1
            while (self.row[one.id], column) in self.taken:
                column += 1
            self.column[one.id] = column
            self.taken.add((self.row[one.id], column))
        self._place_rows()
        complained = {self.column[identity] > 0 for identity in self.complaints}
        self.left = MARGIN + CALLOUT * (False in complained)
        self.right = CALLOUT * (True in complained)
        self.columns = 1 + max(self.column.values(), default=0)
        self.lanes: list[tuple[float, float, float]] = []
        self.width = self._column_end(self.columns) + MARGIN
        if any(self._needs_lane(source, part) for source, part in self._wires()):
            self.edges()
            furthest = max((lane[0] for lane in self.lanes), default=0)
            self.width = max(self.width, furthest + LANE - 4)

    def edges(self) -> list[str]:
        """The lines, with the shapes that they carry where no box states them."""
        self.lanes = []
        drawn: set[tuple[str, str]] = set()
        body: list[str] = []
        for source, part in self._wires():
            again = (source.id, part.id) in drawn
            drawn.add((source.id, part.id))
            body += self._edge(source, part, again)
        return body

    def box(self, part: Box) -> list[str]:
        """The box of a part, with its faults beside it."""
        x, y, height = self._x(part), self.y[part.id], self._height(part)
        fill, edge = self.tints.get(part.kind, OTHER)
        words = self.complaints.get(part.id, [])
        ghost = GHOST in part.members[0].settings
        outline: dict[str, object] = {"fill": fill, "stroke": edge, "stroke_width": 1.2}
        if ghost:
            outline |= {"fill": "none", "stroke": VERMILION, "stroke_width": 2}
            outline |= {"stroke_dasharray": "3 5"}
        elif words:
            outline |= {"stroke": VERMILION, "stroke_width": 3.5, "stroke_dasharray": "9 5"}
        right = readable_shape(part.shape) if self.folded and not ghost else part.name or ""
        kind, most = shortened(part.kind, 26), 34 - min(26, len(part.kind))
        if self.folded and part.name:
            kind = f"{kind} {shortened(part.name, 12)}"
            most = 14
        body = [
            box(x, y, self.box_width, height, **outline),
            label(x + 12, y + 20, kind, 13.5, font_weight=650),
            label(
                x + self.box_width - 12,
                y + 20,
                shortened(right, max(most, 12)),
                12.5,
                text_anchor="end",
                font_family=MONO,
            ),
        ]
        if part.detail and not self.folded:
            body.append(label(x + 12, y + 39, shortened(part.detail, 46), 12, fill=INK))
        body += self._cuts(part)
        if part.is_block:
            body += self._bypass(part)
        if not words:
            return body
        if (self.row[part.id], self.column[part.id] + 1) in self.taken and self.column[part.id]:
            return [*body, label(x, y + height + 14, " ".join(words), 12, font_weight=600)]
        middle = y + height / 2 - (len(words) - 1) * LINE / 2 + 4
        aside = self.column[part.id] > 0
        return body + [
            label(
                x + self.box_width + 14 if aside else x - 14,
                middle + index * LINE,
                word,
                font_weight=600,
                text_anchor="start" if aside else "end",
            )
            for index, word in enumerate(words)
        ]

    def _cuts(self, part: Box) -> list[str]:
        """Dotted lines to what is left out above and below a box."""
        if self.part is None:
            return []
        x, y = self._x(part) + self.box_width / 2, self.y[part.id]
        end = y + self._height(part)
        ends = []
        if part.id in self.part.cut_below:
            ends.append((end, end + 20))
        if part.id in self.part.cut_above:
            ends.append((y - 20, y))
        words = []
        if part.id in self.part.left_out:
            source, count = self.part.left_out[part.id]
            bottom = self.y[source] + self._height(self.parts[source])
            ends.append((bottom, y))
            more = f"{count} more layer{'s' * (count != 1)}"
            words = [label(x + 10, (bottom + y) / 2 + 4, more, 12, fill=QUIET)]
        return words + [
            element(
                "path",
                d=f"M{x:g} {above:g}V{below:g}",
                stroke=QUIET,
                stroke_width=2.4,
                stroke_dasharray="2 4",
            )
            for above, below in ends
        ]

    def _bypass(self, part: Box) -> list[str]:
        """The shortcut of a block that is one box: around it, and added below it."""
        middle, y = self._x(part) + self.box_width / 2, self.y[part.id]
        aside, end = self._x(part) + self.box_width + BYPASS / 2 + 4, y + self._height(part)
        points = ((middle, y - 10), (aside, y - 10), (aside, end + 8), (middle + 7, end + 8))
        body = [arrow(*points, colour=VERMILION, width=2.2, bend=8), plus(middle, end + 8, 7)]
        if part.projection:
            height = (y + end) / 2
            body.append(box(aside - 19, height - 10, 38, 20, stroke=VERMILION, rx=4))
            body.append(
                label(
                    aside, height + 4, part.projection, 12, text_anchor="middle", font_family=MONO
                )
            )
        return body

    def _wires(self) -> list[tuple[Box, Box]]:
        return [(self.parts[i], part) for part in self.parts.values() for i in self._inputs(part)]

    def _inputs(self, part: Box) -> list[str]:
        return [identity for identity in part.inputs if identity in self.parts]

    def _above(self, part: Box) -> list[str]:
        """What a box is drawn below: its inputs, and the last box before layers that are left out."""
        left_out = None if self.part is None else self.part.left_out.get(part.id)
        return [*self._inputs(part), *([left_out[0]] if left_out else [])]

    def _main_path(self, parts: Sequence[Box]) -> set[str]:
        """The longest path; where two are equally long, the one through the first input."""
        if not parts:
            return set()
        path = [max(parts, key=lambda part: self.row[part.id])]
        while inputs := self._above(path[-1]):
            path.append(self.parts[max(inputs, key=lambda identity: self.row[identity])])
        return {part.id for part in path}

    def _place_rows(self) -> None:
        heights: dict[int, float] = {}
        for identity, row in self.row.items():
            words = self.complaints.get(identity, [])
            height = max(self._height(self.parts[identity]), LINE * len(words))
            heights[row] = max(heights.get(row, 0), height)
        gap = GAP_OF_BLOCKS if self.bypasses else 16 if self.folded else GAP
        top, tops = float(self.top), {}
        for row in sorted(heights):
            tops[row] = top
            top += heights[row] + gap
        self.y = {identity: tops[row] for identity, row in self.row.items()}
        self.bottom = top

    def _height(self, part: Box) -> float:
        return 48 if part.detail and not self.folded else 30

    def _x(self, part: Box) -> float:
        return self.left + self.column[part.id] * (self.box_width + COLUMN_GAP)

    def _column_end(self, columns: int) -> float:
        """The x coordinate at which lines may pass the first `columns` columns."""
        end = self.left + columns * (self.box_width + COLUMN_GAP) + BYPASS * self.bypasses
        return end + (self.right if columns > 1 else 0)

    def _free(self, column: int, above: int, below: int) -> bool:
        return not any((row, column) in self.taken for row in range(above + 1, below))

    def _needs_lane(self, source: Box, part: Box) -> bool:
        a, b = self.column[source.id], self.column[part.id]
        free = self._free(max(a, b), self.row[source.id], self.row[part.id])
        return not free or (a != b and 0 not in (a, b))

    def _edge(self, source: Box, part: Box, again: bool) -> list[str]:
        a, b = self.column[source.id], self.column[part.id]
        x, y = self._x(source) + self.box_width / 2, self.y[source.id] + self._height(source)
        middle = self.y[source.id] + self._height(source) / 2
        end, into = self.y[part.id], self.y[part.id] + self._height(part) / 2
        ghost = GHOST in source.members[0].settings
        carried = "" if ghost else readable_shape(source.shape)
        shape = "" if self.folded else carried
        if again or self._needs_lane(source, part):
            lane = self._lane(source, part)
            return [
                arrow(
                    (self._x(source) + self.box_width, middle),
                    (lane, middle),
                    (lane, into),
                    (self._x(part) + self.box_width, into),
                    colour=VERMILION,
                    width=2.2,
                ),
                label(
                    lane + 7,
                    (middle + into) / 2,
                    carried,
                    12,
                    font_family=MONO,
                ),
            ]
        if a == b:
            tag = label(x + 8, (y + end) / 2 + 4, shape, 12, font_family=MONO)
            return [arrow((x, y), (x, end)), tag]
        if a == 0:
            side = self._x(part) + self.box_width / 2
            return [
                arrow(
                    (self._x(source) + self.box_width, middle),
                    (side, middle),
                    (side, end),
                    colour=VERMILION,
                    width=2.2,
                )
            ]
        return [
            arrow(
                (x, y),
                (x, into),
                (self._x(part) + self.box_width, into),
                colour=VERMILION,
                width=2.2,
            ),
            label(x + 8, (y + into) / 2, carried, 12, font_family=MONO),
        ]

    def _lane(self, source: Box, part: Box) -> float:
        above, below = self.row[source.id], self.row[part.id]
        widest = max(column for row, column in self.taken if above <= row <= below)
        top, bottom = self.y[source.id], self.y[part.id]
        lane = self._column_end(widest + 1) - 4
        while any(x == lane and top < end and start < bottom for x, start, end in self.lanes):
            lane += LANE
        self.lanes.append((lane, top, bottom))
        return lane


def _complaints(
    graph: Graph, parts: Sequence[Box], faults: Sequence[Fault]
) -> tuple[dict[str, list[str]], list[str]]:
    """The faults of each part, and lines on the faults of layers in none of the parts."""
    home = {member.id: part for part in parts for member in part.members}
    complaints: dict[str, list[str]] = {}
    homeless: list[str] = []
    for fault in faults:
        layer = None if fault.layer is None else graph.by_id.get(fault.layer)
        if layer is None:
            homeless.append(f"✗ not in this model: {shortened(fault.title, 30)}: {fault.text}")
        elif layer.id not in home:
            homeless.append(f"✗ not drawn: {_title(layer)}: {fault.text}")
        else:
            part = home[layer.id]
            alone = len(part.members) == 1
            text = fault.text if alone else f"{_title(layer)}: {fault.text}"
            complaints.setdefault(part.id, []).append(text)
    return complaints, homeless


def _title(layer: Layer) -> str:
    return shortened(layer.name or layer.kind, 30)


def _wrapped(texts: Sequence[str]) -> list[str]:
    """Lines of at most 27 characters, four at most, the first of them with a cross."""
    lines: list[str] = []
    line = "✗"
    for word in " · ".join(texts).split():
        word = shortened(word, 25)
        if len(line) + 1 + len(word) > 27:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}"
    lines.append(line)
    return lines if len(lines) <= 4 else [*lines[:3], lines[3][:25] + " …"]


def _spoken(part: Box, complaints: Sequence[str]) -> str:
    name = f" {shortened(part.name, 40)}" if part.name else ""
    if GHOST in part.members[0].settings:
        return f"missing here: {part.kind}{name}"
    wrong = f" (wrong: {', '.join(complaints)})" if complaints else ""
    return f"{part.kind}{name}, output {readable_shape(part.shape)}{wrong}"
