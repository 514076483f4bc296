"""What the probes of an exercise lack in sizes: two that are never apart, and one that never varies.

Where height and width are always equal, an answer may exchange them; where a kernel size may be drawn
as the number of filters, an answer may take one for the other, and passes for some secrets; a size that
may always be 64 may be written into the answer. Nothing runs here: a size is the set of the numbers that it
may be, so what holds here holds for every secret.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

SHAPE, IMAGE = "shape", "size"  # of what a block is applied to; of a file
ARRAYS = ("normal", "whole_numbers", "one_hot", "coins")  # placeholders of arrays: their axes


@dataclass(frozen=True)
class Size:
    """What a size may be. text: how it is written; drawn: whether the secret decides."""

    numbers: frozenset[int]
    text: str
    drawn: bool = False


@dataclass
class _Pair:
    """What the probes have shown of two sizes. apart: whether one tells them apart for each secret."""

    apart: bool = False
    always_one: bool = True  # they are written alike in each probe
    drawn: bool = False  # and drawn as one number in some


def missing_sizes(
    calls: Sequence[tuple[str, ast.Call]], names: Sequence[str], defaults: Mapping[str, str]
) -> list[str]:
    """Sizes in the arguments of probes that are one number, or the default, for some secret; and pairs that
    no probe has unequal for each secret.

    calls: the kind of each probe, and its call. names, defaults: of the function's parameters. Two sizes
    of different arguments that are one drawn number belong together, as images and their labels do.
    """
    pairs: dict[tuple[str, str], _Pair] = {}
    numbers: dict[str, list[frozenset[int]]] = {}
    usual = dict(
        _flat({name: ast.parse(text, mode="eval").body for name, text in defaults.items()}, "")
    )
    for probe, call in calls:
        for given in _each(_given(probe, call, names, defaults)):
            worlds = [dict(_flat(world, probe)) for world in _worlds(given)]
            for name in worlds[0]:
                may_be = (world[name].numbers for world in worlds if name in world)
                numbers.setdefault(name, []).append(frozenset[int]().union(*may_be))
            for a, b in combinations(sorted(worlds[0]), 2):
                there = [(world[a], world[b]) for world in worlds if a in world and b in world]
                pair = pairs.setdefault((a, b), _Pair())
                pair.apart |= all(x.numbers.isdisjoint(y.numbers) for x, y in there)
                alike = all(x.text == y.text for x, y in there)
                pair.always_one &= alike
                pair.drawn |= alike and there[0][0].drawn
    fixed = [
        f"a second number for {name}"
        for name, sets in numbers.items()
        if not any(a.isdisjoint(b) for a, b in combinations(sets, 2))
    ]
    ignored = [
        f"{name} other than by default"
        for name, size in usual.items()
        if not any(size.numbers.isdisjoint(given) for given in numbers.get(name, ()))
    ]
    return [*fixed, *ignored] + [
        f"{a} and {b} apart"
        for (a, b), pair in pairs.items()
        if not pair.apart
        and not (pair.always_one and pair.drawn and a.split("[")[0] != b.split("[")[0])
    ]


def _given(
    probe: str, call: ast.Call, names: Sequence[str], defaults: Mapping[str, str]
) -> dict[str, ast.expr]:
    """The argument of each parameter; a block's first one has the shape that the probe gives it."""
    own = names[1:] if probe == "block" else names
    given: dict[str, ast.expr] = {
        name: ast.parse(text, mode="eval").body for name, text in defaults.items()
    }
    given |= dict(zip(own, call.args[1:], strict=False))
    for keyword in call.keywords:
        if keyword.arg == SHAPE and probe == "block":
            given[names[0]] = _without_batch(keyword.value)
        elif keyword.arg is not None and keyword.arg in names:
            given[keyword.arg] = keyword.value
    return given


def _without_batch(shape: ast.expr) -> ast.expr:
    if not isinstance(shape, ast.Tuple | ast.List):
        return shape
    return ast.Tuple([ast.Constant(None), *shape.elts[1:]], ast.Load())


def _each(given: Mapping[str, ast.expr]) -> Iterator[dict[str, ast.expr]]:
    """The calls that a probe makes: one for each value of a `check.each`."""
    for name, value in given.items():
        if (values := _within(value, "each")) is not None:
            for one in values:
                yield {**given, name: one}
            return
    yield {**given}


def _worlds(given: Mapping[str, ast.expr]) -> Iterator[dict[str, ast.expr]]:
    """The arguments for each choice of a `check.one_of` of shapes."""
    choices = {name: _within(value, "one_of") or [] for name, value in given.items()}
    several = {
        name: shapes
        for name, shapes in choices.items()
        if any(isinstance(shape, ast.Tuple) for shape in shapes)
    }
    for choice in product(*several.values()):
        yield {**given, **dict(zip(several, choice, strict=True))}


def _flat(given: Mapping[str, ast.expr], probe: str) -> Iterator[tuple[str, Size]]:
    """All sizes of a call, by name: ``f``, ``filters[0]``, ``X[2]``. A block knows no size of a batch, and
    a list that any other function is given is data, with a length."""
    for name, value in given.items():
        single = _size(value)
        if single is not None:
            yield name, single
            continue
        if probe == "values" and isinstance(value, ast.List):
            yield f"{name}[0]", Size(frozenset({len(value.elts)}), str(len(value.elts)))
            continue
        for index, part in enumerate(_parts(value)):
            size = _size(part)
            if size is not None:
                yield f"{name}[{index}]", size


def _parts(value: ast.expr) -> Sequence[ast.expr]:
    if isinstance(value, ast.Tuple | ast.List):
        return value.elts
    for name in ARRAYS:
        if (axes := _within(value, name)) is not None:
            return axes
    if isinstance(value, ast.Call):
        for keyword in value.keywords:
            if keyword.arg == IMAGE and isinstance(keyword.value, ast.Tuple):
                return keyword.value.elts
    return ()


def _size(value: ast.expr) -> Size | None:
    """The numbers that an argument may be; None for what is no whole number."""
    try:
        plain = ast.literal_eval(value)
    except (ValueError, TypeError):
        plain = None
    text = ast.unparse(value)
    if isinstance(plain, int) and not isinstance(plain, bool):
        return Size(frozenset({plain}), text)
    ends, choices = _within(value, "size"), _within(value, "one_of")
    numbers = [_size(argument) for argument in ends or choices or []]
    known = [number for size in numbers if size is not None for number in size.numbers]
    if not known or len(known) < len(numbers):
        return None
    found = known if ends is None else range(known[0], known[1] + 1)
    return Size(frozenset(found), text, drawn=True)


def _within(value: ast.expr, placeholder: str) -> list[ast.expr] | None:
    """The arguments of this placeholder of `check`; None for anything else."""
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
        return None
    return value.args if value.func.attr == placeholder else None
