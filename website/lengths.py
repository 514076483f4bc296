"""How long training cells run for the site: as in the notebooks, or less where that takes minutes.

All units at full length take two CPU cores some 25 minutes; so the curves stay what a reader would see, at
less than half of the time. The page says at each cell what it ran with.
"""

from __future__ import annotations

from collections.abc import Sequence

from nbformat import NotebookNode

from tests.support.short_training import Shorter, shorten

LENGTHS: dict[str, tuple[Shorter, ...]] = {
    "unit0-why-residuals": (Shorter("runs=3, steps=100", "runs=2, steps=100"),),
    "unit1-residual-networks": (
        Shorter("fit(x_train, y_train, epochs=2", "fit(x_train[:540], y_train[:540], epochs=2"),
        Shorter("averages(model, x_train)", "averages(model, x_train[:540])"),
    ),
    "unit2-cats-and-dogs": (Shorter("EPOCHS = 20", "EPOCHS = 8"),),
    "unit3-resnet-v1": (Shorter("= 1200, 8, 500", "= 400, 5, 250"),),
    "unit4-resnet-v2": (Shorter("= 1500, 12, 500", "= 400, 8, 250"),),
    "unit5-resnet-family": (Shorter("EPOCHS = 15", "EPOCHS = 4"),),
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
