"""Curves of several runs: the median as a line, and the range of all runs as a band around it.

One run proves little; a band shows how much of a difference is chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from resnet_course.figures.plots import MARKERS, OKABE_ITO, Picture, _figure, _finish, plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Runs = Sequence[Sequence[float]] | np.ndarray
STYLES = ("-", "--", "-.", ":")
WIDEST = (
    10.2  # inches of all panels: a wider figure is shrunk in a notebook, and its letters with it
)


@plot
def draw(
    panels: Mapping[str, Mapping[str, Runs]], *, x: str, y: str, log: bool = True, start: int = 1
) -> Picture:
    """One panel for each title, side by side with one common vertical axis.

    panels: title to label to runs, an array (runs, points). x, y: what the axes show. log: a
    logarithmic vertical axis. start: the number of the first point. Raises ValueError for a label
    without runs, and on a logarithmic axis for numbers that are not above zero.
    """
    figure = _figure(min(4.6 * len(panels), WIDEST) + 0.4, 3.7)
    grid = figure.subplots(1, len(panels), squeeze=False, sharey=True)
    told = []
    for axes, (title, lines) in zip(grid.flat, panels.items(), strict=True):
        axes.set(title=title, xlabel=x)
        if log:
            axes.set_yscale("log")
        for number, (label, runs) in enumerate(lines.items()):
            values = _checked(runs, f"{title}, {label}", log)
            middle = np.median(values, axis=0)
            places = np.arange(start, start + len(middle))
            colour = OKABE_ITO[number % len(OKABE_ITO)]
            axes.fill_between(
                places, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.2, linewidth=0
            )
            axes.plot(
                places,
                middle,
                STYLES[number % len(STYLES)],
                color=colour,
                label=label,
                marker=MARKERS[number % len(MARKERS)],
                markevery=max(1, len(middle) // 8),
                markersize=4,
            )
            told.append(
                f"{title}, {label}: {middle[0]:.2g} at first, {middle[-1]:.2g} at last "
                f"(median of {len(values)})"
            )
        _finish(axes)
    if log:
        _at_least_two_decades(grid[0, 0])
    grid[0, 0].set_ylabel(y)
    return Picture(figure, f"{y} by {x}, with the range of all runs. {'; '.join(told)}.")


def _at_least_two_decades(axes: Axes) -> None:
    """Zoom out to two decades: a closer view of a logarithmic axis exaggerates differences."""
    low, high = axes.get_ylim()
    if high < 100 * low:
        middle = (low * high) ** 0.5
        axes.set_ylim(middle / 10, middle * 10)


def _checked(runs: Runs, what: str, log: bool) -> np.ndarray:
    values = np.asarray(runs, float)
    if values.ndim != 2 or not values.size:
        raise ValueError(f"{what}: expected runs as an array (runs, points), found {values.shape}")
    if not np.isfinite(values).all() or (log and (values <= 0).any()):
        raise ValueError(f"{what}: a number is not finite, or not above zero on a logarithmic axis")
    return values
