"""The probes of networks. Each calls a student's function on seeded inputs and returns `Evidence`.

A probe knows no expected value. It takes three sets of outputs, which separate the possible
mistakes: *as built* (initialisers and their seeds matter), with *fixed weights* (only the wiring
matters), and in *training* mode (batch statistics matter). A second call has to give the same
network with layers of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from kerascheck.evidence.evidence import (
    CHANGED,
    FIRST_WEIGHTS,
    LEARNED,
    SECOND_CALL,
    Evidence,
    Sampled,
)
from kerascheck.evidence.graph import Graph
from kerascheck.probes.conditions import blank, conditions
from kerascheck.probes.given import unchanged
from kerascheck.probes.given.arguments import Seed
from kerascheck.probes.given.draw import Draw
from kerascheck.probes.initialisers import redraw_unseeded
from kerascheck.probes.keras_graph import graph_of
from kerascheck.probes.recorders import recorder, writes_blocks_out
from kerascheck.probes.stand_ins import replaced
from kerascheck.probes.student_code import Failed, NotAttempted, guarded
from kerascheck.probes.uses import Use
from kerascheck.probes.weights import assign_fixed_weights, first_weights, settle_random_layers

BATCH = 2
LOUD = 8  # so that activations exceed the ceiling of a capped ReLU
LARGEST_INPUT = 4_000_000
# A network that is built a second time: its weights, and its layers
LARGEST_SECOND, DEEPEST_SECOND = 1_000_000, 40

Build = Callable[[Draw, list, dict], keras.Model]


def block(
    function: Any,
    text: str,
    seed: Seed,
    shape: Sequence[Any],
    args: Sequence,
    kwargs: Mapping,
) -> Evidence:
    """Wrap a block between an Input of `shape` (batch first) and a Model."""

    def build(draw: Draw, args: list, kwargs: dict) -> keras.Model:
        inputs = keras.Input(tuple(draw.value(tuple(shape))[1:]))
        outputs = function(inputs, *args, **kwargs)
        _must_be_tensor(outputs)
        return keras.Model(inputs, outputs)

    return _model_evidence("block", function, text, seed, build, shape[0], args, kwargs)


def model(builder: Any, text: str, seed: Seed, args: Sequence, kwargs: Mapping) -> Evidence:
    """Build a whole model and run a tiny batch through it."""

    def build(draw: Draw, args: list, kwargs: dict) -> keras.Model:
        return builder(*args, **kwargs)

    return _model_evidence("model", builder, text, seed, build, BATCH, args, kwargs)


def wiring(
    builder: Any,
    text: str,
    seed: Seed,
    blocks: Sequence[str],
    args: Sequence,
    kwargs: Mapping,
    namespace: dict[str, Any],
    whole: bool = False,
) -> Evidence:
    """Build a model with recorders in place of the blocks that `namespace` holds.

    Recorders see calls. A builder that also writes blocks out is built once more, without recorders:
    the network as a whole. whole: it is wanted in any case.
    """
    recorders = dict(recorder(declaration) for declaration in blocks)

    def build(draw: Draw, args: list, kwargs: dict) -> keras.Model:
        with replaced(namespace, recorders):
            return builder(*args, **kwargs)

    def as_it_is(draw: Draw, args: list, kwargs: dict) -> keras.Model:
        return builder(*args, **kwargs)

    def evidence_of(made: Build) -> Evidence:
        return _model_evidence("wiring", builder, text, seed, made, BATCH, args, kwargs)

    evidence = evidence_of(build)
    if whole or writes_blocks_out(evidence.graph):
        evidence = replace(evidence, whole=evidence_of(as_it_is))
    return evidence


def _model_evidence(
    probe: str,
    function: Any,
    text: str,
    seed: Seed,
    build: Build,
    batch: Any,
    args: Sequence,
    kwargs: Mapping,
) -> Evidence:
    evidence = blank(probe, function, text)

    def run(draw: Draw) -> Evidence:
        arguments = draw.value([*args]), draw.value({**kwargs})
        is_drawn = arguments != ([*args], {**kwargs})
        before = unchanged.states(*arguments)
        made = _must_be_model(build(draw, *arguments))
        touched = unchanged.changed(before, unchanged.states(*arguments))
        graph, uses = graph_of(made)
        x = seed.normal(text, _batch_shape(made, draw.value(batch)))
        redraw_unseeded(uses, graph, seed.text)
        outputs = {
            "as built": _run(made, x, training=False),
            FIRST_WEIGHTS: Sampled.of(first_weights(uses, graph, seed.text)),
        }
        assign_fixed_weights(uses, graph, seed.text)
        outputs["fixed weights"] = _run(made, LOUD * x, training=False)
        if made.losses:
            outputs["penalty"] = Sampled.of(sum(float(loss) for loss in made.losses))
        settle_random_layers(uses, graph, seed.text)
        outputs["training"] = _run(made, x, training=True)
        facts = {
            **evidence.facts,
            LEARNED: sum(int(np.prod(v.shape)) for v in made.trainable_variables),
            **({CHANGED: touched} if touched else {}),
        }
        if not is_drawn:  # one probe with a second call is enough for an exercise
            again = draw.value([*args]), draw.value({**kwargs})
            facts |= _second_call(graph, uses, lambda: build(draw, *again))
        return replace(evidence, graph=graph, outputs=outputs, facts=facts)

    with conditions(seed, text), ExitStack() as files:
        draw = Draw(seed, text, files)
        try:
            return guarded(function, lambda: run(draw))
        except NotAttempted:
            return replace(evidence, status="not attempted")
        except Failed as failure:
            return replace(evidence, status="error", error=failure.error, graph=failure.graph)


def _second_call(
    graph: Graph, uses: Sequence[Use], again: Callable[[], keras.Model]
) -> dict[str, str]:
    """What is wrong with a second network, if anything. Large ones are not built a second time."""
    size = sum(int(np.prod(shape)) for layer in graph.layers for shape in layer.weights)
    if size > LARGEST_SECOND or len(graph.layers) > DEEPEST_SECOND:
        return {}
    other, others = graph_of(_must_be_model(again()))
    mine = {id(use.operation) for use in uses if getattr(use.operation, "weights", None)}
    if any(id(use.operation) in mine for use in others):
        return {SECOND_CALL: "the same layers"}
    return {} if other == graph else {SECOND_CALL: "another network"}


def _must_be_model(made: Any) -> keras.Model:
    if not isinstance(made, keras.Model):
        raise TypeError(f"expected a Keras model, found {_kind(made)}")
    return made


def _run(made: keras.Model, x: np.ndarray, training: bool) -> Sampled:
    # Model([inputs], [outputs]) is as good as Model(inputs, outputs), and takes a list.
    given = [x] if isinstance(getattr(made, "_inputs_struct", None), list) else x
    output = made(given, training=training)
    if isinstance(output, list | tuple):
        output = output[0]
    return Sampled.of(keras.ops.convert_to_numpy(output))


def _batch_shape(made: keras.Model, batch: int) -> tuple[int, ...]:
    if len(made.inputs) != 1 or len(made.outputs) != 1:
        raise ValueError("the model should have one input and one output")
    shape = (batch, *(32 if size is None else size for size in made.inputs[0].shape[1:]))
    if np.prod(shape) > LARGEST_INPUT:
        raise ValueError(f"the input of the model is too large to try out: {shape[1:]}")
    return shape


def _must_be_tensor(value: Any) -> None:
    if not isinstance(value, keras.KerasTensor):
        raise TypeError(f"the block should return the output tensor, found {_kind(value)}")


def _kind(value: Any) -> str:
    return "None (is the return missing?)" if value is None else type(value).__name__
