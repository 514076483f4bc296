"""Blocks from top to bottom, for units 3 and 4: plain, version 1, version 2; and a network of version 2."""

from __future__ import annotations

from kerascheck.feedback.svg import QUIET, VERMILION, Svg, arrow, document, label, plus
from resnet_course.figures.lesson_figures import CHIP, TINTS, Stage, _chip, _stages

V1 = ("conv", "bn", "relu", "conv", "bn")
V2 = ("bn", "relu", "conv", "bn", "relu", "conv")
TEXTS = {"conv": "convolution", "bn": "batch norm", "relu": "ReLU"}
STEP = 42

RESNET20 = (
    Stage(
        "First layer",
        (("conv", "conv 3×3, 16"), ("bn", "batch norm"), ("relu", "ReLU"), ("flat", "dropout")),
        "32×32×16",
        "1 layer",
    ),
    Stage(
        "Stage 0", (("a", "block, 16 → 64"), ("i", "block, 16 → 64")), "32×32×64", "3n = 6 layers"
    ),
    Stage("Stage 1", (("a", "64 → 128, /2"), ("i", "64 → 128")), "16×16×128", "3n = 6 layers"),
    Stage("Stage 2", (("a", "128 → 256, /2"), ("i", "128 → 256")), "8×8×256", "3n = 6 layers"),
    Stage(
        "Head",
        (
            ("bn", "batch norm"),
            ("relu", "ReLU"),
            ("pool", "average pool 8×8"),
            ("dense", "dense 512, BN"),
            ("dense", "dense, softmax"),
        ),
        "10",
        "1 layer",
    ),
)


def plain_and_residual() -> Svg:
    """Two layers of a plain network beside the same two as a block of version 1."""
    body = [
        *_block(170, "Plain, as in VGG", (*V1, "relu"), shortcut=False),
        *_block(540, "Residual, version 1", V1, after="relu"),
        label(170, 440, "each layer: convolution, batch norm, ReLU", 13, text_anchor="middle"),
        label(540, 440, "the second ReLU waits for the addition", 13, text_anchor="middle"),
    ]
    return document(
        750,
        462,
        "Two layers of a plain network and a residual block",
        "Left, plain, as in VGG: convolution, batch norm, ReLU, and the same once more. Right, residual: "
        "the same layers, but before the second ReLU the input of the first convolution is added, which a "
        "shortcut has carried past both layers.",
        body,
    )


def orders() -> Svg:
    """A block of version 1 beside one of version 2, with the layers after the addition."""
    body = [
        *_block(170, "Version 1", V1, after="relu"),
        *_block(540, "Version 2", V2),
        label(170, 440, "a ReLU on the way of every shortcut", 13, text_anchor="middle"),
        label(540, 440, "nothing on the way of the shortcut", 13, text_anchor="middle"),
    ]
    return document(
        750,
        462,
        "A block of version 1 and one of version 2",
        "Left, version 1: convolution, batch norm, ReLU, convolution, batch norm; the shortcut is added, "
        "and a ReLU follows, so what enters a block cannot reach the next unchanged. Right, version 2: "
        "batch norm, ReLU, convolution, batch norm, ReLU, convolution; the shortcut is added and nothing "
        "follows, so that a straight line of additions leads from the first block to the last.",
        body,
    )


def stages() -> Svg:
    """The three stages of ResNet20 v2, with the narrow and the wide number of filters of each block."""
    return _stages(
        RESNET20,
        "The stages of ResNet20 v2",
        "ResNet20 v2 for 32×32 pictures and 10 classes: n = 2 blocks in a stage",
        "A block is 1×1, 3×3, 1×1: narrow, narrow, wide. The first of a stage projects its shortcut.",
        "layers counted: 1 + 6 + 6 + 6 + 1 = 9·2 + 2 = 20 (the dense layer of 512 is not counted)",
        "Together 9n + 2 = 20 layers for n = 2; the dense layer of 512 is not counted.",
    )


def _block(
    centre: float,
    title: str,
    kinds: tuple[str, ...],
    after: str | None = None,
    shortcut: bool = True,
) -> list[str]:
    width, top, end = 150, 84, 352
    left, side = centre - width / 2, centre + width / 2 + 40
    body = [
        label(centre, 30, title, 16, text_anchor="middle", font_weight=700),
        arrow((centre, 44), (centre, top)),
        label(centre - 10, 62, "x", 15, text_anchor="end", font_style="italic"),
    ]
    for index, kind in enumerate(kinds):
        y = top + index * STEP
        body += _chip(left, y, width, kind, (TEXTS[kind],), TINTS)
        last = index == len(kinds) - 1
        target = (end - 15 if shortcut else end + 38) if last else y + STEP
        body.append(arrow((centre, y + CHIP), (centre, target)))
    if not shortcut:
        return [*body, label(centre + 12, end + 36, "H(H(x))", 14, font_style="italic", fill=QUIET)]
    body += [
        plus(centre, end),
        arrow(
            (centre, 54), (side, 54), (side, end), (centre + 15, end), colour=VERMILION, width=2.4
        ),
        label(side + 8, 200, "shortcut", 14, font_weight=600),
        arrow((centre, end + 15), (centre, end + 38)),
    ]
    if after is not None:
        return [*body, *_chip(left, end + 38, width, after, (TEXTS[after],), TINTS)]
    return [*body, label(centre + 12, end + 36, "F(x) + x", 14, font_style="italic", fill=QUIET)]
