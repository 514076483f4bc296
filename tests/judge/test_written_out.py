"""Builders that write their blocks out: judged by what they build, and told so."""

from __future__ import annotations

import json
from dataclasses import replace

import keras
import pytest
from keras import layers

from kerascheck import check
from kerascheck.check import collecting
from kerascheck.evidence.evidence import Evidence
from kerascheck.evidence.untrusted import Malformed
from kerascheck.feedback import panel
from kerascheck.feedback.wording import sentence
from kerascheck.judge.judge import judge
from kerascheck.judge.verdict import Verdict

UNIT = "unit(X, filters, stride=1, activation='relu')"
GIVEN = """
def unit(X, filters, stride=1, activation="relu"):
    X = layers.Conv2D(filters[-1], 3, strides=stride, padding="same")(X)
    X = layers.BatchNormalization()(X)
    return layers.Activation(activation)(X) if activation else X
"""
BUILDER = """
def build(blocks=6):
    def own(X, filters, stride=1, activation="relu"):
        X = layers.Conv2D(filters[-1], 3, strides=stride, padding="same")(X)
        X = layers.BatchNormalization()(X)
        return layers.Activation(activation)(X) if activation else X

    start = keras.Input((8, 8, 3))
    X = layers.Conv2D(4, 3, padding="same")(start)
    for block in range(blocks):
        Y = {first}(X, [4])
        Y = {second}(Y, [4], activation=None)
        X = layers.ReLU()(layers.Add()([X, Y]))
    X = layers.GlobalAveragePooling2D()(X)
    return keras.Model(start, layers.Dense(3)(X))
"""
CALLS = BUILDER.format(first="unit", second="unit")
WRITTEN_OUT = BUILDER.format(first="own", second="own")
MIXED = BUILDER.format(first="unit", second="own")


def probed(builder: str, given: str = GIVEN, whole: bool = False) -> Evidence:
    namespace: dict = {"keras": keras, "layers": layers}
    exec(given + builder, namespace)
    with collecting("secret", whole) as evidence:
        check.wiring(namespace["build"], blocks=[UNIT])
    return Evidence.from_plain(json.loads(json.dumps(evidence[0].to_plain())))


def judged(builder: str, given: str = GIVEN) -> Verdict:
    return judge("build", 10, [(probed(CALLS, whole=True), probed(builder, given))])


@pytest.mark.parametrize("builder", [WRITTEN_OUT, MIXED])
def test_blocks_that_are_written_out_are_as_good_as_calls(builder: str) -> None:
    """All of them, or a part; and one sentence says that the whole network was judged."""
    verdict = judged(builder)
    assert verdict.passed and verdict.points == 10
    assert verdict.whole == ("unit",)
    assert Verdict.from_plain(json.loads(json.dumps(verdict.to_plain()))) == verdict
    assert "is a call of <code>unit</code>" in panel.html(verdict)
    assert panel.text(verdict).count("judged as a whole") == 1


def test_calls_are_judged_as_calls() -> None:
    """A wrong block costs nothing then, and nothing is said about whole networks."""
    verdict = judged(CALLS, GIVEN.replace("BatchNormalization", "LayerNormalization"))
    assert verdict.passed and verdict.whole == ()
    assert "as a whole" not in panel.html(verdict) + panel.text(verdict)


@pytest.mark.parametrize("builder", [WRITTEN_OUT, MIXED])
@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        (
            "        X = layers.ReLU()(layers.Add",
            "        X = (layers.Add",
            "`ReLU` after the addition",
        ),
        (
            "Y = own(Y, [4], activation=None)",
            "Y = own(Y, [4], activation=None) if block != 3 else layers.Conv2D(4, 3, padding='same')(Y)",
            "The first block that differs is block 4.",
        ),
        (
            "Y = own(Y, [4], activation=None)",
            "Y = own(Y, [4], activation=None if block != 4 else 'tanh')",
            "Remove the `Tanh` after `BatchNormalization no. 10` in block 5",
        ),
    ],
)
def test_a_mistake_in_a_block_that_is_written_out_is_named_with_its_block(
    builder: str, right: str, wrong: str, told: str
) -> None:
    verdict = judged(builder.replace(right, wrong))
    assert verdict.points < 10
    assert told in sentence(verdict.findings[0])


def test_a_block_of_its_own_that_is_wrong_counts_where_not_every_block_is_written_out() -> None:
    """The network cannot be told apart from its blocks then."""
    verdict = judged(MIXED, GIVEN.replace("BatchNormalization", "LayerNormalization"))
    assert verdict.points < 10 and verdict.whole == ("unit",)


def test_a_network_without_blocks_is_told_how_many_calls_it_lacks() -> None:
    """It has written out nothing: one convolution is the stem."""
    verdict = judged(CALLS.replace("blocks=6", "blocks=0"))
    assert verdict.whole == () and verdict.points < 10
    assert any("`unit call`: there should be 12" in sentence(f) for f in verdict.findings)


def test_whole_networks_are_recorded_for_references_and_for_what_is_written_out_beside_calls() -> (
    None
):
    """So nobody else pays for them."""
    assert probed(CALLS).whole is None
    assert probed(WRITTEN_OUT).whole is None  # it is one itself
    assert probed(CALLS, whole=True).whole is not None
    assert probed(MIXED).whole is not None


def test_an_error_in_a_block_that_is_written_out_is_explained_by_what_was_built() -> None:
    late = WRITTEN_OUT.replace("Y = own(X, [4])", "Y = own(X, [4], 2 if block == 2 else 1)")
    verdict = judged(late)
    assert verdict.whole == ("unit",)
    assert "stride should be `(1, 1)`" in sentence(verdict.findings[0])
    assert "in block 3" in sentence(verdict.findings[0])


def test_a_visible_check_draws_the_network_that_was_judged() -> None:
    reference, evidence = probed(CALLS, whole=True), probed(MIXED.replace("layers.ReLU()", ""))
    verdict = judge("build", 10, [(reference, evidence)])
    details = panel.details_of(verdict, reference, evidence)
    assert details.graph is not None and evidence.whole is not None
    assert details.graph == evidence.whole.graph


def test_evidence_within_evidence_within_evidence_is_malformed() -> None:
    evidence = probed(MIXED)
    assert evidence.whole is not None
    deeper = replace(evidence, whole=evidence).to_plain()
    with pytest.raises(Malformed, match="whole"):
        Evidence.from_plain(deeper)
    with pytest.raises(Malformed):
        Evidence.from_plain({**evidence.to_plain(), "whole": 3})
