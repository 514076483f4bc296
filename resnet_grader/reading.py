"""Reading what was handed in: the first place where a submission can be anything at all."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning

from resnet_grader.course import Unit
from resnet_grader.errors import SubmissionError

LARGEST_FILE = 100 * 2**20


class SubmissionExporter(NotebookExporter):
    """nbgrader's reader for `autograde`, with a clear sentence for what is not a notebook."""

    def from_filename(
        self, filename: Any, resources: dict | None = None, **kwargs: Any
    ) -> tuple[nbformat.NotebookNode, dict[str, Any]]:
        read_submission(Path(filename))
        with mended_later():
            return super().from_filename(filename, resources, **kwargs)


def read_submission(path: Path) -> nbformat.NotebookNode:
    """The notebook at `path` as nbformat 4. Raises SubmissionError."""
    size = path.stat().st_size
    if size == 0:
        raise SubmissionError(f"{path.name} is empty: it needs to be handed in again")
    if size > LARGEST_FILE:
        raise SubmissionError(
            f"{path.name} has {size / 2**20:.0f} MB, more than {LARGEST_FILE // 2**20}: it needs to "
            "be handed in again with its outputs cleared"
        )
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise SubmissionError(f"{path.name} is not a text file, so not a notebook") from None
    try:
        with mended_later():
            notebook = nbformat.reads(text, as_version=4)
    except (
        Exception
    ) as error:  # nbformat raises whatever the malformed content makes it stumble over
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SubmissionError(
            f"{path.name} is not a Jupyter notebook ({_kind(text) or reason[:120]}): "
            "it needs to be handed in again"
        ) from None
    if not isinstance(notebook.get("cells"), list):
        raise SubmissionError(f"{path.name} is not a Jupyter notebook: it has no cells")
    return notebook


def submitted_file(unit: Unit, student: str) -> Path:
    """Where the student's notebook lies. Raises SubmissionError if there is none of its name."""
    folder = unit.root / "submitted" / student / unit.id
    path = folder / f"{unit.notebook}.ipynb"
    if not path.is_file():
        there = ", ".join(sorted(item.name for item in folder.glob("*"))) or "nothing"
        raise SubmissionError(f"there is no {path.name} in the submission; it holds {there}")
    return path


@contextmanager
def mended_later() -> Iterator[None]:
    """Without nbformat's warnings about missing or repeated cell ids, which the restoration mends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingIDFieldWarning)
        warnings.simplefilter("ignore", DuplicateCellId)
        yield


def _kind(text: str) -> str | None:
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype", "<html")):
        return "it is a web page, saved under this name"
    if start.startswith("%pdf"):
        return "it is a PDF"
    if start.startswith("version https://git-lfs"):
        return "it is a Git LFS pointer"
    return None
