"""How good a classifier is, class by class: `Report`, with its table, its figure and its worst mistakes.

Accuracy is one number for all classes and hides those that are never found. Precision asks how many of
the pictures that were *called* a class are of it, recall how many of those that *are* of it were found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from resnet_course.figures.plots import OKABE_ITO, Picture, _figure, _labels


@dataclass(frozen=True, eq=False)
class Report:
    """Counts (true class, predicted class), and what follows from them.

    precision, recall: one share for each class, 0 where there is nothing to divide. mistakes: numbers of
    the wrongly classified pictures, the most confident first.
    """

    classes: tuple[str, ...]
    counts: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    mistakes: np.ndarray

    @classmethod
    def of(cls, true: np.ndarray, scores: np.ndarray, classes: Sequence[object]) -> Report:
        """The report on `scores` (pictures, classes); `true` are labels or one-hot rows.

        Raises ValueError where the two do not fit each other or `classes`.
        """
        rows, scores, size = _labels(true), np.asarray(scores), len(classes)
        if scores.shape != (len(rows), size) or not len(rows):
            raise ValueError(
                f"scores should have the shape ({len(rows)}, {size}), at least one picture and one "
                f"score for each class; theirs is {scores.shape}"
            )
        if rows.min() < 0 or rows.max() >= size:
            raise ValueError(f"labels must lie between 0 and {size - 1} for {size} classes")
        columns = scores.argmax(axis=1)
        counts = np.bincount(size * rows + columns, minlength=size**2).reshape(size, size)
        right = counts.diagonal()
        wrong = np.flatnonzero(rows != columns)
        return cls(
            tuple(str(name) for name in classes),
            counts,
            right / np.maximum(counts.sum(axis=0), 1),
            right / np.maximum(counts.sum(axis=1), 1),
            wrong[np.argsort(-scores[wrong].max(axis=1), kind="stable")],
        )

    @property
    def accuracy(self) -> float:
        return float(self.counts.trace() / self.counts.sum())

    def __str__(self) -> str:
        width = max(8, *map(len, self.classes))
        lines = [f"{'class':{width}}  precision  recall  pictures"]
        lines += [
            f"{name:{width}}  {precision:9.1%}  {recall:6.1%}  {count:8}"
            for name, precision, recall, count in zip(
                self.classes, self.precision, self.recall, self.counts.sum(axis=1), strict=True
            )
        ]
        return "\n".join([*lines, f"{'accuracy':{width}}  {self.accuracy:9.1%}"])

    def figure(self) -> Picture:
        """Precision and recall of each class."""
        return precision_and_recall(self.precision, self.recall, self.classes)


def precision_and_recall(
    precision: Sequence[float] | np.ndarray,
    recall: Sequence[float] | np.ndarray,
    classes: Sequence[object],
) -> Picture:
    """Two marks for each class, joined by a line, the class with the worst of both at the top.

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
