"""Where a solution's source can be changed: what it applies to tensors, and what it does beside that."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass
class Site:
    """One application of a layer, or of another function, to a tensor. Nodes are given by their place.

    call: the application. maker: the call that makes the layer (the application itself for a
    function). arguments: by keyword or position. keywords: those given by keyword. tensors: where
    tensors go in, with the other tensors that could. name: the argument that names it.
    """

    number: int
    kind: str
    call: int
    maker: int
    arguments: dict[str | int, int]
    keywords: list[str]
    tensors: dict[int, list[str]]
    name: int | None
    statement: ast.stmt | None = None
    takes_what_it_makes: bool = False
    next: Site | None = None

    @property
    def is_relu(self) -> bool:
        return self.kind == "ReLU"

    @property
    def relu_follows(self) -> bool:
        return self.next is not None and self.next.is_relu


@dataclass
class Function:
    """The one function of an answer, read from its source."""

    source: str
    functions: Sequence[str] = ()
    sites: list[Site] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)
    group_of: dict[str, list[str]] = field(default_factory=dict)
    name_variables: dict[str, int] = field(default_factory=dict)
    unpackings: dict[int, tuple[int, ...]] = field(default_factory=dict)
    loops: dict[int, tuple[int, ...]] = field(default_factory=dict)
    returned: dict[int, list[str]] = field(default_factory=dict)
    models: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        tree = ast.parse(self.source)
        self.nodes = list(ast.walk(tree))
        self.place = {id(node): index for index, node in enumerate(self.nodes)}
        [definition] = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        self.parameters = [argument.arg for argument in definition.args.args]
        # For each variable that holds a tensor, a number for its present value.
        self.values: dict[str, int] = {}
        self._count = 0
        if not self._makes_its_input(definition):
            self.values[self.parameters[0]] = self._fresh()
        self._read(definition.body)
        self._link()

    def _makes_its_input(self, definition: ast.FunctionDef) -> bool:
        return any(
            isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Input"
            for node in ast.walk(definition)
        )

    def _fresh(self) -> int:
        self._count += 1
        return self._count

    def _read(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            match statement:
                case ast.Assign([ast.Name(target)], value):
                    self._assignment(statement, target, value)
                case ast.Assign([ast.Tuple(items) as unpacked], _):
                    names = [item.id for item in items if isinstance(item, ast.Name)]
                    self.group_of.update(dict.fromkeys(names, names))
                    self.unpackings[self.place[id(unpacked)]] = ()
                case ast.For(iter=ast.Constant(str())):
                    before = len(self.sites)
                    self._read(statement.body)
                    inside = tuple(site.number for site in self.sites[before:])
                    self.loops[self.place[id(statement.iter)]] = inside
                case ast.Return(ast.Name(name) as value):
                    self.returned[self.place[id(value)]] = self._others(name)
                case ast.Return(ast.Call() as call):
                    self._model(call)

    def _assignment(self, statement: ast.stmt, target: str, value: ast.expr) -> None:
        if isinstance(value, ast.Name) and value.id in self.values:
            self.values[target] = self.values[value.id]
            return
        if isinstance(value, ast.Call):
            site = self._site(value)
            if site is not None:
                site.statement = statement
                taken = [ast.unparse(self.nodes[index]) for index in site.tensors]
                site.takes_what_it_makes = taken == [target]
                self.sites.append(site)
                self.values[target] = self._fresh()
            elif ast.unparse(value.func).split(".")[-1] == "Input":
                self.values[target] = self._fresh()
            return
        if any(isinstance(n, ast.Constant) and is_name_text(n) for n in ast.walk(value)):
            self.name_variables[target] = self.place[id(value)]

    def _site(self, call: ast.Call) -> Site | None:
        if isinstance(call.func, ast.Call):
            maker, kind = call.func, ast.unparse(call.func.func).split(".")[-1]
            inputs: list[ast.expr] = list(call.args)
            given = list(enumerate(maker.args))
        elif isinstance(call.func, ast.Name) and call.func.id in self.functions:
            maker, kind = call, call.func.id
            inputs, given = call.args[:1], list(enumerate(call.args))[1:]
        else:
            return None
        tensors = {
            self.place[id(node)]: self._others(node.id)
            for node in self._names(inputs)
            if node.id in self.values
        }
        arguments: dict[str | int, int] = {key: self.place[id(node)] for key, node in given}
        keywords = [str(keyword.arg) for keyword in maker.keywords]
        for keyword in maker.keywords:
            arguments[str(keyword.arg)] = self.place[id(keyword.value)]
        return Site(
            number=len(self.sites),
            kind=kind,
            call=self.place[id(call)],
            maker=self.place[id(maker)],
            arguments=arguments,
            keywords=keywords,
            tensors=tensors,
            name=arguments.get("name"),
        )

    def _names(self, inputs: Sequence[ast.expr]) -> list[ast.Name]:
        flat = [
            inner
            for item in inputs
            for inner in (item.elts if isinstance(item, ast.List | ast.Tuple) else [item])
        ]
        return [node for node in flat if isinstance(node, ast.Name)]

    def _others(self, name: str) -> list[str]:
        """Variables that hold another tensor at this point."""
        return [other for other, value in self.values.items() if value != self.values.get(name)]

    def _model(self, call: ast.Call) -> None:
        for keyword in call.keywords:
            if keyword.arg == "name":
                self.models[self.place[id(call)]] = self.place[id(keyword.value)]
            if keyword.arg == "outputs" and isinstance(keyword.value, ast.Name):
                others = self._others(keyword.value.id)
                self.returned[self.place[id(keyword.value)]] = others

    def _link(self) -> None:
        """What comes right after what, and which sites use an unpacked name."""
        for site, follower in zip(self.sites, self.sites[1:], strict=False):
            body = self._body_of(site)
            if body is not None and site.statement in body and follower.statement in body:
                together = body.index(follower.statement) - body.index(site.statement) == 1
                chained = self._target(site) in map(
                    lambda index: ast.unparse(self.nodes[index]), follower.tensors
                )
                if together and chained:
                    site.next = follower
        for index in self.unpackings:
            unpacked = self.nodes[index]
            names = {n.id for n in ast.walk(unpacked) if isinstance(n, ast.Name)}
            self.unpackings[index] = tuple(
                site.number
                for site in self.sites
                if any(ast.unparse(self.nodes[i]) in names for i in site.arguments.values())
            )

    def _body_of(self, site: Site) -> list[ast.stmt] | None:
        for node in self.nodes:
            body = getattr(node, "body", None)
            if isinstance(body, list) and site.statement in body:
                return body
        return None

    def _target(self, site: Site) -> str:
        assert isinstance(site.statement, ast.Assign)
        return ast.unparse(site.statement.targets[0])


def is_name_text(node: ast.Constant) -> bool:
    """Whether a constant is a text that may be a piece of a name."""
    return isinstance(node.value, str) and len(node.value) > 1


def operators(found: Mapping[str, int]) -> str:
    """The sorts of changes and how many there are of each, in words."""
    return ", ".join(f"{count} {name}" for name, count in found.items())
