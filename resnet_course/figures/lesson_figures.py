"""The figures of the lessons, drawn from the facts that they show.

Each function returns an `Svg`. Words distinguish the kinds of layers; colours only repeat the
distinction.

Long, because it is a catalogue: a function for each figure, and the parts that they share.
"""

from __future__ import annotations

from dataclasses import dataclass

from kerascheck.feedback.svg import (
    BLUE,
    BLUE_TINT,
    GREEN,
    GREEN_TINT,
    GREY_TINT,
    MONO,
    ORANGE,
    ORANGE_TINT,
    PANE,
    PANE_EDGE,
    PURPLE,
    PURPLE_TINT,
    QUIET,
    VERMILION,
    VERMILION_TINT,
    Svg,
    arrow,
    box,
    document,
    label,
    plus,
)

TINTS = {"conv": (BLUE_TINT, BLUE), "bn": (ORANGE_TINT, ORANGE), "relu": (GREEN_TINT, GREEN)}
Chips = tuple[tuple[str, tuple[str, ...]], ...]
CHIP = 27
TALL_CHIP = 43


@dataclass(frozen=True)
class Stage:
    """One column of the figure of ResNet50."""

    title: str
    parts: tuple[tuple[str, str], ...]
    shape: str
    note: str


RESNET50 = (
    Stage(
        "Stage 1",
        (
            ("pad", "zero padding 3"),
            ("conv", "conv 7×7, 64, /2"),
            ("bn", "batch norm"),
            ("relu", "ReLU"),
            ("pool", "max pool 3×3, /2"),
        ),
        "15×15×64",
        "1 layer",
    ),
    Stage(
        "Stage 2",
        (("a", "2a  conv. block s=1"), ("i", "2b  identity"), ("i", "2c  identity")),
        "15×15×256",
        "9 layers",
    ),
    Stage(
        "Stage 3",
        (
            ("a", "3a  conv. block s=2"),
            ("i", "3b  identity"),
            ("i", "3c  identity"),
            ("i", "3d  identity"),
        ),
        "8×8×512",
        "12 layers",
    ),
    Stage(
        "Stage 4",
        (
            ("a", "4a  conv. block s=2"),
            ("i", "4b  identity"),
            ("i", "4c  identity"),
            ("i", "4d  identity"),
            ("i", "4e  identity"),
            ("i", "4f  identity"),
        ),
        "4×4×1024",
        "18 layers",
    ),
    Stage(
        "Stage 5",
        (("a", "5a  conv. block s=2"), ("i", "5b  identity"), ("i", "5c  identity")),
        "2×2×2048",
        "9 layers",
    ),
    Stage(
        "Head",
        (("pool", "average pool 2×2"), ("flat", "flatten"), ("dense", "dense, softmax")),
        "6",
        "1 layer",
    ),
)
RESNET20 = (
    Stage(
        "First layer",
        (("conv", "conv 3×3, 16"), ("bn", "batch norm"), ("relu", "ReLU")),
        "32×32×16",
        "1 layer",
    ),
    Stage(
        "Stack 1",
        (("i", "block, 16"), ("i", "block, 16"), ("i", "block, 16")),
        "32×32×16",
        "2n = 6 layers",
    ),
    Stage(
        "Stack 2",
        (("a", "block, 32, /2"), ("i", "block, 32"), ("i", "block, 32")),
        "16×16×32",
        "2n = 6 layers",
    ),
    Stage(
        "Stack 3",
        (("a", "block, 64, /2"), ("i", "block, 64"), ("i", "block, 64")),
        "8×8×64",
        "2n = 6 layers",
    ),
    Stage(
        "Head",
        (("pool", "average pool 8×8"), ("flat", "flatten"), ("dense", "dense, softmax")),
        "10",
        "1 layer",
    ),
)
BLOCK_TINTS = {
    "a": (VERMILION_TINT, VERMILION),
    "i": (BLUE_TINT, BLUE),
    "conv": TINTS["conv"],
    "bn": TINTS["bn"],
    "relu": TINTS["relu"],
    "pool": (GREY_TINT, QUIET),
    "pad": (GREY_TINT, QUIET),
    "flat": (GREY_TINT, QUIET),
    "dense": (PURPLE_TINT, PURPLE),
}


def residual_idea() -> Svg:
    """Two layers that compute H(x), beside two layers that compute F(x) and get x added."""
    body = [
        *_small_stack(190, "Plain", "H(x)"),
        *_small_stack(500, "Residual", "F(x) + x", shortcut=True),
    ]
    return document(
        720,
        330,
        "A plain stack and a residual block",
        "Left, plain: x goes through layer, ReLU, layer, ReLU, and the two layers must produce the "
        "whole function H(x). Right, residual: the same two layers produce F(x); a shortcut carries "
        "x past them, the two are added, and a ReLU follows. The layers have to learn only the "
        "difference F(x) = H(x) − x.",
        body,
    )


def identity_block() -> Svg:
    """The three components of the main path, and the input itself as the shortcut."""
    body, line = _main_path("conv 1×1, F1", "stride 1, valid", top=82)
    middle = 46
    body += [
        arrow(
            (46, line), (46, middle), (784, middle), (784, line - 15), colour=VERMILION, width=2.4
        ),
        label(
            415,
            middle - 9,
            "shortcut: the input itself, unchanged",
            14,
            text_anchor="middle",
            font_weight=600,
        ),
    ]
    return document(
        900,
        250,
        "The identity block",
        "Main path, from left to right: first component, already given: convolution 1×1 with F1 "
        "filters, batch normalisation, ReLU; second: convolution f×f with F2 filters, same padding, "
        "batch normalisation, ReLU; third: convolution 1×1 with F3 filters, batch normalisation, "
        "no ReLU. The shortcut carries the input past all three, unchanged. Both are added, and "
        "a ReLU follows.",
        body,
    )


def convolutional_block() -> Svg:
    """The same main path, with a strided 1×1 convolution and a batch norm on the shortcut."""
    body, line = _main_path("conv 1×1, F1", "stride s, valid", top=158)
    middle = 75
    body += [
        arrow((46, line), (46, middle), (314, middle), colour=VERMILION, width=2.4),
        arrow((504, middle), (784, middle), (784, line - 15), colour=VERMILION, width=2.4),
        *_component(
            314,
            middle - 57,
            190,
            114,
            "Shortcut",
            "…_branch1",
            (("conv", ("conv 1×1, F3", "stride s, valid")), ("bn", ("batch norm",))),
        ),
    ]
    return document(
        900,
        326,
        "The convolutional block",
        "Main path as in the identity block, except that the first convolution has stride s. "
        "The shortcut has one component of its own: convolution 1×1 with F3 filters and stride s, "
        "then batch normalisation and no ReLU, so that both paths arrive with the same shape. "
        "They are added, and a ReLU follows.",
        body,
    )


def basic_and_bottleneck() -> Svg:
    """The two kinds of residual blocks, from top to bottom, with the channels that each line carries."""
    basic = ("conv 3×3, 64", "64"), ("conv 3×3, 64", "64")
    bottleneck = ("conv 1×1, 64", "64"), ("conv 3×3, 64", "64"), ("conv 1×1, 256", "256")
    body = [
        *_tall_block(200, "Basic block", "ResNet-18, -34", "64", basic),
        *_tall_block(555, "Bottleneck block", "ResNet-50, -101, -152", "256", bottleneck),
    ]
    return document(
        790,
        440,
        "A basic block and a bottleneck block",
        "Left, the basic block of ResNet-18 and -34: 64 channels come in; a 3×3 convolution with 64 "
        "filters, batch normalisation, ReLU; another 3×3 convolution with 64 filters, batch "
        "normalisation. Right, the bottleneck block of ResNet-50, -101 and -152: 256 channels come in; a "
        "1×1 convolution reduces them to 64, a 3×3 convolution works on these 64, a 1×1 convolution "
        "restores 256, each with batch normalisation, the first two with a ReLU. In both, a shortcut "
        "carries the input past all layers, both are added, and a ReLU follows.",
        body,
    )


def resnet50() -> Svg:
    """The stages of ResNet50 with every block and the output shape of each stage."""
    return _stages(
        RESNET50,
        "The stages of ResNet50",
        "ResNet50 for 64×64 pictures and 6 classes",
        "A stride of 2, written “/2” or “s=2”, halves height and width.",
        "layers with weights on the longest path: 1 + 9 + 12 + 18 + 9 + 1 = 50",
        "Together 50 layers with weights.",
    )


def resnet20() -> Svg:
    """The three stacks of ResNet20 v1: plain blocks, apart from those with a projection."""
    return _stages(
        RESNET20,
        "The stacks of ResNet20 v1",
        "ResNet20 v1 for 32×32 pictures and 10 classes: n = 3 blocks in a stack",
        "A block is two 3×3 convolutions and a shortcut; at “/2” the shortcut is a 1×1 projection.",
        "layers with weights on the longest path: 1 + 6 + 6 + 6 + 1 = 6·3 + 2 = 20",
        "Together 6n + 2 = 20 layers with weights for n = 3.",
    )


def _stages(
    stages: tuple[Stage, ...], title: str, heading: str, subtitle: str, count: str, total_said: str
) -> Svg:
    """A network as columns from left to right, each with its blocks and its output shape."""
    width, gap, left, top = 150, 16, 24, 84
    rows = max(len(stage.parts) for stage in stages)
    bottom = top + 27 + rows * (CHIP + 4)
    body = [
        label(left, 34, heading, 17, font_weight=700),
        label(left, 55, subtitle, 13, fill=QUIET),
    ]
    for index, stage in enumerate(stages):
        x = left + index * (width + gap)
        centre = x + width / 2
        body += [
            box(x - 4, top - 6, width + 8, bottom - top + 60, fill=PANE),
            label(centre, top + 15, stage.title, 15, text_anchor="middle", font_weight=700),
        ]
        for row, (kind, text) in enumerate(stage.parts):
            body += _chip(x + 4, top + 27 + row * (CHIP + 4), width - 8, kind, (text,), BLOCK_TINTS)
        body += [
            label(
                centre,
                bottom + 26,
                stage.shape,
                15,
                text_anchor="middle",
                font_family=MONO,
                font_weight=700,
            ),
            label(centre, bottom + 44, stage.note, 12.5, text_anchor="middle", fill=QUIET),
        ]
        if index:
            body.append(arrow((x - gap - 2, top + 10), (x - 2, top + 10)))
    total = left * 2 + len(stages) * width + (len(stages) - 1) * gap
    body.append(
        label(
            total / 2,
            bottom + 80,
            "below each stage: its output shape (height×width×channels)",
            13,
            text_anchor="middle",
            fill=QUIET,
        )
    )
    body.append(label(total / 2, bottom + 98, count, 13, text_anchor="middle", fill=QUIET))
    spoken = "; ".join(
        f"{stage.title}: {', '.join(' '.join(text.split()) for _, text in stage.parts)}, "
        f"output {stage.shape}, {stage.note}"
        for stage in stages
    )
    return document(total, bottom + 116, title, f"From left to right. {spoken}. {total_said}", body)


def _small_stack(centre: float, title: str, result: str, shortcut: bool = False) -> list[str]:
    x, width = centre - 75, 150
    body = [
        label(centre, 32, title, 16, text_anchor="middle", font_weight=700),
        label(centre - 12, 59, "x", 15, text_anchor="end", font_style="italic"),
        arrow((centre, 42), (centre, 74)),
    ]
    for y, kind, text in ((74, "conv", "layer"), (118, "relu", "ReLU"), (162, "conv", "layer")):
        body += _chip(x, y, width, kind, (text,), TINTS)
    body += [arrow((centre, y + CHIP), (centre, y + 44)) for y in (74, 118)]
    if shortcut:
        body += [
            arrow((centre, 189), (centre, 212)),
            label(centre - 24, 212, "F(x)", 14, text_anchor="end", font_style="italic"),
            plus(centre, 227),
            arrow(
                (centre, 54),
                (centre + 120, 54),
                (centre + 120, 227),
                (centre + 15, 227),
                colour=VERMILION,
                width=2.4,
            ),
            label(centre + 132, 136, "shortcut:", 14, font_weight=600),
            label(centre + 132, 154, "x itself", 14),
            arrow((centre, 242), (centre, 262)),
        ]
    else:
        body += [
            arrow((centre, 189), (centre, 262)),
            label(centre - 24, 232, result, 14, text_anchor="end", font_style="italic"),
        ]
    body += _chip(x, 262, width, "relu", ("ReLU",), TINTS)
    return [
        *body,
        label(centre, 312, f"ReLU({result})", 14, text_anchor="middle", font_style="italic"),
    ]


def _tall_block(
    centre: float, title: str, users: str, channels: str, layers: tuple[tuple[str, str], ...]
) -> list[str]:
    """A block of convolutions below one another, and the shortcut to their right."""
    width, step = 190, 64
    left, top = centre - width / 2, 110 + (3 - len(layers)) * step / 2
    end = 306
    body = [
        label(centre, 30, title, 16, text_anchor="middle", font_weight=700),
        label(centre, 49, users, 13, text_anchor="middle", fill=QUIET),
        _channels(centre, 95, channels),
        arrow((centre, 62), (centre, top)),
    ]
    for index, (text, out) in enumerate(layers):
        y, last = top + index * step, index == len(layers) - 1
        body += _chip(left, y, width, "conv", (text,), TINTS)
        body.append(
            label(
                left - 8,
                y + 18,
                "BN" if last else "BN, ReLU",
                12.5,
                text_anchor="end",
                fill=QUIET,
            )
        )
        target = end + 31 if last else y + step
        body.append(arrow((centre, y + CHIP), (centre, target)))
        body.append(_channels(centre, y + CHIP + 22, out))
    side = centre + width / 2 + 36
    return [
        *body,
        plus(centre, end + 46),
        arrow(
            (centre, 72),
            (side, 72),
            (side, end + 46),
            (centre + 15, end + 46),
            colour=VERMILION,
            width=2.4,
        ),
        label(side + 8, 216, "shortcut", 14, font_weight=600),
        arrow((centre, end + 61), (centre, end + 84)),
        *_chip(left, end + 84, width, "relu", ("ReLU",), TINTS),
    ]


def _channels(centre: float, y: float, channels: str) -> str:
    """The number of channels that a line carries, written beside it."""
    return label(centre + 10, y, channels, 13, font_family=MONO)


def _main_path(first: str, first_settings: str, top: float) -> tuple[list[str], float]:
    """Three component cards, the addition and the ReLU; and the height of the line through them."""
    height = 148
    line = top + height / 2
    norm, relu = ("bn", ("batch norm",)), ("relu", ("ReLU",))
    cards: tuple[tuple[str, str, Chips], ...] = (
        ("First, given", "…_branch2a", (("conv", (first, first_settings)), norm, relu)),
        ("Second", "…_branch2b", (("conv", ("conv f×f, F2", "stride 1, same")), norm, relu)),
        ("Third", "…_branch2c", (("conv", ("conv 1×1, F3", "stride 1, valid")), norm)),
    )
    body = [
        label(18, line + 5, "X", 17, font_style="italic", font_weight=700),
        arrow((34, line), (84, line)),
    ]
    for index, (title, name, chips) in enumerate(cards):
        x = 84 + index * 230
        body += _component(x, top, 190, height, title, name, chips)
        end = x + 230 if index < 2 else 769
        body.append(arrow((x + 190, line), (end, line)))
    body += [
        plus(784, line),
        arrow((799, line), (820, line)),
        *_chip(820, line - CHIP / 2, 62, *relu, TINTS),
    ]
    return body, line


def _component(
    x: float, y: float, width: float, height: float, title: str, name: str, chips: Chips
) -> list[str]:
    body = [
        box(x, y, width, height, fill=PANE, stroke=PANE_EDGE, stroke_width=1.2),
        label(x + 10, y + 20, title, 14, font_weight=700),
        label(x + width - 10, y + 20, name, 12, text_anchor="end", font_family=MONO, fill=QUIET),
    ]
    offset = y + 30
    for kind, lines in chips:
        body += _chip(x + 10, offset, width - 20, kind, lines, TINTS)
        offset += (CHIP if len(lines) == 1 else TALL_CHIP) + 5
    return body


def _chip(
    x: float,
    y: float,
    width: float,
    kind: str,
    lines: tuple[str, ...],
    tints: dict[str, tuple[str, str]],
) -> list[str]:
    fill, edge = tints[kind]
    height = CHIP if len(lines) == 1 else TALL_CHIP
    return [
        box(x, y, width, height, rx=4, fill=fill, stroke=edge, stroke_width=1.2),
        *(
            label(
                x + width / 2, y + 18 + 17 * row, line, 13 if row == 0 else 12, text_anchor="middle"
            )
            for row, line in enumerate(lines)
        ),
    ]
