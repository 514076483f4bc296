"""A student's own functions from another unit's notebook: unit 2 trains the ResNet50 written in unit 1.

Only what defines something is taken from the notebook: its imports, functions and classes. Its checks,
plots and training are not run again.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


class NotThere(Exception):
    """The notebook is not on this machine, or does not define the function; the message says which."""


def function(name: str, unit: str, notebook: str) -> Callable[..., Any]:
    """The function `name` as it stands in the student's notebook of another unit.

    The notebook is looked for beside this one's folder, as `../unit/notebook`, and in the current folder.
    Raises NotThere. A function that is not finished raises NotImplementedError when it is called.
    """
    places = [Path("..") / unit / notebook, Path(notebook)]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise NotThere(f"{notebook} of {unit} is not on this machine: put it beside this notebook.")
    namespace: dict[str, Any] = {"__name__": "__main__"}
    body = list(_definitions(found))
    exec(compile(ast.Module(body, []), str(found), "exec"), namespace)
    if not callable(namespace.get(name)):
        raise NotThere(f"{found} defines no function {name}: run and save that notebook first.")
    wanted: Callable[..., Any] = namespace[name]
    return wanted


def _definitions(path: Path) -> Iterator[ast.stmt]:
    """Imports, functions and classes of all cells. A cell that is not Python is left out."""
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
    except (ValueError, KeyError, TypeError):
        raise NotThere(f"{path} is not a notebook.") from None
    for cell in cells:
        if cell.get("cell_type") != "code":
            continue
        try:
            body = ast.parse("".join(cell["source"])).body
        except SyntaxError:  # a magic, or an answer that is not finished
            continue
        yield from (statement for statement in body if isinstance(statement, DEFINITIONS))
