"""Conversion of a Keras model to a `Graph`: names, kinds, settings, shapes and connections."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras

from kerascheck.evidence.graph import GIVEN_NOTHING, MAX_LAYERS, MAX_LOOSE, STOPPED, Graph, Layer
from kerascheck.probes.uses import Use, Uses, is_functional, maker, nodes_above, nodes_of, uses_of

KINDS = {
    "Relu": "ReLU",
    "Softmax": "Softmax",
    "Add": "Add",
    "ELU": "Elu",
    "ConcatenateOp": "Concatenate",
}
ACTIVATION_KINDS = {
    "relu": "ReLU",
    "softmax": "Softmax",
    "linear": "Identity",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "elu": "Elu",
}
SETTINGS = (
    "filters kernel_size strides padding dilation_rate groups use_bias activation trainable "
    "kernel_initializer bias_initializer gamma_initializer beta_initializer kernel_regularizer "
    "axis momentum epsilon center scale pool_size units rate data_format max_value negative_slope seed"
).split()
LONGEST_SETTING = 200


def graph_of(model: keras.Model) -> tuple[Graph, list[Use]]:
    """The graph of a functional or sequential model, raw operations included, and its layers' uses.

    Raises TypeError for a model of another kind, and
    ValueError for one that is too large.
    """
    if not is_functional(model):
        raise TypeError(
            f"expected a functional Keras model, Model(inputs=..., outputs=...), "
            f"found {type(model).__name__}"
        )
    uses = uses_of(model)
    size = len(uses.all)
    if size > MAX_LAYERS:
        raise ValueError(f"the model has {size:,} layers; a check looks at {MAX_LAYERS:,} at most")
    uses.add(_nodes_aside(nodes_of(model)))
    layers, ids = _layers(uses)
    outputs = tuple(ids[id(uses.of(tensor))] for tensor in model.outputs)
    inside, loose = tuple(layers[:size]), tuple(layers[size:])
    graph = Graph(_chosen_name(model), inside, outputs, loose, _lines(uses))
    return graph, uses.all[:size]


def graph_so_far(
    tensors: Sequence[Any],
    stopped_at: Any = None,
    fed: Sequence[Any] = (),
    is_given_nothing: bool = False,
) -> Graph:
    """The graph of the layers that lead to `tensors`, if no model was built.

    stopped_at: the operation that raised an error, if one did; it becomes the last layer, without a
    shape. fed: the tensors that it was called on. is_given_nothing: whether None was among them.
    """
    nodes = nodes_above([*tensors, *fed])
    uses = Uses()
    uses.add(nodes)
    size = len(uses.all)
    uses.add(_nodes_aside(nodes))
    layers, ids = _layers(uses)
    inside, loose = layers[:size], tuple(layers[size:])
    used = {source for layer in inside for source in layer.inputs}
    outputs = [layer.id for layer in inside if layer.id not in used]
    if stopped_at is not None:
        inputs = tuple(ids[id(uses.of(tensor))] for tensor in fed)
        rank = len(fed[0].shape) if fed else 0
        last = _described(stopped_at, STOPPED, inputs, (), (), rank)
        if is_given_nothing:
            last = replace(last, settings={**last.settings, GIVEN_NOTHING: True})
        inside.append(last)
        outputs = [identity for identity in outputs if identity not in inputs] + [STOPPED]
    return Graph(None, tuple(inside), tuple(outputs), loose, _lines(uses))


def _lines(uses: Uses) -> dict[str, tuple[int, str]]:
    """The lines of the student's code that were noted, by the layers' ids."""
    return {str(number): use.line for number, use in enumerate(uses.all) if use.line is not None}


def _layers(uses: Uses) -> tuple[list[Layer], dict[int, str]]:
    """The layers of uses, in their order, and the id of each use's layer."""
    layers: list[Layer] = []
    ids: dict[int, str] = {}
    for index, use in enumerate(uses.all):
        ids[id(use)] = str(index)
        layers.append(_layer(use, str(index), tuple(ids[id(source)] for source in use.sources)))
    return layers, ids


def _nodes_aside(nodes: Sequence[Any]) -> list[Any]:
    """Other nodes that were applied to outputs of these nodes, and to no other outputs."""
    known = {id(node) for node in nodes}
    aside: list[Any] = []
    waiting = list(nodes)
    while waiting:
        node = waiting.pop(0)
        for further in node.operation._outbound_nodes:
            feeds = [id(maker(tensor)) for tensor in further.arguments.keras_tensors]
            if id(further) not in known and known.issuperset(feeds):
                known.add(id(further))
                aside.append(further)
                waiting.append(further)
        if len(aside) >= MAX_LOOSE:
            break
    return aside[:MAX_LOOSE]


def _layer(use: Use, identity: str, inputs: tuple[str, ...]) -> Layer:
    weights = tuple(tuple(v.shape) for v in learned_variables(use.operation))
    layer = _described(use.operation, identity, inputs, use.shape, weights, len(use.shape))
    if use.training is None or layer.recorded:
        return layer
    return replace(layer, settings={**layer.settings, "training": use.training})


def _described(
    operation: Any,
    identity: str,
    inputs: tuple[str, ...],
    shape: tuple[int | None, ...],
    weights: tuple[tuple[int, ...], ...],
    rank: int,
) -> Layer:
    settings = _settings(operation, rank)
    kind = KINDS.get(type(operation).__name__, type(operation).__name__)
    if kind == "Activation":
        kind = ACTIVATION_KINDS.get(str(settings.get("activation")), "Activation")
    recorded = getattr(operation, "recorded", None)
    name = _chosen_name(operation)
    if recorded is not None:
        kind, settings = recorded.kind, recorded.settings()
        name = recorded.name
    return Layer(identity, kind, name, settings, inputs, shape, weights)


def learned_variables(operation: Any) -> list[Any]:
    """A layer's weights without the states of its random generators."""
    return [v for v in getattr(operation, "weights", []) if "seed_generator" not in v.path]


def _settings(operation: Any, rank: int) -> dict[str, Any]:
    if not isinstance(operation, keras.Layer):
        return {}
    try:
        with warnings.catch_warnings(action="ignore"):  # that a lambda cannot be saved safely
            config = operation.get_config()
    except Exception:  # a student's own layer, or a partial in one of Keras's, may raise any error
        config = {}
    settings = {key: _plain(config[key]) for key in SETTINGS if key in config}
    for key in SETTINGS:
        own = getattr(operation, key, None)
        if _is_own_function(own):
            settings[key] = f"your {getattr(own, '__name__', type(own).__name__)}"[:LONGEST_SETTING]
    axis = settings.get("axis")
    if isinstance(axis, int) and axis < 0:
        settings["axis"] = axis + rank  # the last axis has two spellings
    return settings


def _is_own_function(value: Any) -> bool:
    """Whether a setting is a function of the student's, of which Keras gives its code or nothing."""
    if not callable(value) or hasattr(value, "get_config"):
        return False
    return getattr(value, "__module__", "").partition(".")[0] != "keras"


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # no JSON has such numbers
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict) and "class_name" in value:
        inner = value.get("config") or {}
        if not isinstance(inner, dict):  # of a function, its name
            return str(inner)[:LONGEST_SETTING]
        shown = ", ".join(
            f"{key}={inner[key]!r}" for key in sorted(inner) if inner[key] is not None
        )
        return f"{value['class_name']}({shown})"[:LONGEST_SETTING]
    if isinstance(value, list | tuple) and all(isinstance(item, int | float) for item in value):
        return [_plain(item) for item in value]
    return str(value)[:LONGEST_SETTING]


def _chosen_name(operation: Any) -> str | None:
    """The name that its author gave; None for Keras's own (the class in snake case, a count)."""
    bases = [cls.__name__ for cls in type(operation).__mro__] + ["functional", "model"]
    for base in bases:
        snake = re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z]+)", r"\1_\2", base))
        if re.fullmatch(rf"{snake.lower()}(_\d+)?", operation.name):
            return None
    return str(operation.name)
