"""`kerasgrader doctor`: try each layer of the seal on this machine, and start a sealed kernel."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import nbformat
from nbclient import NotebookClient
from rich.text import Text

from kerasgrader.kernel import KERNEL_NAME
from kerasgrader.kernel.manager import ImpatientManager
from kerasgrader.kernel.sandbox_layers import LayerReport, examine
from kerasgrader.kernel.warm_client import WarmParent


def examination() -> list[LayerReport]:
    """Reports on every layer, tried for real, and on a whole kernel."""
    layers = examine()
    if not all(report.offered for report in layers if report.required):
        return layers
    return [*layers, kernel_report()]


def kernel_report() -> LayerReport:
    """Start a sealed kernel and have it add two numbers."""
    what = "all layers together, around a kernel that answers"
    cell = nbformat.v4.new_code_cell("1 + 1")
    try:
        WarmParent.get()
        started = time.perf_counter()
        notebook = nbformat.v4.new_notebook(cells=[cell])
        NotebookClient(
            notebook,
            kernel_name=KERNEL_NAME,
            kernel_manager_class=ImpatientManager,
            shutdown_kernel="immediate",
        ).execute()
        seconds = time.perf_counter() - started
    except Exception as error:
        advice = "see the reason above: this account's Python, its folders or their permissions"
        return LayerReport("kernel", what, True, False, f"{error}", advice)
    finally:
        WarmParent.end()
    return LayerReport("kernel", f"{what}: {seconds:.2f} s from start to end", True, True)


def as_lines(reports: Sequence[LayerReport]) -> Iterator[Text]:
    """The reports as lines for the terminal."""
    width = max(len(report.layer) for report in reports)
    for report in reports:
        mark, style = ("yes", "green") if report.offered else ("no ", "red")
        if not (report.offered or report.required):
            style = "yellow"
        yield Text.assemble((mark, style), f"  {report.layer:{width}}  {report.what}")
        if not report.offered:
            yield Text(f"     why: {report.why}")
            yield Text(f"     to do: {report.advice}")
    missing = [report.layer for report in reports if report.required and not report.offered]
    if missing:
        yield Text(
            f"\nStudents' code cannot be sealed here: {', '.join(missing)} missing. Grading "
            "refuses to run without --sandbox=partial (the layers offered) or --sandbox=off (none)."
        )
    else:
        yield Text("\nStudents' code can be sealed here.")
