"""`kerasgrader doctor`: try each layer of the seal on this machine, and start a sealed kernel."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from rich.text import Text

from kerasgrader.course.course import load_course
from kerasgrader.course.versions import MISSING, environment_versions
from kerasgrader.kernel import KERNEL_NAME
from kerasgrader.kernel.manager import ImpatientManager
from kerasgrader.kernel.sandbox_layers import LayerReport, examine
from kerasgrader.kernel.warm_client import WarmParent


def examination(root: Path) -> list[LayerReport]:
    """Reports on every layer, tried for real, on a whole kernel, and on the environment of the course in
    `root`, if there is one."""
    layers = examine()
    if all(report.offered for report in layers if report.required):
        layers.append(kernel_report())
    if (root / "course.toml").exists():
        layers.append(environment_report(load_course(root).environment))
    return layers


def environment_report(environment: Sequence[str]) -> LayerReport:
    """Whether what students' notebooks may import is installed here."""
    found = environment_versions(environment)
    there = ", ".join(f"{name} {text}" for name, text in found.items() if text != MISSING)
    missing = [name for name, text in found.items() if text == MISSING]
    return LayerReport(
        "packages",
        f"what notebooks may import besides: {there or 'nothing more'}",
        False,
        not missing,
        f"{', '.join(missing)} of course.toml's `environment` not installed" if missing else "",
        "install requirements.lock, or what course.toml names" if missing else "",
    )


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
