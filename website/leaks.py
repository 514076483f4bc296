"""Solutions and hidden tests in a built site: there must be none, in no page, index, notebook or wheel.

A secret is a line of a solution, of a question's model answer or of a hidden test that is in no released
notebook, not even as a part of another line.
"""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path

import nbformat

from kerasgrader.build.setup_cell import carried
from kerasgrader.course.course import Unit
from kerasgrader.course.lessons import is_exercise, is_question

HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS(.*?)### END HIDDEN TESTS", re.DOTALL)
ENCODED = re.compile(r"base64,([A-Za-z0-9+/=]{40,})")
TAGS = re.compile(r"<[^>]*>")
SHORTEST = 18  # shorter lines, such as `return X`, anybody writes


def secrets(units: Iterable[Unit]) -> list[str]:
    """The lines that must be nowhere, with single spaces."""
    kept, given = [], ""
    for unit in units:
        source = nbformat.read(unit.source_file, as_version=4)
        released = nbformat.read(unit.release_file, as_version=4)
        given += "\n".join(_single(cell.source) for cell in released.cells)
        for cell in source.cells:
            if is_exercise(cell) or is_question(cell):
                kept += _lines(cell.source)
            for hidden in HIDDEN.findall(cell.source):
                kept += _lines(hidden)
    return [line for line in dict.fromkeys(kept) if line not in given and len(line) >= SHORTEST]


def leaks(site: Path, lines: Iterable[str]) -> list[str]:
    """A line for each secret in a file of the site."""
    lines = list(lines)
    return [
        f"{path.relative_to(site)}: {line}"
        for path in sorted(site.rglob("*"))
        if path.is_file()
        for text in ["\n".join(texts(path.name, path.read_bytes()))]
        for line in lines
        if line in text
    ]


def texts(name: str, content: bytes) -> Iterator[str]:
    """Everything that can be read in a file, with single spaces: as it is, without tags, unpacked."""
    if name.endswith((".whl", ".zip")):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from texts(member, archive.read(member))
        return
    text = content.decode("utf-8", "replace")
    if name.endswith(".ipynb"):
        for cell in json.loads(text)["cells"]:
            yield from texts("cell", "".join(cell["source"]).encode())
            yield from texts("outputs", json.dumps(cell.get("outputs", [])).encode())
        return
    if wheel := carried(text):
        yield from texts("carried.whl", wheel)
    for encoded in ENCODED.findall(text):
        yield _single(base64.b64decode(encoded + "==").decode("utf-8", "replace"))
    yield _single(unescape(text))
    if name.endswith(".html"):
        yield _single(unescape(TAGS.sub("", text)))


def _lines(text: str) -> list[str]:
    return [_single(line) for line in text.splitlines() if "### " not in line]


def _single(text: str) -> str:
    return " ".join(text.split())
