"""Read submitted files, which can hold anything at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from traitlets import default

from kerasgrader.course.course import Unit
from kerasgrader.errors import SubmissionError
from kerasgrader.repair.salvage import LARGEST_FILE, notebook_of, refuse_unless_sensible


class SubmissionExporter(NotebookExporter):
    """nbgrader's reader for `autograde`: it reads any submission that it can, or gives the reason.

    Its notebook is validated after the last step, not after each one.
    """

    @default("optimistic_validation")
    def _optimistic_validation_default(self) -> bool:
        return True

    def from_file(
        self, file_stream: Any, resources: dict | None = None, **kwargs: Any
    ) -> tuple[nbformat.NotebookNode, dict[str, Any]]:
        notebook, _ = read_submission(Path(file_stream.name))
        return self.from_notebook_node(notebook, resources=resources, **kwargs)


def read_submission(path: Path) -> tuple[nbformat.NotebookNode, tuple[str, ...]]:
    """The notebook at `path` as nbformat 4 without outputs, and notes on what was repaired.

    Raises SubmissionError, OSError.
    """
    return notebook_of(read_bytes(path), path.name)


def read_bytes(path: Path) -> bytes:
    """The content of a file that is not too large. Raises SubmissionError, OSError."""
    if path.is_symlink():
        raise SubmissionError(f"{path.name} is a link to another file: submit the file itself")
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise SubmissionError(f"{path.name} is not a file")
        refuse_unless_sensible(status.st_size, path.name)
        data = file.read(LARGEST_FILE + 1)
    refuse_unless_sensible(len(data), path.name)
    return data


def submitted_file(unit: Unit, student: str) -> Path:
    """The path of the student's notebook. Raises SubmissionError if there is none of that name."""
    folder = unit.submitted(student)
    path = folder / f"{unit.notebook}.ipynb"
    if not path.is_file():
        names = sorted(item.name for item in folder.glob("*"))
        said = (
            f"there is no {path.name} in the submission; it holds {', '.join(names) or 'nothing'}"
        )
        if any(name.endswith(".ipynb") for name in names):
            said += f": `kerasgrader collect {unit.id} submitted` accepts it under any name"
        raise SubmissionError(said)
    return path
