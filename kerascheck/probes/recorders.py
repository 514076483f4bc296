"""Recorders: stand-ins that a builder calls in place of the student's own blocks.

A recorder notes the arguments of the call and goes on with a small fixed function of them, so that
the outputs of the builder depend on which block was called, with which kernel, filters and stride,
and in which order, but not on whether the student's block is right. Stage and letter only name the
call: they do not enter the function.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from kerascheck.probes.weights import random_for

SCALE_OF_SUMMANDS = 0.3
STRIDES = ("s", "stride", "strides")  # what a declaration may call it


@dataclass(frozen=True)
class RecordedCall:
    """One call of a block: its kind (the function's name) and its arguments but for the tensor."""

    kind: str
    arguments: Mapping[str, Any]

    @property
    def name(self) -> str | None:
        """Stage and letter; None for blocks that have neither."""
        if "stage" not in self.arguments:
            return None
        return f"{self.arguments['stage']}{self.arguments.get('block')}"

    def settings(self) -> dict[str, Any]:
        return {"recorded": True, **self.arguments}


class RecordedBlock(keras.layers.Layer):
    """Folds sums of stride by stride pixels: their distance from an even number, scaled and shifted first.

    For ``filters`` channels of the input; which, and their scales and shifts, follows from the arguments
    of the call. No pixel is passed over. Folding forgets nothing, as a ReLU would after a few blocks, and
    keeps numbers between 0 and 1, so that no network is too deep; picking channels, in NumPy, costs a
    hundredth of projecting them. A call that says ``activation=None`` does not fold. What comes of it is
    added to something, and kept small.
    """

    def __init__(self, recorded: RecordedCall, filters: int, stride: int) -> None:
        super().__init__()
        self.recorded = recorded
        self.filters = filters
        self.linear = recorded.arguments.get("activation", "relu") is None
        self.stride = stride

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        arguments = {
            k: v for k, v in self.recorded.arguments.items() if k not in ("stage", "block")
        }
        random = random_for("recorded", self.recorded.kind, sorted(arguments.items()))
        self.channels = random.integers(input_shape[-1] or 1, size=self.filters)
        scale = random.choice((-1, 1), self.filters) * random.uniform(0.8, 1.2, self.filters)
        shift = random.normal(0, 0.5, self.filters)
        size = SCALE_OF_SUMMANDS if self.linear else 1
        self.scale = (size * scale).astype(np.float32)
        self.shift = (size * shift).astype(np.float32)

    def call(self, inputs: Any) -> Any:
        pixels = keras.ops.convert_to_numpy(inputs)
        if self.stride > 1:  # else there is nothing to sum, at the cost of half of the call
            for axis in (1, 2):
                starts = np.arange(0, pixels.shape[axis], self.stride)
                pixels = np.add.reduceat(pixels, starts, axis=axis)
        values = pixels.take(self.channels, axis=-1) * self.scale
        values += self.shift
        if not self.linear:
            even = values / 2
            np.round(even, out=even)
            even *= 2
            values -= even
            np.abs(values, out=values)
        return keras.ops.convert_to_tensor(values)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        spatial = [None if n is None else (n - 1) // self.stride + 1 for n in input_shape[1:-1]]
        return (input_shape[0], *spatial, self.filters)


def recorder(declaration: str) -> tuple[str, Callable[..., Any]]:
    """A recorder for a declaration such as ``"identity_block(X, f, filters, stage, block)"``.

    Returns the name and the function. The first parameter is the tensor; ``filters`` holds the
    output channels last, or ``num_filters`` is their number; one of STRIDES, where there is one, is
    the stride.
    """
    name, signature = _declared(declaration)
    tensor = next(iter(signature.parameters))

    def record(*args: Any, **kwargs: Any) -> Any:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{name}: {error} (it is declared as {declaration})") from None
        bound.apply_defaults()
        arguments = {
            key: _plain(value) if key == "filters" else _number(_name(key, _plain(value)))
            for key, value in bound.arguments.items()
            if key != tensor
        }
        normalised = arguments.get("bn", arguments.get("batch_normalization", True))
        if arguments.get("activation", "relu") is None and not normalised:
            arguments["conv_first"] = True  # a bare convolution has no order
        channels = _channels(name, arguments)
        stride = next((arguments[key] for key in STRIDES if key in arguments), 1)
        if not _positive(stride):
            raise ValueError(f"{name}: the stride should be a whole number, found {stride!r}")
        return RecordedBlock(RecordedCall(name, arguments), channels, stride)(
            bound.arguments[tensor]
        )

    record.__name__ = name
    return name, record


def _declared(declaration: str) -> tuple[str, inspect.Signature]:
    statement = ast.parse(f"def {declaration}: pass").body[0]
    assert isinstance(statement, ast.FunctionDef)
    names = [argument.arg for argument in statement.args.args]
    defaults = [ast.literal_eval(node) for node in statement.args.defaults]
    first_default = len(names) - len(defaults)
    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=defaults[i - first_default] if i >= first_default else inspect.Parameter.empty,
        )
        for i, name in enumerate(names)
    ]
    return statement.name, inspect.Signature(parameters)


def _channels(name: str, arguments: Mapping[str, Any]) -> int:
    """The number of channels that a recorded call gives. Raises ValueError."""
    if "num_filters" in arguments:
        channels = arguments["num_filters"]
        if not _positive(channels):
            raise ValueError(f"{name}: num_filters should be a whole number, found {channels!r}")
        return int(channels)
    filters = arguments.get("filters")
    if not (isinstance(filters, list) and filters and all(_positive(n) for n in filters)):
        raise ValueError(f"{name}: filters should be a list of whole numbers, found {filters!r}")
    return int(filters[-1])


def _name(key: str, value: Any) -> Any:
    """No activation has two spellings: None, and the linear one."""
    return None if key == "activation" and value == "linear" else value


def _number(value: Any) -> Any:
    """A window or stride may be written for both axes, (2, 2): that is 2."""
    pair = isinstance(value, list) and len(value) == 2 and value[0] == value[1]
    return value[0] if pair else value


def _positive(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value][:16]
    if isinstance(value, np.integer):
        return int(value)
    if callable(value):
        return str(getattr(value, "__name__", type(value).__name__))[:200]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)[:200]
