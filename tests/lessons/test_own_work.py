"""A function of another unit, taken from the student's own notebook."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from resnet_course import own_work

UNIT, NOTEBOOK = "unit1-residual-networks", "residual_networks.ipynb"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: that of another unit's notebook, beside which UNIT may be."""
    folder = tmp_path / "unit2"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def written(path: Path, *cells: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, path)


def test_a_function_is_found_with_what_it_needs(here: Path) -> None:
    """Imports and helpers of other cells are there; what a cell does besides is not done again."""
    cells = (
        "import math\nraise RuntimeError('training')",
        "def half(x):\n    return x / 2",
        "def area(r):\n    return half(math.pi * r)",
        "%pip install what-is-no-python",
    )
    written(here.parent / UNIT / NOTEBOOK, *cells)
    assert own_work.function("area", UNIT, NOTEBOOK)(2) == pytest.approx(3.14159, rel=1e-5)


def test_the_current_folder_will_do(here: Path) -> None:
    """On Colab there is one folder for all notebooks."""
    written(here / NOTEBOOK, "def one():\n    return 1")
    assert own_work.function("one", UNIT, NOTEBOOK)() == 1


def test_what_is_missing_is_named(here: Path) -> None:
    """No notebook, one that is none, one without the function: each says which."""
    with pytest.raises(own_work.NotThere, match="is not on this machine"):
        own_work.function("one", UNIT, NOTEBOOK)
    (here / NOTEBOOK).write_text("<html>")
    with pytest.raises(own_work.NotThere, match="is not a notebook"):
        own_work.function("one", UNIT, NOTEBOOK)
    written(here / NOTEBOOK, "one = 1")
    with pytest.raises(own_work.NotThere, match="defines no function one"):
        own_work.function("one", UNIT, NOTEBOOK)
