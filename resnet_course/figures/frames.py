"""The single pictures of figures that move (`resnet_course.figures.moving`): a drawing for each setting.

Everything that they show is computed here, from a fixed seed, or is a number of the paper: K. He, X. Zhang,
S. Ren, J. Sun, Deep Residual Learning for Image Recognition, 2015, tables 1, 3 and 4.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerascheck.feedback.svg import (
    BLUE,
    BLUE_TINT,
    EDGE,
    GREEN,
    GREEN_TINT,
    MONO,
    ORANGE,
    PURPLE_EDGE,
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
)

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 76, 24, 66, 46  # the margins of a plot
NEURONS, IMAGES = 48, 64
LOWEST, HIGHEST = -12, 9  # powers of ten of the gradient plot
BATCHES, LEVEL, NOISE = (
    340,
    1.0,
    0.12,
)  # of the averages; what the batches show, and how it scatters
MOMENTS = 8
FAMILY = {  # layers: blocks in the four stages, 10^9 multiply-adds, top-1 error in %
    18: ((2, 2, 2, 2), 1.8, 27.88),
    34: ((3, 4, 6, 3), 3.6, 25.03),
    50: ((3, 4, 6, 3), 3.8, 22.85),
    101: ((3, 4, 23, 3), 7.6, 21.75),
    152: ((3, 8, 36, 3), 11.3, 21.43),
}


def gradients(depth: int, shortcuts: bool, gain: float) -> Svg:
    """The norm of the gradient at each layer of a ReLU stack with fresh weights, relative to the last."""
    norms = _norms(depth, shortcuts, gain)
    powers = np.clip(np.log10(np.maximum(norms, 1e-30)), LOWEST, HIGHEST)
    across = np.linspace(LEFT, WIDTH - RIGHT, depth)
    points = [(x, _y(power, LOWEST, HIGHEST)) for x, power in zip(across, powers, strict=True)]
    first = f"10^{np.log10(max(norms[0], 1e-30)):.1f}"
    kind = "with" if shortcuts else "without"
    title = f"{depth} layers {kind} shortcuts, gain {gain:g}"
    reaches = f"{first} times the gradient of the last layer reaches the first"
    body = [label(24, 32, title, 15, font_weight=650), label(24, 52, reaches, 13, fill=QUIET)]
    for power in range(LOWEST, HIGHEST + 1, 3):
        y = _y(power, LOWEST, HIGHEST)
        strong = power == 0
        body.append(
            _line([(LEFT, y), (WIDTH - RIGHT, y)], QUIET if strong else EDGE, 1.4 if strong else 1)
        )
        body.append(label(LEFT - 10, y + 4, f"10^{power}", 12, text_anchor="end", font_family=MONO))
    body.append(_line(points, VERMILION if shortcuts else BLUE, 2.6))
    body.append(label(LEFT, HEIGHT - 16, "first layer", 12.5))
    body.append(label(WIDTH - RIGHT, HEIGHT - 16, "last layer", 12.5, text_anchor="end"))
    alt = f"Plot on a logarithmic scale. {title}: {reaches}."
    return document(WIDTH, HEIGHT, "Gradient norms", alt, body)


def pulse(moment: int, weight: float, shortcut: bool) -> Svg:
    """A block at one moment: a pulse of 1 goes forward, then a gradient of 1 comes back."""
    main, direct = weight, float(shortcut)
    path = [(70.0, 210.0), (220.0, 210.0), (370.0, 210.0), (490.0, 210.0), (590.0, 210.0)]
    over = (295.0, 110.0)
    back = moment >= MOMENTS // 2
    step = MOMENTS - 1 - moment if back else moment  # both ways pass the same places
    word = "gradient, on its way back" if back else "signal, on its way forward"
    # What is where: (place, size).
    whole = main + direct
    stages: Sequence[Sequence[tuple[tuple[float, float], float]]] = (
        [(path[0], whole if back else 1.0)],
        [(path[1], main if back else 1.0), (over, direct)],
        [(path[2], 1.0 if back else main), (over, direct)],
        [(path[4], 1.0 if back else whole)],
    )
    colour, tint = (VERMILION, VERMILION_TINT) if back else (BLUE, BLUE_TINT)
    title = f"Moment {moment + 1} of {MOMENTS}: the {word}"
    body = [label(24, 34, title, 15, font_weight=650)]
    body.append(arrow((92, 210), (175, 210)))
    body.append(arrow((265, 210), (325, 210)))
    body.append(arrow((415, 210), (473, 210)))
    body.append(arrow((507, 210), (570, 210)))
    if shortcut:
        body.append(
            arrow((120, 210), (120, 110), (490, 110), (490, 193), colour=PURPLE_EDGE, width=2.2)
        )
        body.append(label(420, 100, "shortcut", 12.5, text_anchor="middle", fill=QUIET))
    for x, name in ((220.0, "layer 1"), (370.0, "layer 2")):
        body.append(box(x - 45, 185, 90, 50, fill=GREEN_TINT, stroke=GREEN))
        body.append(label(x, 262, name, 12.5, text_anchor="middle"))
    body.append(
        label(295, 284, f"both layers together: times {weight:g}", 12.5, text_anchor="middle")
    )
    body.append(plus(490, 210, 16))
    body.append(label(70, 262, "input", 12.5, text_anchor="middle"))
    body.append(label(590, 262, "output", 12.5, text_anchor="middle"))
    told = []
    for (x, y), size in stages[step]:
        if (x, y) == over and not shortcut:
            continue
        radius = 9 + 11 * size
        body.append(
            element("circle", cx=x, cy=y, r=radius, fill=tint, stroke=colour, stroke_width=3)
        )
        body.append(label(x, y + 5, f"{size:g}", 13, text_anchor="middle", font_weight=700))
        told.append(f"{size:g}")
    kind = "with a shortcut" if shortcut else "without a shortcut"
    alt = f"A block {kind}, whose layers multiply by {weight:g}. {title}; sizes: {', '.join(told)}."
    return document(WIDTH, HEIGHT, "A pulse through a block", alt, body)


def averages(steps: int, momentum: float) -> Svg:
    """What the batches show, and the moving average, which starts at 0 and goes after it."""
    shown = LEVEL + NOISE * np.random.default_rng(0).normal(size=BATCHES)
    average = np.zeros(BATCHES + 1)
    for step, value in enumerate(shown):
        average[step + 1] = momentum * average[step] + (1 - momentum) * value
    across = np.linspace(LEFT, WIDTH - RIGHT, BATCHES + 1)
    title = (
        f"After {steps} steps with momentum {momentum:g}: {average[steps] / LEVEL:.0%} of the way"
    )
    body = [label(24, 34, title, 15, font_weight=650)]
    for level in (0.0, 0.5, 1.0):
        y = _y(level, -0.1, 1.5)
        body.append(_line([(LEFT, y), (WIDTH - RIGHT, y)], EDGE, 1))
        body.append(
            label(LEFT - 10, y + 4, f"{level:.0%}", 12, text_anchor="end", font_family=MONO)
        )
    dots = [(across[n + 1], _y(shown[n], -0.1, 1.5)) for n in range(0, steps, 2)]
    body += [element("circle", cx=x, cy=y, r=2, fill=ORANGE) for x, y in dots]
    line = [(across[n], _y(average[n], -0.1, 1.5)) for n in range(steps + 1)]
    body.append(_line(line, BLUE, 2.6))
    x, y = line[-1]
    body.append(element("circle", cx=x, cy=y, r=5, fill=BLUE))
    for end in range(0, BATCHES + 1, 68):
        body.append(
            label(across[end], HEIGHT - 20, f"{end}", 12, text_anchor="middle", font_family=MONO)
        )
    body.append(
        label(
            LEFT,
            56,
            "dots: mean of each batch · line: moving average · steps below",
            12,
            fill=QUIET,
        )
    )
    alt = f"Plot of a moving average that starts at 0 and follows batches around 1. {title}."
    return document(WIDTH, HEIGHT, "A moving average catches up", alt, body)


def family(depth: int) -> Svg:
    """One network of the family: its blocks as bars, beside the cost and error of all five."""
    blocks, cost, error = FAMILY[depth]
    title = f"ResNet-{depth}: {' + '.join(map(str, blocks))} blocks, {cost:g} billion multiply-adds"
    body = [label(24, 34, title, 15, font_weight=650)]
    most = max(max(one[0]) for one in FAMILY.values())
    for stage, count in enumerate(blocks):
        x, height = 60.0 + 62 * stage, 8 + 160 * count / most
        body.append(box(x, 256 - height, 44, height, fill=BLUE_TINT, stroke=BLUE))
        body.append(
            label(x + 22, 248 - height, f"{count}", 13, text_anchor="middle", font_weight=700)
        )
        body.append(label(x + 22, 274, f"stage {stage + 2}", 12, text_anchor="middle"))
    points = {}
    for layers, (_, its_cost, its_error) in FAMILY.items():
        points[layers] = (350 + 22 * its_cost, 250 - 26 * (its_error - 21))
    body.append(_line([*points.values()], QUIET, 1.6))
    for layers, (x, y) in points.items():
        chosen = layers == depth
        body.append(
            element("circle", cx=x, cy=y, r=8 if chosen else 4, fill=VERMILION if chosen else QUIET)
        )
        body.append(label(x + 11, y - 8, f"{layers}", 12.5, font_weight=700 if chosen else 400))
    body.append(label(350, 274, "cost →", 12, fill=QUIET))
    body.append(label(350, 294, f"top-1 error {error:.2f} %: the lower, the better", 12.5))
    alt = f"{title}, top-1 error on ImageNet {error:.2f} %. The costs and errors of all five beside it."
    return document(WIDTH, 312, "The family", alt, body)


def _norms(depth: int, shortcuts: bool, gain: float, seed: int = 0) -> np.ndarray:
    """Norms of the gradient at the layers, first layer first, relative to the last."""
    random = np.random.default_rng(seed)
    matrices = random.normal(0, gain * NEURONS**-0.5, (depth, NEURONS, NEURONS))
    x = random.normal(size=(NEURONS, IMAGES))
    slopes = []
    start = x
    for number, matrix in enumerate(matrices):
        if number % 2 == 0:
            start = x
        inner = matrix @ x + (start if shortcuts and number % 2 else 0)
        slopes.append(inner > 0)
        x = np.maximum(inner, 0)
    gradient, aside = np.ones_like(x), np.zeros_like(x)
    norms = []
    for number in reversed(range(depth)):
        inner = gradient * slopes[number]
        norms.append(np.linalg.norm(inner))
        gradient = matrices[number].T @ inner
        if shortcuts and number % 2:
            aside = inner
        elif shortcuts:
            gradient = gradient + aside
    return np.array(norms[::-1]) / norms[0]


def _y(value: float, low: float, high: float) -> float:
    share = (value - low) / (high - low)
    return float(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM))


def _line(points: Sequence[tuple[float, float]], colour: str, width: float) -> str:
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return element("path", d=path, fill="none", stroke=colour, stroke_width=width)
