"""The opening of every notebook: a badge for Colab, and two cells that prepare the machine.

A release is opened on a Hub, on Colab or at home, without other files. The first cell, folded, looks for
the course: as it is installed, in a wheel beside the notebook, in the cell itself, or by pip, from where
course.toml says. It stops at the first that is as new as the notebook. The second begins the unit.

A wheel is a zip archive, which Python imports from: no pip, no network, whatever a browser called the file.
A *standalone* notebook carries it in comments at the end of the first cell, which is otherwise the same
cell: the repair reads a submission without them, and takes the cell from the source like any other. There
it is packed once more, by xz: a zip archive packs each of its files alone.
"""

from __future__ import annotations

import lzma
from base64 import b85decode, b85encode

import nbformat
from nbformat import NotebookNode

from kerasgrader.course.course import Course, Unit
from kerasgrader.course.lessons import CARRIED, UNGRADED

BADGE_ID, INSTALL_ID, SETUP_ID = "badge", "install", "setup"
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}  # in Jupyter; on Colab
CARRIED_LINE = 2000  # characters of the wheel in a line
TIGHTEST = 9 | lzma.PRESET_EXTREME
INSTALL = """\
# @title Run this first: it looks for the course, and installs it where it is missing or too old


def look_for_the_course(cell):
    import atexit
    import subprocess
    import sys
    import tempfile
    from base64 import b85decode
    from importlib import invalidate_caches
    from pathlib import Path

    def problem():
        invalidate_caches()
        try:
            from kerascheck.published import older

            found = older({unit!r}, {package!r}, {needs!r})
        except ModuleNotFoundError:
            found = "the course is not installed here"
        except ImportError:
            found = "your course package is older than this notebook"
        if found:  # what was imported of it must not hide what comes next
            for name in [n for n in sys.modules if n.partition(".")[0] in {packages!r}]:
                del sys.modules[name]
        return found

    def wheels():
        yield from sorted(Path.cwd().glob("{wheel}-*.whl"), reverse=True)
        carried = "".join(line[{skip}:] for line in cell.splitlines() if line.startswith({mark!r}))
        if carried:
            import lzma  # here: a Python built without it can do all else

            folder = tempfile.TemporaryDirectory()
            atexit.register(folder.cleanup)
            file = Path(folder.name, "{wheel}.whl")
            file.write_bytes(lzma.decompress(b85decode(carried)))
            yield file

    found = problem()
    for wheel in wheels() if found else ():
        sys.path.insert(0, str(wheel))
        found = problem()
        if not found:
            return
        sys.path.remove(str(wheel))
    source = {install!r}
    alone = ["--force-reinstall", "--no-deps"] if "older" in found else []
    pip = ["pip", "install", *alone, source]
    if found and source:
        subprocess.run([sys.executable, "-m", *pip, "--quiet"])
        found = problem()
    if found:
        run = f"run %{{' '.join(pip)}}, or " if source else ""
        raise RuntimeError(
            f"{{found[0].upper()}}{{found[1:]}}: {{run}}put its newest wheel, {wheel}-...whl, beside "
            "this notebook, and run this cell again."
        )


look_for_the_course(In[-1])
del look_for_the_course"""
SETUP = """\
from kerascheck import start

{begin}"""
COLAB = "https://colab.research.google.com"
BADGE = f"[![Open in Colab]({COLAB}/assets/colab-badge.svg)]({{address}})"


def with_opening(notebook: NotebookNode, course: Course, unit: Unit, edition: str) -> NotebookNode:
    """A lesson's notebook with the opening cells after its title, and the badge before it.

    edition: that of the unit's published checks, which the notebook needs.
    """
    package = course.package or "kerascheck"
    install = INSTALL.format(
        unit=unit.id,
        package=course.package,
        needs=edition,
        packages=tuple(dict.fromkeys(("kerascheck", package))),
        wheel=course.distribution.replace("-", "_"),
        install=course.install_from,
        mark=CARRIED,
        skip=len(CARRIED),
    )
    opening = [
        nbformat.v4.new_code_cell(install, id=INSTALL_ID, metadata={"tags": [UNGRADED], **FOLDED}),
        nbformat.v4.new_code_cell(
            SETUP.format(begin=_begin(course, unit, edition)),
            id=SETUP_ID,
            metadata={"tags": [UNGRADED]},
        ),
    ]
    cells = [*notebook.cells[:1], *opening, *notebook.cells[1:]]
    if course.repository:
        badge = BADGE.format(address=colab_address(course.repository, unit))
        cells.insert(0, nbformat.v4.new_markdown_cell(badge, id=BADGE_ID))
    notebook.cells = cells
    return notebook


def colab_address(repository: str, unit: Unit) -> str:
    """Where Colab opens the unit's released notebook."""
    file = f"release/{unit.id}/{unit.notebook}.ipynb"
    return f"{COLAB}/github/{repository}/blob/main/{file}"


def carry(cell: NotebookNode, wheel: bytes) -> None:
    """Put a wheel into a notebook's first cell. The smallest if its archive itself packs nothing."""
    text = b85encode(lzma.compress(wheel, preset=TIGHTEST)).decode()
    lines = [text[i : i + CARRIED_LINE] for i in range(0, len(text), CARRIED_LINE)]
    cell.source = "\n".join([cell.source, "", *(CARRIED + line for line in lines)])


def carried(cell: str) -> bytes | None:
    """The wheel in the text of a cell, if it carries one: what the cell itself does when it runs."""
    text = "".join(line[len(CARRIED) :] for line in cell.splitlines() if line.startswith(CARRIED))
    return lzma.decompress(b85decode(text)) if text else None


def _begin(course: Course, unit: Unit, edition: str) -> str:
    """The call that begins a notebook of this unit."""
    data = course.datasets[unit.dataset] if unit.dataset else ""
    known = {"package": course.package, "data": data, "needs": edition}
    given = "".join(f", {name}={value!r}" for name, value in known.items() if value)
    return f"start.begin({unit.id!r}{given})"
