"""The uses of layers in a model, in topological order, with nested models and own layers seen through.

A student may put a part of a network into a `keras.Sequential`, a model or a layer class of their own.
What counts is what is computed, so such a part is replaced by the layers inside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras

Key = tuple[int, int]  # the node that made a tensor, and which of its outputs it is


@dataclass(frozen=True, eq=False)
class Use:
    """One use of a layer or an operation.

    sources: the uses that feed it. shape: of its output, None for the batch axis. training: the
    mode that its call was told, None if the model's. line: of the student's code, where it was noted.
    """

    operation: Any
    sources: tuple[Use, ...]
    shape: tuple[int | None, ...]
    training: bool | None = None
    line: tuple[int, str] | None = None


class Uses:
    """The uses behind Keras's nodes. Add nodes in topological order; `of` gives a tensor's use."""

    def __init__(self) -> None:
        self.all: list[Use] = []
        self._made: dict[Key, Use] = {}
        self._alive: list[Any] = []  # nodes are known by their ids

    def of(self, tensor: Any) -> Use:
        """The use that makes a tensor. Raises KeyError."""
        return self._made[_key(tensor)]

    def add(self, nodes: Iterable[Any]) -> None:
        """Add the uses behind these nodes."""
        self._add(nodes, self._made)

    def _add(self, nodes: Iterable[Any], made: dict[Key, Use]) -> None:
        for node in nodes:
            if node.is_input and _key(node.outputs[0]) in made:
                continue  # the input of a nested model: it is what the model was called on
            sources = [made[_key(tensor)] for tensor in tensors_of(node)]
            inside = _inside(node)
            if inside is None:
                training = node.arguments.kwargs.get("training")
                shape = tuple(node.outputs[0].shape)
                use = Use(
                    node.operation,
                    tuple(sources),
                    shape,
                    training if isinstance(training, bool) else None,
                    getattr(node, "line", None),
                )
                self.all.append(use)
                ends = [use] * len(node.outputs)
            else:
                inputs, nodes_inside, outputs = inside
                self._alive += [*nodes_inside, *inputs]
                nested = {_key(tensor): use for tensor, use in zip(inputs, sources, strict=True)}
                self._add(nodes_inside, nested)
                ends = [nested[_key(tensor)] for tensor in outputs]
            made.update((_key(tensor), use) for tensor, use in zip(node.outputs, ends, strict=True))


def uses_of(model: keras.Model) -> Uses:
    """The uses of a functional or sequential model."""
    uses = Uses()
    uses.add(nodes_of(model))
    return uses


def is_functional(model: Any) -> bool:
    """Whether a model consists of Keras's nodes."""
    return hasattr(_functional(model), "_nodes_by_depth")


def nodes_of(model: keras.Model) -> list[Any]:
    """Keras's nodes (one for each use of a layer), in topological order."""
    levels = _functional(model)._nodes_by_depth
    return [node for depth in sorted(levels, reverse=True) for node in levels[depth]]


def nodes_above(tensors: Sequence[Any]) -> list[Any]:
    """The nodes that lead to these tensors, in topological order."""
    found: dict[int, Any] = {}
    waiting = [(maker(tensor), False) for tensor in reversed(tensors)]
    while waiting:
        node, is_complete = waiting.pop()
        if is_complete:
            found.setdefault(id(node), node)
        elif id(node) not in found:
            waiting.append((node, True))
            waiting += [(maker(source), False) for source in reversed(tensors_of(node))]
    return list(found.values())


def maker(tensor: Any) -> Any:
    """The node that made a tensor."""
    operation, node_index, _ = tensor._keras_history
    return operation._inbound_nodes[node_index]


def tensors_of(node: Any) -> list[Any]:
    """The tensors that a node's operation was called on."""
    return [] if node.is_input else list(node.arguments.keras_tensors)


def _key(tensor: Any) -> Key:
    return id(maker(tensor)), int(tensor._keras_history.tensor_index)


def _functional(model: Any) -> Any:
    """The functional model within a sequential one; any other model itself."""
    return getattr(model, "_functional", None) if isinstance(model, keras.Sequential) else model


_Inside = tuple[Sequence[Any], Sequence[Any], Sequence[Any]]


def _inside(node: Any) -> _Inside | None:
    """The inputs, nodes and outputs within a nested model or a layer that consists of layers."""
    if node.is_input:
        return None
    operation = node.operation
    if is_functional(operation):
        functional = _functional(operation)
        if len(functional.inputs) != len(tensors_of(node)):
            return None
        return functional.inputs, nodes_of(operation), functional.outputs
    if not _consists_of_layers(operation):
        return None
    try:
        return _traced(node)
    except Exception:  # a student's layer may compute anything; it stays a layer of its own
        return None


def _consists_of_layers(operation: Any) -> bool:
    """Whether a layer class of the student's holds other layers, and no weights of its own."""
    return (
        isinstance(operation, keras.Layer)
        and not type(operation).__module__.startswith(("keras.", "kerascheck."))
        and bool(operation._layers)
        and not (operation._trainable_variables or operation._non_trainable_variables)
    )


def _traced(node: Any) -> _Inside | None:
    """What a layer's `call` does, by calling it on new inputs."""
    given = tensors_of(node)
    inputs = [keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype) for tensor in given]
    twins = {id(tensor): twin for tensor, twin in zip(given, inputs, strict=True)}

    def twin(value: Any) -> Any:
        return twins.get(id(value), value)

    args = keras.tree.map_structure(twin, node.arguments.args)
    kwargs = keras.tree.map_structure(twin, node.arguments.kwargs)
    outputs = keras.tree.flatten(node.operation.call(*args, **kwargs))
    if len(outputs) != len(node.outputs) or not all(_has_history(t) for t in outputs):
        return None
    nodes = nodes_above(outputs)
    known = {id(maker(tensor)) for tensor in inputs}
    if any(inner.is_input and id(inner) not in known for inner in nodes):
        return None  # it also uses a tensor from outside
    return inputs, nodes, outputs


def _has_history(tensor: Any) -> bool:
    return isinstance(tensor, keras.KerasTensor) and hasattr(tensor, "_keras_history")


def first_uses(uses: Iterable[Use]) -> Iterator[tuple[int, Use]]:
    """The first use of each operation, with its number."""
    done: set[int] = set()
    for number, use in enumerate(uses):
        if id(use.operation) not in done:
            done.add(id(use.operation))
            yield number, use
