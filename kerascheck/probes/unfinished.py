"""The graph that a student's code had built when it raised an error.

An addition of unequal shapes fails at the addition, while the mistake is some layers above. Those
layers are in the variables of the frames that the error passed through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import FrameType, TracebackType
from typing import Any

import keras

from kerascheck.evidence.graph import MAX_LAYERS, Graph
from kerascheck.probes.keras_graph import graph_so_far

MOST_VALUES = 200


def unfinished_graph(traceback: TracebackType | None) -> Graph | None:
    """The layers that had been applied when the error of `traceback` was raised; None if none had."""
    tensors: dict[int, Any] = {}
    stopped_at, fed, is_given_nothing = None, [], False
    while traceback is not None:
        frame = traceback.tb_frame
        found = list(_tensors(frame.f_locals.values()))
        tensors.update((id(tensor), tensor) for tensor in found)
        operation, inputs = _operation_of(frame)
        if operation is not None and stopped_at is None:
            stopped_at, fed = operation, list(_tensors(inputs))
            is_given_nothing = _holds_nothing(operation, list(inputs))
        traceback = traceback.tb_next
    if not tensors:
        return None
    try:
        graph = graph_so_far(list(tensors.values()), stopped_at, fed, is_given_nothing)
    except Exception:  # half-built Keras objects may lack anything; the error itself is evidence
        return None
    return graph if len(graph.layers) <= MAX_LAYERS else None


def _operation_of(frame: FrameType) -> tuple[Any, Iterable[Any]]:
    """The Keras operation that is being called in a frame, and what it is called on."""
    local = frame.f_locals
    args = local.get("args")
    args = args if isinstance(args, tuple) else ()
    kwargs = local.get("kwargs")
    named = list(kwargs.values()) if isinstance(kwargs, dict) else []
    if isinstance(local.get("self"), keras.Operation) and args:
        return local["self"], [*args, *named]
    if args and isinstance(args[0], keras.Operation):
        return args[0], [*args[1:], *named]
    return None, ()


def _holds_nothing(operation: keras.Operation, inputs: list[Any]) -> bool:
    """Whether None is where a tensor should be: the first input, one of its list, or a summand."""
    if not inputs or inputs[0] is None:
        return True
    several = inputs[0] if isinstance(inputs[0], list | tuple) else inputs[:2]
    is_several = several is inputs[0] or not isinstance(operation, keras.Layer)
    return is_several and any(value is None for value in several)


def _tensors(values: Iterable[Any]) -> Iterator[Any]:
    for value in list(values)[:MOST_VALUES]:
        inner = value[:MOST_VALUES] if isinstance(value, list | tuple) else [value]
        for item in inner:
            if isinstance(item, keras.KerasTensor) and hasattr(item, "_keras_history"):
                yield item
