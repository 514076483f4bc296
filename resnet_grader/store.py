"""Executed notebooks by key, so that nothing is executed twice: plain JSON files, written atomically."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from resnet_grader.errors import GraderFault


class Store:
    """The executed notebooks in a folder. Any number of processes may read and write at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> NotebookNode | None:
        """The notebook of this key; None if there is none, or none that can be read."""
        try:
            text = self._path(key).read_text("utf-8")
            notebook = nbformat.from_dict(json.loads(text))
        except FileNotFoundError:
            return None
        except ValueError:  # cut short, by a full disk say: it is run again
            self._path(key).unlink(missing_ok=True)
            return None
        return notebook

    def put(self, key: str, notebook: NotebookNode) -> None:
        """Keep a notebook. Raises GraderFault when the disk does not take it."""
        try:
            self._path(key).parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", dir=self._path(key).parent, delete=False
            ) as file:
                json.dump(notebook, file, sort_keys=True)
            os.replace(file.name, self._path(key))
        except OSError as error:
            raise GraderFault(f"an executed notebook could not be kept: {error}") from error

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"
