"""Divide a student's code into its top-level statements. It is parsed, never run.

Lines that only IPython understands (`%matplotlib inline`, `!pip install`) count as statements that
bind nothing. Code that is too long or too deeply nested counts as code that cannot be parsed.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

IMPORTS = (ast.Import, ast.ImportFrom)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
LONGEST_CELL = 50_000  # characters that are parsed
IPYTHON_LINE = re.compile(r"^(\s*)(?:[%!?]|\w[\w.]*\?+\s*$).*", re.MULTILINE)
CODE_MAGIC = re.compile(r"^\s*%%(?:time|timeit|capture|prun)\b[^\n]*")
OTHER_MAGIC = re.compile(r"^\s*%%")
DEFINITION = re.compile(r"^(?:async\s+def|def|class)\s+(\w+)", re.MULTILINE)
# A line at the margin that begins something new, where the whole cannot be parsed.
FRESH_START = re.compile(r"^(?:@|def\b|class\b|async\b|import\b|from\b|\w[\w.]*\s*[(=])")
MARGIN = re.compile(r"^[ \t\u00a0]+", re.MULTILINE)
INVISIBLE = {"\u00a0": " ", "\u200b": "", "\ufeff": "", "\u2028": "\n", "\u2029": "\n"}


@dataclass(frozen=True)
class Statement:
    """Some lines of a cell: usually one top-level statement with the comments above it.

    binds: the names that it defines. meaning: equal for statements that differ only in layout and
    comments; None if it cannot be parsed.
    """

    text: str
    binds: frozenset[str]
    meaning: str | None


@lru_cache(maxsize=2048)
def statements(text: str) -> tuple[Statement, ...] | None:
    """The top-level statements of a cell; None if it cannot be parsed."""
    tree = parse(text)
    if tree is None:
        return None
    lines = text.split("\n")
    found: list[Statement] = []
    start = end = 0
    nodes: list[ast.stmt] = []
    try:
        for node in tree.body:
            if nodes and _first_line(node) > end:
                found.append(_statement(lines[start:end], nodes))
                start, nodes = end, []
            nodes.append(node)
            end = node.end_lineno or end
        if nodes:
            found.append(_statement(lines[start:], nodes))
    except (
        RecursionError,
        MemoryError,
        ValueError,
    ):  # nested too deep, or numbers too long to print
        return None
    return tuple(found)


def fragments(text: str) -> tuple[Statement, ...]:
    """The likely statements of a cell that cannot be parsed; some of them may be parsed."""
    if len(text) > LONGEST_CELL:
        return (_fragment([text]),)
    chunks: list[list[str]] = [[]]
    decorated = False
    for line in text.split("\n"):
        if FRESH_START.match(line) and not decorated and any(part.strip() for part in chunks[-1]):
            chunks.append([])
        decorated = line.startswith("@")
        chunks[-1].append(line)
    return tuple(_fragment(chunk) for chunk in chunks)


def is_code(text: str) -> bool:
    """Whether a cell can be parsed."""
    return statements(text) is not None


def parse(text: str) -> ast.Module | None:
    """The tree of some code; None if it cannot be parsed."""
    if len(text) > LONGEST_CELL:
        return None
    text = CODE_MAGIC.sub("", text, count=1)
    if OTHER_MAGIC.match(text):
        return None
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    try:
        return ast.parse(IPYTHON_LINE.sub(r"\1pass", text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def imports_beyond(text: str, released: str) -> str:
    """The imports at the top level of a cell that the released one lacks, a line each."""
    mine, theirs = parse(text), parse(released)
    if mine is None or theirs is None:
        return ""
    there = {ast.unparse(node) for node in theirs.body if isinstance(node, IMPORTS)}
    added = (ast.unparse(node) for node in mine.body if isinstance(node, IMPORTS))
    return "\n".join(dict.fromkeys(line for line in added if line not in there))


def meaning(text: str) -> tuple[str, ...] | None:
    """The meaning of a cell, without layout and comments; None if it is empty or unparseable."""
    found = statements(text)
    if not found or any(statement.meaning is None for statement in found):
        return None
    return tuple(statement.meaning or "" for statement in found)


def binds(text: str) -> frozenset[str]:
    """The names that a cell defines at its top level."""
    found = statements(text)
    if found is None:
        return frozenset(DEFINITION.findall(text[:LONGEST_CELL]))
    return frozenset(name for statement in found for name in statement.binds)


@lru_cache(maxsize=2048)
def needs(text: str) -> frozenset[str]:
    """The names that some code reads and does not define itself."""
    tree = parse(text)
    if tree is None:
        return frozenset()
    read: set[str] = set()
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, DEFINITIONS):
            bound.add(node.name)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).split(".")[0])
    return frozenset(read - bound - set(dir(builtins)))


def ends_in_return(text: str) -> bool:
    """Whether some indented lines, taken by themselves, hold a `return` that belongs to no function."""
    lines = text.strip("\n").split("\n")
    margin = len(lines[0]) - len(lines[0].lstrip())
    tree = parse("\n".join(line[margin:] if line[:margin].isspace() else line for line in lines))
    return tree is None or any(isinstance(node, ast.Return) for node in _outside_functions(tree))


def is_open(text: str) -> bool:
    """Whether a cell may be incomplete: unparseable, or ending in a function without a `return`."""
    tree = parse(text)
    if tree is None:
        return True
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, DEFINITIONS):
        return False
    return not isinstance(last.body[-1], ast.Return)


def _outside_functions(tree: ast.Module) -> list[ast.AST]:
    waiting: list[ast.AST] = list(tree.body)
    found = []
    while waiting:
        node = waiting.pop()
        found.append(node)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))
    return found


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _statement(lines: list[str], nodes: list[ast.stmt]) -> Statement:
    names = frozenset(name for node in nodes for name in _bound(node))
    said = _digest("\n".join(ast.dump(node) for node in nodes))
    return Statement("\n".join(lines).strip("\n"), names, said)


def _fragment(lines: list[str]) -> Statement:
    text = "\n".join(lines).lstrip("\n")  # in a broken string, the lines that follow may matter
    whole = meaning(text)
    said = whole[0] if whole and len(whole) == 1 else _digest("\n".join(whole)) if whole else None
    return Statement(text, binds(text), said)


def _digest(text: str) -> str:
    """A digest that tells one syntax tree from another: whole trees would be too long to store."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _bound(node: ast.stmt) -> set[str]:
    """The names that a statement binds at its own level: not in functions and classes within it."""
    names: set[str] = set()
    waiting: list[ast.AST] = [node]
    while waiting:
        here = waiting.pop()
        if isinstance(here, DEFINITIONS):
            names.add(here.name)
        elif isinstance(here, ast.alias):
            names.add((here.asname or here.name).split(".")[0])
        elif isinstance(here, ast.Name) and isinstance(here.ctx, ast.Store):
            names.add(here.id)
        elif not isinstance(
            here, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
        ):
            waiting.extend(ast.iter_child_nodes(here))
    return names


def legible(text: str, cell_type: str) -> str:
    """Code without invisible characters from web pages, if it can be parsed only without them."""
    if cell_type == "code" and any(c in text for c in INVISIBLE) and not is_code(text):
        mended = text = MARGIN.sub(lambda found: found[0].replace("\u00a0", " "), text)
        for character, instead in INVISIBLE.items():
            mended = mended.replace(character, instead)
        if is_code(mended):
            return mended
    return text
