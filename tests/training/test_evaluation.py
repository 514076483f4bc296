"""Reports on a classifier: what is counted, divided and shown."""

from __future__ import annotations

import re
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from resnet_course.training.evaluation import Confusion, Report, precision_and_recall
from tests.support.course_folder import ROOT

TRUE = np.array([0, 0, 0, 1, 1, 2])
CLASSES = ("cat", "dog", "horse")
PROBABILITIES = np.array(
    [
        [0.9, 0.1, 0.0],
        [0.7, 0.2, 0.1],
        [0.3, 0.6, 0.1],
        [0.1, 0.7, 0.2],
        [0.5, 0.4, 0.1],
        [0.95, 0.03, 0.02],
    ]
)
"""Predicted as cat, cat, dog, dog, cat, cat: three of six are correct."""


@pytest.fixture(scope="module")
def report() -> Report:
    return Report.of(TRUE, PROBABILITIES, CLASSES, top=2)


def test_f1_is_counted_by_hand(report: Report) -> None:
    """Cats: 2 correct, 3 there, 4 predicted. Dogs: 1 correct, 2 there, 2 predicted. No horse."""
    assert report.support.tolist() == [3, 2, 1]
    assert report.f1.tolist() == pytest.approx([4 / 7, 2 / 4, 0])
    assert report.macro_f1 == pytest.approx((4 / 7 + 1 / 2) / 3)


def test_balanced_accuracy_counts_every_class_alike(report: Report) -> None:
    """Two of three cats, one of two dogs and no horse are found."""
    assert report.accuracy == 0.5
    assert report.balanced_accuracy == pytest.approx((2 / 3 + 1 / 2) / 3)


def test_the_class_may_be_among_the_best(report: Report) -> None:
    """The dog and the cat that were taken for each other come second; the horse comes last."""
    assert report.top_accuracy == pytest.approx(5 / 6)
    assert Report.of(TRUE, PROBABILITIES, CLASSES, top=1).top_accuracy == report.accuracy
    assert Report.of(TRUE, PROBABILITIES, CLASSES, top=9).top_accuracy == 1


def test_a_class_that_does_not_occur_is_left_out_of_means() -> None:
    """Nobody can find what is not there."""
    two = Report.of(TRUE[:5], PROBABILITIES[:5], CLASSES)
    assert two.support.tolist() == [3, 2, 0]
    assert two.balanced_accuracy == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert two.macro_f1 == pytest.approx((4 / 6 + 2 / 4) / 2)


def test_confusions_are_pairs_the_most_frequent_first() -> None:
    """Each pair of classes has its count."""
    true, other = np.array([0, 1, 1, 2]), np.eye(3)[[1, 2, 2, 2]]
    found = Report.of(true, other, CLASSES).confusions
    assert found == (Confusion("dog", "horse", 2), Confusion("cat", "dog", 1))
    assert [str(pair) for pair in found] == ["dog as horse (2)", "cat as dog (1)"]


def test_calibration_compares_confidence_with_accuracy() -> None:
    """Ten answers at 90 %, nine of them correct, are calibrated; ten at 60 %, all correct, are not."""
    sure, modest = [0.9, 0.1], [0.4, 0.6]
    true = np.array([0] * 9 + [1] + [1] * 10)
    report = Report.of(true, np.array([sure] * 10 + [modest] * 10), "ab")
    assert [(part.low, part.high, part.count) for part in report.bins] == [
        (pytest.approx(0.5), pytest.approx(0.6), 10),
        (pytest.approx(0.8), pytest.approx(0.9), 10),
    ]
    assert [part.confidence for part in report.bins] == pytest.approx([0.6, 0.9])
    assert [part.accuracy for part in report.bins] == pytest.approx([1, 0.9])
    assert report.calibration_error == pytest.approx(0.2)


def test_one_hot_labels_are_as_good(report: Report) -> None:
    """True classes may be rows."""
    assert str(Report.of(np.eye(3)[TRUE], PROBABILITIES, CLASSES, top=2)) == str(report)


def test_the_table_has_a_line_for_each_class(report: Report) -> None:
    """Name, number of images, F1, and the most frequent confusion."""
    lines = str(report).splitlines()
    assert lines[1].split() == ["cat", "3", "57.1%", "dog", "(1)"]
    assert lines[3].split() == ["horse", "1", "0.0%", "cat", "(1)"]
    assert lines[4].split() == ["accuracy", "50.0%"]
    assert lines[6].split() == ["among", "the", "best", "2", "83.3%"]


def test_the_reliability_diagram_tells_its_numbers() -> None:
    """The text alternative holds all that the figure shows."""
    report = Report.of(np.array([0, 1]), np.array([[0.75, 0.25], [0.75, 0.25]]), "ab")
    picture = report.figure()
    assert picture.alt == (
        "Reliability of 2 answers, by confidence: 75% confident, 50% correct (2). "
        "Calibration error 25.0%."
    )
    diagonal, answers = picture.figure.axes[0].lines
    assert answers.get_xdata() == [0.75] and answers.get_ydata() == [0.5]
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata())


def test_the_figure_says_its_numbers_the_weakest_class_first() -> None:
    """The text alternative holds all that the symbols show."""
    picture = precision_and_recall([0.5, 0.5, 0], [2 / 3, 0.5, 0], CLASSES)
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
    ("true", "probabilities", "message"),
    [
        (TRUE[:5], PROBABILITIES, "shape"),
        (TRUE, PROBABILITIES[:, :2], "shape"),
        (TRUE + 1, PROBABILITIES, "between 0 and 2"),
        (TRUE[:0], PROBABILITIES[:0], "shape"),
        (TRUE, 2 * PROBABILITIES, "add up to 1"),
        (TRUE, PROBABILITIES * [1, -1, 1], "at least 0"),
    ],
)
def test_what_does_not_fit_is_refused(
    true: np.ndarray, probabilities: np.ndarray, message: str
) -> None:
    """Lengths, classes, labels and probabilities are looked at before anything is counted."""
    with pytest.raises(ValueError, match=message):
        Report.of(true, probabilities, CLASSES)


@pytest.mark.parametrize("shares", [[0.5, 1.5, 0], [0.5, 0.5]])
def test_the_figure_refuses_what_is_no_share(shares: list) -> None:
    """A share lies between 0 and 1, and there is one for each class."""
    with pytest.raises(ValueError, match="share"):
        precision_and_recall(shares, shares, CLASSES)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")
def test_the_code_of_the_manual_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The block of docs/toolkit.md trains, reports, and names the classes of the images in a folder."""
    [code] = re.findall(r"```python\n(.*?)```", (ROOT / "docs/toolkit.md").read_text("utf-8"), re.S)
    monkeypatch.chdir(tmp_path)
    Path("inbox").mkdir()
    Image.new("RGB", (9, 9), (250, 3, 3)).save("inbox/a.jpg")
    random = np.random.default_rng(0)
    true = np.arange(30) % 3
    x = random.uniform(0, 0.2, (30, 32, 32, 3)).astype(np.float32)
    x[np.arange(30), ..., true] += 0.7
    layers = [
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(3, activation="softmax", dtype="float32"),
    ]
    model = keras.Sequential([keras.Input((32, 32, 3)), *layers])
    y = np.eye(3)[true]
    given = {"model": model, "x": x, "y": y, "x_test": x, "y_test": y, "classes": "rgb"}
    exec(compile(code, "docs/toolkit.md", "exec"), given)
    printed = capsys.readouterr().out
    assert "most often taken for" in printed
    assert re.search(r"^a\.jpg: [rgb] \d+%, [rgb] \d+%, [rgb] \d+%$", printed, re.M)
