"""Stand-ins in the place of a student's blocks, whatever the blocks are kept in.

A student may keep a block under another name, in a table, in a partial, in a decorator or a default
argument. So not a name but the callable itself is redirected while the builder runs: the code of a
function, the target of a partial, the `__call__` of an object. A block that is missing, or of another
kind, is replaced in the notebook's namespace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from types import FunctionType, MethodType
from typing import Any

Target = Callable[..., Any]


@contextmanager
def replaced(namespace: dict[str, Any], stand_ins: Mapping[str, Target]) -> Iterator[None]:
    """Redirect every call of the blocks that `namespace` holds under these names."""
    with ExitStack() as undo:
        owned: dict[int, dict[int, Target]] = {}  # by function, then by the object it belongs to
        for name, stand_in in stand_ins.items():
            _replace(namespace, name, stand_in, owned, undo)
        yield


def _replace(
    namespace: dict[str, Any],
    name: str,
    stand_in: Target,
    owned: dict[int, dict[int, Target]],
    undo: ExitStack,
) -> None:
    block = namespace.get(name)
    if isinstance(block, FunctionType):
        _redirect(block, stand_in, undo)
    elif type(block) is partial:
        whole: Any = block  # a partial can be told what it is a partial of
        undo.callback(whole.__setstate__, whole.__reduce__()[2])
        whole.__setstate__((stand_in, (), {}, {}))
    elif isinstance(block, MethodType) and isinstance(block.__func__, FunctionType):
        _redirect_owned(block.__func__, block.__self__, stand_in, owned, undo)
    elif (method := _call_of(block)) is not None:
        _redirect_owned(method, block, stand_in, owned, undo)
    else:
        put(namespace, name, stand_in, undo)


def _call_of(block: Any) -> FunctionType | None:
    """The `__call__` that a student's class gives its objects."""
    calls = (vars(base).get("__call__") for base in type(block).__mro__)
    method = next((call for call in calls if call is not None), None)
    return method if isinstance(method, FunctionType) else None


def _redirect_owned(
    method: FunctionType,
    owner: Any,
    stand_in: Target,
    owned: dict[int, dict[int, Target]],
    undo: ExitStack,
) -> None:
    """Redirect a method of one object. Other objects of its class keep theirs."""
    if id(method) in owned:
        owned[id(method)][id(owner)] = stand_in
        return
    targets = owned[id(method)] = {id(owner): stand_in}
    original = FunctionType(
        method.__code__,
        method.__globals__,
        method.__name__,
        method.__defaults__,
        method.__closure__,
    )
    original.__kwdefaults__ = method.__kwdefaults__

    def of_owner(*args: Any, **kwargs: Any) -> Any:
        target = targets.get(id(args[0])) if args else None
        return original(*args, **kwargs) if target is None else target(*args[1:], **kwargs)

    _redirect(method, of_owner, undo)


def _redirect(function: FunctionType, target: Target, undo: ExitStack) -> None:
    """Make `function` call `target`: by new code, which refers to it under a unique name."""
    name = f"__stand_in_for_{function.__name__}_{id(function)}__"
    if not name.isidentifier():
        name = f"__stand_in_{id(function)}__"
    put(function.__globals__, name, target, undo)
    before = function.__code__, function.__defaults__, function.__kwdefaults__
    function.__code__ = _forwarding(name, len(function.__code__.co_freevars))
    function.__defaults__ = function.__kwdefaults__ = None

    def restore() -> None:
        function.__code__, function.__defaults__, function.__kwdefaults__ = before

    undo.callback(restore)


def _forwarding(name: str, free: int) -> Any:
    """Code that calls the global `name`, with as many variables of a closure as the code it replaces."""
    cells = [f"cell_{index}" for index in range(free)]
    lines = [
        "def outside():",
        *(f"    {cell} = None" for cell in cells),
        "    def forward(*args, **kwargs):",
        *(f"        {cell}" for cell in cells),
        f"        return {name}(*args, **kwargs)",
        "    return forward",
    ]
    scope: dict[str, Any] = {}
    exec("\n".join(lines), scope)
    return scope["outside"]().__code__


def put(namespace: dict[str, Any], name: str, value: Any, undo: ExitStack) -> None:
    """Set a variable, and have `undo` restore what was there."""
    if name in namespace:
        undo.callback(namespace.__setitem__, name, namespace[name])
    else:
        undo.callback(namespace.pop, name, None)
    namespace[name] = value
