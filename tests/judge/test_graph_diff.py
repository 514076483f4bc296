"""The diagnosis on graphs made by hand: matching, absurd graphs, and answers known by their numbers."""

from __future__ import annotations

from dataclasses import replace

import keras
import pytest
from keras import layers

from kerascheck import check
from kerascheck.check import collecting
from kerascheck.evidence.evidence import Evidence
from kerascheck.evidence.graph import MAX_LAYERS, Graph, Layer
from kerascheck.feedback import panel
from kerascheck.judge.graph_diff import Comparison
from kerascheck.judge.judge import judge
from kerascheck.judge.places import Place
from kerascheck.judge.verdict import Finding
from kerasgrader.grading.results import Graded, Marks, Result
from tests.support.counting import calls_in

SHAPE = {"shape": (2, 4, 4, 6)}


def chain(*made: tuple[str, str | None]) -> Graph:
    """A path of layers given by kind and name; those with names have weights."""
    found = [Layer("input", "InputLayer", None, {}, (), (None, 4))]
    for index, (kind, name) in enumerate(made):
        weights = ((4, 4),) if name else ()
        found.append(Layer(f"l{index}", kind, name, {}, (found[-1].id,), (None, 4), weights))
    return Graph(None, tuple(found), (found[-1].id,))


A, B, C = ("Dense", "a"), ("Dense", "b"), ("Dense", "c")
RELU = ("ReLU", None)
RELU_AFTER_A = Place("ReLU", after=(Place("Dense", "a"),))


def role(finding: Finding) -> Place:
    assert finding.place is not None
    return finding.place.role


@pytest.mark.parametrize(
    ("reference", "actual", "rule", "place"),
    [
        ([A, RELU, B], [A, B], "missing-step", RELU_AFTER_A),
        ([A, B], [A, RELU, B], "extra-layer", RELU_AFTER_A),
        ([A, RELU, B, C], [A, B, RELU, C], "misplaced-layer", RELU_AFTER_A),
        ([A, RELU, B], [A, ("ELU", None), B], "layer-kind", RELU_AFTER_A),
        ([A, ("Conv2D", "k"), B], [("Conv2D", "k"), A, B], "misplaced-layer", Place("Conv2D", "k")),
        ([A, B, C], [A, C], None, Place("Dense", "b")),
        ([A, B, C], [A, ("Dense", "x"), C], None, Place("Dense", "b")),
        ([A, B, C], [B, A, C], None, Place("Dense", "a")),
    ],
)
def test_one_difference_is_one_finding(
    reference: list, actual: list, rule: str | None, place: Place
) -> None:
    """What is missing, extra, moved or of another kind is told once, at its layer."""
    comparison = Comparison(chain(*reference), chain(*actual), "c")
    structure = comparison.wrong_structure()
    if rule is None:
        assert structure == []
        assert role(next(comparison.wrong_names())) == place
    else:
        assert [(f.rule, role(f)) for f in structure] == [(rule, place)]
        assert list(comparison.wrong_names()) == []


def test_a_layer_that_leads_nowhere_is_not_missing() -> None:
    """Where the result of a layer is not kept, the layer is known, and so is who should take it."""

    def block(X, keep):
        X = layers.Dense(4, name="first")(X)
        Y = layers.Dense(4, name="second")(X)
        return layers.Dense(4, name="third")(Y if keep else X)

    with collecting() as (evidence):
        check.block(block, shape=(2, 4), keep=True)
        check.block(block, shape=(2, 4), keep=False)
    right, wrong = evidence
    assert wrong.graph is not None and [x.name for x in wrong.graph.loose] == ["second"]
    found = judge("block", 1, [(right, replace(wrong, call=right.call))]).findings
    assert [(f.rule, role(f).name) for f in found] == [
        ("fed-by", "third"),
        ("unused-layer", "second"),
    ]
    assert Graph.from_plain(wrong.graph.to_plain()) == wrong.graph


def test_an_error_is_explained_by_what_was_built_before_it() -> None:
    """A wrong filter count that stops an addition is named first, and the error is kept."""

    def block(X, count):
        Y = layers.Conv2D(count, 1, name="narrow")(X)
        return layers.Add()([X, Y])

    with collecting() as evidence:
        check.block(block, **SHAPE, count=6)
        check.block(block, **SHAPE, count=5)
    right, wrong = evidence
    verdict = judge("block", 1, [(right, replace(wrong, call=right.call))])
    first = verdict.findings[0]
    assert (first.rule, role(first).name) == ("setting", "narrow")
    assert (first.property, first.expected, first.actual) == ("filters", 6, 5)
    assert verdict.error is not None and verdict.error.type == "ValueError"
    assert verdict.points == 0


def branching(count: int) -> Graph:
    """A ladder of additions without names, each of the two before it."""
    made = [
        Layer("0", "InputLayer", None, {}, (), (None, 4)),
        Layer("1", "ReLU", None, {}, ("0",), (None, 4)),
    ]
    for number in range(2, count):
        before = (str(number - 1), str(number - 2))
        made.append(Layer(str(number), "Add", None, {}, before, (None, 4)))
    return Graph(None, tuple(made), (made[-1].id,))


def side_by_side(count: int) -> Graph:
    """One addition of layers that all take the input."""
    first = Layer("input", "InputLayer", None, {}, (), (None, 4))
    made = [Layer(str(n), "ReLU", None, {}, ("input",), (None, 4)) for n in range(count - 2)]
    last = Layer("sum", "Add", None, {}, tuple(layer.id for layer in made), (None, 4))
    return Graph(None, (first, *made, last), ("sum",))


def in_one_name(count: int) -> Graph:
    return chain(*[("Dense", "same")] * count)


@pytest.mark.parametrize(
    ("absurd", "calls"),
    [
        (chain(*[RELU] * (MAX_LAYERS - 1)), 600_000),
        (branching(MAX_LAYERS), 6_000_000),
        (side_by_side(MAX_LAYERS), 600_000),
        (in_one_name(MAX_LAYERS - 1), 600_000),
        (chain(*[(f"Kind{i}", f"layer {i}") for i in range(MAX_LAYERS - 1)]), 600_000),
    ],
    ids=["plain", "branching", "side by side", "one name", "all kinds"],
)
def test_absurd_graphs_are_judged_with_bounded_work(absurd: Graph, calls: int) -> None:
    """As many layers as evidence may hold, in any arrangement, give a verdict and a panel.

    The bounds are about twice what each takes. Without a limit on candidates, findings, boxes or blocks one
    or another takes more.
    """
    whole = chain(*[item for i in range(50) for item in (("Dense", f"d{i}"), RELU)])
    made = Evidence("c", "model", "f", "ok", graph=whole)
    shown: list[str] = []

    def judge_and_show() -> None:
        verdict = judge("f", 10, [(made, replace(made, graph=absurd))])
        assert verdict.points < 10 and verdict.findings
        details = panel.Details(graph=absurd)
        shown.extend(render(verdict, True, details) for render in (panel.html, panel.text))

    assert calls_in(judge_and_show) < calls
    page, lines = shown
    assert len(page) < 500_000 and len(lines) < 50_000


def nested(X):
    inner = keras.Sequential([keras.Input((4, 4, 6)), layers.Conv2D(6, 1), layers.ReLU()])
    return layers.Add()([keras.Sequential([keras.Input((4, 4, 6)), inner])(X), X])


def several(X):
    return [X, layers.ReLU()(X)]


def halves(X):
    return layers.Conv2D(6, 1, dtype="float16")(X)


def brain_floats(X):
    return layers.Conv2D(6, 1, dtype="bfloat16")(X)


def whole_numbers(X):
    return keras.ops.cast(X, "int32")


def one_name(X):
    return layers.Conv2D(6, 1, name="a")(layers.Conv2D(6, 1, name="a")(X))


def ragged(X):
    return keras.ops.reshape(X, (-1,))


def its_input(X):
    return X


@pytest.mark.parametrize(
    "function",
    [nested, several, halves, brain_floats, whole_numbers, one_name, ragged, its_input],
    ids=lambda f: f.__name__,
)
def test_absurd_models_get_a_sentence(function) -> None:
    """Nested models, several outputs, other types, doubled names: a verdict with words, no crash."""
    with collecting() as evidence:
        check.block(lambda X: layers.Conv2D(6, 1, name="plain")(X), **SHAPE)
        check.block(function, **SHAPE)
    right, wrong = evidence
    verdict = judge("f", 10, [(right, Evidence.from_plain(wrong.to_plain()))])
    assert verdict.points < 10
    assert panel.summary(verdict) and panel.text(
        verdict, True, panel.details_of(verdict, right, wrong)
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("in_a_row", "said"),
    [
        (True, "maximum recursion depth exceeded"),
        (False, f"the model has {MAX_LAYERS + 2:,} layers"),
    ],
)
def test_thousands_of_layers_get_a_sentence(in_a_row: bool, said: str) -> None:
    """One after the other they are too deep for Keras itself, side by side too many for a check."""

    def absurd(X):
        if not in_a_row:
            return layers.add([keras.ops.relu(X) for _ in range(MAX_LAYERS)])
        for _ in range(MAX_LAYERS):
            X = keras.ops.relu(X)
        return X

    with collecting() as evidence:
        check.block(absurd, **SHAPE)
    assert evidence[0].error is not None
    assert said in evidence[0].error.message


def test_a_model_of_too_many_layers_is_refused_by_a_sentence(monkeypatch) -> None:
    """Before anything is run through it."""
    monkeypatch.setattr("kerascheck.probes.keras_graph.MAX_LAYERS", 5)

    def deep(X):
        for _ in range(10):
            X = layers.ReLU()(X)
        return X

    with collecting() as evidence:
        check.block(deep, **SHAPE)
    assert evidence[0].error is not None
    assert "layers; a check looks at 5 at most" in evidence[0].error.message


def test_misconceptions_are_counted_over_a_class() -> None:
    """Per exercise and misconception the number of students, the most frequent first."""
    graded = tuple(
        Graded(name, (Result("f", "incorrect", 1, 2, found),))
        for name, found in (("a", ("seed",)), ("b", ("stride", "seed")), ("c", ()))
    )
    marks = Marks("u", graded, 1.0)
    assert marks.to_plain()["misconceptions"] == {"f": {"seed": 2, "stride": 1}}
    assert (
        Result.of_plain({"exercise": "f", "outcome": "x", "points": 1, "of": 2}).misconceptions
        == ()
    )
