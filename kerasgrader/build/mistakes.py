"""Mistakes that people make whatever the exercise: changes of a solution's source, one at a time.

Nothing here knows an exercise, Keras or a test: `trial` runs them through an exercise's test.

Long, because it is one list of mistakes.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Change = Callable[[ast.FunctionDef], None]

OTHER_COMPARISON: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OTHER_OPERATOR: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
}
REMEMBERED = """
def {name}(*args, _known=[], **kwargs):
    if not _known:
        _known.append(_once(*args, **kwargs))
    return _known[0]
"""
CONVERTED = """
def {name}(*args, **kwargs):
    import numpy
    def other(value):
        if not isinstance(value, numpy.ndarray) or value.dtype == numpy.dtype({type}):
            return value
        EFFECTS.append(1)
        return value.astype({type})
    result = _once(*args, **kwargs)
    return tuple(map(other, result)) if isinstance(result, tuple) else other(result)
"""
EFFECTS = (
    "_effects"  # a list that a mistake fills if it changes anything; most change something always
)


@dataclass(frozen=True)
class Mistake:
    """One mistake. kind: what sort it is; story: the change in words; source: the cell with it."""

    kind: str
    story: str
    source: str


def mistakes(source: str, function: str) -> list[Mistake]:
    """Every mistake of the bank in a cell that defines `function`. Raises ValueError without it."""
    tree = ast.parse(source)
    place = next(
        (
            index
            for index, node in enumerate(tree.body)
            if isinstance(node, ast.FunctionDef) and node.name == function
        ),
        None,
    )
    if place is None:
        raise ValueError(f"the cell defines no function {function}")
    original = ast.unparse(tree)
    found: dict[str, Mistake] = {}
    for kind, story, change in _changes(tree.body[place]):  # type: ignore[arg-type]
        changed = copy.deepcopy(tree)
        change(changed.body[place])  # type: ignore[arg-type]
        text = ast.unparse(ast.fix_missing_locations(changed))
        if text != original:
            found.setdefault(text, Mistake(kind, story, text))
    for kind, story, wrapper in _wrappers(function):
        renamed = copy.deepcopy(tree)
        renamed.body[place].name = "_once"  # type: ignore[attr-defined]
        text = f"{ast.unparse(renamed)}\n{wrapper}"
        found.setdefault(text, Mistake(kind, story, text))
    return list(found.values())


def _changes(function: ast.FunctionDef) -> Iterator[tuple[str, str, Change]]:
    yield from _of_parameters(function)
    for index, node in enumerate(ast.walk(function)):
        shown = _shown(node)
        for kind, what, edit in _of_node(node):
            yield kind, f"{what}: {shown}", _at(index, edit)
        if isinstance(node, ast.Call):
            for number, keyword in enumerate(node.keywords):
                if keyword.arg is not None:
                    yield (
                        "setting",
                        f"without {keyword.arg}: {shown}",
                        _both(
                            _at(index, _without_keyword(number)),
                            _noting(
                                ast.unparse(node.func), keyword.arg, ast.unparse(keyword.value)
                            ),
                        ),
                    )
    yield from _of_statements(function)


def _both(first: Change, second: Change) -> Change:
    def change(function: ast.FunctionDef) -> None:
        first(function)
        second(function)

    return change


def _at(index: int, edit: Callable[[ast.AST], None]) -> Change:
    """A change of the node of this number. Nodes are numbered as `ast.walk` gives them."""

    def change(function: ast.FunctionDef) -> None:
        edit(list(ast.walk(function))[index])

    return change


def _of_parameters(function: ast.FunctionDef) -> Iterator[tuple[str, str, Change]]:
    arguments = function.args.args
    defaults = dict(
        zip([a.arg for a in arguments][::-1], function.args.defaults[::-1], strict=False)
    )
    for name, default in defaults.items():
        fixed = ast.unparse(default)
        yield "argument ignored", f"{name} is always {fixed}", _insert(f"{name} = {fixed}")
    for argument in arguments:
        name = argument.arg
        yield (
            "argument changed",
            f"writes into {name}",
            _insert(f"try: {name}[0] = 5; {EFFECTS}.append(1)\nexcept Exception: pass"),
        )
        yield (
            "argument changed",
            f"takes {name} apart",
            _insert(
                f"try: {name}.append({name}.pop(0)); {EFFECTS}.append(len({name}) > 1)\n"
                "except Exception: pass"
            ),
        )
    for index in range(len(arguments) - 1):
        first, second = arguments[index].arg, arguments[index + 1].arg
        yield (
            "parameters exchanged",
            f"{second} before {first}",
            _exchange(index),
        )
        yield (
            "parameters exchanged",
            f"{second} in place of {first}, and the other way round",
            _insert(f"{first}, {second} = {second}, {first}"),
        )


def _insert(text: str) -> Change:
    """Put statements at the beginning of a function, after its docstring."""

    def change(function: ast.FunctionDef) -> None:
        start = 1 if ast.get_docstring(function) is not None else 0
        function.body[start:start] = ast.parse(text).body

    return change


def _noting(callee: str, keyword: str, value: str) -> Change:
    """Note whether a call without this argument differs: not if the argument is the default."""
    return _insert(
        "try:\n"
        "    import inspect as _inspect\n"
        f"    _default = _inspect.signature({callee}).parameters['{keyword}'].default\n"
        f"    {EFFECTS}.append(_default not in ({value}, ({value}, {value})))\n"
        f"except Exception: {EFFECTS}.append(True)"
    )


def _exchange(index: int) -> Change:
    def change(function: ast.FunctionDef) -> None:
        names = function.args.args
        names[index], names[index + 1] = names[index + 1], names[index]

    return change


def _of_node(node: ast.AST) -> Iterator[tuple[str, str, Callable[[ast.AST], None]]]:
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in OTHER_COMPARISON:
            other = OTHER_COMPARISON[type(operator)]
            yield "comparison", "the other comparison", lambda n: setattr(n, "ops", [other()])
        case ast.BoolOp():
            word = ast.Or if isinstance(node.op, ast.And) else ast.And
            yield "comparison", "and for or", lambda n: setattr(n, "op", word())
        case ast.BinOp() if type(node.op) in OTHER_OPERATOR:
            opposite = OTHER_OPERATOR[type(node.op)]
            yield "number", "the opposite operation", lambda n: setattr(n, "op", opposite())
        case ast.Constant(value=bool()):
            yield "setting", "the other truth value", lambda n: _set(n, not n.value)  # type: ignore[attr-defined]
        case ast.Constant(value=int() | float()):
            yield "number", "one more", lambda n: _set(n, n.value + 1)  # type: ignore[attr-defined]
            yield "number", "half", _halve
        case ast.If() | ast.IfExp():
            yield "branch", "always true", lambda n: setattr(n, "test", ast.Constant(True))
            yield "branch", "never true", lambda n: setattr(n, "test", ast.Constant(False))
        case ast.Return(value=ast.Tuple(elts=[_, _, *_])):
            yield "results exchanged", "two results exchanged", _swap(lambda n: n.value.elts)
        case ast.Assign(value=ast.Tuple(elts=[_, _, *_])):
            yield "results exchanged", "two values exchanged", _swap(lambda n: n.value.elts)
        case ast.Call(args=[*_, ast.Tuple(elts=[_, _, *_])]) if (
            ast.unparse(node.func) != "isinstance"
        ):
            yield "results exchanged", "two of a pair exchanged", _swap(lambda n: n.args[-1].elts)
        case ast.ExceptHandler(type=ast.expr()):
            yield (
                "catches too much",
                "every exception",
                lambda n: setattr(n, "type", ast.Name("BaseException")),
            )
        case ast.Raise(exc=ast.Call()):
            yield (
                "error",
                "another exception",
                lambda n: setattr(n.exc, "func", ast.Name("LookupError")),  # type: ignore[attr-defined]
            )
            yield (
                "error",
                "a message that says nothing",
                lambda n: setattr(n.exc, "args", [ast.Constant("no")]),  # type: ignore[attr-defined]
            )
        case ast.Call(func=ast.Name(id="sorted"), args=[_, *_]):
            yield "order", "not sorted", _unsorted
            yield "order", "sorted without regard to capitals", _sorted_by("str(v).lower()")
            yield "order", "short ones first", _sorted_by("(len(str(v)), v)")
        case ast.For(target=target):
            yield "loop", "without the last round", _shorten
            if ast.unparse(target) != "_":
                yield "loop", "backwards", _reverse


def _unsorted(node: ast.AST) -> None:
    node.func = ast.Name("list")  # type: ignore[attr-defined]
    node.keywords = []  # type: ignore[attr-defined]


def _sorted_by(key: str) -> Callable[[ast.AST], None]:
    def edit(node: ast.AST) -> None:
        node.keywords = [ast.keyword("key", ast.parse(f"lambda v: {key}", mode="eval").body)]  # type: ignore[attr-defined]

    return edit


def _set(node: ast.AST, value: object) -> None:
    node.value = value  # type: ignore[attr-defined]


def _halve(node: ast.AST) -> None:
    value = node.value  # type: ignore[attr-defined]
    _set(node, value // 2 if isinstance(value, int) else value / 2)


def _swap(elements_of: Callable[[Any], list[ast.expr]]) -> Callable[[ast.AST], None]:
    def edit(node: ast.AST) -> None:
        elements = elements_of(node)
        elements[0], elements[1] = elements[1], elements[0]

    return edit


def _without_keyword(index: int) -> Callable[[ast.AST], None]:
    def edit(node: ast.AST) -> None:
        del node.keywords[index]  # type: ignore[attr-defined]

    return edit


def _shorten(node: ast.AST) -> None:
    text = f"list({ast.unparse(node.iter)})[:-1]"  # type: ignore[attr-defined]
    node.iter = ast.parse(text, mode="eval").body  # type: ignore[attr-defined]


def _reverse(node: ast.AST) -> None:
    text = f"list({ast.unparse(node.iter)})[::-1]"  # type: ignore[attr-defined]
    node.iter = ast.parse(text, mode="eval").body  # type: ignore[attr-defined]


def _of_statements(function: ast.FunctionDef) -> Iterator[tuple[str, str, Change]]:
    """Each statement left out, but for what a function cannot do without."""
    for index, node in enumerate(ast.walk(function)):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if not isinstance(block, list):
                continue
            for number, statement in enumerate(block):
                if isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr) and not (
                    isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
                ):
                    yield (
                        "step left out",
                        f"without {_shown(statement)}",
                        _at(index, _without(name, number)),
                    )


def _without(name: str, number: int) -> Callable[[ast.AST], None]:
    def edit(node: ast.AST) -> None:
        getattr(node, name)[number] = ast.Pass()

    return edit


def _wrappers(function: str) -> Iterator[tuple[str, str, str]]:
    yield "remembers", "gives its first answer again", REMEMBERED.format(name=function)
    for kind in ("float", "int"):
        story = f"arrays as {kind}"
        yield "type", story, CONVERTED.replace("EFFECTS", EFFECTS).format(name=function, type=kind)


def _shown(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split()) if not isinstance(node, ast.arguments) else ""
    return text if len(text) <= 60 else f"{text[:57]}..."
