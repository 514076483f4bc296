"""Layers that are called on None: from a helper without `return`, or a variable left at None."""

from __future__ import annotations

import keras
import pytest
from keras import layers

from kerascheck import check
from kerascheck.check import collecting
from kerascheck.feedback.misconceptions import misconception_of
from kerascheck.feedback.wording import sentence
from kerascheck.judge.judge import judge
from kerascheck.judge.verdict import Finding

BUILDER = """
def unit(X, filters, name: str):
    return layers.Conv2D(filters[-1], 3, padding="same")(X)

def build(named=True):
    def name(text):
        return text if named else None

    start = X = keras.Input((8, 8, 3))
    X = unit(X, [4], "a")
    Y = unit(X, [4], "b")
    # before the addition
    X = layers.Add()([X, Y])
    # after the addition
    X = layers.GlobalAveragePooling2D(name=name("pool"))(X)
    X = layers.Dense(3, name=name("last"))(X)
    return keras.Model(start, X)
"""
UNIT = "unit(X, filters, name: label)"


def first_finding(builder: str, **how: object) -> Finding:
    found = []
    for text in (BUILDER, builder):
        namespace: dict = {"keras": keras, "layers": layers}
        exec(text, namespace)
        with collecting("secret") as evidence:
            check.wiring(namespace["build"], blocks=[UNIT], **how)
        found += evidence
    verdict = judge("build", 10, [(found[0], found[1])])
    assert verdict.points == 0
    return verdict.findings[0]


@pytest.mark.parametrize(
    ("line", "written", "where"),
    [
        ("# after the addition", "X = None", "`pool`"),
        ("# before the addition", "X = None", "The addition after `b`"),
        ("# before the addition", "Y = None", "The addition after `a`"),
        ("X = layers.Add()([X, Y])", "Y = None; X = X + Y", "The addition after `a`"),
        ("X = layers.Add()([X, Y])", "X = None; X = X + Y", "The addition after `b`"),
        ("# after the addition", "X = layers.Flatten()(print())", "The `Flatten`"),
        ("# after the addition", "X = unit(None, [4], 'c')", "`c`"),
        ("# after the addition", "X = (lambda X: [unit(X, [4], 'c')] and None)(X)", "`pool`"),
    ],
)
def test_the_layer_that_is_called_on_none_is_named_and_nothing_else(
    line: str, written: str, where: str
) -> None:
    """Not a layer too many, nor one that takes the wrong tensor: those follow from it."""
    finding = first_finding(BUILDER.replace(line, written))
    assert finding.rule == "given-nothing"
    assert sentence(finding).startswith(f"{where} is called on `None` in place of a tensor")
    assert misconception_of(finding).title == "Nothing came back"


def test_without_names_it_is_named_by_its_kind() -> None:
    finding = first_finding(BUILDER.replace("# after the addition", "X = None"), named=False)
    assert sentence(finding).startswith("The `GlobalAveragePooling2D` is called on `None`")


def test_a_builder_or_block_without_return_is_told_so() -> None:
    finding = first_finding(BUILDER.replace("    return keras.Model(start, X)", "    pass"))
    assert "found None (is the return missing?)" in sentence(finding)
    assert misconception_of(finding).id == "nothing-returned"


def test_other_errors_are_explained_as_before() -> None:
    """A list without None in it, and a layer that is called on a number."""
    for written in ("X = layers.Add()(X)", "X = layers.Flatten()(3)"):
        finding = first_finding(BUILDER.replace("# after the addition", written))
        assert finding.rule != "given-nothing"
