"""The notebook that becomes a unit's page: the released one, with outputs, and panels below each check.

What a student writes is as it was released, without output. A test shows what its check says to typical
mistakes, and to a right answer.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from html import escape

import nbformat
from nbformat import NotebookNode

from kerascheck.feedback.panel import marked_up
from kerasgrader.build.setup_cell import BADGE_ID, INSTALL_ID, colab_address
from kerasgrader.course.course import Course, Unit
from kerasgrader.course.lessons import NAMES_OF_TESTS, is_exercise, is_question, is_test
from tests.support.short_training import Shorter
from website.mistakes import Panel

LEFT_OUT = (BADGE_ID, INSTALL_ID)  # the page has buttons of its own
WIDGET = "application/vnd.jupyter.widget-view+json"
LONG = 25  # lines of an output: what is longer scrolls
READING = (
    "This page shows the notebook with all outputs. The exercises are as you get them; below each is what "
    "its check says to three typical mistakes."
)


def unit_page(
    course: Course,
    unit: Unit,
    released: NotebookNode,
    executed: NotebookNode | None,
    panels: Mapping[str, Sequence[Panel]],
    changed: Mapping[str, Sequence[Shorter]],
) -> NotebookNode:
    """The page of a unit.

    executed: the solved notebook with its outputs; None for a page without outputs. panels: those of each
    exercise. changed: what ran shorter than the notebook says, by cell.
    """
    outputs = {} if executed is None else {cell.id: cell for cell in executed.cells}
    cells = []
    for cell in copy.deepcopy(released.cells):
        if cell.id in LEFT_OUT:
            continue
        cell.metadata = nbformat.from_dict({})
        if cell.cell_type == "code":
            original = outputs.get(cell.id)
            cell.outputs = _outputs(original, panels) if original is not None else []
            cell.execution_count = None
            if any(_lines(output) > LONG for output in cell.outputs):
                cell.metadata["tags"] = ["output_scroll"]
        cells.append(cell)
        if cell.id in changed:
            cells.append(
                nbformat.v4.new_markdown_cell(_shorter(changed[cell.id]), id=f"{cell.id[:50]}-n")
            )
    title, _, text = cells[0].source.partition("\n")
    cells[0].source = f"{title}\n\n{_start(course, unit)}\n\n{text.strip()}"
    return nbformat.v4.new_notebook(cells=cells, metadata=released.metadata)


def _start(course: Course, unit: Unit) -> str:
    """The buttons, and what to know before reading."""
    file = f"../notebooks/{unit.notebook}.ipynb"
    buttons = [f'<a class="site-button" href="{file}" download>Download the notebook</a>']
    if course.repository:
        address = escape(colab_address(course.repository, unit), quote=True)
        buttons.insert(0, f'<a class="site-button" href="{address}">Open in Colab</a>')
    return (
        f'<p class="site-start">{" ".join(buttons)} <span>{unit.minutes} minutes</span></p>\n\n'
        f'<p class="site-reading">{READING}</p>'
    )


def _shorter(changes: Sequence[Shorter]) -> str:
    pairs = ", ".join(f"`{one.new}` in place of `{one.old}`" for one in changes)
    return f"```{{note}}\nFor this page the cell ran with {pairs}, to save time.\n```"


def _outputs(cell: NotebookNode, panels: Mapping[str, Sequence[Panel]]) -> list[NotebookNode]:
    if is_exercise(cell) or is_question(cell):
        return []
    shown = [_plain(output) for output in cell.outputs if _is_shown(output)]
    exercise = cell.id.removeprefix(NAMES_OF_TESTS) if is_test(cell) else ""
    if exercise not in panels:
        return shown
    text = '<p class="site-mistakes">What this check says to three typical mistakes:</p>'
    for number, panel in enumerate(panels[exercise], 1):
        text += (
            f'<details class="site-mistake"{" open" if number == 1 else ""}>'
            f"<summary>{number}. {marked_up(panel.story)}</summary>{panel.html}</details>"
        )
    right = "".join(
        output.data["text/html"] for output in shown if "text/html" in output.get("data", {})
    )
    text += f'<details class="site-mistake"><summary>A right answer</summary>{right}</details>'
    return [nbformat.v4.new_output("display_data", {"text/html": text})]


def _is_shown(output: NotebookNode) -> bool:
    """Controls need a kernel: what they control is there beside them, as a still."""
    return output.get("name") != "stderr" and WIDGET not in output.get("data", {})


def _plain(output: NotebookNode) -> NotebookNode:
    """An output with one form alone: HTML where there is some."""
    output = copy.deepcopy(output)
    if "text/html" in output.get("data", {}):
        output.data = nbformat.from_dict({"text/html": output.data["text/html"]})
        output.metadata = nbformat.from_dict({})
    if "execution_count" in output:
        output.execution_count = None
    return output


def _lines(output: NotebookNode) -> int:
    text = output.get("text", "") or output.get("data", {}).get("text/plain", "")
    return str(text).count("\n")
