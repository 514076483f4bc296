"""Recorders: stand-ins that a builder calls in place of the student's own blocks.

A recorder notes the arguments of the call and goes on with a small fixed function of them, so that
the outputs of the builder depend on which block was called, with which kernel, filters and stride,
and in which order, but not on whether the student's block is right. Arguments that only name the call
do not enter the function.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from kerascheck.evidence.graph import Graph
from kerascheck.probes.weights import random_for

SCALE_OF_SUMMANDS = 0.3
STRIDES = ("s", "stride", "strides")  # what a declaration may call it
LABEL = "label"  # the annotation of a parameter that only names the call


@dataclass(frozen=True)
class RecordedCall:
    """One call of a block: its kind (the function's name), its labels, and the arguments that count."""

    kind: str
    labels: Mapping[str, Any]
    arguments: Mapping[str, Any]

    @property
    def name(self) -> str | None:
        """The labels, joined, as 2a; numbers with their names; None for a block that has none."""
        if all(isinstance(label, int) for label in self.labels.values()):
            return ", ".join(f"{key} {label}" for key, label in self.labels.items()) or None
        return "".join(str(label) for label in self.labels.values())

    def settings(self) -> dict[str, Any]:
        return {"recorded": True, **self.arguments}


@dataclass(frozen=True)
class Declaration:
    """How a block is called: ``"unit(X, filters, stage: label, bn=True, order=1: bn or relu)"``.

    The first parameter is the tensor. A parameter annotated ``label`` only names the call; one annotated
    with others, joined by ``or``, counts where one of these is true.
    """

    text: str
    name: str
    signature: inspect.Signature
    labels: tuple[str, ...]
    counts_with: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, text: str) -> Declaration:
        """Read a declaration. Raises SyntaxError, ValueError."""
        statement = ast.parse(f"def {text}: pass").body[0]
        assert isinstance(statement, ast.FunctionDef)
        given = statement.args.args
        defaults = [ast.literal_eval(node) for node in statement.args.defaults]
        values = [inspect.Parameter.empty] * (len(given) - len(defaults)) + defaults
        parameters = [
            inspect.Parameter(argument.arg, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=value)
            for argument, value in zip(given, values, strict=True)
        ]
        notes = {a.arg: ast.unparse(a.annotation).split(" or ") for a in given if a.annotation}
        unknown = {word for words in notes.values() for word in words} - {
            LABEL,
            *(argument.arg for argument in given),
        }
        if unknown:
            raise ValueError(f"{text}: there is no parameter {', '.join(sorted(unknown))}")
        return cls(
            text,
            statement.name,
            inspect.Signature(parameters),
            tuple(key for key, words in notes.items() if words == [LABEL]),
            {key: tuple(words) for key, words in notes.items() if words != [LABEL]},
        )

    def bind(self, args: Any, kwargs: Any) -> tuple[Any, RecordedCall]:
        """The tensor of a call, and what is recorded of it. Raises TypeError."""
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.name}: {error} (it is declared as {self.text})") from None
        bound.apply_defaults()
        tensor, *others = bound.arguments
        plain = {key: _normal(key, _plain(bound.arguments[key])) for key in others}
        counted = {
            key: value
            for key, value in plain.items()
            if key not in self.labels and self._counts(key, plain)
        }
        labels = {key: plain[key] for key in self.labels}
        return bound.arguments[tensor], RecordedCall(self.name, labels, counted)

    def _counts(self, key: str, arguments: Mapping[str, Any]) -> bool:
        return any(arguments[other] for other in self.counts_with.get(key, ())) or (
            key not in self.counts_with
        )


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
        arguments = sorted(self.recorded.arguments.items())
        random = random_for("recorded", self.recorded.kind, arguments)
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
    """A recorder for a `Declaration`: the name and the function.

    ``filters`` holds the output channels last, or ``num_filters`` is their number; one of STRIDES, where
    there is one, is the stride.
    """
    declared = Declaration.of(declaration)

    def record(*args: Any, **kwargs: Any) -> Any:
        tensor, call = declared.bind(args, kwargs)
        channels = _channels(call)
        stride = next((call.arguments[key] for key in STRIDES if key in call.arguments), 1)
        if not _positive(stride):
            raise ValueError(f"{call.kind}: the stride should be a whole number, found {stride!r}")
        return RecordedBlock(call, channels, stride)(tensor)

    record.__name__ = declared.name
    return declared.name, record


def writes_blocks_out(graph: Graph | None) -> bool:
    """Whether a builder calls its blocks and makes some of its own beside them.

    One convolution before the first call is a stem; any other belongs to a block that is written out.
    """
    if graph is None:
        return False
    after_a_call: set[str] = set()
    own = late = 0
    for layer in graph.layers:
        follows = not after_a_call.isdisjoint(layer.inputs)
        if layer.recorded or follows:
            after_a_call.add(layer.id)
        if layer.weighted and not layer.recorded and "Conv" in layer.kind:
            own, late = own + 1, late + follows
    return bool(after_a_call) and (own > 1 or late > 0)


def _channels(call: RecordedCall) -> int:
    """The number of channels that a recorded call gives. Raises ValueError."""
    name = call.kind
    if "num_filters" in call.arguments:
        channels = call.arguments["num_filters"]
        if not _positive(channels):
            raise ValueError(f"{name}: num_filters should be a whole number, found {channels!r}")
        return int(channels)
    filters = call.arguments.get("filters")
    if not (isinstance(filters, list) and filters and all(_positive(n) for n in filters)):
        raise ValueError(f"{name}: filters should be a list of whole numbers, found {filters!r}")
    return int(filters[-1])


def _normal(key: str, value: Any) -> Any:
    """One spelling of an argument: no activation is None, and a window or stride for both axes is 2."""
    if key == "activation" and value == "linear":
        return None
    pair = isinstance(value, list) and len(value) == 2 and value[0] == value[1]
    return value[0] if pair and key != "filters" else value


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
