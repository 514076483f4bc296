"""A notebook with its outputs, executed once for all that they depend on.

A stored result is named by the digest of the cells, of the files beside the notebook, of the packages that
it imports from this repository, and of the versions of what computes and draws. Results of other digests
stay: whoever switches between two branches builds each once.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from kerasgrader.course.versions import folder_of
from kerasgrader.files import write_atomically
from website import CannotPublish

PATIENCE = 3600  # seconds for one cell
SOFTWARE = (
    "tensorflow",
    "keras",
    "numpy",
    "h5py",
    "matplotlib",
    "opencv-python-headless",
    "pillow",
)
DATA = "your folder for data sets"  # what outputs show in place of the one in the store
SHELL = ("ipython", "ipykernel")
# As many notebooks run at a time as there are cores: that is faster than one on all of them.
ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}


def executed(
    notebook: NotebookNode,
    beside: Mapping[str, Path],
    packages: tuple[str, ...],
    store: Path,
    *,
    errors: bool = False,
) -> NotebookNode:
    """The notebook with its outputs, from `store` if they are there.

    beside: files that lie beside the notebook, by path. packages: those of this repository that it
    imports. errors: whether a cell may raise, and the next one runs all the same. Raises CannotPublish.
    """
    name = digest(notebook, beside, packages, errors)
    stored = store / f"{name}.ipynb"
    if not stored.is_file():
        result = copy.deepcopy(notebook)
        _run(result, beside, store / "data", errors)
        write_atomically(stored, nbformat.writes(result))
    # Where pictures lie on this machine is nobody else's business.
    text = stored.read_text("utf-8").replace(json.dumps(str(store / "data"))[1:-1], DATA)
    return nbformat.reads(text, as_version=4)


def digest(
    notebook: NotebookNode, beside: Mapping[str, Path], packages: tuple[str, ...], errors: bool
) -> str:
    """Of everything that the outputs depend on."""
    found = hashlib.sha256(repr((sys.version_info[:3], errors)).encode())
    for name in (*SOFTWARE, *SHELL):
        found.update(f"{name} {version(name)}\n".encode())
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found.update(repr(cell.source).encode())
    for name, path in (*sorted(beside.items()), *_files(packages)):
        found.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return found.hexdigest()


def _files(packages: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    for package in packages:
        folder = folder_of(package)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield f"{package}/{path.relative_to(folder)}", path


def _run(notebook: NotebookNode, beside: Mapping[str, Path], data: Path, errors: bool) -> None:
    """Run the notebook in place, in a folder of its own. Pictures are the stand-ins, drawn once."""
    with tempfile.TemporaryDirectory() as folder:
        for name, path in beside.items():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, Path(folder) / name)
        client = NotebookClient(
            notebook,
            timeout=PATIENCE,
            allow_errors=errors,
            record_timing=True,
            resources={"metadata": {"path": folder}},
        )
        try:
            client.execute(env={**os.environ, **ONE_THREAD, "RESNET_COURSE_DATA": str(data)})
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            raise CannotPublish(f"a cell of a solved notebook fails:\n{error}") from None
