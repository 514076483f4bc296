"""Which versions the course runs on: the visible tests of all solved units, in environments built for it.

    python -m benchmarks.versions [lowest] [colab] [newest] [--folder FOLDER]

Builds each environment with pip, one at a time (about 2.6 GB and some minutes), runs the released
notebooks with the author's answers in kernels of it, and removes it again. Only cells that count run:
the opening, what is given, the answers and the tests. Prints the table of docs/versions.md.

lowest: the lower bounds of pyproject.toml. colab: what Colab had in late 2026, on this Python.
newest: whatever pip gives.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbclient import NotebookClient

from benchmarks.minutes import PATIENCE, solved
from kerasgrader.build.setup_cell import INSTALL_ID, SETUP_ID
from kerasgrader.course.course import Unit, load_course
from kerasgrader.course.lessons import UNGRADED
from tests.support.course_folder import ROOT

SHOWN = ("tensorflow", "keras", "numpy", "h5py", "opencv-python-headless", "ipython")
OPENING = (INSTALL_ID, SETUP_ID)
COLAB = (
    "tensorflow==2.20.0",
    "keras==3.13.2",
    "numpy==2.1.3",
    "h5py==3.16.*",
    "opencv-python-headless==5.*",
    "ipython==7.34.0",
    "ipykernel==6.17.1",
    "jupyter-client==7.4.9",
)


@dataclass(frozen=True)
class Outcome:
    """One unit in one environment: tests that passed, tests that there are, the first error."""

    unit: str
    passed: int
    tests: int
    error: str


def lowest() -> Iterator[str]:
    """The lower bounds of the student package and of what runs its notebooks, as pip's requirements."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for text in (*project["dependencies"], *project["optional-dependencies"]["lab"]):
        yield re.sub(r">=([\w.]+)", r"==\1.*", text)


def requirements(name: str) -> list[str]:
    """What an environment of this name is made of."""
    return {"lowest": [*lowest()], "colab": [*COLAB], "newest": ["ipykernel"]}[name]


def build(folder: Path, wanted: Sequence[str]) -> Path:
    """An environment of the student package and what is `wanted`: its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, "--no-cache-dir", str(ROOT), *wanted], check=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel = folder / "share" / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True, exist_ok=True)
    spec = {"argv": argv, "display_name": "Python 3", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec), "utf-8")
    return python


def versions(python: Path) -> dict[str, str]:
    """The versions that the table shows, by package."""
    code = "import json, platform, sys; from importlib.metadata import version as v; "
    code += "print(json.dumps({'python': platform.python_version(), **{n: v(n) for n in sys.argv[1:]}}))"
    done = subprocess.run([str(python), "-c", code, *SHOWN], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def run(unit: Unit, environment: Path) -> Outcome:
    """The visible tests of a unit, with the author's answers, in a kernel of an environment."""
    notebook = solved(unit)
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code"
        and (cell.id in OPENING or UNGRADED not in cell.metadata.get("tags", []))
    ]
    os.environ["JUPYTER_PATH"] = str(environment / "share" / "jupyter")
    with tempfile.TemporaryDirectory() as folder:
        where = {"metadata": {"path": folder}}
        client = NotebookClient(
            notebook, timeout=PATIENCE, kernel_name="python3", allow_errors=True, resources=where
        )
        client.execute()
    passed, tests, first = 0, 0, ""
    for cell in notebook.cells:
        errors = [f"{o.ename}: {o.evalue}" for o in cell.outputs if o.output_type == "error"]
        first = first or (f"{cell.id}: {errors[0]}" if errors else "")
        if cell.metadata.get("nbgrader", {}).get("grade"):
            tests += 1
            passed += not errors
    return Outcome(unit.id, passed, tests, first)


def row(name: str, known: dict[str, str], outcomes: Sequence[Outcome]) -> str:
    """A line of the table."""
    units = [f"{outcome.passed} of {outcome.tests}" for outcome in outcomes]
    return f"| {' | '.join([name, *known.values(), *units])} |"


def head(units: Sequence[Unit]) -> list[str]:
    """The first two lines of the table."""
    titles = ["", "Python", "TensorFlow", "Keras", "NumPy", "h5py", "OpenCV", "IPython"]
    titles += [unit.id.partition("-")[0] for unit in units]
    return [f"| {' | '.join(titles)} |", f"| {' | '.join('---' for _ in titles)} |"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = ("lowest", "colab", "newest")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}: all of them"
    )
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "versions")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in names]:
        parser.error(f"there is no environment {unknown[0]!r}, only {', '.join(names)}")
    units = load_course(ROOT).units
    print("\n".join(head(units)), flush=True)
    failed = []
    for name in given.names or names:
        environment = given.folder / name
        try:
            python = build(environment, requirements(name))
            outcomes = [run(unit, environment) for unit in units]
            print(row(name, versions(python), outcomes), flush=True)
        finally:
            shutil.rmtree(environment, ignore_errors=True)
        failed += [
            f"{name}, {o.unit}: {o.error}" for o in outcomes if o.passed < o.tests or o.error
        ]
    print("\n".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
