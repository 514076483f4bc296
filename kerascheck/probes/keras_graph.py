"""Conversion of a Keras model to a `Graph`: names, kinds, settings, shapes and connections."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import keras

from kerascheck.evidence.graph import MAX_LAYERS, MAX_LOOSE, STOPPED, Graph, Layer

KINDS = {
    "Relu": "ReLU",
    "Softmax": "Softmax",
    "Add": "Add",
    "ConcatenateOp": "Concatenate",
}
ACTIVATION_KINDS = {"relu": "ReLU", "softmax": "Softmax", "linear": "Identity"}
SETTINGS = (
    "filters kernel_size strides padding dilation_rate groups use_bias activation trainable "
    "kernel_initializer bias_initializer kernel_regularizer axis momentum epsilon center scale "
    "pool_size units rate data_format max_value negative_slope"
).split()
LONGEST_SETTING = 200


def graph_of(model: keras.Model) -> Graph:
    """The graph of a functional or sequential model, raw operations included.

    Raises TypeError for a model of another kind, and ValueError for one that is too large.
    """
    if not hasattr(_functional(model), "_nodes_by_depth"):
        raise TypeError(
            f"expected a functional Keras model, Model(inputs=..., outputs=...), "
            f"found {type(model).__name__}"
        )
    nodes = nodes_of(model)
    if len(nodes) > MAX_LAYERS:
        raise ValueError(
            f"the model has {len(nodes):,} layers; a check looks at {MAX_LAYERS:,} at most"
        )
    layers, ids = _layers([*nodes, *_nodes_aside(nodes)])
    outputs = tuple(ids[id(_maker(tensor))] for tensor in model.outputs)
    inside, loose = tuple(layers[: len(nodes)]), tuple(layers[len(nodes) :])
    return Graph(_chosen_name(model), inside, outputs, loose)


def graph_so_far(tensors: Sequence[Any], stopped_at: Any = None, fed: Sequence[Any] = ()) -> Graph:
    """The graph of the layers that lead to `tensors`, if no model was built.

    stopped_at: the operation that raised an error, if one did; it becomes the last layer, without a
    shape. fed: the tensors that it was called on.
    """
    nodes = _nodes_above([*tensors, *fed])
    layers, ids = _layers([*nodes, *_nodes_aside(nodes)])
    inside, loose = layers[: len(nodes)], tuple(layers[len(nodes) :])
    used = {source for layer in inside for source in layer.inputs}
    outputs = [layer.id for layer in inside if layer.id not in used]
    if stopped_at is not None:
        inputs = tuple(ids[id(_maker(tensor))] for tensor in fed)
        rank = len(fed[0].shape) if fed else 0
        inside.append(_described(stopped_at, STOPPED, inputs, (), (), rank))
        outputs = [identity for identity in outputs if identity not in inputs] + [STOPPED]
    return Graph(None, tuple(inside), tuple(outputs), loose)


def _layers(nodes: Sequence[Any]) -> tuple[list[Layer], dict[int, str]]:
    """The layers of nodes in topological order, and the id of each node's layer."""
    layers: list[Layer] = []
    ids: dict[int, str] = {}
    for index, node in enumerate(nodes):
        ids[id(node)] = str(index)
        sources = [] if node.is_input else node.arguments.keras_tensors
        layers.append(_layer(node, str(index), tuple(ids[id(_maker(t))] for t in sources)))
    return layers, ids


def _nodes_aside(nodes: Sequence[Any]) -> list[Any]:
    """Other nodes that were applied to outputs of these nodes, and to no other outputs."""
    known = {id(node) for node in nodes}
    aside: list[Any] = []
    waiting = list(nodes)
    while waiting:
        node = waiting.pop(0)
        for further in node.operation._outbound_nodes:
            feeds = [id(_maker(tensor)) for tensor in further.arguments.keras_tensors]
            if id(further) not in known and known.issuperset(feeds):
                known.add(id(further))
                aside.append(further)
                waiting.append(further)
        if len(aside) >= MAX_LOOSE:
            break
    return aside[:MAX_LOOSE]


def _nodes_above(tensors: Sequence[Any]) -> list[Any]:
    """The nodes that lead to these tensors, in topological order."""
    found: dict[int, Any] = {}
    waiting = [(_maker(tensor), False) for tensor in reversed(tensors)]
    while waiting:
        node, is_complete = waiting.pop()
        if is_complete:
            found.setdefault(id(node), node)
        elif id(node) not in found:
            waiting.append((node, True))
            if not node.is_input:
                sources = node.arguments.keras_tensors
                waiting += [(_maker(source), False) for source in reversed(sources)]
    return list(found.values())


def nodes_of(model: keras.Model) -> list[Any]:
    """Keras's nodes (one for each use of a layer), in topological order."""
    levels = _functional(model)._nodes_by_depth
    return [node for depth in sorted(levels, reverse=True) for node in levels[depth]]


def _functional(model: keras.Model) -> Any:
    """The functional model within a sequential one; any other model itself."""
    return model._functional if isinstance(model, keras.Sequential) else model


def _layer(node: Any, identity: str, inputs: tuple[str, ...]) -> Layer:
    shape = tuple(node.outputs[0].shape)
    weights = tuple(tuple(v.shape) for v in learned_variables(node.operation))
    return _described(node.operation, identity, inputs, shape, weights, len(shape))


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
        config = operation.get_config()
    except Exception:  # a student's own layer may raise any error here; it then has no settings
        return {}
    settings = {key: _plain(config[key]) for key in SETTINGS if key in config}
    axis = settings.get("axis")
    if isinstance(axis, int) and axis < 0:
        settings["axis"] = axis + rank  # the last axis has two spellings
    return settings


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # no JSON has such numbers
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict) and "class_name" in value:
        inner = value.get("config") or {}
        shown = ", ".join(
            f"{key}={inner[key]!r}" for key in sorted(inner) if inner[key] is not None
        )
        return f"{value['class_name']}({shown})"[:LONGEST_SETTING]
    if isinstance(value, list | tuple) and all(isinstance(item, int | float) for item in value):
        return [_plain(item) for item in value]
    return str(value)[:LONGEST_SETTING]


def _maker(tensor: Any) -> Any:
    operation, node_index, _ = tensor._keras_history
    return operation._inbound_nodes[node_index]


def _chosen_name(operation: Any) -> str | None:
    """The name that its author gave; None for Keras's own (the class in snake case, a count)."""
    bases = [cls.__name__ for cls in type(operation).__mro__] + ["functional", "model"]
    for base in bases:
        snake = re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z]+)", r"\1_\2", base))
        if re.fullmatch(rf"{snake.lower()}(_\d+)?", operation.name):
            return None
    return str(operation.name)
