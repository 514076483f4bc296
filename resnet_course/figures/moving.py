"""Figures that move: `gradients()`, `pulse()`, `averages()`, `family()`.

In a notebook with ipywidgets, controls stand below such a figure and change it; elsewhere, and in a page
that is read without a kernel, it is a still. Each has one thing to find out, which its lesson asks for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kerascheck.feedback import panel
from kerascheck.feedback.svg import Svg
from kerascheck.notebook import widgets
from kerascheck.notebook.widgets import Control
from resnet_course.figures import frames

YES_NO = {"with": True, "without": False}


@dataclass(frozen=True, repr=False)
class Moving:
    """A figure with controls. draw: its picture for one value of each control, by name."""

    draw: Callable[..., Svg]
    controls: Sequence[Control]

    def still(self) -> Svg:
        """The picture that is shown first, and that stays where nothing moves."""
        return self.draw(**{item.name: item.values[item.start] for item in self.controls})

    def __repr__(self) -> str:
        return self.still().alt

    def _ipython_display_(self) -> None:
        identity = f"resnet-course-{os.urandom(6).hex()}"
        first = self.still()
        panel.display(first.html(), first.alt, identity=identity)

        def changed(values: dict[str, Any]) -> None:
            drawn = self.draw(**values)
            panel.display(drawn.html(), drawn.alt, identity=identity, update=True)

        widgets.controls(self.controls, changed)


def gradients() -> Moving:
    """The gradient at each layer of a stack: depth, shortcuts, and the gain of the first weights."""
    depths = {str(depth): depth for depth in (8, 14, 20, 26, 32, 38, 44, 50, 56)}
    gains = {f"{gain:g}": gain for gain in (0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.6, 2.0)}
    return Moving(
        frames.gradients,
        (
            Control("depth", "layers", depths, "50", plays=True),
            Control("shortcuts", "shortcuts", YES_NO, "without"),
            Control("gain", "gain", gains, "1"),
        ),
    )


def pulse() -> Moving:
    """A pulse that goes forward through a block, and a gradient that comes back."""
    weights = {f"{weight:g}": weight for weight in (0.0, 0.25, 0.5, 0.75, 1.0)}
    return Moving(
        frames.pulse,
        (
            Control(
                "moment", "moment", {f"{n + 1}": n for n in range(frames.MOMENTS)}, "4", plays=True
            ),
            Control("weight", "factor of the layers", weights, "0.5"),
            Control("shortcut", "shortcut", YES_NO, "with"),
        ),
    )


def averages() -> Moving:
    """The moving average of a batch normalisation, which follows what the batches show."""
    steps = {str(step): step for step in (0, 5, 10, 20, 34, 50, 68, 100, 150, 200, 272, 340)}
    momenta = {f"{momentum:g}": momentum for momentum in (0.8, 0.9, 0.95, 0.99, 0.995)}
    return Moving(
        frames.averages,
        (
            Control("steps", "steps", steps, "68", plays=True),
            Control("momentum", "momentum", momenta, "0.99"),
        ),
    )


def family() -> Moving:
    """The five networks of the family: blocks in each stage, cost and error."""
    depths = {str(depth): depth for depth in frames.FAMILY}
    return Moving(frames.family, (Control("depth", "layers", depths, "50", plays=True),))
