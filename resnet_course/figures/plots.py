"""Plots for the notebooks: samples of the data, learning curves, confusions, gradient norms.

Every function returns a `Picture`, which a notebook shows when it is the last value of a cell, with
a text alternative generated from the data. Figures are drawn without pyplot, so nothing is shown
twice and no backend is chosen; matplotlib is imported by the first figure, not with this module. Where
it is not installed, a sentence takes the figure's place, and the notebook goes on.

Colours are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), which people with any common
colour vision can tell apart. Line style, marker or text repeats the information.

A notebook shows an SVG that follows light and dark like the drawings (`kerascheck.feedback.svg`). No
single ink has a contrast of 4.5:1 on white and on JupyterLab's dark grey, so a transparent background
would not do; and an inverted image would show photographs in false colours.

Long, because it is a catalogue: a function for each kind of plot, and the parts that they share.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any, ParamSpec

import numpy as np

from kerascheck.feedback.svg import BLUE, CARD, DARK, INK, Svg, style_sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
MARKERS = "os^Dv*PX"
DPI = 100
NO_MATPLOTLIB = (
    "This plot needs the package matplotlib, which is not installed. To see it, run "
    "%pip install matplotlib in a cell of its own, and this cell again."
)
Arguments = ParamSpec("Arguments")
PIXELS = 96 / 72  # of a page, in a point of matplotlib
ON_DARK = {  # matplotlib's black is the ink of the page
    "#000000": DARK[INK],
    "#0072b2": DARK[BLUE],
    "#cccccc": "#4a5460",
    "#d9d9d9": "#4a5460",
}
SHADE = (0.0, 0.447, 0.698)  # the blue of a matrix
DARKEST = 0.8  # its largest share in the colour of a cell


@dataclass(frozen=True, eq=False, repr=False)
class Picture:
    """A finished figure with its text alternative; without matplotlib no figure, but what to install."""

    figure: Figure | None
    alt: str

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the figure to a file; its ending (.png, .svg, .pdf) says in which format.

        Without a figure, it prints what to install.
        """
        if self.figure is None:
            print(self.alt)
            return
        self.figure.savefig(path, dpi=DPI, bbox_inches="tight")

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        if self.figure is None:
            return {"text/plain": self.alt}, {}
        buffer = BytesIO()
        self.figure.savefig(buffer, format="png", dpi=DPI, bbox_inches="tight")
        png = buffer.getvalue()
        # JupyterLab and nbconvert's default template drop the alt text of an image/png output, and
        # keep that of an <img> in HTML; the bare PNG is for converters that read no HTML.
        data = {"image/png": png, "text/html": self.svg().html(), "text/plain": self.alt}
        return data, {"image/png": {"alt": self.alt}}

    def svg(self) -> Svg:
        """The figure as a card that follows light and dark."""
        from matplotlib import rc_context
        from matplotlib.text import Text

        assert self.figure is not None
        buffer = StringIO()
        with rc_context({"svg.hashsalt": "picture"}):  # the same file every time
            self.figure.savefig(
                buffer,
                format="svg",
                dpi=DPI,
                bbox_inches="tight",
                transparent=True,
                metadata={"Date": None},
            )
        text = buffer.getvalue()
        text = text[text.index("<svg") :]
        root, content = text[: text.index(">")], text[text.index(">") + 1 :]
        width = float(re.findall(r'width="([\d.]+)pt"', root)[0]) * PIXELS
        card = f'<rect width="100%" height="100%" rx="8" fill="{CARD}"/>'
        sheets = style_sheet({CARD: DARK[CARD], **ON_DARK})  # the root's fill is that of letters
        sizes = [
            float(it.get_fontsize()) for it in self.figure.findobj(Text) if it.get_text().strip()
        ]
        smallest = min(sizes, default=10) * PIXELS
        return Svg(
            f'{root} fill="#000000">{sheets}{card}{content}', self.alt, round(width), smallest
        )


def plot(draw: Callable[Arguments, Picture]) -> Callable[Arguments, Picture]:
    """Let a function that draws say what to install where matplotlib is missing."""

    @wraps(draw)
    def drawn(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Picture:
        try:
            return draw(*args, **kwargs)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != "matplotlib":
                raise
            return Picture(None, NO_MATPLOTLIB)

    return drawn


@plot
def samples(
    x: np.ndarray,
    y: np.ndarray,
    classes: Sequence[object],
    *,
    predicted: np.ndarray | None = None,
    count: int = 12,
    per_class: int | None = None,
    columns: int = 6,
) -> Picture:
    """Images in a grid, each under the name of its class.

    `x` is (images, height, width, 3), uint8 or floats from 0 to 1. `y` and `predicted` are labels
    (images,), or one-hot rows or scores (images, classes). The first `count` images are shown or,
    with `per_class`, that many of each class, class by class. With `predicted`, a wrong prediction
    is named and framed. Raises ValueError when lengths differ or nothing is left.
    """
    x, labels = np.asarray(x), _labels(y)
    said = None if predicted is None else _labels(predicted)
    if len(x) != len(labels) or (said is not None and len(said) != len(labels)):
        raise ValueError("x, y and predicted must have the same number of pictures")
    if per_class is None:
        chosen = np.arange(min(count, len(x)))
    else:
        of_class = [np.flatnonzero(labels == c)[:per_class] for c in range(len(classes))]
        chosen = np.concatenate(of_class)
    if not len(chosen):
        raise ValueError("there is no picture to show")
    columns = min(columns, len(chosen))
    rows = -(-len(chosen) // columns)
    figure = _figure(1.35 * columns, (1.6 if said is None else 1.8) * rows)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    longest = 0 if said is None else max(len(str(classes[i])) for i in said[chosen])
    size = 9 if longest < 8 else 8.5  # a prediction is one line, beside those of its neighbours
    names, wrong = [], 0
    for axes, i in zip(grid.flat, chosen, strict=False):
        axes.imshow(x[i])
        name = str(classes[labels[i]])
        if said is not None and said[i] != labels[i]:
            wrong += 1
            axes.set_axis_on()
            axes.set(xticks=[], yticks=[])
            for spine in axes.spines.values():
                spine.set(color=OKABE_ITO[1], linewidth=3)
            name = f"{name}, predicted {classes[said[i]]}"
            axes.set_title(name.replace(", ", "\n✗ "), fontsize=size)
        else:
            axes.set_title(name if said is None else f"{name}\n✓", fontsize=size)
        names.append(name)
    shown = f"{len(chosen)} picture{'s' if len(chosen) > 1 else ''}"
    judged = "" if said is None else f", {wrong} of them predicted wrongly"
    return Picture(figure, f"{shown}{judged}. Classes, row by row: {'; '.join(names)}.")


@plot
def learning_curves(history: Any) -> Picture:
    """Loss and accuracy over the epochs, side by side.

    `history` is what `fit` returns, or its dictionary: metric name to one number per epoch.
    Validation (`val_...`) is drawn if present, dashed and with markers of its own. Raises
    ValueError when there is no loss.
    """
    values: Mapping[str, Sequence[float]] = getattr(history, "history", history)
    if not len(values.get("loss", ())):
        raise ValueError("the history has no 'loss': pass what fit(...) returns")
    accuracies = [k for k in values if k.endswith("accuracy") and not k.startswith("val_")]
    metrics = ["loss", *accuracies[:1]]
    figure = _figure(4.4 * len(metrics), 3.3)
    sentences = []
    grid = figure.subplots(1, len(metrics), squeeze=False)
    for axes, metric in zip(grid.flat, metrics, strict=True):
        told = []
        for name, prefix, style in (("training", "", "-o"), ("validation", "val_", "--s")):
            numbers = values.get(prefix + metric)
            if numbers is None or not len(numbers):
                continue
            epochs = np.arange(1, len(numbers) + 1)
            colour = OKABE_ITO[name == "validation"]
            every = max(1, len(numbers) // 12)
            axes.plot(
                epochs, numbers, style, color=colour, label=name, markersize=4, markevery=every
            )
            told.append(f"{name} from {numbers[0]:.3g} to {numbers[-1]:.3g}")
        axes.set(title=metric.replace("_", " ").capitalize(), xlabel="epoch")
        if metric != "loss":
            axes.set_ylim(-0.03, 1.03)
        _finish(axes)
        sentences.append(f"{metric.replace('_', ' ').capitalize()}: {', '.join(told)}.")
    length = len(values["loss"])
    plural = "s" if length > 1 else ""
    return Picture(figure, f"Learning curves over {length} epoch{plural}. {' '.join(sentences)}")


@plot
def confusion_matrix(true: np.ndarray, predicted: np.ndarray, classes: Sequence[object]) -> Picture:
    """How often each true class (row) was predicted as each class (column), with the counts.

    `true` and `predicted` are labels (images,), or one-hot rows or scores (images, classes).
    Raises ValueError when they differ in length, are empty or go beyond `classes`.
    """
    rows, columns, size = _labels(true), _labels(predicted), len(classes)
    if len(rows) != len(columns) or not len(rows):
        raise ValueError("true and predicted must have the same number of labels, at least one")
    if min(rows.min(), columns.min()) < 0 or max(rows.max(), columns.max()) >= size:
        raise ValueError(f"labels must lie between 0 and {size - 1} for {size} classes")
    from matplotlib.colors import LinearSegmentedColormap

    counts = np.zeros((size, size), int)
    np.add.at(counts, (rows, columns), 1)

    figure = _figure(1.8 + 0.5 * size, 1.4 + 0.5 * size)
    axes = figure.subplots()
    # A cell lets the page through, so that the page's own ink is legible on it, light and dark.
    shades = LinearSegmentedColormap.from_list("shades", [(*SHADE, 0.0), (*SHADE, DARKEST)])
    axes.imshow(counts, cmap=shades, vmin=0, vmax=counts.max())
    for (i, j), number in np.ndenumerate(counts):
        weight = "bold" if i == j else "normal"
        axes.text(j, i, str(number), ha="center", va="center", fontweight=weight)
    names = [str(name) for name in classes]
    turn = 90 if max(map(len, names)) > 4 else 0
    axes.set_xticks(range(size), names, rotation=turn)
    axes.set_yticks(range(size), names)
    axes.set(xlabel="predicted", ylabel="true")
    right = int(np.trace(counts))
    axes.set_title(f"{right} of {len(rows)} right")

    off = counts - np.diag(np.diag(counts))
    alt = f"Confusion matrix of {len(rows)} pictures: {right} right ({right / len(rows):.1%})."
    if off.any():
        worst = np.argsort(-off, axis=None, kind="stable")[:3]
        pairs = zip(*np.unravel_index(worst, off.shape), strict=True)
        said = [f"{names[i]} as {names[j]} ({off[i, j]})" for i, j in pairs if off[i, j]]
        alt += f" Most frequent mistakes: {', '.join(said)}."
    return Picture(figure, alt)


@plot
def gradient_norms(norms_by_label: Mapping[str, Sequence[float] | Mapping[str, float]]) -> Picture:
    """The norm of the loss's gradient per layer, on a logarithmic scale, one line per network.

    `norms_by_label` maps a network's label to its norms, from the layer nearest the input to the
    one nearest the loss: numbers, or a mapping from layer name to number. Norms that a logarithm
    cannot show (zero, infinite, not a number) are left out of the line and counted in the text.
    Raises ValueError when there is no network or one without norms.
    """
    if not norms_by_label:
        raise ValueError("there is no network to show")
    figure = _figure(7.5, 3.8)
    axes = figure.subplots()
    axes.set_yscale("log")
    told = []
    for number, (label, norms) in enumerate(norms_by_label.items()):
        values = np.array(list(norms.values() if isinstance(norms, Mapping) else norms), float)
        if not len(values):
            raise ValueError(f"{label!r} has no norms")
        drawable = np.isfinite(values) & (values > 0)
        axes.plot(
            np.arange(1, len(values) + 1),
            np.where(drawable, values, np.nan),
            ("-", "--", "-.", ":")[number % 4],
            marker=MARKERS[number % len(MARKERS)],
            markevery=max(1, len(values) // 15),
            color=OKABE_ITO[number % len(OKABE_ITO)],
            label=label,
            markersize=5,
        )
        text = f"{label}: {len(values)} layers, {values[0]:.2g} at the first, "
        text += f"{values[-1]:.2g} at the last"
        if not drawable.all():
            text += f" ({(~drawable).sum()} zero or not finite, not drawn)"
        told.append(text)
    axes.set(xlabel="layer, counted from the input", ylabel="gradient norm")
    _finish(axes)
    return Picture(figure, f"Gradient norm per layer, logarithmic scale. {'; '.join(told)}.")


@plot
def learning_rates(rates_by_label: Mapping[str, Sequence[float]]) -> Picture:
    """Learning rates over the epochs, as steps on a logarithmic scale, one line per schedule.

    `rates_by_label` maps a label to one rate for each epoch, from epoch 0. Raises ValueError when
    there is no schedule, or one with a rate that is not above zero.
    """
    if not rates_by_label:
        raise ValueError("there is no schedule to show")
    figure = _figure(7.5, 3.3)
    axes = figure.subplots()
    axes.set_yscale("log")
    told = []
    for number, (name, rates) in enumerate(rates_by_label.items()):
        values = np.asarray(rates, float)
        if not len(values) or not (values > 0).all():
            raise ValueError(f"{name!r} has no rates, or one that is not above zero")
        axes.step(
            np.arange(len(values) + 1),
            np.append(values, values[-1]),  # so that the last epoch is as wide as the others
            ("-", "--", "-.", ":")[number % 4],
            where="post",
            color=OKABE_ITO[number % len(OKABE_ITO)],
            label=name,
        )
        steps = [0, *(np.flatnonzero(np.diff(values)) + 1)]
        said = ", ".join(f"{values[step]:.2g} from epoch {step}" for step in steps[:8])
        told.append(f"{name}: {said}{' and so on' if len(steps) > 8 else ''}")
    axes.set(xlabel="epoch", ylabel="learning rate")
    _finish(axes)
    return Picture(figure, f"Learning rate per epoch, logarithmic scale. {'; '.join(told)}.")


@plot
def bars(values_by_label: Mapping[str, float], what: str) -> Picture:
    """Horizontal bars with their numbers. `what` names the quantity, with its unit.

    Raises ValueError when there is nothing to show.
    """
    if not values_by_label:
        raise ValueError("there is nothing to show")
    figure = _figure(7.5, 0.8 + 0.38 * len(values_by_label))
    axes = figure.subplots()
    names, values = list(values_by_label), list(values_by_label.values())
    drawn = axes.barh(names, values, height=0.6, color=OKABE_ITO[5], edgecolor=OKABE_ITO[0])
    axes.bar_label(drawn, [f"{value:,.4g}" for value in values], padding=5)
    axes.invert_yaxis()
    axes.set_xlabel(what)
    axes.margins(x=0.1)
    axes.spines[["top", "right"]].set_visible(False)
    said = "; ".join(f"{name}: {value:,.4g}" for name, value in values_by_label.items())
    return Picture(figure, f"Bars, {what}. {said}.")


@plot
def accuracies(
    published: Mapping[str, float], yours: Mapping[str, float], what: str = "test accuracy"
) -> Picture:
    """Accuracies as dots beside one another: filled for published ones, a star for your own.

    Both map a label to a share from 0 to 1. `what` names the shares. Raises ValueError when there
    is nothing to show or a share lies outside.
    """
    rows = [
        *((k, v, False) for k, v in published.items()),
        *((k, v, True) for k, v in yours.items()),
    ]
    if not rows or not all(0 <= share <= 1 for _, share, _ in rows):
        raise ValueError("accuracies should be shares from 0 to 1, and at least one")
    figure = _figure(7.5, 0.8 + 0.38 * len(rows))
    axes = figure.subplots()
    for height, (_, share, own) in enumerate(rows[::-1]):
        colour, marker, size = (OKABE_ITO[1], "*", 14) if own else (OKABE_ITO[0], "o", 7)
        axes.hlines(height, 0, share, color="0.85", linewidth=1.5, zorder=1)
        axes.plot(share, height, marker, color=colour, markersize=size, zorder=2)
        axes.annotate(
            _percent(share), (share, height), (8, 0), textcoords="offset points", va="center"
        )
    axes.set_yticks(range(len(rows)), [name for name, _, _ in rows[::-1]])
    axes.set(xlim=(0, 1.12), ylim=(-0.6, len(rows) - 0.4), xlabel=what)
    axes.set_xticks(np.linspace(0, 1, 6), [f"{share:.0%}" for share in np.linspace(0, 1, 6)])
    axes.spines[["top", "right"]].set_visible(False)
    said = "; ".join(f"{name}: {_percent(share)}{' (yours)' * own}" for name, share, own in rows)
    return Picture(figure, f"Dots, {what}. {said}.")


@plot
def costs(costs_by_label: Mapping[str, tuple[int, int]]) -> Picture:
    """The costs of networks, two bars each: parameters, and multiplications for one image.

    `costs_by_label` maps a network's label to both numbers. Raises ValueError when there is no network
    or a number that is not positive.
    """
    if not costs_by_label or min(min(pair) for pair in costs_by_label.values()) <= 0:
        raise ValueError("costs should be positive numbers of at least one network")
    labels = list(costs_by_label)
    figure = _figure(9, 0.9 + 0.42 * len(labels))
    panels = ("parameters (millions)", 1e6), ("multiplications (billions)", 1e9)
    for number, (axes, (title, unit)) in enumerate(
        zip(figure.subplots(1, 2, sharey=True), panels, strict=True)
    ):
        amounts = [costs_by_label[label][number] / unit for label in labels[::-1]]
        bars = axes.barh(
            range(len(labels)),
            amounts,
            height=0.62,
            color=OKABE_ITO[number],
            hatch=("", "//")[number],
        )
        for bar in bars:
            bar.set_edgecolor("white")
        axes.bar_label(bars, fmt="%.1f", padding=4)
        axes.set_yticks(range(len(labels)), labels[::-1])
        axes.set(title=title, xlim=(0, 1.15 * max(amounts)))
        axes.spines[["top", "right"]].set_visible(False)
    said = "; ".join(
        f"{label}: {parameters / 1e6:.1f} million parameters, {products / 1e9:.1f} billion "
        "multiplications"
        for label, (parameters, products) in costs_by_label.items()
    )
    return Picture(figure, f"Parameters and multiplications. {said}.")


def _percent(share: float) -> str:
    return f"{100 * share:.2f}".rstrip("0").rstrip(".") + "%"


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _finish(axes: Axes) -> None:
    """Whole numbers on the x axis, a light grid, and a legend with room for the line styles."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, handlelength=3.5)


def _labels(y: np.ndarray) -> np.ndarray:
    """Labels (count,) from labels, or from one-hot rows or scores (count, classes)."""
    y = np.asarray(y)
    return (y.argmax(axis=1) if y.ndim == 2 else y).astype(int)
