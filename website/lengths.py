"""How long training cells run for the site: as in the notebooks, or less where that takes minutes.

All units at full length take two CPU cores half an hour; so each cell that trains for minutes does what a
reader will see, for a shorter time. The page says at each such cell what it ran with.
"""

from __future__ import annotations

from collections.abc import Sequence

from nbformat import NotebookNode

from tests.support.short_training import Shorter, shorten

LENGTHS: dict[str, tuple[Shorter, ...]] = {
    "unit0-why-residuals": (Shorter("runs=3, steps=100", "runs=2, steps=100"),),
    "unit1-residual-networks": (
        Shorter("fit(model, x_train, y_train, ep", "fit(model, x_train[:540], y_train[:540], ep"),
        Shorter("averages(model, x_train)", "averages(model, x_train[:540])"),
    ),
    "unit2-cats-and-dogs": (
        Shorter("EPOCHS = 20", "EPOCHS = 8"),
        Shorter("100 if HAS_GPU else 2", "1"),
    ),
    "unit3-resnet-v1": (Shorter("= 1200, 8, 500", "= 400, 5, 250"),),
    "unit4-resnet-v2": (
        Shorter("= 1500, 12, 500", "= 400, 8, 250"),
        Shorter("= (1, 2), 6, 100", "= (1, 2), 6, 50"),
    ),
    "unit5-resnet-family": (
        Shorter("EPOCHS = 15", "EPOCHS = 4"),
        Shorter("EPOCHS_TUNED = 15", "EPOCHS_TUNED = 6"),
    ),
}


def shortened(notebook: NotebookNode, lengths: Sequence[Shorter]) -> dict[str, list[Shorter]]:
    """Shorten a notebook in place; what was changed, by the id of its cell. Raises ValueError."""
    before = {cell.id: cell.source for cell in notebook.cells}
    shorten(notebook, tuple(lengths))
    return {
        cell.id: [one for one in lengths if one.old in before[cell.id]]
        for cell in notebook.cells
        if cell.source != before[cell.id]
    }
