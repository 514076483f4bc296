"""Evaluation of a classifier: `Report`, with its table and its reliability diagram.

Accuracy is one number for all classes, and says nothing about confidence. The report has a line for
each class, names the classes that are confused most often, and checks whether the probabilities
hold: of the answers given with 80 %, 80 % should be correct.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from resnet_course.figures.plots import OKABE_ITO, Picture, _figure, _labels, plot

ROUNDING = 0.01
"""Tolerance of the sum of a row of probabilities, which is 1: float16 has three digits."""


@dataclass(frozen=True)
class Confusion:
    """How many images of class `true` were predicted as class `predicted`."""

    true: str
    predicted: str
    count: int

    def __str__(self) -> str:
        return f"{self.true} as {self.predicted} ({self.count})"


@dataclass(frozen=True)
class ConfidenceBin:
    """The answers whose confidence lies between two bounds: their number, mean confidence and accuracy."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, eq=False)
class Report:
    """Statistics of the predicted probabilities for images whose classes are known.

    support: the number of images of each class. f1: for each class the harmonic mean of its
    precision and recall, 0 if nothing is correct. balanced_accuracy: the mean recall of the classes
    that occur. top_accuracy: the share of images whose class is among the `top` most probable.
    confusions: the most frequent first. bins: by confidence, without empty ones.
    """

    classes: tuple[str, ...]
    support: np.ndarray
    f1: np.ndarray
    accuracy: float
    balanced_accuracy: float
    top: int
    top_accuracy: float
    confusions: tuple[Confusion, ...]
    bins: tuple[ConfidenceBin, ...]

    @classmethod
    def of(
        cls,
        true: np.ndarray,
        probabilities: np.ndarray,
        classes: Sequence[object],
        *,
        top: int = 3,
        bins: int = 10,
    ) -> Report:
        """The report on `probabilities` (images, classes); `true` are labels or one-hot rows.

        bins: the number of equal intervals of confidence. Raises ValueError if the arguments do not
        fit each other, or a row does not hold probabilities.
        """
        rows, scores, size = _labels(true), np.asarray(probabilities, float), len(classes)
        _check(rows, scores, size)
        names = tuple(str(name) for name in classes)
        predicted, correct = scores.argmax(axis=1), scores.argmax(axis=1) == rows
        support = np.bincount(rows, minlength=size)
        hits = np.bincount(rows[correct], minlength=size)
        above = (scores > scores[np.arange(len(rows)), rows][:, np.newaxis]).sum(axis=1)
        pairs = Counter(zip(rows[~correct].tolist(), predicted[~correct].tolist(), strict=True))
        by_count = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
        return cls(
            classes=names,
            support=support,
            f1=2 * hits / np.maximum(support + np.bincount(predicted, minlength=size), 1),
            accuracy=float(correct.mean()),
            balanced_accuracy=float(np.mean(hits[support > 0] / support[support > 0])),
            top=min(top, size),
            top_accuracy=float((above < top).mean()),
            confusions=tuple(Confusion(names[i], names[j], count) for (i, j), count in by_count),
            bins=tuple(_bins(scores.max(axis=1), correct, bins)),
        )

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the classes that occur, all weighted equally."""
        return float(self.f1[self.support > 0].mean())

    @property
    def calibration_error(self) -> float:
        """The mean distance of confidence from accuracy, weighted by the answers in each bin.

        The expected calibration error of Guo et al. 2017 (arXiv:1706.04599), equation 3.
        """
        gaps = sum(part.count * abs(part.confidence - part.accuracy) for part in self.bins)
        return float(gaps / sum(part.count for part in self.bins))

    def __str__(self) -> str:
        width = max(17, *map(len, self.classes))
        lines = [f"{'class':{width}}  images      F1  most often taken for"]
        for name, count, f1 in zip(self.classes, self.support, self.f1, strict=True):
            taken = next((c for c in self.confusions if c.true == name), None)
            other = "" if taken is None else f"{taken.predicted} ({taken.count})"
            lines.append(f"{name:{width}}  {count:6}  {f1:6.1%}  {other}".rstrip())
        numbers = {
            "accuracy": self.accuracy,
            "balanced accuracy": self.balanced_accuracy,
            f"among the best {self.top}": self.top_accuracy,
            "macro F1": self.macro_f1,
            "calibration error": self.calibration_error,
        }
        lines += [f"{what:{width}}  {'':6}  {number:6.1%}" for what, number in numbers.items()]
        return "\n".join(lines)

    @plot
    def figure(self) -> Picture:
        """The reliability diagram: how many answers are correct at each confidence."""
        figure = _figure(5, 4.6)
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], "--", color="0.5", label="as confident as correct", zorder=1)
        at = [part.confidence for part in self.bins]
        shares = [part.accuracy for part in self.bins]
        axes.vlines(at, at, shares, color="0.8", linewidth=3, zorder=1)
        axes.plot(
            at, shares, "o", color=OKABE_ITO[0], markersize=8, label="number of answers", zorder=2
        )
        for part in self.bins:
            axes.annotate(
                str(part.count),
                (part.confidence, part.accuracy),
                (0, 7),
                textcoords="offset points",
                ha="center",
            )
        axes.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.1), xlabel="confidence", ylabel="correct")
        ticks = np.linspace(0, 1, 6), [f"{share:.0%}" for share in np.linspace(0, 1, 6)]
        axes.set_xticks(*ticks)
        axes.set_yticks(*ticks)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        told = "; ".join(
            f"{part.confidence:.0%} confident, {part.accuracy:.0%} correct ({part.count})"
            for part in self.bins
        )
        return Picture(
            figure,
            f"Reliability of {self.support.sum()} answers, by confidence: {told}. "
            f"Calibration error {self.calibration_error:.1%}.",
        )


@plot
def precision_and_recall(
    precision: Sequence[float] | np.ndarray,
    recall: Sequence[float] | np.ndarray,
    classes: Sequence[object],
) -> Picture:
    """Two symbols for each class, joined by a line, the class with the lowest value at the top.

    Raises ValueError when lengths differ or a share lies outside 0 to 1.
    """
    pairs = np.array([precision, recall], float)
    if pairs.shape != (2, len(classes)) or not len(classes):
        raise ValueError("precision and recall should have one share for each class, at least one")
    if not ((pairs >= 0) & (pairs <= 1)).all():
        raise ValueError("precision and recall should be shares from 0 to 1")
    order = np.argsort(pairs.min(axis=0), kind="stable")
    names, pairs = [str(classes[index]) for index in order], pairs[:, order]
    figure = _figure(7.5, 1.1 + 0.34 * len(names))
    axes = figure.subplots()
    heights = range(len(names))
    axes.hlines(heights, pairs.min(axis=0), pairs.max(axis=0), color="0.8", linewidth=3, zorder=1)
    for row, (label, marker) in enumerate((("precision", "o"), ("recall", "D"))):
        face = OKABE_ITO[row] if row == 0 else "white"
        axes.plot(
            pairs[row],
            heights,
            marker,
            color=OKABE_ITO[row],
            markerfacecolor=face,
            markersize=8,
            label=label,
            zorder=2,
        )
    axes.set_yticks(heights, names)
    axes.invert_yaxis()
    axes.set(xlim=(-0.02, 1.02))
    axes.set_xticks(np.linspace(0, 1, 6), [f"{share:.0%}" for share in np.linspace(0, 1, 6)])
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    said = "; ".join(
        f"{name}: precision {p:.0%}, recall {r:.0%}"
        for name, p, r in zip(names, *pairs, strict=True)
    )
    return Picture(figure, f"Precision and recall by class, the weakest first. {said}.")


def _check(rows: np.ndarray, scores: np.ndarray, size: int) -> None:
    if scores.shape != (len(rows), size) or not len(rows):
        raise ValueError(
            f"probabilities should have the shape ({len(rows)}, {size}), at least one image and one "
            f"number for each class; the shape is {scores.shape}"
        )
    if rows.min() < 0 or rows.max() >= size:
        raise ValueError(f"labels must lie between 0 and {size - 1} for {size} classes")
    if not ((scores >= 0).all() and np.allclose(scores.sum(axis=1), 1, rtol=0, atol=ROUNDING)):
        raise ValueError("probabilities should be at least 0, and those of an image add up to 1")


def _bins(confidence: np.ndarray, correct: np.ndarray, count: int) -> list[ConfidenceBin]:
    edges = np.linspace(0, 1, count + 1)
    place = np.clip(np.digitize(confidence, edges, right=True) - 1, 0, count - 1)
    return [
        ConfidenceBin(
            float(edges[index]),
            float(edges[index + 1]),
            int(inside.sum()),
            float(confidence[inside].mean()),
            float(correct[inside].mean()),
        )
        for index in range(count)
        if (inside := place == index).any()
    ]
