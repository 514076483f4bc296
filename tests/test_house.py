"""The house: few modules in a folder, short modules, a docstring for each folder."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.course_folder import ROOT

PACKAGES = [ROOT / name for name in ("kerascheck", "kerasgrader", "resnet_course", "website")]
MODULES = [
    path
    for package in PACKAGES
    for path in sorted(package.rglob("*.py"))
    if "templates" not in path.parts
]
FOLDERS = sorted({path.parent for path in MODULES})
MOST_MODULES, MOST_LINES = 15, 300


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_a_folder_says_what_it_is_and_holds_few_modules(folder: Path) -> None:
    """Its docstring says which stage of the data flow, or which concern, it is."""
    assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8")))
    modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= MOST_MODULES


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_a_module_is_short_or_says_why_it_is_not(module: Path) -> None:
    """About 300 lines; a longer one has a reason in its docstring, which begins with "Long, "."""
    text = module.read_text("utf-8")
    docstring = ast.get_docstring(ast.parse(text)) or ""
    assert docstring
    assert len(text.splitlines()) <= MOST_LINES or "Long, " in docstring
