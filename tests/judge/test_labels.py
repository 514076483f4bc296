"""Exercises without names, with penalties, schedules, callbacks and errors: probed and judged."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
from keras import layers, regularizers

from kerascheck import check
from kerascheck.check import collecting
from kerascheck.evidence.evidence import Evidence, Sampled
from kerascheck.feedback.wording import sentence
from kerascheck.judge.closeness import close
from kerascheck.judge.judge import judge
from kerascheck.judge.labels import missing_or_surplus, numbered
from kerascheck.judge.places import Place
from kerascheck.judge.verdict import PASSED, Verdict
from kerascheck.probes.initialisers import redraw_unseeded
from kerascheck.probes.keras_graph import graph_of


def probed(function: Callable, seed: str = "secret", **arguments: object) -> Evidence:
    with collecting(seed) as evidence:
        check.block(lambda X, **kwargs: function(X, **kwargs), shape=(2, 6, 6, 3), **arguments)
    assert evidence[0].status == "ok", evidence[0].error
    return evidence[0]


def valued(function: Callable, *args: object, **kwargs: object) -> Evidence:
    with collecting("secret") as evidence:
        check.values(function, *args, **kwargs)
    return evidence[0]


def two(X: object, start: object = "he_normal", factor: float = 1e-2, stride: int = 1) -> object:
    l2 = regularizers.L2(factor)
    X = layers.Conv2D(4, 3, kernel_initializer=start, kernel_regularizer=l2)(X)
    return layers.Conv2D(5, 1, strides=stride, kernel_initializer=start)(layers.ReLU()(X))


def against(reference: Evidence, found: Evidence) -> Verdict:
    return judge("two", 100, [(reference, found)])


def test_without_names_there_is_no_aspect_of_names() -> None:
    """Shapes weigh a quarter and values three; a student's own names change nothing."""
    verdict = against(probed(two), probed(two))
    assert {a.name: a.of for a in verdict.aspects} == {"shapes": 25, "values": 75}

    def named(X: object) -> object:
        regularizer = regularizers.L2(1e-2)
        X = layers.Conv2D(
            4, 3, kernel_initializer="he_normal", kernel_regularizer=regularizer, name="mine"
        )(X)
        X = keras.ops.relu(X)
        return layers.Conv2D(5, 1, kernel_initializer="he_normal", name="Conv2D_no_1")(X)

    assert against(probed(two), probed(named)).outcome == PASSED


def test_a_setting_of_an_unnamed_layer_is_found() -> None:
    """Numbers let a finding say which layer it means."""
    verdict = against(probed(two), probed(lambda X: two(X, stride=2)))
    found = {(f.rule, f.place and f.place.role, f.property) for f in verdict.findings}
    assert ("setting", Place("Conv2D", number=2), "strides") in found
    assert "`Conv2D no. 2`: the stride should be" in sentence(verdict.findings[0])


def test_layers_too_many_are_counted_and_not_confused() -> None:
    """Where numbers cannot correspond, the finding says how many layers there should be."""

    def three(X: object) -> object:
        return two(layers.Conv2D(3, 1)(X))

    verdict = against(probed(two), probed(three))
    [finding] = verdict.findings
    assert (finding.rule, finding.place) == ("layer-count", Place("Conv2D"))
    assert (finding.expected, finding.actual) == (2, 3)
    assert sentence(finding) == "`Conv2D`: there should be 2, yours has 3."
    assert {a.name: a.points for a in verdict.aspects} == {"shapes": 25, "values": 0}


def test_numbers_count_by_kind_and_hide_names() -> None:
    """Two networks of the same layers have the same numbers."""
    graph = probed(two).graph
    assert graph is not None
    without_names, numbers = numbered(graph)
    kinds = {layer.id: layer.kind for layer in without_names.layers}
    assert [(kinds[id], number) for id, number in numbers.items()] == [("Conv2D", 1), ("Conv2D", 2)]
    assert missing_or_surplus(graph, graph) == []


def test_the_penalty_is_an_output_of_its_own() -> None:
    """A wrong penalty costs its part of the values, and names the regulariser."""
    verdict = against(probed(two), probed(lambda X: two(X, factor=2e-2)))
    assert {a.name: a.points for a in verdict.aspects} == {"shapes": 25, "values": 56.25}
    [finding] = verdict.findings
    assert (finding.rule, finding.property) == ("setting", "kernel_regularizer")


def test_a_penalty_that_nobody_asked_for_is_learnt_from() -> None:
    """Where the reference has none, a regulariser changes what is learnt, and is named."""
    reference = probed(lambda X: layers.Conv2D(2, 1)(X))
    found = against(reference, probed(lambda X: layers.Conv2D(2, 1, kernel_regularizer="l2")(X)))
    assert [finding.rule for finding in found.findings] == ["surplus-penalty"]
    assert 0 < found.points < 100


def test_initialisers_without_a_seed_do_not_depend_on_the_order_of_creation() -> None:
    """A layer that is created first and used last starts with the same weights."""

    def backwards(X: object) -> object:
        last = layers.Conv2D(5, 1, kernel_initializer=keras.initializers.HeNormal())
        first = layers.Conv2D(
            4, 3, kernel_initializer="HeNormal", kernel_regularizer=regularizers.L2(1e-2)
        )
        return last(layers.ReLU()(first(X)))

    assert against(probed(two), probed(backwards)).outcome == PASSED


def test_a_start_that_is_nearly_zero_is_no_zero() -> None:
    """However small its outputs are: a network that starts as the identity does so to the last bit."""
    reference = probed(lambda X: two(X, start="zeros"))
    tiny, zero = keras.initializers.Constant(1e-9), keras.initializers.Constant(0)
    wrong = against(reference, probed(lambda X: two(X, start=tiny)))
    assert {f.rule for f in wrong.findings} == {"initialiser"} and wrong.points < wrong.of
    assert against(reference, probed(lambda X: two(X, start=zero))).passed


def test_another_distribution_is_still_another_start() -> None:
    """Drawing anew keeps the kind and the scale of the initialiser."""
    verdict = against(probed(two), probed(lambda X: two(X, start="he_uniform")))
    assert {f.rule for f in verdict.findings} == {"initialiser"}


def test_seeded_initialisers_are_left_alone() -> None:
    """What a seed fixes stays as the seed has fixed it."""
    X = keras.Input((6, 6, 3))
    seeded, free = (
        layers.Conv2D(4, 3, kernel_initializer=keras.initializers.HeNormal(seed=seed))
        for seed in (5, None)
    )
    model = keras.Model(X, free(seeded(X)))
    graph, uses = graph_of(model)
    before = [layer.get_weights()[0] for layer in (seeded, free)]
    redraw_unseeded(uses, graph, "secret")
    after = [layer.get_weights()[0] for layer in (seeded, free)]
    assert np.array_equal(before[0], after[0])
    assert not np.array_equal(before[1], after[1])
    redraw_unseeded(uses, graph, "secret")
    assert np.array_equal(after[1], free.get_weights()[0])


def rate(epoch: int) -> float:
    return 1e-3 if epoch <= 80 else 0.5e-6


def test_each_calls_once_for_every_value() -> None:
    """The results are told apart by the value that they belong to."""
    evidence = valued(rate, check.each(0, 81))
    assert {k: v.elements for k, v in evidence.outputs.items()} == {
        "result for 0": (1e-3,),
        "result for 81": (0.5e-6,),
    }
    assert evidence.call == "check.values(check.each(0, 81))"


def test_small_numbers_are_compared_by_their_own_size() -> None:
    """Learning rates of a millionth are not all the same."""
    small, smaller = Sampled.of(1e-6), Sampled.of(0.5e-6)
    assert not close(small, smaller, scaled=True)
    assert close(small, Sampled.of(np.float32(1e-3) * np.float32(1e-3)), scaled=True)
    assert close(Sampled.of(0.0), Sampled.of(1e-17), scaled=True)
    assert close(small, smaller)
    verdict = judge("rate", 10, [(valued(rate, 81), valued(lambda epoch: 1e-6, 81))])
    assert verdict.outcome != PASSED


def callback_verdict(made: Callable) -> Verdict:
    def reference(schedule: Callable) -> list:
        return [
            keras.callbacks.LearningRateScheduler(schedule),
            keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=3),
        ]

    pairs = [(valued(reference, check.staircase), valued(made, check.staircase))]
    return judge("callbacks", 10, pairs)


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (lambda s: [], "EarlyStopping"),
        (lambda s: (keras.callbacks.LearningRateScheduler(s),), "EarlyStopping"),
        (
            lambda s: [
                keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=3),
                keras.callbacks.LearningRateScheduler(lambda epoch, now: now),
            ],
            "LearningRateScheduler: rate in epoch 10",
        ),
        (
            lambda s: [
                keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=4),
                keras.callbacks.LearningRateScheduler(s),
            ],
            "EarlyStopping: patience",
        ),
    ],
)
def test_callbacks_are_known_by_what_they_are_set_to(made: Callable, name: str) -> None:
    """A callback that is missing, or set otherwise, is named with the setting."""
    verdict = callback_verdict(made)
    assert verdict.outcome != PASSED
    assert name in {finding.part for finding in verdict.findings}


def test_callbacks_may_come_in_any_order_and_as_subclasses() -> None:
    """Order, a tuple, a subclass and a wrapped schedule make no difference."""

    class Mine(keras.callbacks.EarlyStopping):
        pass

    def made(schedule: Callable) -> tuple:
        return (
            Mine("val_accuracy", patience=3, mode="max"),
            keras.callbacks.LearningRateScheduler(lambda epoch, lr: schedule(epoch)),
        )

    assert callback_verdict(made).outcome == PASSED


def test_a_schedule_that_fails_is_an_error_of_the_students() -> None:
    """What a callback's own function raises does not stop the probe."""

    def made(schedule: Callable) -> list:
        return [keras.callbacks.LearningRateScheduler(lambda epoch: 1 / 0)]

    evidence = valued(made, check.staircase)
    assert evidence.error is not None and evidence.error.type == "ZeroDivisionError"


class WrongDepth(ValueError):
    """A kind of ValueError of the student's own."""


def refuses(message: str, kind: type[Exception] = ValueError) -> Callable:
    def build(depth: int, name: str) -> None:
        raise kind(message.format(depth=depth, name=name))

    return build


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        ("{name}: depth {depth} is wrong, take 26, or 20.", None),
        ("{name}: ResNet20 or ResNet26", None),
        ("{name}: -{depth} layers? 20 or 26", None),
        ("{name}: it should be 6n+2 with n >= 1 (v1): 20, 26", None),
        ("{name}: depth {depth} is wrong", "error-message"),
        ("{name}: use 20", "error-message"),
        ("{name}: use 200 or 1.26", "error-message"),
        ("{name}: 14, 20, 26 and 32 are right", "error-message"),
        ("use 20 or 26", "error-message"),
    ],
)
def test_an_error_must_name_the_numbers_and_arguments_that_the_reference_names(
    message: str, rule: str | None
) -> None:
    """Further words, the argument and the rule may stand beside them; other numbers may not."""
    right = valued(refuses("no network {name} of depth {depth}; try 20 or 26"), 21, "a.png")
    verdict = against(right, valued(refuses(message), 21, "a.png"))
    assert [f.rule for f in verdict.findings] == ([rule] if rule else [])
    assert verdict.points == (0 if rule else verdict.of)


def test_a_subclass_of_the_right_error_is_right() -> None:
    right = valued(refuses("try 20"), 21, "a")
    assert against(right, valued(refuses("take 20", WrongDepth), 21, "a")).passed
    assert not against(right, valued(refuses("take 20", KeyError), 21, "a")).passed


LAYER = "layer(X, num_filters=4, strides=1, activation='relu')"


def wired(body: str) -> Evidence:
    namespace: dict = {"keras": keras, "layers": layers}
    exec(f"def build():\n    X = start = keras.Input((8, 8, 3))\n{body}", namespace)
    with collecting("secret") as evidence:
        check.wiring(namespace["build"], blocks=[LAYER])
    assert evidence[0].status == "ok", evidence[0].error
    return evidence[0]


def test_a_recorder_without_activation_lets_negative_numbers_through() -> None:
    """So that a ReLU after an addition can be seen, and its absence."""
    text = """
    X = layer(X)
    Y = layer(X, activation=None)
    X = layers.Add()([X, Y])
    {last}
    return keras.Model(start, layers.Dense(3, kernel_initializer="ones")(X))
"""
    right, wrong = wired(text.format(last="X = layers.ReLU()(X)")), wired(text.format(last=""))
    assert judge("build", 10, [(right, right)]).outcome == PASSED
    verdict = judge("build", 10, [(right, wrong)])
    assert "missing-step" in {finding.rule for finding in verdict.findings}


HEAD = """
    X = layers.Add()([layer(X), layer(X, strides=1)])
    {head}
    return keras.Model(start, layers.Dense(3)(X))
"""
ASKED = HEAD.format(head="X = layers.BatchNormalization()(layers.Dense(5)(layers.Flatten()(X)))")


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("X = layers.GlobalAveragePooling2D()(X)", "`GlobalAveragePooling2D`, `Dense`."),
        ("X = layers.Conv2D(3, 8)(X)", "`Conv2D`, `Dense`."),
    ],
)
def test_a_head_of_one_s_own_is_told_whole(head: str, told: str) -> None:
    """Where more than one kind of layer differs, and all before them are right."""
    verdict = judge("build", 10, [(wired(ASKED), wired(HEAD.format(head=head)))])
    first = verdict.findings[0]
    assert first.rule == "other-end" and verdict.points < 10
    asked = "should be `Flatten`, `Dense`, `BatchNormalization`, `Dense`; in yours there is"
    assert asked in sentence(first)
    assert sentence(first).endswith(told)


def test_a_head_that_lacks_one_kind_and_blocks_that_differ_are_told_by_their_layers() -> None:
    for text in (
        HEAD.format(head="X = layers.Dense(5)(layers.Flatten()(X))"),
        HEAD.format(head="X = layers.Flatten()(X)").replace("[layer(X),", "[layer(layer(X)),"),
    ):
        verdict = judge("build", 10, [(wired(ASKED), wired(text))])
        assert verdict.findings[0].rule == "layer-count"


@pytest.mark.parametrize(
    "call",
    [
        "layer(X, 4, 1, 'relu')",
        "layer(X, activation=keras.activations.relu)",
        "layer(X, strides=(1, 1))",
    ],
)
def test_calls_of_a_recorder_may_be_written_in_many_ways(call: str) -> None:
    """Position, keyword, default, function or name: one call."""
    text = "    return keras.Model(start, {call})\n"
    right, other = wired(text.format(call="layer(X)")), wired(text.format(call=call))
    assert judge("build", 10, [(right, other)]).outcome == PASSED
    assert right.graph is not None and not right.graph.has_names


def test_a_model_of_lists_is_run_as_one() -> None:
    """Model([inputs], [outputs]) gives the same evidence as Model(inputs, outputs)."""

    def build(wrap: Callable) -> keras.Model:
        X = keras.Input((4,))
        return keras.Model(wrap(X), wrap(layers.Dense(2, kernel_initializer="ones")(X)))

    with collecting("secret") as evidence:
        check.model(lambda: build(lambda tensor: tensor))
        check.model(lambda: build(lambda tensor: [tensor]))
    assert judge("build", 10, [(evidence[0], evidence[1])]).outcome == PASSED


@pytest.mark.parametrize(
    "made",
    [
        lambda m: [1.0, 2.0],
        lambda m: np.array([1.0, 2.0]),
        lambda m: [np.float32(1), np.float32(2)],
        lambda m: [keras.ops.convert_to_tensor(1.0), keras.ops.convert_to_tensor(2.0)],
        lambda m: keras.ops.convert_to_tensor([1.0, 2.0]),
    ],
)
def test_a_list_of_numbers_is_an_array_whatever_holds_them(made: Callable) -> None:
    """Numbers of Python, NumPy or TensorFlow, in a list or an array."""
    evidence = valued(made, check.network(1))
    assert {k: v.elements for k, v in evidence.outputs.items()} == {"result": (1.0, 2.0)}


def test_a_network_and_labels_can_be_arguments() -> None:
    """A function gets a small network with fixed weights, pictures, and one-hot labels that fit."""
    given: list = []

    def use(model: keras.Model, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        given.append((model, y))
        return keras.ops.convert_to_numpy(model(x))

    arguments = (check.network(2), check.normal(5, 6, 6, 2), check.one_hot(5, 3))
    first, second = valued(use, *arguments), valued(use, *arguments)
    assert (
        first.call
        == "check.values(check.network(2), check.normal(5, 6, 6, 2), check.one_hot(5, 3))"
    )
    assert first.outputs == second.outputs
    model, y = given[0]
    assert sum(isinstance(layer, layers.Conv2D) for layer in model.layers) == 2
    assert y.shape == (5, 3) and y.sum(axis=1).tolist() == [1] * 5
