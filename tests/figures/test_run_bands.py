"""Curves of several runs: what is drawn, said and refused."""

import numpy as np
import pytest

from resnet_course.figures import run_bands

RUNS = np.array([[1.0, 10.0, 100.0], [2.0, 20.0, 400.0], [4.0, 30.0, 200.0]])


def test_the_text_gives_the_medians() -> None:
    """The alternative says where the median begins and ends, and of how many runs."""
    picture = run_bands.draw({"Plain": {"8 layers": RUNS}}, x="layer", y="gradient norm")
    assert picture.alt == (
        "gradient norm by layer, with the range of all runs. "
        "Plain, 8 layers: 2 at first, 2e+02 at last (median of 3)."
    )


def test_the_band_reaches_from_the_smallest_to_the_largest_run() -> None:
    """The band is the range of all runs, not a guess at it."""
    picture = run_bands.draw({"Plain": {"8 layers": RUNS}}, x="layer", y="norm")
    [axes] = picture.figure.axes
    corners = axes.collections[0].get_paths()[0].vertices
    assert (corners[:, 1].min(), corners[:, 1].max()) == (1.0, 400.0)
    assert axes.lines[0].get_ydata().tolist() == [2.0, 20.0, 200.0]


def test_panels_share_their_vertical_axis() -> None:
    """What stands side by side can be compared by height."""
    picture = run_bands.draw({"a": {"x": RUNS}, "b": {"x": RUNS * 1e6}}, x="layer", y="norm")
    first, second = picture.figure.axes
    assert first.get_ylim() == second.get_ylim()
    assert first.get_yscale() == "log"


def test_a_small_difference_looks_small() -> None:
    """A logarithmic axis covers two powers of ten, or more where the numbers do."""
    [flat] = run_bands.draw({"a": {"x": [[9.0, 11.0]]}}, x="", y="").figure.axes
    [steep] = run_bands.draw({"a": {"x": [[1.0, 1e6]]}}, x="", y="").figure.axes
    assert flat.get_ylim()[1] / flat.get_ylim()[0] == pytest.approx(100)
    assert steep.get_ylim()[1] / steep.get_ylim()[0] > 1e6


@pytest.mark.parametrize(
    ("runs", "log"),
    [
        ([1.0, 2.0], True),
        (np.empty((0, 3)), True),
        ([[1.0, 0.0]], True),
        ([[1.0, np.nan]], False),
    ],
)
def test_what_cannot_be_drawn_is_refused(runs: object, log: bool) -> None:
    """One run without its dimension, none, a zero on a logarithmic axis, and no number."""
    with pytest.raises(ValueError, match="a, x"):
        run_bands.draw({"a": {"x": runs}}, x="", y="", log=log)
