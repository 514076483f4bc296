"""A course folder of its own for a test: the committed course, with a gradebook of its own."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

from nbformat import NotebookNode

from kerasgrader.course.course import Unit, load_course
from kerasgrader.marking.nbgrader import load_config, release

ROOT = Path(__file__).parents[2]
UNIT = "unit1-residual-networks"
MODULES = load_course(ROOT).unit(UNIT).modules  # that kernels import beforehand
CHECKS = {f"check.{kind}" for kind in ("block", "model", "wiring", "values")}
LATE = """
from nbgrader.plugins import BasePlugin

class OneAnHour(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 3600
"""


def course_folder(folder: Path, cell_seconds: int | None = None, unit_id: str = UNIT) -> Unit:
    """One unit in `folder`, released, without submissions.

    cell_seconds: what a cell may take, if not what nbgrader_config.py says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("course.toml", "nbgrader_config.py"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "source" / unit_id, folder / "source" / unit_id)
    if cell_seconds is not None:
        configure(folder, f"c.Execute.timeout = {cell_seconds}")
    unit = load_course(folder).unit(unit_id)
    release(load_config(folder), unit)
    return unit


def configure(folder: Path, *lines: str) -> None:
    """Add lines to the nbgrader_config.py of a course folder."""
    with (folder / "nbgrader_config.py").open("a") as file:
        file.write("\n" + "\n".join(lines) + "\n")


def lose_a_point_an_hour(folder: Path) -> None:
    """Give a course a plug-in for late submissions: a point off for each hour."""
    (folder / "late.py").write_text(LATE)
    configure(folder, 'c.AssignLatePenalties.plugin_class = "late.OneAnHour"')


def copy_of(unit: Unit, folder: Path) -> Unit:
    """The course folder of `unit`, with all that is in it, once more in `folder`."""
    shutil.copytree(unit.root, folder, dirs_exist_ok=True)
    return load_course(folder).unit(unit.id)


def checks_in(code: str, before: str = "") -> list[str]:
    """The checks that a cell makes, each without the function that it is made on.

    before: the code of earlier cells. The name of a list stands for the list.
    """
    lists = {}
    for node in ast.walk(ast.parse(f"{before}\n{code}")):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List):
            lists |= {ast.unparse(target): node.value for target in node.targets}
    texts = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in CHECKS:
            node.args = node.args[1:]
            for keyword in node.keywords:
                keyword.value = lists.get(ast.unparse(keyword.value), keyword.value)
            node.keywords.sort(key=lambda keyword: str(keyword.arg))
            texts.append(ast.unparse(node))
    return texts


def hidden_checks(source: NotebookNode) -> list[str]:
    """The checks that only the hidden tests make."""
    hidden = [
        cell.source.split("BEGIN HIDDEN TESTS")[1].split("### END HIDDEN TESTS")[0]
        for cell in source.cells
        if "BEGIN HIDDEN TESTS" in cell.source
    ]
    code = "\n".join(cell.source for cell in source.cells if cell.cell_type == "code")
    return checks_in("\n".join(hidden), before=code)


def hidden_shapes(source: NotebookNode) -> list[str]:
    """What only hidden checks say: the shapes of their inputs, as written in the source."""
    shown = "".join(cell.source.partition("### BEGIN HIDDEN TESTS")[0] for cell in source.cells)
    texts = []
    for cell in source.cells:
        if "BEGIN HIDDEN TESTS" not in cell.source:
            continue
        hidden = cell.source.split("BEGIN HIDDEN TESTS")[1].split("### END HIDDEN TESTS")[0]
        for node in ast.walk(ast.parse(hidden)):
            if isinstance(node, ast.keyword) and node.arg in ("shape", "input_shape"):
                texts.append(ast.unparse(node.value))
    return [text for text in texts if text not in shown]
