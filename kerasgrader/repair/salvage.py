"""Extract the cells of a notebook from bytes that may be anything at all.

Only the cells of a file are used: their type, text, id and nbgrader's metadata. So the version of
the format, the outputs and the editor make no difference. The settings below limit how much is
parsed, before it is parsed.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

import nbformat
from nbformat import NotebookNode

from kerasgrader.errors import SubmissionError

LARGEST_FILE = 64 * 2**20  # bytes
MOST_VALUES = 1_500_000  # lists, objects and members of them in the whole file
MOST_CELLS = 5000
LONGEST_SOURCE = 500_000  # characters of one cell
MOST_TEXT = 1_000_000  # characters of all cells
KEPT = ("nbgrader", "tags", "deletable", "editable", "kernelspec", "language_info")

KINDS = (
    (b"%PDF", "it is a PDF"),
    (b"\x89PNG", "it is an image"),
    (b"\xff\xd8\xff", "it is an image"),
    (b"GIF8", "it is an image"),
    (b"RIFF", "it is an image or a recording"),
    (b"PK\x03\x04", "it is a zip archive or an office document"),
    (b"\x1f\x8b", "it is a gzip archive"),
    (b"Rar!", "it is a RAR archive"),
    (b"7z\xbc\xaf", "it is a 7-Zip archive"),
    (b"\x89HDF", "it is an HDF5 file: a trained model or data"),
    (b"\xd0\xcf\x11\xe0", "it is an office document"),
    (b"{\\rtf", "it is a text document"),
    (b"version https://git-lfs", "it is a Git LFS pointer"),
    (b"<?xml", "it is a web page or another XML file, saved under this name"),
    (b"<!doctype", "it is a web page, saved under this name"),
    (b"<html", "it is a web page, saved under this name"),
    (b"<head", "it is a web page, saved under this name"),
)
CONFLICT = re.compile(r"^(?:<{7} |>{7} |={7}$)", re.MULTILINE)
PYTHON = re.compile(r"^(?:import |from \w+ import |def \w+\(|# %%|# In\[)", re.MULTILINE)
GOOD_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
CELLS = re.compile(r'"cells"\s*:\s*\[')


def notebook_of(data: bytes, name: str) -> tuple[NotebookNode, tuple[str, ...]]:
    """The notebook in a file's bytes, as nbformat 4 without outputs, and notes on repairs.

    Raises SubmissionError.

    name: the name of the file in messages.
    """
    refuse_unless_sensible(len(data), name)
    kind = kind_of(data)
    if kind is not None:
        raise _no_notebook(name, kind)
    if sum(data.count(mark) for mark in (b"[", b"{", b",")) > MOST_VALUES:
        raise SubmissionError(
            f"{name} holds more than {MOST_VALUES:,} values: it needs to be submitted again with its "
            "outputs cleared"
        )
    notes: list[str] = []
    text = _decoded(data, name, notes)
    document = _parsed(text, name, notes)
    found = _cells_in(document)
    if found is None:
        raise _no_notebook(name, "it has no cells")
    if "cells" not in document:
        notes.append("the file is in an old notebook format")
    if len(found) > MOST_CELLS:
        raise SubmissionError(f"{name} has {len(found)} cells, more than {MOST_CELLS}")
    cells = [made for cell in found if (made := _cell(cell)) is not None]
    if len(cells) < len(found):
        count = len(found) - len(cells)
        notes.append(f"{count} of its cells are malformed or too long and left out")
    if sum(len(cell.source) for cell in cells) > MOST_TEXT:
        raise SubmissionError(
            f"the cells of {name} hold more than {MOST_TEXT:,} characters: pasted data needs to be "
            "removed"
        )
    _make_ids_unique(cells)
    notebook = NotebookNode(cells=cells, metadata=NotebookNode(), nbformat=4, nbformat_minor=5)
    metadata = document.get("metadata") if isinstance(document, dict) else None
    if isinstance(metadata, dict):
        notebook.metadata = _kept(metadata)
    return notebook, tuple(notes)


def refuse_unless_sensible(size: int, name: str) -> None:
    """Raise SubmissionError for a file that is empty or too large."""
    if size == 0:
        raise SubmissionError(f"{name} is empty: it needs to be submitted again")
    if size > LARGEST_FILE:
        raise SubmissionError(
            f"{name} has {size / 2**20:.0f} MB, more than {LARGEST_FILE // 2**20}: it needs to "
            "be submitted again with its outputs cleared"
        )


def kind_of(data: bytes) -> str | None:
    """The kind of a file that is certainly not a notebook, as a clause."""
    start = data[:400].removeprefix(codecs.BOM_UTF8).lstrip()
    for mark, kind in KINDS:
        if start.startswith(mark) or start.lower().startswith(mark.lower()):
            return kind
    return None


def _no_notebook(name: str, kind: str) -> SubmissionError:
    return SubmissionError(
        f"{name} is not a Jupyter notebook ({kind}): it needs to be submitted again"
    )


def _decoded(data: bytes, name: str, notes: list[str]) -> str:
    data = data.removeprefix(codecs.BOM_UTF8)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        notes.append("the file is written in UTF-16")
        return data.decode("utf-16", "replace")
    if data[:40].count(0) > 10:
        notes.append("the file is written in UTF-16")
        return data.decode("utf-16-be" if data[0] == 0 else "utf-16-le", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if not data[:100].lstrip().startswith(b"{"):
        raise SubmissionError(f"{name} is not a text file, so not a notebook") from None
    notes.append("the file is not written in UTF-8: some letters may be wrong")
    return data.decode("cp1252", "replace")


def _parsed(text: str, name: str, notes: list[str]) -> Any:
    decoder = json.JSONDecoder(strict=False)
    start = len(text) - len(text.lstrip("\ufeff\0 \t\r\n"))
    try:
        document, end = decoder.raw_decode(text, start)
    except RecursionError:
        raise _no_notebook(name, "its values are nested too deeply") from None
    except ValueError as error:
        if CONFLICT.search(text):
            raise _no_notebook(
                name, "Git has left conflict markers in it, `<<<<<<<`: resolve them"
            ) from None
        cells = list(_whole_cells(text, decoder))
        if cells:
            notes.append(f"the file is damaged after {len(cells)} cells: only these are used")
            return {"cells": cells}
        if PYTHON.search(text[:20_000]):
            raise _no_notebook(name, "it is a Python script: submit the .ipynb file") from None
        reason = str(error).splitlines()[0][:120]
        raise _no_notebook(name, f"it is not JSON: {reason}") from None
    if text[end:].strip("\0 \t\r\n"):
        notes.append("the file goes on after the end of the notebook: that part is left out")
    return document


def _whole_cells(text: str, decoder: json.JSONDecoder) -> Iterator[Any]:
    """The cells of a file that is cut off or damaged, up to the damage."""
    opening = CELLS.search(text)
    at = opening.end() if opening is not None else len(text)
    while at < len(text):
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        try:
            cell, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        yield cell


def _cells_in(document: Any) -> list[Any] | None:
    """The cells of a notebook of any version."""
    if not isinstance(document, dict):
        return None
    cells = document.get("cells")
    if isinstance(cells, list):
        return cells
    sheets = document.get("worksheets")
    if not isinstance(sheets, list):
        return None
    found: list[Any] = []
    for sheet in sheets:
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list):
            found += sheet["cells"]
    return found


def _cell(cell: Any) -> NotebookNode | None:
    """A cell of any version as nbformat 4; None if it is not a cell, or too long."""
    if not isinstance(cell, dict):
        return None
    kind = cell.get("cell_type")
    source = _joined(cell.get("source", cell.get("input")))
    if source is None:
        return None
    if kind == "heading":
        level = cell.get("level")
        source = "#" * (level if isinstance(level, int) and 0 < level < 7 else 1) + " " + source
    if len(source) > LONGEST_SOURCE:
        return None
    metadata = cell.get("metadata")
    made = bare_cell(kind if kind in ("code", "raw") else "markdown", source, cell.get("id"))
    if isinstance(metadata, dict):
        made.metadata = _kept(metadata)
    return made


def _kept(metadata: dict) -> NotebookNode:
    try:
        return nbformat.from_dict({key: metadata[key] for key in KEPT if key in metadata})
    except RecursionError:  # nobody writes metadata that is nested so deeply
        return NotebookNode()


def _make_ids_unique(cells: list[NotebookNode]) -> None:
    """Give every cell an id of its own, as nbformat requires."""
    taken: set[str] = set()
    for index, cell in enumerate(cells):
        if not cell.id or cell.id in taken:
            cell.id = f"handed-in-{index}"
        taken.add(cell.id)


def bare_cell(cell_type: str, source: str, identity: Any = None) -> NotebookNode:
    """A cell without outputs; its id stays empty if `identity` is not a good one."""
    cell = NotebookNode(
        cell_type=cell_type, id=identity if good_id(identity) else "", metadata=NotebookNode()
    )
    cell.source = source
    if cell_type == "code":
        cell.execution_count, cell.outputs = None, []
    return cell


def good_id(identity: Any) -> bool:
    """Whether this can be the id of a cell."""
    return isinstance(identity, str) and GOOD_ID.fullmatch(identity) is not None


def _joined(source: Any) -> str | None:
    """A source as one string: files hold it as lines, or as one string. None if it is anything else."""
    lines = source if isinstance(source, list) else [source or ""]
    return "".join(lines) if all(isinstance(line, str) for line in lines) else None
