"""nbgrader's Validate in this process: the class that `nbgrader validate` and JupyterLab's button call."""

from __future__ import annotations

import io
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.validator import Validator
from traitlets.config import Config


def validate(
    notebook: NotebookNode, folder: Path, cell_seconds: int = 120
) -> tuple[str, NotebookNode]:
    """What Validate prints about a notebook in `folder`, and the notebook as it ran there.

    The kernel is the one that Jupyter finds, with this process's environment; a cell may take
    `cell_seconds` (120 on our Hub). The kernel is killed in the end: to ask it to leave takes seconds.
    """
    ran = []

    class Keep(NbGraderPreprocessor):
        def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
            ran.append(nb)
            return nb, resources

    path = folder / "validated.ipynb"
    nbformat.write(notebook, path)
    settings = {"timeout": cell_seconds, "shutdown_kernel": "immediate"}
    validator = Validator(config=Config({"Execute": settings}))
    validator.preprocessors = [*validator.preprocessors, Keep]
    validator.stream = io.StringIO()
    validator.validate_and_print(str(path))
    return validator.stream.getvalue(), ran[0]
