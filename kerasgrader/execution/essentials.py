"""A submission reduced to what its answers need, for exercises that lose points in the whole notebook.

What stands beside an answer may have spoiled it: a patched library, a deleted name, a thread that goes on.
So tests that were not passed are run once more without it, and the better result counts.
"""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Set
from functools import lru_cache

from nbformat import NotebookNode

from kerasgrader.course.lessons import grade_id_of, is_test
from kerasgrader.execution.selection import SKIP
from kerasgrader.repair.statements import (
    DEFINITIONS,
    IMPORTS,
    Statement,
    binds,
    needs,
    parse,
    statements,
)


def essentials(nb: NotebookNode, tests: Set[str], given: Set[str]) -> NotebookNode | None:
    """A copy of a notebook, without outputs, that runs these tests, by grade id, and of the student's
    statements only imports, definitions, and what gives values to names that these use. None if that is all
    of them.

    What binds a built-in name, or one that an import binds, to something else is left out as well.
    given: the sources of the course's own cells, which stay.
    """
    nb = copy.deepcopy(nb)
    own = {
        index: _statements(cell)
        for index, cell in enumerate(nb.cells)
        if _is_own(cell) and cell.source.strip() not in given
    }
    taken = set(dir(builtins))
    for cell in nb.cells:
        if cell.cell_type == "code":
            taken |= {
                name for s in statements(cell.source) or () if _is(s, IMPORTS) for name in s.binds
            }
    wanted = _wanted(nb, [s for found in own.values() for s in found], tests, taken)
    reduced = False
    for index, found in own.items():
        kept = [s for s in found if _is_essential(s, wanted, taken)]
        if len(kept) < len(found):
            nb.cells[index].source, reduced = "\n".join(s.text for s in kept), True
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if is_test(cell) and grade_id_of(cell) not in tests:
            cell.metadata["tags"] = [SKIP]
    return nb if reduced else None


def _is_own(cell: NotebookNode) -> bool:
    """Whether a cell is the student's: an answer, or one that the course does not have."""
    nbgrader = cell.metadata.get("nbgrader")
    return cell.cell_type == "code" and (not nbgrader or bool(nbgrader.get("solution")))


def _statements(cell: NotebookNode) -> tuple[Statement, ...]:
    """The statements of a cell. If it cannot be parsed there is one, which binds what it may."""
    found = statements(cell.source)
    return (Statement(cell.source, binds(cell.source), None),) if found is None else found


def _wanted(
    nb: NotebookNode, own: list[Statement], tests: Set[str], taken: Set[str]
) -> frozenset[str]:
    """The names that tests, definitions and what gives values to such names use."""
    wanted = {
        name
        for cell in nb.cells
        if is_test(cell) and grade_id_of(cell) in tests
        for name in needs(cell.source)
    }
    left = own
    while True:
        found = [s for s in left if _is_essential(s, wanted, taken)]
        if not found:
            return frozenset(wanted)
        wanted |= {name for s in found for name in needs(s.text)}
        left = [s for s in left if s not in found]


def _is_essential(statement: Statement, wanted: Set[str], taken: Set[str]) -> bool:
    if _is(statement, IMPORTS):
        return True
    if statement.binds & taken:
        return False
    return _is(statement, DEFINITIONS) or bool(statement.binds & wanted)


def _is(statement: Statement, kinds: tuple[type[ast.stmt], ...]) -> bool:
    """Whether a statement, and each that shares its line, is of one of these kinds."""
    return all(issubclass(kind, kinds) for kind in _kinds(statement.text))


@lru_cache(maxsize=2048)
def _kinds(text: str) -> frozenset[type[ast.stmt]]:
    tree = parse(text)
    return frozenset([ast.Pass]) if tree is None else frozenset(map(type, tree.body))
