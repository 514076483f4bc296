"""A builder's blocks reach the recorder whatever the student keeps them in."""

from __future__ import annotations

from contextlib import suppress

import pytest

from kerascheck import check
from kerascheck.check import collecting
from kerascheck.evidence.evidence import Evidence
from kerascheck.probes.stand_ins import replaced

BLOCKS = ["first(X, num_filters=2)", "second(X, num_filters=3)"]
PLAIN = """
from functools import partial, wraps
import keras
from keras import layers

def dense(X, num_filters=2, kind="first"):
    return layers.Conv2D(num_filters, 1)(X)

def build():
    X = start = keras.Input((4, 4, 2))
    X = {first}(X)
    X = {second}(X, num_filters=4)
    return keras.Model(start, {first}(X, 5))
"""
KEPT_IN = {
    "functions": """
def first(X, num_filters=2): return dense(X, num_filters)
def second(X, num_filters=3): return dense(X, num_filters)
""",
    "decorators": """
def noted(function):
    calls = []
    @wraps(function)
    def inner(*args, **kwargs):
        calls.append(args)
        return function(*args, **kwargs)
    return inner
@noted
def first(X, num_filters=2): return dense(X, num_filters)
@noted
def second(X, num_filters=3): return dense(X, num_filters)
""",
    "partials": """
first = partial(dense, kind="first")
second = partial(dense, num_filters=3, kind="second")
""",
    "closures of one factory": """
def factory(kind, default):
    def block(X, num_filters=default): return dense(X, num_filters, kind)
    return block
first, second = factory("first", 2), factory("second", 3)
""",
    "callable objects of one class": """
class Block:
    def __init__(self, kind): self.kind = kind
    def __call__(self, X, num_filters=2): return dense(X, num_filters, self.kind)
first, second = Block("first"), Block("second")
""",
    "methods of two objects": """
class Maker:
    def block(self, X, num_filters=2): return dense(X, num_filters)
one, other = Maker(), Maker()
first, second = one.block, other.block
""",
    "lambdas": """
first = lambda X, num_filters=2: dense(X, num_filters)
second = lambda X, num_filters=3: dense(X, num_filters)
""",
}
CALLED_AS = {
    "names": ("", "first", "second"),
    "a table": ("TABLE = {'a': first, 'b': second}", "TABLE['a']", "TABLE['b']"),
    "aliases": ("f, g = first, second", "f", "g"),
    "further partials": ("p = partial(first); q = partial(second)", "p", "q"),
}


def recorded(kept: str, extra: str, first: str, second: str) -> Evidence:
    namespace: dict = {"__name__": "__main__"}
    definitions, _, build = PLAIN.partition("def build")
    exec(definitions + kept + extra, namespace)
    exec("def build" + build.format(first=first, second=second), namespace)
    with collecting("secret") as found:
        check.wiring(namespace["build"], blocks=BLOCKS)
    return found[0]


# A partial of a partial holds the function below both, and knows nothing of the first.
ALL = [(k, c) for k in KEPT_IN for c in CALLED_AS if (k, c) != ("partials", "further partials")]


@pytest.mark.parametrize(("kept", "called"), ALL)
def test_a_block_is_recorded_whatever_it_is_kept_in(kept: str, called: str) -> None:
    evidence = recorded(KEPT_IN[kept], *CALLED_AS[called])
    assert evidence.status == "ok", evidence.error
    assert evidence.graph is not None
    calls = [layer for layer in evidence.graph.layers if layer.recorded]
    assert [(layer.kind, layer.settings["num_filters"]) for layer in calls] == [
        ("first", 2),
        ("second", 4),
        ("first", 5),
    ]


@pytest.mark.parametrize("kept", KEPT_IN)
def test_everything_is_put_back(kept: str) -> None:
    """After a check, and after one that failed, the blocks do what they did."""
    namespace: dict = {"__name__": "__main__"}
    exec(PLAIN.partition("def build")[0] + KEPT_IN[kept], namespace)
    before = set(namespace)
    calls: list[str] = []
    namespace["dense"] = lambda *args, **kwargs: calls.append("own")
    stand_ins = {
        name: lambda *args, **kwargs: calls.append("stand-in") for name in ("first", "second")
    }
    with suppress(RuntimeError), replaced(namespace, stand_ins):
        namespace["first"](None)
        namespace["second"](None)
        raise RuntimeError
    assert calls == ["stand-in", "stand-in"]
    if kept != "partials":  # which hold the function that they were made of
        exec("first(None)", namespace)
        assert calls == ["stand-in", "stand-in", "own"]
    assert {name for name in namespace if name != "__builtins__"} == before - {"__builtins__"}


def test_other_objects_of_the_class_keep_their_own_call() -> None:
    namespace: dict = {"__name__": "__main__"}
    exec(
        "class Block:\n    def __call__(self, x): return 'own'\nfirst, third = Block(), Block()",
        namespace,
    )
    with replaced(namespace, {"first": lambda x: "stand-in"}):
        assert (namespace["first"](1), namespace["third"](1)) == ("stand-in", "own")
    assert namespace["first"](1) == "own"
