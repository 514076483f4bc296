"""Contrast of two colours, by WCAG 2.2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""

from __future__ import annotations


def luminance(colour: str) -> float:
    """The relative luminance of "#rrggbb"."""
    channels = [byte / 255 for byte in bytes.fromhex(colour.removeprefix("#"))]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """From 1 (the same colour) to 21 (black on white)."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def over(top: tuple[float, ...], ground: str) -> str:
    """The colour that a ground shows through (red, green, blue, alpha), all from 0 to 1."""
    below = [byte / 255 for byte in bytes.fromhex(ground.removeprefix("#"))]
    mixed = [top[3] * a + (1 - top[3]) * b for a, b in zip(top[:3], below, strict=True)]
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in mixed)
