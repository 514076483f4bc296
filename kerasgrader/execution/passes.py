"""Which cells a kernel runs: all of them at first; after a kernel was lost, what is left for the next one.

A cell that loses its kernel (it ends it, never ends, or floods it) costs itself and nothing else. A
test has run then. Any other cell is reduced step by step for the next kernels, which repeat what
stands before the tests that are left: to its definitions and assignments, then to its definitions
alone, then to nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from itertools import pairwise

from nbformat import NotebookNode

from kerasgrader.course.lessons import is_test
from kerasgrader.execution.job import Stop
from kerasgrader.execution.selection import SKIP
from kerasgrader.repair.statements import parse

DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign)


class Passes:
    """The cells of one notebook. stops: why some did not run to their end, by index."""

    def __init__(self, cells: Sequence[NotebookNode]) -> None:
        self.cells = cells
        self.stops: dict[int, Stop] = {}
        self._left = [i for i, cell in enumerate(cells) if is_test(cell) and not _skipped(cell)]
        self._sources: dict[int, str] = {}  # of reduced cells
        self._kernels = 0

    @property
    def tests_left(self) -> int:
        """How many tests have not run yet."""
        return len(self._left)

    @property
    def over(self) -> bool:
        """Whether no other kernel is needed."""
        return not self._left

    def begin(self) -> None:
        """Another kernel begins."""
        self._kernels += 1

    def source(self, index: int) -> str:
        """What to run of a cell in the present kernel; empty for nothing."""
        cell = self.cells[index]
        over = self._kernels > 1 and index > max(self._left, default=-1)
        if _skipped(cell) or over or (is_test(cell) and index not in self._left):
            return ""
        return self._sources.get(index, cell.source)

    def ran(self, index: int) -> None:
        """The cell has run, to its end or until it was interrupted: a test is not run again."""
        if index in self._left:
            self._left.remove(index)

    def stopped(self, index: int, stop: Stop) -> None:
        """The cell did not run to its end; another kernel runs less of it."""
        self.stops.setdefault(index, stop)
        if index in self._left:
            self._left.remove(index)
        elif not is_test(self.cells[index]):
            self._sources[index] = reduced(self.source(index))

    def not_run(self, stop: Stop) -> None:
        """Nothing more will run."""
        for index in self._left:
            self.stops.setdefault(index, stop)
        self._left.clear()


def _skipped(cell: NotebookNode) -> bool:
    return SKIP in cell.metadata.get("tags", [])


def definitions(source: str) -> str:
    """The imports and definitions of a cell, if it defines a function or class; else nothing."""
    tree = parse(source)
    body: list[ast.stmt] = [] if tree is None else tree.body
    kept = [node for node in body if isinstance(node, DEFINITIONS)]
    if all(isinstance(node, ast.Import | ast.ImportFrom) for node in kept):
        return ""
    return ast.unparse(ast.Module([*kept], []))


def reduced(source: str) -> str:
    """The next smaller part of a cell that is worth running; empty if there is none."""
    tree = parse(source)
    if tree is None:
        return ""
    steps: tuple[Callable[[ast.stmt], bool], ...] = (
        lambda node: isinstance(node, (*DEFINITIONS, *ASSIGNMENTS)),
        lambda node: isinstance(node, DEFINITIONS),
    )
    kept = [tree.body, *([node for node in tree.body if step(node)] for step in steps)]
    for before, after in pairwise(kept):
        if len(after) < len(before):
            return ast.unparse(ast.Module(after, []))
    return ""
