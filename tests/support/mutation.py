"""Wrong answers made from right ones: small changes of a solution's source, one at a time.

Nothing here knows an exercise. Whatever a function applies to a tensor (a layer, or another function of
the notebook) is a *site*. At every site each argument is changed, left out, or another is added, the
tensor that goes in is exchanged for another, and the step is left out, repeated, exchanged with the
next one, or made another kind of layer. Names, loops and what is returned are changed likewise.

Used to find out what the diagnosis can name (`tests/support/mutants.py`, `benchmarks/diagnosis.py`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.support.mutation_sites import Function, Site, is_name_text

Nodes = list[ast.AST]
Apply = Callable[[Nodes], None]

# What can be added to a layer of each kind, and which other kind can stand in its place.
ADDED = {
    "Conv2D": {"use_bias": "False", "activation": "'relu'", "dilation_rate": "2"},
    "Dense": {"use_bias": "False"},
    "BatchNormalization": {
        "epsilon": "0.1",
        "center": "False",
        "scale": "False",
        "momentum": "0.5",
    },
}
OTHER_KINDS = {
    "ReLU": ("ELU",),
    "Add": ("Multiply", "Average", "Concatenate"),
    "BatchNormalization": ("LayerNormalization",),
    "MaxPooling2D": ("AveragePooling2D",),
    "AveragePooling2D": ("MaxPooling2D",),
    "Flatten": ("GlobalMaxPooling2D",),
}
OTHER_TEXTS = {"valid": "same", "same": "valid", "softmax": "sigmoid"}


@dataclass(frozen=True)
class Mutation:
    """One change. `sites`: the numbers of the sites that it concerns, the most telling one first.

    operator: what sort of change. keyword: the argument that it is about, by name or position.
    story: the change in words.
    """

    operator: str
    sites: tuple[int, ...]
    story: str
    apply: Apply
    keyword: str | int | None = None


def mutations(source: str, functions: Sequence[str] = ()) -> list[Mutation]:
    """Every single change of the function in `source`. functions: what else may take a tensor."""
    function = Function(source, functions)
    return [
        *_of_arguments(function),
        *_of_tensors(function),
        *_of_steps(function),
        *_of_names(function),
        *_of_the_rest(function),
    ]


def mutated(source: str, *changes: Mutation) -> str:
    """The source with these changes made. Comments and layout are lost."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    for change in changes:
        change.apply(nodes)
    return ast.unparse(ast.fix_missing_locations(tree))


def traced(source: str, functions: Sequence[str], hook: str) -> str:
    """The source with ``hook(number, tensor)`` around what each site gives."""
    function = Function(source, functions)
    nodes = list(ast.walk(ast.parse(source)))
    tree = nodes[0]
    for site in function.sites:
        target = _call(nodes, site.call)
        wrapped = ast.Call(ast.Name(hook), [ast.Constant(site.number), target], [])
        _replace(nodes, target, wrapped)
    return ast.unparse(ast.fix_missing_locations(tree))


def _of_arguments(function: Function) -> Iterator[Mutation]:
    for site in function.sites:
        for key, index in site.arguments.items():
            if key == "name":
                continue
            node = function.nodes[index]
            for text in _alternatives(node, function):
                if text != ast.unparse(node):
                    yield _argument(site, key, index, f"{ast.unparse(node)} -> {text}", text)
        for key in site.keywords:
            if key not in ("name", "outputs", "inputs"):
                yield Mutation(
                    "default",
                    (site.number,),
                    f"{site.kind}: {key} left out",
                    _without_keyword(site.maker, key),
                    key,
                )
        for key, text in ADDED.get(site.kind, {}).items():
            if key not in site.arguments:
                yield Mutation(
                    "argument",
                    (site.number,),
                    f"{site.kind}: {key}={text} added",
                    _with_keyword(site.maker, key, text),
                    key,
                )


def _argument(site: Site, key: str | int, index: int, change: str, text: str) -> Mutation:
    story = f"{site.kind}: {key}: {change}"
    return Mutation("argument", (site.number,), story, _put(index, text), key)


def _alternatives(node: ast.AST, function: Function) -> Iterator[str]:
    """Other values of the sort that an argument has."""
    match node:
        case ast.Constant(bool()):
            yield str(not node.value)
        case ast.Constant(int(value)):
            yield str(value + 1)
            if value > 2:
                yield str(value - 1)
        case ast.Constant(str(text)):
            if text in OTHER_TEXTS:
                yield repr(OTHER_TEXTS[text])
            elif len(text) == 1:
                yield repr(chr(ord(text) + 10))
        case ast.Name(name) if name in function.group_of:
            group = function.group_of[name]
            yield group[(group.index(name) + 1) % len(group)]
            yield f"{name} + 1"
        case ast.Name(name) if name in function.parameters:
            yield f"{name} + 1"
            yield "1"
        case ast.Tuple(items) | ast.List(items) if all(isinstance(i, ast.Constant) for i in items):
            values = [item.value for item in items if isinstance(item, ast.Constant)]
            for place, number in enumerate(values):
                if isinstance(number, int):
                    yield repr([*values[:place], number + 1, *values[place + 1 :]])
        case ast.Call() if node.keywords or node.args:
            maker = ast.unparse(node.func)
            for keyword in node.keywords:
                yield f"{maker}({keyword.arg}={ast.unparse(keyword.value)} + 1)"
            yield f"{maker}()"
            yield "'he_normal'"


def _of_tensors(function: Function) -> Iterator[Mutation]:
    for site in function.sites:
        for index, others in site.tensors.items():
            old = ast.unparse(function.nodes[index])
            for other in others:
                yield Mutation(
                    "tensor",
                    (site.number,),
                    f"{site.kind}: takes {other} for {old}",
                    _put(index, other),
                )


def _of_steps(function: Function) -> Iterator[Mutation]:
    for site in function.sites:
        if site.statement is None:
            continue
        if site.takes_what_it_makes or len(site.tensors) > 1:
            yield Mutation("left out", (site.number,), f"{site.kind} left out", _skip(site))
        if site.name is None and site.kind not in function.functions and len(site.tensors) == 1:
            yield Mutation("repeated", (site.number,), f"{site.kind} twice", _repeat(site))
        if not site.is_relu and not site.relu_follows and site.kind not in function.functions:
            yield Mutation("inserted", (site.number,), f"ReLU after {site.kind}", _relu(site))
        follower = site.next
        if (
            follower is not None
            and len(site.tensors) == len(follower.tensors) == 1
            and not {site.kind, follower.kind} & set(function.functions)
        ):
            yield Mutation(
                "exchanged",
                (site.number, follower.number),
                f"{follower.kind} before {site.kind}",
                _exchange(site, follower),
            )
        for kind in OTHER_KINDS.get(site.kind, ()):
            yield Mutation(
                "kind",
                (site.number,),
                f"{kind} for {site.kind}",
                _rename(site.maker, kind),
            )
        if site.kind in function.functions:
            for other in function.functions:
                if other != site.kind:
                    yield Mutation(
                        "kind", (site.number,), f"{other} for {site.kind}", _call_other(site, other)
                    )


def _of_names(function: Function) -> Iterator[Mutation]:
    for site in function.sites:
        if site.name is None:
            continue
        text = ast.unparse(function.nodes[site.name])
        yield Mutation(
            "name", (site.number,), f"{text} left out", _without_keyword(site.maker, "name"), "name"
        )
        for changed in (f"{text} + 'x'", f"'x' + {text}"):
            yield Mutation(
                "name", (site.number,), f"{text} -> {changed}", _put(site.name, changed), "name"
            )
        for variable in function.name_variables:
            for other in function.name_variables:
                if variable in text and other != variable:
                    changed = text.replace(variable, other)
                    yield Mutation(
                        "name",
                        (site.number,),
                        f"{text} -> {changed}",
                        _put(site.name, changed),
                        "name",
                    )
    for variable, index in function.name_variables.items():
        sites = tuple(
            site.number
            for site in function.sites
            if site.name is not None and variable in ast.unparse(function.nodes[site.name])
        )
        for node in ast.walk(function.nodes[index]):
            if isinstance(node, ast.Constant) and is_name_text(node):
                changed = repr(str(node.value) + "x")
                story = f"{variable}: {node.value!r} -> {changed}"
                place = function.nodes.index(node)
                yield Mutation("names", sites, story, _put(place, changed), "name")


def _of_the_rest(function: Function) -> Iterator[Mutation]:
    for index, users in function.unpackings.items():
        names = [ast.unparse(item) for item in _items(function.nodes[index])]
        for first in range(len(names) - 1):
            swapped = [*names]
            swapped[first], swapped[first + 1] = swapped[first + 1], swapped[first]
            text = ", ".join(swapped)
            yield Mutation("unpacked", users, f"filters unpacked as {text}", _put(index, text))
    for index, sites in function.loops.items():
        node = function.nodes[index]
        assert isinstance(node, ast.Constant)
        letters = str(node.value)
        following = chr(ord(letters[-1]) + 1)
        for text, keyword in ((letters[:-1], "fewer"), (letters + following, "more")):
            story = f"loop over {letters!r} -> {text!r}"
            yield Mutation("loop", sites, story, _put(index, repr(text)), keyword)
    for index, others in function.returned.items():
        for other in others:
            story = f"returns {other} for {ast.unparse(function.nodes[index])}"
            yield Mutation("returned", (), story, _put(index, other))
    for maker, name in function.models.items():
        yield Mutation("model name", (), "model unnamed", _without_keyword(maker, "name"), "name")
        text = f"{ast.unparse(function.nodes[name])} + 'x'"
        yield Mutation("model name", (), f"model named {text}", _put(name, text), "name")


def _items(node: ast.AST) -> list[ast.expr]:
    assert isinstance(node, ast.Tuple)
    return node.elts


def _put(index: int, text: str) -> Apply:
    def apply(nodes: Nodes) -> None:
        new = ast.parse(text, mode="eval").body
        if isinstance(getattr(nodes[index], "ctx", None), ast.Store):
            for node in ast.walk(new):
                if hasattr(node, "ctx"):
                    node.ctx = ast.Store()
        _replace(nodes, nodes[index], new)

    return apply


def _without_keyword(maker: int, key: str) -> Apply:
    def apply(nodes: Nodes) -> None:
        call = _call(nodes, maker)
        call.keywords = [keyword for keyword in call.keywords if keyword.arg != key]

    return apply


def _with_keyword(maker: int, key: str, text: str) -> Apply:
    def apply(nodes: Nodes) -> None:
        value = ast.parse(text, mode="eval").body
        _call(nodes, maker).keywords.append(ast.keyword(key, value))

    return apply


def _rename(maker: int, kind: str) -> Apply:
    def apply(nodes: Nodes) -> None:
        function = _call(nodes, maker).func
        assert isinstance(function, ast.Attribute)
        function.attr = kind

    return apply


def _call_other(site: Site, other: str) -> Apply:
    def apply(nodes: Nodes) -> None:
        call = _call(nodes, site.call)
        call.func = ast.Name(other)
        call.keywords = [keyword for keyword in call.keywords if keyword.arg != "s"]

    return apply


def _skip(site: Site) -> Apply:
    """Instead of the step its input, the first where there are several."""

    def apply(nodes: Nodes) -> None:
        _replace(nodes, nodes[site.call], nodes[next(iter(site.tensors))])

    return apply


def _repeat(site: Site) -> Apply:
    def apply(nodes: Nodes) -> None:
        call = nodes[site.call]
        again = ast.parse(ast.unparse(call), mode="eval").body
        assert isinstance(again, ast.Call) and isinstance(call, ast.Call)
        _replace(nodes, call, again)
        again.args = [call]

    return apply


def _relu(site: Site) -> Apply:
    def apply(nodes: Nodes) -> None:
        call = nodes[site.call]
        relu = ast.parse("layers.ReLU()(None)", mode="eval").body
        assert isinstance(relu, ast.Call) and isinstance(call, ast.Call)
        _replace(nodes, call, relu)
        relu.args = [call]

    return apply


def _exchange(first: Site, second: Site) -> Apply:
    def apply(nodes: Nodes) -> None:
        a, b = _call(nodes, first.call), _call(nodes, second.call)
        a.func, b.func = b.func, a.func

    return apply


def _call(nodes: Nodes, index: int) -> ast.Call:
    node = nodes[index]
    assert isinstance(node, ast.Call)
    return node


def _replace(nodes: Nodes, old: ast.AST, new: ast.AST) -> None:
    """Put `new` where `old` stands, wherever earlier changes have moved it."""
    for parent in ast.walk(nodes[0]):
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, new)
                return
            if isinstance(value, list):
                for place, item in enumerate(value):
                    if item is old:
                        value[place] = new
                        return
