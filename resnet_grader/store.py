"""Executed notebooks by key, so that nothing is executed twice: plain JSON files, written atomically.

Any number of processes may read and write at once. An entry carries a digest of itself: one that a full
disk cut short, or that was changed, is dropped, and the notebook is executed again.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from resnet_grader.errors import GraderFault
from resnet_grader.ledger import write_atomically

DAY = 24 * 60 * 60
DIGEST = "digest"


@dataclass(frozen=True)
class Entry:
    """A file of the store. size: bytes. unused: seconds since it was last written or read."""

    path: Path
    size: int
    unused: float


class Store:
    """The executed notebooks in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> NotebookNode | None:
        """The notebook of this key; None if there is none, or none that is whole."""
        path = self._path(key)
        try:
            notebook = json.loads(path.read_text("utf-8"))
            digest = notebook.pop(DIGEST)
        except OSError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError):
            digest = notebook = None
        if digest != _digest(notebook):
            with suppress(OSError):  # a store that cannot be written keeps it; nobody believes it
                path.unlink(missing_ok=True)
            return None
        with suppress(OSError):
            os.utime(path)
        return nbformat.from_dict(notebook)

    def put(self, key: str, notebook: NotebookNode) -> None:
        """Keep a notebook. Raises GraderFault when the disk does not take it."""
        text = json.dumps({**notebook, DIGEST: _digest(notebook)})
        try:
            write_atomically(self._path(key), text)
        except OSError as error:
            raise GraderFault(
                f"an executed notebook could not be kept in {self.folder}: {error}"
            ) from error

    def entries(self) -> Iterator[Entry]:
        """All entries."""
        now = time.time()
        for path in self.folder.glob("??/*.json"):
            with suppress(FileNotFoundError):  # another process has just pruned it
                status = path.stat()
                yield Entry(path, status.st_size, now - status.st_mtime)

    def prune(self, days: float) -> int:
        """Remove entries that were not used for that many days; the bytes that this frees."""
        freed = 0
        for entry in self.entries():
            if entry.unused >= days * DAY:
                entry.path.unlink(missing_ok=True)
                freed += entry.size
        return freed

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"


def _digest(notebook: Mapping | None) -> str:
    return hashlib.sha256(json.dumps(notebook, sort_keys=True).encode()).hexdigest()
