"""Draw hands that show 0 to 5 fingers: the images of the SIGNS stand-in.

Data flow: a *pose* (which fingers are stretched, how the hand is turned) becomes *bones* (tapered
capsules in space), the bones become a *height field* seen from the front, and the height field is
lit, coloured and put in front of a wall. `signs.py` stores the result under the keys of the real
files.

Lengths are in palm lengths (wrist to the knuckle of the middle finger is about 1). The hand's own
axes: x towards the little finger, y towards the fingertips, z out of the palm. Angles in degrees.

Randomness: each image has a generator of its own, seeded by (seed, split, number). Only uniform
doubles are drawn from it, so that an image depends neither on the images before it nor on how NumPy
computes its other distributions.

Long, because a hand has many parts, each drawn by a function of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SIZE = 64
CLASSES = 6
SEED = 20151210
"""The date of arXiv:1512.03385, "Deep Residual Learning for Image Recognition"."""

VERSION = 1
"""Increased whenever the drawn images change, so that no cache serves the old ones."""

_OVER = 3
_EMPTY = -1e5
_SURFACE = ("arm", "palm", "thenar")

# Fingers from the index to the little one: knuckle (x, y), three phalanges, radii at base and tip.
_KNUCKLE = np.array([(-0.35, 0.50), (-0.11, 0.55), (0.12, 0.51), (0.33, 0.40)])
_PHALANX = np.array(
    [(0.47, 0.28, 0.20), (0.52, 0.32, 0.21), (0.48, 0.30, 0.21), (0.38, 0.22, 0.18)]
)
_RADIUS = np.array([(0.125, 0.082), (0.128, 0.084), (0.122, 0.080), (0.105, 0.070)])

# Which of (thumb, index, middle, ring, little) are stretched, and how often each way occurs.
_WAYS: tuple[tuple[tuple[str, float], ...], ...] = (
    ((".....", 1.0),),
    ((".i...", 1.0),),
    ((".im..", 0.90), ("ti...", 0.10)),
    (("tim..", 0.75), (".imr.", 0.25)),
    ((".imrl", 1.0),),
    (("timrl", 1.0),),
)

# Skin from light to dark, as sRGB under full light.
_SKIN = np.array(
    [
        (238, 196, 172),
        (230, 182, 154),
        (222, 168, 132),
        (198, 140, 104),
        (160, 106, 76),
        (116, 76, 56),
    ]
)
_WALL = np.array(
    [
        (232, 226, 218),
        (222, 224, 228),
        (230, 222, 208),
        (218, 224, 220),
        (230, 218, 214),
        (214, 216, 222),
    ]
)


@dataclass(frozen=True)
class Pose:
    """How a hand is held. Angles in degrees, lengths in palm lengths.

    `stretched` is five flags from the thumb to the little finger. `ring` is the zero in which the
    fingertips meet the thumb; otherwise a hand without stretched fingers is a fist.
    """

    stretched: tuple[bool, ...]
    ring: bool
    back: bool
    mirrored: bool
    roll: float
    yaw: float
    pitch: float
    spread: float
    length: float
    width: float
    bend: tuple[float, ...]
    lean: tuple[float, ...]


@dataclass(frozen=True)
class _Bone:
    start: np.ndarray
    end: np.ndarray
    radii: tuple[float, float]
    part: str
    dorsal: bool = False


def draw_signs(count: int, split: int, seed: int = SEED) -> tuple[np.ndarray, np.ndarray]:
    """Draw `count` images, with balanced classes in shuffled order.

    `split` (0 train, 1 test) is part of each image's seed: no image is in both.
    Returns images uint8 (count, 64, 64, 3) and labels int64 (count,). Raises ValueError when
    `count` is not a multiple of six.
    """
    if count % CLASSES:
        raise ValueError(f"count must be a multiple of {CLASSES} for balanced classes, not {count}")
    order = _generator(seed, split, -1).random(count).argsort(kind="stable")
    labels = (np.arange(count, dtype=np.int64) % CLASSES)[order]
    pictures = np.empty((count, SIZE, SIZE, 3), np.uint8)
    for number, label in enumerate(labels):
        pictures[number] = draw_hand(int(label), _generator(seed, split, number))
    return pictures, labels


def draw_hand(fingers: int, rng: np.random.Generator) -> np.ndarray:
    """Draw one hand showing `fingers` (0 to 5) stretched fingers, uint8 (64, 64, 3) RGB.

    Raises ValueError for any other number of fingers.
    """
    if fingers not in range(CLASSES):
        raise ValueError(f"a hand shows 0 to 5 fingers, not {fingers}")
    pose = random_pose(fingers, rng)
    bones = _place(_skeleton(pose, rng), pose, rng)
    height, tone, blush = _height_field(bones)
    return _photograph(height, tone, blush, pose, rng)


def random_pose(fingers: int, rng: np.random.Generator) -> Pose:
    """A pose with exactly `fingers` stretched fingers."""
    ways, weights = zip(*_WAYS[fingers], strict=True)
    way = ways[int(np.searchsorted(np.cumsum(weights)[:-1], rng.random(), side="right"))]
    ring = fingers == 0 and rng.random() < 0.5
    back = not ring and rng.random() < 0.08
    return Pose(
        stretched=tuple(letter != "." for letter in way),
        ring=ring,
        back=back,
        mirrored=rng.random() < 0.5,
        roll=_around(rng, 0, 44),
        yaw=_around(rng, 58, 16) if ring else _around(rng, 0, 24),
        pitch=_around(rng, 0, 14) if ring else _around(rng, -2, 16),
        spread=_between(rng, 0.4, 1.25),
        length=_between(rng, 0.90, 1.10),
        width=_between(rng, 0.88, 1.12),
        bend=tuple(_between(rng, 0, 1) for _ in range(5)),
        lean=tuple(_around(rng, 0, 3) for _ in range(5)),
    )


def _skeleton(pose: Pose, rng: np.random.Generator) -> list[_Bone]:
    bones = [
        _Bone(np.array((x, -0.40, 0.0)), np.array((kx * 0.97, ky - 0.05, 0.0)), (r0, 0.15), "palm")
        for x, (kx, ky), r0 in zip((-0.15, -0.05, 0.06, 0.15), _KNUCKLE, (0.20,) * 4, strict=True)
    ]
    bones.append(
        _Bone(np.array((0.20, -0.32, 0.05)), np.array((0.31, 0.22, 0.05)), (0.17, 0.13), "palm")
    )
    # A lone index finger stands straighter than one beside another finger.
    opening = pose.spread if pose.stretched[2] else 0.5 * pose.spread
    fan = opening * np.array((-13.0, -2.0, 8.0, 19.0))
    tips = []
    for finger in range(4):
        stretched, bend = pose.stretched[finger + 1], pose.bend[finger + 1]
        if pose.ring:
            flex = (34 + 8 * bend + 3 * finger, 56 + 6 * bend, 42.0)
        elif stretched:
            flex = (-4 + 16 * bend, 14 * bend, 9 * bend)
        else:
            flex = (78 + 12 * bend, 100 + 8 * bend, 46 + 12 * bend)
        aside = np.radians((fan[finger] if stretched else fan[finger] * 0.3) + pose.lean[finger])
        along = np.array((np.sin(aside), np.cos(aside), 0.0))
        joint, turned = np.array((*_KNUCKLE[finger], 0.0)), 0.0
        radii = np.interp((0, 0.45, 0.78, 1), (0, 1), _RADIUS[finger]) * pose.width
        for phalanx in range(3):
            turned += np.radians(flex[phalanx])
            step = np.cos(turned) * along + np.sin(turned) * np.array((0.0, 0.0, 1.0))
            end = joint + step * _PHALANX[finger][phalanx] * pose.length
            outward = np.array((0.0, 0.0, -1.0)) * np.cos(turned) + along * np.sin(turned)
            bones.append(
                _Bone(
                    joint,
                    end,
                    (radii[phalanx], radii[phalanx + 1]),
                    "tip" if phalanx == 2 else "finger",
                    dorsal=bool(outward[2] < 0) == pose.back,
                )
            )
            joint = end
        tips.append(joint)
    return bones + _thumb(pose, tips, rng)


def _thumb(pose: Pose, tips: list[np.ndarray], rng: np.random.Generator) -> list[_Bone]:
    base = np.array((-0.20, -0.30, 0.08))
    if pose.stretched[0]:
        angle = np.radians(_between(rng, 44, 64) - 5 * (1 - pose.spread / 1.25))
        away = np.array((-np.sin(angle), np.cos(angle), 0.12))
        up = np.array((-np.sin(angle * 0.55), np.cos(angle * 0.55), 0.08))
        knuckle = base + 0.46 * away
        middle = knuckle + 0.32 * pose.length * (0.5 * away + 0.5 * up)
        tip = middle + 0.27 * pose.length * (up if pose.bend[0] < 0.6 else away)
    elif pose.ring:
        tip = 0.6 * tips[0] + 0.4 * tips[1] + np.array((-0.02, -0.14, 0.04))
        knuckle = np.array((-0.34, -0.06, 0.36))
        middle = 0.5 * (knuckle + tip) + np.array((-0.03, -0.13, 0.06))
    else:
        closed = not pose.stretched[4] or not pose.stretched[3]
        over = 0.40 if closed else 0.27
        knuckle = np.array((-0.42, 0.02, 0.20))
        middle = np.array((-0.26, 0.24, over)) + 0.04 * pose.bend[0]
        tip = np.array((0.04 + 0.12 * pose.bend[0], 0.22 + 0.10 * pose.bend[1], over + 0.02))
    width = pose.width
    return [
        _Bone(base, knuckle, (0.20, 0.145 * width), "thenar"),
        _Bone(knuckle, middle, (0.140 * width, 0.115 * width), "finger"),
        _Bone(
            middle,
            tip,
            (0.118 * width, 0.085 * width),
            "tip",
            dorsal=pose.back or not pose.stretched[0],
        ),
    ]


def _place(bones: list[_Bone], pose: Pose, rng: np.random.Generator) -> list[_Bone]:
    """Turn the hand, add a forearm, move both into the image: pixels, y down, z to the eye."""
    flip = np.diag((-1.0 if pose.mirrored else 1.0, 1.0, 1.0))
    yaw = pose.yaw + (180 if pose.back else 0)
    turn = flip @ _rotation(2, pose.roll) @ _rotation(1, yaw) @ _rotation(0, pose.pitch)
    points = np.array([turn @ p for b in bones for p in (b.start, b.end)])
    reach = np.array([r for b in bones for r in b.radii])[:, None]
    low, high = (points - reach)[:, :2].min(0), (points + reach)[:, :2].max(0)
    scale = min(_between(rng, 22, 28), 60 / float((high - low).max()))
    slack = np.maximum(SIZE - 4 - scale * (high - low), 0)
    # Hands come from below: the room above the fingers is smaller than that under the wrist.
    corner = 2 + slack * np.array((_between(rng, 0.1, 0.9), _between(rng, 0.0, 0.75)))

    wrist = turn @ np.array((0.0, -0.42, 0.0))
    down = turn @ np.array((0.0, -1.0, 0.0))
    arm = 0.75 * down[:2] + np.array((0.0, -0.6))
    arm = arm / np.hypot(*arm)
    elbow = wrist + 4.5 * np.array((*arm, -0.05))
    girth = 0.86 + 0.14 * abs(np.cos(np.radians(yaw)))
    turned = [_Bone(turn @ b.start, turn @ b.end, b.radii, b.part, b.dorsal) for b in bones]
    turned.append(_Bone(wrist, elbow, (0.265 * girth, 0.52), "arm"))

    def pixel(point: np.ndarray) -> np.ndarray:
        x = corner[0] + scale * (point[0] - low[0])
        y = corner[1] + scale * (high[1] - point[1])
        return np.array((x, y, scale * point[2])) * _OVER

    zoom = scale * _OVER
    return [
        _Bone(
            pixel(b.start), pixel(b.end), (b.radii[0] * zoom, b.radii[1] * zoom), b.part, b.dorsal
        )
        for b in turned
    ]


def _height_field(bones: list[_Bone]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Heights (in pixels, NaN-free; far below zero where there is no hand), tone and blush.

    The palm is smoothed before the fingers are laid over it: it is one surface, they are not.
    """
    side = SIZE * _OVER
    height = np.full((side, side), _EMPTY, np.float32)
    tone = np.ones((side, side), np.float32)
    blush = np.zeros((side, side), np.float32)
    for part in _SURFACE:
        for bone in bones:
            if bone.part == part:
                _raise(height, tone, blush, bone)
    inside = height > _EMPTY / 2
    soft = inside.astype(np.float32)
    for _ in range(2):
        smooth = _blur(np.where(inside, height, 0), 5) / np.maximum(_blur(soft, 5), 1e-3)
        height = np.where(inside, smooth, height).astype(np.float32)
    for bone in bones:
        if bone.part not in _SURFACE:
            _raise(height, tone, blush, bone)
    return height, tone, blush


def _raise(height: np.ndarray, tone: np.ndarray, blush: np.ndarray, bone: _Bone) -> None:
    """Lay a tapered capsule over the height field, in place."""
    side = len(height)
    reach = max(bone.radii) + 2
    left, top = np.minimum(bone.start, bone.end)[:2] - reach
    right, bottom = np.maximum(bone.start, bone.end)[:2] + reach
    rows = slice(int(np.clip(top, 0, side)), int(np.clip(bottom, 0, side)))
    columns = slice(int(np.clip(left, 0, side)), int(np.clip(right, 0, side)))
    y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] - np.float32(bone.start[1])
    x = np.arange(columns.start, columns.stop, dtype=np.float32)[None] - np.float32(bone.start[0])
    dx, dy, dz = (bone.end - bone.start).astype(np.float32)
    length2 = max(float(dx * dx + dy * dy), 1e-6)
    along = np.clip((x * dx + y * dy) / length2, 0, 1)
    across2 = (x - along * dx) ** 2 + (y - along * dy) ** 2
    radius = bone.radii[0] + along * (bone.radii[1] - bone.radii[0])
    inside = across2 < radius * radius
    flat = {"arm": 0.75, "palm": 0.9}.get(bone.part, 1.0)
    top_z = bone.start[2] + along * dz + flat * np.sqrt(np.maximum(radius * radius - across2, 0))

    old = height[rows, columns]
    new = np.where(inside, top_z, _EMPTY).astype(np.float32)
    melt = np.float32(9.0 if bone.part == "thenar" else 3.0)
    overlap = np.maximum(melt - np.abs(new - old), 0) / melt
    wins = inside & (new > old)
    height[rows, columns] = np.maximum(new, old) + np.where(
        inside & (old > _EMPTY / 2), overlap * overlap * melt / 4, 0
    )
    local = np.ones_like(new)
    if bone.part in ("finger", "tip"):
        # The crease of the joint, a little darker than the skin around it.
        local -= 0.13 * (along * np.sqrt(length2) < 1.6) * (across2 < 0.8 * radius * radius)
    if bone.part == "tip" and bone.dorsal:
        nail = (along > 0.40) & (across2 < 0.42 * radius * radius)
        local += 0.16 * nail
    tone[rows, columns] = np.where(wins, local, tone[rows, columns])
    red = along if bone.part == "tip" else 0.25 * (bone.part in ("palm", "thenar"))
    blush[rows, columns] = np.where(wins, red, blush[rows, columns])


def _photograph(
    height: np.ndarray, tone: np.ndarray, blush: np.ndarray, pose: Pose, rng: np.random.Generator
) -> np.ndarray:
    """Light the hand, put it in front of a wall and render the image, uint8 (64, 64, 3)."""
    hand = height > _EMPTY / 2
    mask = hand.astype(np.float32)
    floor = float(height[hand].min())
    relief = np.where(hand, height, floor).astype(np.float32)

    angle = np.radians(_between(rng, -80, 80))
    slant = _between(rng, 0.55, 1.0)
    light = np.array((np.sin(angle) * slant, -np.cos(angle) * slant, 1.0))
    light = light / np.sqrt((light**2).sum())
    soft = _blur(relief, 1)
    slope_y, slope_x = np.gradient(soft)
    slope_x, slope_y = np.clip(slope_x, -1.5, 1.5), np.clip(slope_y, -1.5, 1.5)
    lit = light[2] - slope_x * light[0] - slope_y * light[1]
    lit = np.maximum(lit / np.sqrt(1 + slope_x**2 + slope_y**2), 0)
    shade = np.zeros_like(relief)
    for step in (4, 8, 13):
        dx, dy = int(round(step * light[0] * 1.2)), int(round(step * light[1] * 1.2))
        higher = _shift(relief, -dx, -dy, floor) - relief - step * 0.8
        shade = np.maximum(shade, np.clip(higher / 8, 0, 1))
    hollow = np.clip((_blur(relief, 9) - relief) / 26, 0, 1) * mask

    ambient = _between(rng, 0.46, 0.62)
    glow = ambient + (1.12 - ambient) * lit * (1 - 0.5 * _blur(shade, 2)) - 0.5 * hollow

    # From here on everything is linear in these maps, so they are shrunk to 64x64 before colouring.
    bright = mask * tone * glow
    cover, bright, rosy, hollow = (_shrink(m) for m in (mask, bright, bright * blush, hollow))
    skin = _mix(_SKIN, rng)
    if not pose.back:
        # Palms are lighter and pinker than the backs of hands, the more so the darker the skin.
        skin = skin + 0.28 * (np.array((226, 170, 146)) - skin) * (skin[0] < 200)
    redden = np.array((0.03, -0.09, -0.08)) * _between(rng, 0.3, 1.0)
    colour = skin * (bright[..., None] + rosy[..., None] * redden)
    colour = colour - hollow[..., None] * np.array((4, 12, 14))

    away = _between(rng, 3, 9)
    shadow = _shift(_blur(_blur(cover, 2), 2), int(-light[0] * away), int(-light[1] * away), 0.0)
    wall = _wall(rng) * (1 - _between(rng, 0.08, 0.34) * shadow)[..., None]
    scene = colour + wall * (1 - cover)[..., None]
    scene = scene * _between(rng, 0.88, 1.04)
    scene = scene * (1 + np.array((_around(rng, 0, 0.03), 0, _around(rng, 0, 0.04))))
    grain = rng.random((SIZE, SIZE, 1)) + rng.random((SIZE, SIZE, 1)) - 1
    return np.clip(np.rint(scene + 3 * grain), 0, 255).astype(np.uint8)


def _shrink(field: np.ndarray) -> np.ndarray:
    return field.reshape(SIZE, _OVER, SIZE, _OVER).mean((1, 3), dtype=np.float64)


def _wall(rng: np.random.Generator) -> np.ndarray:
    base = _mix(_WALL, rng)
    y, x = np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j]
    fall = _around(rng, 0, 0.09) * x + _around(rng, -0.03, 0.09) * y
    fall = fall - _between(rng, 0, 0.08) * (x * x + y * y)
    tint = 1 + np.array((0.5, 0.0, -0.9)) * 0.06 * _around(rng, 0, 1) * x[..., None]
    return base * (1 + fall)[..., None] * tint


def _mix(palette: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    where = rng.random() * (len(palette) - 1)
    left = int(where)
    mixed = palette[left] + (where - left) * (palette[left + 1] - palette[left])
    return mixed + np.array([_around(rng, 0, 6) for _ in range(3)])


def _rotation(axis: int, degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    first, second = ((1, 2), (2, 0), (0, 1))[axis]
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = c
    matrix[first, second], matrix[second, first] = -s, s
    return matrix


def _blur(field: np.ndarray, radius: int) -> np.ndarray:
    """Box blur of an array (height, width); the border repeats the edge."""
    width = 2 * radius + 1
    for axis in (0, 1):
        pad = [(0, 0), (0, 0)]
        pad[axis] = (radius + 1, radius)
        total = np.cumsum(np.pad(field, pad, mode="edge"), axis=axis, dtype=np.float64)
        if axis == 0:
            field = ((total[width:] - total[:-width]) / width).astype(np.float32)
        else:
            field = ((total[:, width:] - total[:, :-width]) / width).astype(np.float32)
    return field


def _shift(field: np.ndarray, dx: int, dy: int, fill: float) -> np.ndarray:
    """Move an array by (dx, dy) pixels; uncovered pixels become `fill`."""
    moved = np.full_like(field, fill)
    rows, columns = field.shape
    moved[max(dy, 0) : rows + min(dy, 0), max(dx, 0) : columns + min(dx, 0)] = field[
        max(-dy, 0) : rows + min(-dy, 0), max(-dx, 0) : columns + min(-dx, 0)
    ]
    return moved


def _generator(seed: int, split: int, number: int) -> np.random.Generator:
    # SeedSequence takes no negative numbers; a split's order (-1) comes before its images.
    return np.random.Generator(np.random.PCG64([seed, split, number + 1]))


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    return low + (high - low) * float(rng.random())


def _around(rng: np.random.Generator, centre: float, reach: float) -> float:
    """A triangular draw: within `reach` of the centre, near it more often."""
    return centre + reach * (float(rng.random()) + float(rng.random()) - 1)
