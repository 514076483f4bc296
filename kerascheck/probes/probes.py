"""The four probes. Each calls a student's function on seeded inputs and returns `Evidence`.

A probe knows no expected value. Model probes take three sets of outputs, which separate the
possible mistakes: *as built* (initialisers and their seeds matter), with *fixed weights* (only the
wiring matters), and in *training* mode (batch statistics matter). Everything runs on the CPU, where
results are the same for everybody.

Long, because the four probes share the code that calls a function and runs a network.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FunctionType
from typing import Any

import keras
import numpy as np

from kerascheck.evidence.evidence import Evidence, Sampled
from kerascheck.probes import streams
from kerascheck.probes.arguments import (
    Colours,
    Drawn,
    Each,
    Labels,
    Network,
    PictureFile,
    PictureFolder,
    Seed,
    Sketch,
    WholeNumbers,
)
from kerascheck.probes.callbacks import described, is_described
from kerascheck.probes.image_files import write_file, write_folder
from kerascheck.probes.initialisers import redraw_unseeded
from kerascheck.probes.keras_graph import graph_of
from kerascheck.probes.networks import small_network
from kerascheck.probes.predictor import Predictor
from kerascheck.probes.recorders import recorder
from kerascheck.probes.settings import default_settings
from kerascheck.probes.sketches import sketched
from kerascheck.probes.student_code import Failed, NotAttempted, call, guarded
from kerascheck.probes.weights import assign_fixed_weights, random_for, settle_random_layers

BATCH = 2
LOUD = 8  # so that activations exceed the ceiling of a capped ReLU
LARGEST_INPUT = 4_000_000


def block(
    function: Any, text: str, seed: Seed, shape: Sequence[int], arguments: Mapping
) -> Evidence:
    """Wrap a block between an Input of `shape` (batch first) and a Model."""

    def build() -> keras.Model:
        inputs = keras.Input(tuple(shape[1:]))
        outputs = function(inputs, **arguments)
        _must_be_tensor(outputs)
        return keras.Model(inputs, outputs)

    return _model_evidence("block", function, text, seed, build, batch=shape[0])


def model(builder: Any, text: str, seed: Seed, arguments: Mapping) -> Evidence:
    """Build a whole model and run a tiny batch through it."""
    return _model_evidence("model", builder, text, seed, lambda: builder(**arguments), BATCH)


def wiring(
    builder: Any,
    text: str,
    seed: Seed,
    blocks: Sequence[str],
    arguments: Mapping,
    namespace: dict[str, Any],
) -> Evidence:
    """Build a model with recorders in place of the blocks that `namespace` holds."""
    recorders = dict(recorder(declaration) for declaration in blocks)

    def build() -> keras.Model:
        with _replaced(namespace, recorders):
            return builder(**arguments)

    return _model_evidence("wiring", builder, text, seed, build, BATCH)


def values(function: Any, text: str, seed: Seed, args: Sequence, kwargs: Mapping) -> Evidence:
    """Call any function and record its result, or the error that it raises."""
    evidence = _blank("values", function, text)
    outputs: dict[str, Sampled] = {}
    facts: dict[str, Any] = {}
    with default_settings(), _seeded(seed, text), keras.device("cpu:0"), ExitStack() as files:
        drawn = partial(_drawn, seed=seed, text=text, folder=cache(partial(_folder, files)))
        try:
            for name, case_args, case_kwargs in _cases(args, kwargs):
                drawn_args = [drawn(value) for value in case_args]
                drawn_kwargs = {key: drawn(value) for key, value in case_kwargs.items()}
                result = call(function, *drawn_args, **drawn_kwargs)
                again = partial(function, *drawn_args, **drawn_kwargs)
                watched = [a for a in [*drawn_args, *drawn_kwargs.values()] if _is_predictor(a)]
                # Describing a result may also run the student's code: schedules, generators.
                parts = guarded(function, partial(_parts, result, name, again, watched))
                outputs |= parts[0]
                facts |= parts[1]
        except NotAttempted:
            return replace(evidence, status="not attempted")
        except Failed as failure:
            return replace(evidence, status="error", error=failure.error)
    return replace(evidence, outputs=outputs, facts=facts)


def _is_predictor(value: Any) -> bool:
    return isinstance(value, Predictor)


def _model_evidence(
    probe: str, function: Any, text: str, seed: Seed, build: Any, batch: int
) -> Evidence:
    evidence = _blank(probe, function, text)

    def run() -> Evidence:
        made = build()
        if not isinstance(made, keras.Model):
            raise TypeError(f"expected a Keras model, found {_kind(made)}")
        graph = graph_of(made)
        x = seed.normal(text, _batch_shape(made, batch))
        redraw_unseeded(made, graph, seed.text)
        outputs = {"as built": _run(made, x, training=False)}
        assign_fixed_weights(made, graph, seed.text)
        outputs["fixed weights"] = _run(made, LOUD * x, training=False)
        if made.losses:
            outputs["penalty"] = Sampled.of(sum(float(loss) for loss in made.losses))
        settle_random_layers(made, graph, seed.text)
        outputs["training"] = _run(made, x, training=True)
        return replace(evidence, graph=graph, outputs=outputs)

    with default_settings(), _seeded(seed, text), keras.device("cpu:0"):
        try:
            return guarded(function, run)
        except NotAttempted:
            return replace(evidence, status="not attempted")
        except Failed as failure:
            return replace(evidence, status="error", error=failure.error, graph=failure.graph)


def _blank(probe: str, function: Any, text: str) -> Evidence:
    return Evidence(
        call=text,
        probe=probe,
        exercise=str(getattr(function, "__name__", "?"))[:200],
        status="ok",
        versions={"keras": keras.__version__, keras.backend.backend(): _backend_version()},
    )


@cache
def _backend_version() -> str:
    return version(keras.backend.backend())


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


@contextmanager
def _replaced(namespace: dict[str, Any], recorders: Mapping[str, Any]) -> Iterator[None]:
    """Redirect every call of a block to its recorder, whatever name or object it is called by.

    A student may store a block under another name, in a table, in a partial or in a default
    argument, so the code of the function itself is replaced while the builder runs. A block that is
    missing, or is not a plain function, is replaced in the notebook's namespace.
    """
    with ExitStack() as undo:
        for name, recorder in recorders.items():
            original = namespace.get(name)
            if isinstance(original, FunctionType) and not original.__closure__:
                _redirect(original, recorder, undo)
            else:
                _put(namespace, name, recorder, undo)
        yield


def _redirect(function: FunctionType, target: Any, undo: ExitStack) -> None:
    """Make `function` call `target`: by new code, which refers to it under a unique name."""
    name = f"__recorder_of_{function.__name__}_{id(function)}__"
    scope: dict[str, Any] = {}
    exec(f"def forward(*args, **kwargs):\n    return {name}(*args, **kwargs)", scope)
    before = function.__code__, function.__defaults__, function.__kwdefaults__
    _put(function.__globals__, name, target, undo)
    function.__code__ = scope["forward"].__code__
    function.__defaults__ = function.__kwdefaults__ = None

    def restore() -> None:
        function.__code__, function.__defaults__, function.__kwdefaults__ = before

    undo.callback(restore)


def _put(namespace: dict[str, Any], name: str, value: Any, undo: ExitStack) -> None:
    if name in namespace:
        undo.callback(namespace.__setitem__, name, namespace[name])
    else:
        undo.callback(namespace.pop, name, None)
    namespace[name] = value


@contextmanager
def _seeded(seed: Seed, text: str) -> Iterator[None]:
    """Seed the stream of Keras's default seeds, and restore the student's stream afterwards."""
    state = random.getstate()
    random.seed(int(random_for(seed.text, text, "default seeds").integers(2**62)))
    try:
        yield
    finally:
        random.setstate(state)


def _folder(files: ExitStack) -> Path:
    """A folder for a probe's files, which exists until `files` is closed."""
    return Path(files.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))


def _drawn(value: Any, seed: Seed, text: str, folder: Callable[[], Path]) -> Any:
    if isinstance(value, Drawn):
        return seed.normal(text, value.shape)
    if isinstance(value, Labels):
        return seed.one_hot(text, value)
    if isinstance(value, Network):
        return small_network(value, seed.text)
    if isinstance(value, Sketch):
        return sketched(value)
    if isinstance(value, WholeNumbers):
        return seed.whole_numbers(text, value)
    if isinstance(value, PictureFile):
        return write_file(value, folder(), seed, text)
    if isinstance(value, PictureFolder):
        return write_folder(value, folder(), seed, text)
    if isinstance(value, Colours):
        return Predictor()
    return value


def _cases(args: Sequence, kwargs: Mapping) -> Iterator[tuple[str, Sequence, Mapping]]:
    """The calls to make: one, or one for each value of the argument that is an `Each`."""
    several = next((a for a in [*args, *kwargs.values()] if isinstance(a, Each)), None)
    if several is None:
        yield "result", args, kwargs
        return
    for value in several.values:
        yield (
            f"result for {value!r}",
            [value if argument is several else argument for argument in args],
            {key: value if a is several else a for key, a in kwargs.items()},
        )


def _parts(
    result: Any, whole: str, again: Callable[[], Any], watched: Sequence[Predictor]
) -> tuple[dict[str, Sampled], dict[str, Any]]:
    """A returned value as arrays and facts; any other part is replaced by the name of its type."""
    outputs: dict[str, Sampled] = {}
    facts: dict[str, Any] = {}
    if streams.is_stream(result):
        named = streams.described(result, whole, again, watched)
    else:
        named = _named_parts(result, whole)
    for name, part in named:
        if part is None or isinstance(part, bool | str):
            facts[name] = part if part is None or isinstance(part, bool) else part[:600]
            continue
        if isinstance(part, list | tuple) and part and all(isinstance(x, str) for x in part):
            facts[name] = ", ".join(part)[:600]
            continue
        try:
            outputs[name] = Sampled.of(part)
        except (TypeError, ValueError, RuntimeError):
            facts[name] = f"<{type(part).__name__}>"
    return outputs, facts


def _is_number(value: Any) -> bool:
    """Whether a value is a number of Python or NumPy, or a tensor that holds one."""
    return isinstance(value, int | float) or (hasattr(value, "dtype") and np.ndim(value) == 0)


def _named_parts(result: Any, name: str) -> list[tuple[str, Any]]:
    if is_described(result):
        result = [result]
    if isinstance(result, list | tuple) and any(is_described(item) for item in result):
        return [part for item in result[:8] for part in described(item)]
    if isinstance(result, tuple) or (
        isinstance(result, list) and not all(_is_number(item) for item in result)
    ):
        return [(f"{name}[{index}]", part) for index, part in enumerate(result[:64])]
    if isinstance(result, dict):
        return [(f"{name}[{str(key)[:80]!r}]", part) for key, part in list(result.items())[:64]]
    return [(name, result)]
