"""Controls in JupyterLab, in a real browser: a figure that moves, and a question with buttons."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from kerascheck.published import BESIDE
from kerasgrader.course.lessons import KERNELSPEC
from tests.notebook.test_predictions import UNIT
from tests.support.browser import CHROMIUM, PATIENCE, picture
from tests.support.jupyterlab import open_in_jupyterlab, run_all_cells

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt install chromium"),
]
CELLS = (
    "from resnet_course.figures import moving\nmoving.averages()",
    "from kerascheck import check, published\npublished.begin('unit', '')\ncheck.predict('shape')",
)


def test_controls_move_a_figure_and_answer_a_question(tmp_path: Path) -> None:
    """A key on the slider changes the figure in its place; a button gives the reason, which is stored."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / BESIDE).write_text(UNIT.to_text(), "utf-8")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS],
        metadata={"kernelspec": KERNELSPEC},
    )
    nbformat.write(notebook, folder / "work.ipynb")
    with open_in_jupyterlab(Path(sys.executable), folder / "work.ipynb") as page:
        run_all_cells(page)
        figure = page.locator(".rc-figure img")
        expect(figure).to_have_attribute("alt", re.compile("After 68 steps"), timeout=PATIENCE)
        page.locator(".noUi-handle").first.focus()
        page.keyboard.press("ArrowRight")
        expect(figure).to_have_attribute("alt", re.compile("After 100 steps"))
        page.get_by_role("button", name="b 4").click()
        expect(page.get_by_text("Not so: That is one stage later.")).to_be_visible()
        picture(page, "widgets-light")
        page.evaluate("document.body.dataset.jpThemeLight = 'false'")
        picture(page, "widgets-dark")
        page.keyboard.press("Control+s")
        page.get_by_role("button", name="a 8×8×512").click()
        expect(page.get_by_text("Right: Twice halved.")).to_be_visible()
    assert (folder / ".progress" / "unit.predictions.json").read_text().split() == [
        "{",
        '"shape":',
        "0",
        "}",
    ]
