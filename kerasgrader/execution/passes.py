"""Which cells a kernel runs: all of them at first; after a kernel was lost, what is left for the next one.

A cell that loses its kernel (it ends it, never ends, or floods it) costs itself and nothing else. A
test has run then. Of any other cell the statement that did it is left out, and the rest runs: after it in
the same kernel if that is there, or in the next one, which repeats what stands before the tests that are
left. Where it is not known which statement it was, the next time they run one by one.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from nbformat import NotebookNode

from kerasgrader.course.lessons import is_test
from kerasgrader.execution.job import Stop
from kerasgrader.execution.selection import SKIP
from kerasgrader.repair.statements import DEFINITIONS, IMPORTS, parse

IMPORTS_AND_DEFINITIONS = (*IMPORTS, *DEFINITIONS)
MOST_LOSSES = 2  # of one cell; then only its imports and definitions are tried, and then nothing


@dataclass(frozen=True)
class Piece:
    """Consecutive statements of a cell, which run together. first, last: their numbers; of a whole cell,
    which nobody has divided yet, there is no last one."""

    text: str
    first: int = 0
    last: int | None = None


class Passes:
    """The cells of one notebook. stops: why some did not run to their end, by index."""

    def __init__(self, cells: Sequence[NotebookNode]) -> None:
        self.cells = cells
        self.stops: dict[int, Stop] = {}
        self._left = [i for i, cell in enumerate(cells) if is_test(cell) and not _skipped(cell)]
        self._parts: dict[int, list[str | None]] = {}  # of stopped cells; None: left out
        self._one_by_one: set[int] = set()
        self._losses: dict[int, int] = {}
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

    def piece(self, index: int, after: int = -1) -> Piece | None:
        """What to run next of a cell in the present kernel. after: the last statement that has run."""
        cell = self.cells[index]
        over = self._kernels > 1 and index > max(self._left, default=-1)
        if _skipped(cell) or over or (is_test(cell) and index not in self._left):
            return None
        parts = self._parts.get(index)
        if parts is None:
            return Piece(cell.source) if after < 0 and cell.source.strip() else None
        for first in range(after + 1, len(parts)):
            last = first
            while last < len(parts) and parts[last] is not None:
                last += 1
                if index in self._one_by_one:
                    break
            if last > first:
                return Piece("\n".join(map(str, parts[first:last])), first, last - 1)
        return None

    def ran(self, index: int) -> None:
        """The cell has run, to its end or until it was interrupted: a test is not run again."""
        if index in self._left:
            self._left.remove(index)

    def stopped(
        self, index: int, stop: Stop, piece: Piece | None = None, line: int | None = None
    ) -> int:
        """The cell did not run to its end: that of `piece`, in this line if that is known.

        Returns the number of the last statement that need not run again in the same kernel.
        """
        self.stops.setdefault(index, stop)
        if index in self._left:
            self._left.remove(index)
        if is_test(self.cells[index]):
            return 0
        parts = self._parts.setdefault(index, [*divided(self.cells[index].source)])
        self._losses[index] = self._losses.get(index, 0) + 1
        if self._losses[index] > MOST_LOSSES:
            again = self._losses[index] > MOST_LOSSES + 1
            parts[:] = [None if again or not _defines(part or "") else part for part in parts]
            return len(parts)
        first = 0 if piece is None else piece.first
        last = len(parts) - 1 if piece is None or piece.last is None else piece.last
        culprit = first if first == last else _at(parts, first, last, line)
        if culprit is None:
            self._one_by_one.add(index)
            return first - 1
        self._one_by_one.discard(index)
        parts[culprit] = None
        return culprit

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
    kept = [node for node in body if isinstance(node, IMPORTS_AND_DEFINITIONS)]
    if all(isinstance(node, IMPORTS) for node in kept):
        return ""
    return ast.unparse(ast.Module([*kept], []))


def _defines(statement: str) -> bool:
    """Whether a statement is an import or a definition."""
    tree = parse(statement)
    return tree is not None and all(isinstance(node, IMPORTS_AND_DEFINITIONS) for node in tree.body)


def divided(source: str) -> list[str]:
    """The top-level statements of a cell, with the lines above them; all of it if it cannot be parsed."""
    tree, lines = parse(source), source.split("\n")
    if tree is None or not tree.body:
        return [source]
    ends = sorted({node.end_lineno or len(lines) for node in tree.body})
    return ["\n".join(lines[start:end]) for start, end in pairwise([0, *ends])]


def _at(parts: Sequence[str | None], first: int, last: int, line: int | None) -> int | None:
    """Which of these statements has this line, counted from one."""
    if line is None:
        return None
    end = 0
    for number in range(first, last + 1):
        end += str(parts[number]).count("\n") + 1
        if line <= end:
            return number
    return None
