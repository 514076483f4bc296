"""What a recorder takes from a declaration: names of calls, arguments that count, and mistakes in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest

from kerascheck import check
from kerascheck.check import collecting
from kerascheck.evidence.evidence import Evidence
from kerascheck.judge.judge import judge
from kerascheck.judge.verdict import PASSED
from kerascheck.probes.recorders import Declaration

UNIT = (
    "unit(X, num_filters, part: label = 1, activation='relu', bn=True, order: activation or bn = 1)"
)


def unit(X, num_filters, **how):  # type: ignore[no-untyped-def]
    return X


def recorded(declaration: str = UNIT, **how: Any) -> Evidence:
    """The evidence of a network of one recorded unit."""

    def build() -> keras.Model:
        X = keras.Input((4, 4, 2))
        return keras.Model(X, unit(X, 3, **how))

    with collecting("a secret") as evidence:
        check.wiring(build, blocks=[declaration])
    assert evidence[0].status == "ok", evidence[0].error
    return evidence[0]


def alike(first: Evidence, second: Evidence) -> bool:
    """Whether an answer with the second evidence passes where the first is right."""
    return judge("build", 10, [(first, second)]).outcome == PASSED


def test_a_label_names_a_call_and_does_nothing_else() -> None:
    """Two calls that differ by a label have the same outputs and settings, and another name."""
    first, second = recorded(), recorded(part=2)
    assert first.outputs == second.outputs and first.graph and second.graph
    (name,), (other,) = (
        [layer for layer in graph.layers if layer.recorded] for graph in (first.graph, second.graph)
    )
    assert (name.name, other.name) == ("part 1", "part 2")
    assert name.settings == other.settings and "part" not in name.settings


def test_several_labels_are_joined_and_none_is_no_name() -> None:
    """Stage 2, block b is called 2b; a unit without labels goes by its number."""
    declared = Declaration.of("unit(X, filters, stage: label, block: label)")
    assert declared.bind(("X", [1], 2), {"block": "b"})[1].name == "2b"
    assert Declaration.of("unit(X, filters)").bind(("X", [1]), {})[1].name is None


def test_an_argument_counts_where_its_condition_holds() -> None:
    """Without activation and batch norm, a unit is the same in both orders; with either, it is not."""
    bare = {"activation": None, "bn": False}
    assert alike(recorded(**bare), recorded(**bare, order=2))
    for given in ({}, {"activation": None}, {"bn": False}):
        assert not alike(recorded(**given), recorded(**given, order=2))


def test_arguments_have_one_spelling() -> None:
    """A window for both axes, a linear activation, an array of filters: written either way, the same."""
    declared = Declaration.of("unit(X, filters, size=3, activation=None)")
    plain = declared.bind(("X", [4, 4]), {})[1]
    assert plain == declared.bind(("X", (4, 4)), {"size": (3, 3), "activation": "linear"})[1]
    assert plain.arguments == {"filters": [4, 4], "size": 3, "activation": None}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Declaration.of("unit(X, order: norm)"), "there is no parameter norm"),
        (lambda: Declaration.of(UNIT).bind((), {}), "missing a required argument: 'X'"),
        (lambda: Declaration.of(UNIT).bind(("X", 3), {"depth": 2}), "it is declared as unit"),
    ],
)
def test_mistakes_are_named(make: Callable[[], Any], message: str) -> None:
    """A condition on a parameter that is not there, a call without its tensor, an unknown argument."""
    with pytest.raises((ValueError, TypeError), match=message):
        make()
