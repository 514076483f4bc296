"""Less training for the solved notebooks, so that a test can run all of their cells in half a minute.

How many pictures, epochs, runs and layers a notebook uses is written in its cells not needed for grading.
Here is, for each unit, what a test writes there instead. At full length the notebooks are run by hand:
`python -m benchmarks.minutes`.
"""

from __future__ import annotations

from typing import NamedTuple

from nbformat import NotebookNode


class Shorter(NamedTuple):
    """A text of a notebook, what replaces it, and how many times it is there."""

    old: str
    new: str
    times: int = 1


FEWER_SIGNS = Shorter(
    "signs = load_signs()",
    """from dataclasses import replace

signs = load_signs()
signs = replace(signs, train_x=signs.train_x[:64], train_y=signs.train_y[:64])
signs = replace(signs, test_x=signs.test_x[:32], test_y=signs.test_y[:32])""",
)
# What takes the time of a short training is that TensorFlow traces it, and most of that is Adam, for
# each of 200 weights. Where the network is large the short run has another optimiser and is not traced;
# units 2, 3 and 4 keep Adam.
PLAIN_DESCENT = Shorter('optimizer="adam"', 'optimizer="sgd", run_eagerly=True')

SHORTER: dict[str, tuple[Shorter, ...]] = {
    "unit0-why-residuals": (
        Shorter("depth in (8, 56)", "depth in (8, 20)"),
        Shorter("depth in (8, 20, 32, 56)", "depth in (8, 20)"),
        Shorter("depth in (8, 20, 56)", "depth in (8, 20)", times=2),
        Shorter(", 56]", ", 20]", times=2),
        Shorter("depth == 56", "depth == 20"),
        Shorter("runs=5", "runs=2"),
        Shorter("runs=3, steps=100, window=10", "runs=2, steps=6, window=2"),
        Shorter('10: "after 10 steps", 99: "after 99 steps"', '5: "after 5 steps"'),
    ),
    "unit1-residual-networks": (FEWER_SIGNS, PLAIN_DESCENT),
    "unit2-cats-and-dogs": (
        Shorter("min(300, 3 * len(X) // 10), min(200, 2 * len(X) // 10)", "128, 64"),
        Shorter("EPOCHS = 20", "EPOCHS = 2"),
        Shorter(
            "keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3), classes=2)",
            "small_resnet()",
        ),
    ),
    "unit3-resnet-v1": (
        Shorter("n in (3, 5, 7, 9, 18)", "n in (3, 5)"),
        Shorter("N = 3", "N = 1"),
        Shorter("= 1200, 8, 500", "= 128, 2, 100"),
        Shorter("epochs=3", "epochs=1"),
    ),
    "unit4-resnet-v2": (
        Shorter("depth in (11, 20, 29, 56, 110)", "depth in (11, 20)"),
        Shorter("= 1500, 12, 500", "= 200, 2, 100"),
        Shorter("= (1, 2), 6, 100", "= (1, 2), 1, 10"),
    ),
    "unit5-resnet-family": (
        FEWER_SIGNS,
        PLAIN_DESCENT,
        Shorter("for depth in BLOCKS:", "for depth in (18, 50):"),
        Shorter("EPOCHS = 15", "EPOCHS = 2"),
        Shorter("EPOCHS_TUNED = 15", "EPOCHS_TUNED = 1"),
        Shorter("seed in range(3)", "seed in range(1)"),
    ),
}


def shorten(notebook: NotebookNode, shorter: tuple[Shorter, ...]) -> None:
    """Replace these texts, one after the other, in the notebook's cells not needed for grading.

    Raises ValueError for a text that is not there as many times as it should be.
    """
    cells = [cell for cell in notebook.cells if "ungraded" in cell.metadata.get("tags", [])]
    for old, new, times in shorter:
        actual = sum(cell.source.count(old) for cell in cells)
        if actual != times:
            raise ValueError(
                f"In the cells not needed for grading {old!r} is there {actual} times; expected {times}. "
                "Bring tests/support/short_training.py up to date with the lesson."
            )
        for cell in cells:
            cell.source = cell.source.replace(old, new)
