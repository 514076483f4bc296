"""The judge on evidence made by hand: aspects, outcomes, tolerance, and failing closed."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import ArrayLike

from kerascheck.evidence.evidence import Evidence, Sampled, StudentError
from kerascheck.evidence.graph import Graph, Layer
from kerascheck.feedback import panel, wording
from kerascheck.judge.closeness import close
from kerascheck.judge.judge import judge
from kerascheck.judge.places import Place
from kerascheck.judge.verdict import ERROR, INCORRECT, NOT_ATTEMPTED, PASSED, RULES

ARRAY = Sampled.of(np.array([1.0, -2.0, 0.5]))


def chain(*layers: tuple[str, str | None, tuple]) -> Graph:
    made = [Layer("input", "InputLayer", None, {}, (), (None, 4))]
    for index, (kind, name, weights) in enumerate(layers):
        made.append(Layer(f"l{index}", kind, name, {}, (made[-1].id,), (None, 4), weights))
    return Graph(None, tuple(made), (made[-1].id,))


REFERENCE = Evidence(
    call="check.block(shape=(1, 4))",
    probe="block",
    exercise="f",
    status="ok",
    graph=chain(("Dense", "first", ((4, 4),)), ("ReLU", None, ()), ("Dense", "second", ((4, 4),))),
    outputs={name: ARRAY for name in ("as built", "fixed weights", "training")},
    versions={"keras": "3.15"},
)
VALUE = Evidence("check.values()", "values", "g", "ok", outputs={"result": ARRAY})


def points(verdict: object) -> dict[str, float]:
    return {aspect.name: aspect.points for aspect in verdict.aspects}


def test_the_same_evidence_earns_everything() -> None:
    """The reference beside itself passes with all points and nothing found."""
    verdict = judge("f", 30, [(REFERENCE, REFERENCE)])
    assert (verdict.outcome, verdict.points, verdict.findings) == (PASSED, 30, ())
    assert points(verdict) == {"names": 6, "shapes": 6, "values": 18}


def test_no_evidence_earns_nothing() -> None:
    """Where a probe left no evidence, no aspect is earned."""
    verdict = judge("f", 30, [(REFERENCE, REFERENCE), (REFERENCE, None)])
    assert (verdict.outcome, verdict.points) == (INCORRECT, 0)
    assert [f.rule for f in verdict.findings] == ["no-evidence"]


def test_a_wrong_name_costs_the_names_alone() -> None:
    """A layer under another name, in its right place, is one finding and one aspect."""
    graph = chain(("Dense", "erste", ((4, 4),)), ("ReLU", None, ()), ("Dense", "second", ((4, 4),)))
    verdict = judge("f", 30, [(REFERENCE, replace(REFERENCE, graph=graph))])
    assert points(verdict) == {"names": 0, "shapes": 6, "values": 18}
    finding = verdict.findings[0]
    assert (finding.rule, finding.expected, finding.actual) == ("misnamed-layer", "first", "erste")


def test_wrong_outputs_cost_their_share_and_are_explained_by_the_wires() -> None:
    """One wrong set of three costs a third of the values; the missing ReLU is what is named."""
    graph = chain(("Dense", "first", ((4, 4),)), ("Dense", "second", ((4, 4),)))
    outputs = {**REFERENCE.outputs, "training": Sampled.of(np.array([1.0, -2.0, 0.6]))}
    verdict = judge("f", 30, [(REFERENCE, replace(REFERENCE, graph=graph, outputs=outputs))])
    assert points(verdict) == {"names": 6, "shapes": 6, "values": 12}
    finding = verdict.findings[0]
    assert (finding.rule, finding.place) == (
        "missing-step",
        Place("ReLU", after=(Place("Dense", "first", id="l0"),)),
    )


def test_a_graph_of_another_spelling_costs_nothing() -> None:
    """Where all outputs agree, the graph does not grade."""
    graph = chain(
        ("Dense", "first", ((4, 4),)), ("Lambda", None, ()), ("Dense", "second", ((4, 4),))
    )
    assert judge("f", 30, [(REFERENCE, replace(REFERENCE, graph=graph))]).passed


def test_an_aspect_must_hold_on_every_probe() -> None:
    """Right on one probe and wrong on another earns nothing for that aspect."""
    other = replace(REFERENCE, call="check.block(shape=(2, 4))")
    wrong = replace(other, outputs=dict.fromkeys(other.outputs, Sampled.of(np.zeros(3))))
    verdict = judge("f", 30, [(REFERENCE, REFERENCE), (other, wrong)])
    assert points(verdict) == {"names": 6, "shapes": 6, "values": 0}
    assert verdict.probes == {REFERENCE.call: True, other.call: False}


def test_not_attempted_and_errors_are_outcomes_of_their_own() -> None:
    """The four outcomes are kept apart."""
    blank = Evidence(REFERENCE.call, "block", "f", "not attempted")
    broken = Evidence(REFERENCE.call, "block", "f", "error", error=StudentError("KeyError", "x"))
    assert judge("f", 30, [(REFERENCE, blank)]).outcome == NOT_ATTEMPTED
    verdict = judge("f", 30, [(REFERENCE, broken)])
    assert (verdict.outcome, verdict.points, verdict.error) == (ERROR, 0, broken.error)


def test_as_built_outputs_of_another_version_are_judged_by_initialisers() -> None:
    """Random streams differ between versions of Keras, so other numbers are no mistake then."""
    outputs = {**REFERENCE.outputs, "as built": Sampled.of(np.zeros(3))}
    found = replace(REFERENCE, outputs=outputs, versions={"keras": "3.99"})
    assert judge("f", 30, [(REFERENCE, found)]).passed
    assert not judge("f", 30, [(REFERENCE, replace(found, versions=REFERENCE.versions))]).passed


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ([1.0, 2.0], [1.0, 2.0001], True),
        ([1.0, 2.0], [1.0, 2.1], False),
        ([1.0, 2.0], [1.0, np.nan], False),
        ([1.0, 2.0], [[1.0, 2.0]], False),
        ([1, 2], [1.0, 2.0], False),
        ([1.0, 2.0], [1, 2], True),
        ([1, 0], [True, False], False),
        ([1.0, 0.0], [True, False], True),
        ([True, False], [1, 0], True),
        ([True, False], [1.0, 0.0], False),
        (np.zeros(0, int), np.array([]), True),
        (np.zeros(0, int), np.zeros((0, 1)), False),
    ],
)
def test_closeness(expected: ArrayLike, actual: ArrayLike, same: bool) -> None:
    """Shape and numbers within tolerance; NaN is never right; whole numbers must be whole numbers.

    Where there is no number at all, such as the mistakes of a network that makes none, `np.array([])` of
    an empty list is as right as an empty array of whole numbers.
    """
    assert close(Sampled.of(np.array(expected)), Sampled.of(np.array(actual))) is same


def test_values_are_judged_by_shape_and_value() -> None:
    """A returned array of the right shape and wrong numbers keeps its shape points."""
    wrong = replace(VALUE, outputs={"result": Sampled.of(np.zeros(3))})
    assert points(judge("g", 8, [(VALUE, wrong)])) == {"shapes": 2, "values": 0}
    other = replace(VALUE, outputs={"result": Sampled.of(np.zeros(4))})
    assert points(judge("g", 8, [(VALUE, other)])) == {"shapes": 0, "values": 0}
    nothing = replace(VALUE, outputs={}, facts={"result": None})
    assert judge("g", 8, [(VALUE, nothing)]).points == 0


def test_an_expected_error_must_be_raised() -> None:
    """Where the reference raises, the same type of error is right and everything else is wrong."""
    raised = Evidence("c", "values", "g", "error", error=StudentError("ValueError", "depth"))
    other = replace(raised, error=StudentError("TypeError", "depth"))
    quiet = Evidence("c", "values", "g", "ok", facts={"result": None})
    same = replace(raised, error=StudentError("ValueError", "other words"))
    assert judge("g", 5, [(raised, same)]).passed
    for found in (other, quiet, replace(raised, status="not attempted", error=None), None):
        assert judge("g", 5, [(raised, found)]).points == 0


def test_a_graph_that_doubles_at_every_step_is_judged_in_no_time() -> None:
    """`X = X + X`, many times over, has an expression of exponential length: it is never written out."""
    layers = [Layer("input", "InputLayer", None, {}, (), (None, 4))]
    for index in range(1500):
        layers.append(Layer(f"{index}", "Add", None, {}, (layers[-1].id,) * 2, (None, 4)))
    graph = Graph(None, tuple(layers), (layers[-1].id,))
    outputs = dict.fromkeys(REFERENCE.outputs, Sampled.of(np.zeros(3)))
    found = replace(REFERENCE, graph=graph, outputs=outputs)
    assert judge("f", 30, [(REFERENCE, found)]).points == 0


def test_wires_are_named_before_settings() -> None:
    """A forgotten ReLU is the first thing to mend, whatever else is written differently."""
    graph = chain(("Dense", "first", ((4, 4),)), ("Dense", "second", ((4, 4),)))
    other = [replace(layer, settings={"use_bias": False}) for layer in graph.layers]
    outputs = dict.fromkeys(REFERENCE.outputs, Sampled.of(np.zeros(3)))
    reference = [replace(layer, settings={"use_bias": True}) for layer in REFERENCE.graph.layers]
    verdict = judge(
        "f",
        30,
        [
            (
                replace(REFERENCE, graph=Graph(None, tuple(reference), REFERENCE.graph.outputs)),
                replace(REFERENCE, graph=Graph(None, tuple(other), graph.outputs), outputs=outputs),
            )
        ],
    )
    assert [f.rule for f in verdict.findings][:2] == ["missing-step", "setting"]


def test_nothing_to_judge_is_refused() -> None:
    """An exercise without probes is a mistake of the author's, not full marks."""
    with pytest.raises(ValueError, match="nothing to judge"):
        judge("f", 30, [])


def test_every_rule_has_a_sentence() -> None:
    """The rules of the diagnosis and the sentences of the wording are the same set."""
    assert set(wording._SENTENCES) == set(RULES)


def test_a_long_error_is_cut_short_on_top_and_quoted_whole_below() -> None:
    """What Keras says may be pages long; the sentence that helps comes before them."""
    message = "A KerasTensor is no number. You could do this:\n\nclass MyLayer(Layer): ..."
    reference = Evidence("check.values()", "values", "f", "ok", outputs={"result": Sampled.of([1])})
    error = StudentError("ValueError", message, 3, "tf.add(X, 1)")
    verdict = judge("f", 10, [(reference, replace(reference, status="error", error=error))])
    text = panel.text(verdict)
    first, _, rest = text.partition("ValueError: A KerasTensor is no number`.")
    assert first and rest.count("class MyLayer") == 1 and "line 3" in rest
