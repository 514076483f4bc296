"""The opening of every notebook: a badge for Colab, and a cell that prepares the machine.

A release is opened on a Hub, on Colab or at home, without other files. Its requirements are in
course.toml, and the build writes them into each notebook, so that no lesson repeats them.
"""

from __future__ import annotations

import nbformat
from nbformat import NotebookNode

from kerasgrader.course.course import Course, Unit
from kerasgrader.course.lessons import UNGRADED

BADGE_ID, SETUP_ID = "badge", "setup"
SETUP = """\
# Run this first. Where the course is not installed yet (on Colab, say), pip installs it.
from importlib import invalidate_caches
from importlib.util import find_spec

if find_spec({package!r}) is None:
    import subprocess
    import sys
    from pathlib import Path

    beside = sorted(str(wheel) for wheel in Path().glob("{wheel}-*.whl"))
    package = beside[-1:] or {install!r}
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    if not package or subprocess.run([*pip, *package]).returncode:
        raise RuntimeError(
            "The course could not be installed: put its wheel, {wheel}-...whl, beside this "
            "notebook, or ask where you have the notebook from."
        )
    invalidate_caches()

from kerascheck import start

{begin}"""
BADGE = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{repository}/blob/main/release/{unit}/{notebook}.ipynb)"
)


def with_opening(notebook: NotebookNode, course: Course, unit: Unit) -> NotebookNode:
    """The notebook of a lesson with the set-up cell after its title, and the badge before it."""
    setup = nbformat.v4.new_code_cell(
        SETUP.format(
            package=course.package or "kerascheck",
            wheel=course.distribution.replace("-", "_"),
            install=[course.install] if course.install else [],
            begin=_begin(course, unit),
        ),
        id=SETUP_ID,
        metadata={"tags": [UNGRADED]},
    )
    cells = [*notebook.cells[:1], setup, *notebook.cells[1:]]
    if course.repository:
        badge = BADGE.format(repository=course.repository, unit=unit.id, notebook=unit.notebook)
        cells.insert(0, nbformat.v4.new_markdown_cell(badge, id=BADGE_ID))
    notebook.cells = cells
    return notebook


def _begin(course: Course, unit: Unit) -> str:
    """The call that begins a notebook of this unit."""
    data = course.datasets[unit.dataset] if unit.dataset else ""
    known = {"package": course.package, "data": data}
    given = "".join(f", {name}={value!r}" for name, value in known.items() if value)
    return f"start.begin({unit.id!r}{given})"
