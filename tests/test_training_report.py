"""Reports on a classifier: what is counted, divided and shown."""

from __future__ import annotations

import numpy as np
import pytest

from resnet_course.training.evaluation import Report, precision_and_recall

TRUE = np.array([0, 0, 0, 1, 1, 2])
SAID = np.array([0, 0, 1, 1, 0, 0])
SURE = np.array([0.9, 0.8, 0.6, 0.7, 0.5, 0.95])
CLASSES = ("cat", "dog", "horse")


def scores() -> np.ndarray:
    made = np.zeros((6, 3))
    made[np.arange(6), SAID] = SURE
    return made


def test_shares_are_counted_by_hand() -> None:
    """Two of the four called cats are cats; two of the three cats are found; no horse is ever found."""
    report = Report.of(TRUE, scores(), CLASSES)
    assert report.counts.tolist() == [[2, 1, 0], [1, 1, 0], [1, 0, 0]]
    assert report.precision.tolist() == [0.5, 0.5, 0]
    assert report.recall.tolist() == pytest.approx([2 / 3, 0.5, 0])
    assert report.accuracy == 0.5
    assert report.mistakes.tolist() == [5, 2, 4]


def test_one_hot_labels_are_as_good() -> None:
    """True classes may be rows."""
    rows = np.eye(3)[TRUE]
    assert np.array_equal(
        Report.of(rows, scores(), CLASSES).counts, Report.of(TRUE, scores(), CLASSES).counts
    )


def test_the_table_has_a_line_for_each_class() -> None:
    """Names, both shares, and how many pictures the class has."""
    lines = str(Report.of(TRUE, scores(), CLASSES)).splitlines()
    assert lines[1].split() == ["cat", "50.0%", "66.7%", "3"]
    assert lines[3].split() == ["horse", "0.0%", "0.0%", "1"]
    assert lines[4].split() == ["accuracy", "50.0%"]


def test_the_figure_says_its_numbers_the_weakest_class_first() -> None:
    """The text alternative holds all that the marks show."""
    picture = Report.of(TRUE, scores(), CLASSES).figure()
    said = picture.alt.partition("first. ")[2]
    assert said == (
        "horse: precision 0%, recall 0%; cat: precision 50%, recall 67%; dog: precision 50%, recall 50%."
    )
    axes = picture.figure.axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["horse", "cat", "dog"]
    assert [line.get_xdata().tolist() for line in axes.lines] == [
        [0, 0.5, 0.5],
        pytest.approx([0, 2 / 3, 0.5]),
    ]


@pytest.mark.parametrize(
    ("true", "columns", "message"),
    [
        (TRUE[:5], 3, "shape"),
        (TRUE, 2, "shape"),
        (TRUE + 1, 3, "between 0 and 2"),
        (TRUE[:0], 3, "shape"),
    ],
)
def test_what_does_not_fit_is_refused(true: np.ndarray, columns: int, message: str) -> None:
    """Lengths, classes and labels are compared before anything is counted."""
    with pytest.raises(ValueError, match=message):
        Report.of(true, scores()[:, :columns], CLASSES)


@pytest.mark.parametrize("shares", [[0.5, 1.5, 0], [0.5, 0.5]])
def test_the_figure_refuses_what_is_no_share(shares: list) -> None:
    """A share lies between 0 and 1, and there is one for each class."""
    with pytest.raises(ValueError, match="share"):
        precision_and_recall(shares, shares, CLASSES)
