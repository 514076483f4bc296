"""The probe of returned values: what a function returns, or which error it raises.

Every call keeps a contract that no lesson has to ask for: arguments are the same after the call as
before, a call with other numbers before it makes no difference, and a second call with the same
arguments answers alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from kerascheck.evidence.evidence import (
    CHANGED,
    ORDER,
    ORDERED,
    RETURNED,
    SECOND_CALL,
    SHAPED,
    TYPES,
    Evidence,
    Sampled,
)
from kerascheck.judge.closeness import close
from kerascheck.probes import streams
from kerascheck.probes.callbacks import described, is_described
from kerascheck.probes.conditions import blank, conditions
from kerascheck.probes.given import unchanged
from kerascheck.probes.given.arguments import Each, Seed
from kerascheck.probes.given.draw import Draw
from kerascheck.probes.given.functions import CountedReader
from kerascheck.probes.messages import LONGEST_TEXT, MOST_LISTED, named_in
from kerascheck.probes.student_code import Failed, NotAttempted, guarded

MOST_PARTS = 48
MOST_ITEMS = 60  # arrays, or facts, of all calls

Parts = tuple[dict[str, Sampled], dict[str, Any]]


def values(
    function: Any,
    text: str,
    seed: Seed,
    args: Sequence,
    kwargs: Mapping,
    returns: str | Sequence[str] | None = None,
    watched: Sequence[Any] = (),
) -> Evidence:
    """Call any function and record its result, or the error that it raises.

    returns: None, or what the types of the result or of its parts should be. watched: functions of
    the probe's that the student's code calls by names of its own.
    """
    evidence = blank("values", function, text)
    outputs: dict[str, Sampled] = {}
    facts = dict(evidence.facts)
    with conditions(seed, text), ExitStack() as files:
        draw = Draw(seed, text, files)
        for name, case_args, case_kwargs in _cases(args, kwargs):
            given = draw.arguments(case_args, case_kwargs)
            if not outputs:
                _call_with_others(function, draw, case_args, case_kwargs, given)
                given = draw.arguments(case_args, case_kwargs, given)
            call = _Call(function, name, *given, watched)
            try:
                parts = guarded(function, call.parts)
                if not call.is_pipeline:  # or it has been made again already
                    again = draw.arguments(case_args, case_kwargs, given)
                    twin = _Call(function, name, *again, watched)
                    if not _alike(parts, guarded(function, twin.parts)):
                        facts[SECOND_CALL] = "another answer"
            except NotAttempted:
                return replace(evidence, status="not attempted")
            except Failed as failure:
                named = named_in(failure.error, [*call.args, *call.kwargs.values()])
                facts = {**evidence.facts, **named, **call.touched}
                return replace(evidence, status="error", error=failure.error, facts=facts)
            outputs |= parts[0]
            facts |= parts[1] | call.touched
            if returns is not None:
                facts[TYPES] = call.types(parts=not isinstance(returns, str))
    return replace(evidence, outputs=_first(outputs), facts=_first(facts))


def _call_with_others(
    function: Any, draw: Draw, args: Sequence, kwargs: Mapping, given: tuple[list, dict]
) -> None:
    """Call with other numbers in the same files and models first: an answer must not remember them."""
    others = Draw(draw.seed, f"others for {draw.call}", draw)
    with suppress(NotAttempted, Failed):
        guarded(function, _Call(function, "", *others.arguments(args, kwargs, given)).begun)


class _Call:
    """One call of the student's function."""

    def __init__(
        self, function: Any, name: str, args: list, kwargs: dict, watched: Sequence[Any] = ()
    ) -> None:
        self.watched = watched
        self.result: Any = None
        self.function = function
        self.name = name
        self.args = args
        self.kwargs = kwargs
        self.is_pipeline = False
        self.touched: dict[str, list[str]] = {}  # the parts of its arguments that it has changed

    def begun(self) -> None:
        """Make the call, and leave a generator after its first answer."""
        result = self.function(*self.args, **self.kwargs)
        if streams.is_stream(result) and not streams.is_pipeline(result):
            next(result, None)

    def parts(self) -> Parts:
        """Make the call; the parts of its result. Reading them may also run the student's code."""
        before = unchanged.states(self.args, self.kwargs)
        for reader in self.watched:
            if isinstance(reader, CountedReader):
                reader.calls = 0
        try:
            result = self.result = self.function(*self.args, **self.kwargs)
            self.is_pipeline = streams.is_pipeline(result)
            outputs, facts = _parts(self._named(result))
            return outputs, facts | _order(result) | self._returned(result)
        finally:
            changed = unchanged.changed(before, unchanged.states(self.args, self.kwargs))
            if changed:
                self.touched = {CHANGED: changed[:MOST_LISTED]}

    def types(self, parts: bool) -> list[str]:
        """The type of the result, or the types of its parts."""
        several = parts and isinstance(self.result, list | tuple)
        return [_kind(item) for item in (self.result if several else [self.result])][:MOST_LISTED]

    def _returned(self, result: Any) -> dict[str, Any]:
        """Whether the result has an argument's shape, or a part of it an argument's own memory."""
        arrays = [a for a in [*self.args, *self.kwargs.values()] if isinstance(a, np.ndarray)]
        parts = result if isinstance(result, list | tuple) else [result]
        result = None if parts is result else result
        own = any(
            isinstance(part, np.ndarray) and np.shares_memory(part, array)
            for part in parts[:MOST_PARTS]
            for array in arrays
        )
        shaped = any(np.shape(result) == array.shape for array in arrays)
        return ({RETURNED: True} if own else {}) | ({SHAPED: True} if shaped else {})

    def _named(self, result: Any) -> list[tuple[str, Any]]:
        if not streams.is_stream(result):
            return _named_parts(result, self.name)
        again = partial(self.function, *self.args, **self.kwargs)
        given = [*self.args, *self.kwargs.values(), *self.watched]
        return streams.described(result, self.name, again, given)


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


def _parts(named: list[tuple[str, Any]]) -> Parts:
    """Returned values as arrays and facts; any other is replaced by the name of its type."""
    outputs: dict[str, Sampled] = {}
    facts: dict[str, Any] = {}
    for name, part in named:
        if part is None or isinstance(part, bool | np.bool_):
            facts[name] = None if part is None else bool(part)
        elif isinstance(part, str):
            facts[name] = _text(part)
        elif (texts := _texts(part)) is not None:
            facts[name] = _text(", ".join(texts))
        else:
            try:
                outputs[name] = Sampled.of(part)
            except (TypeError, ValueError, RuntimeError):
                facts[name] = f"<{type(part).__name__}>"
    return outputs, facts


def _order(result: Any) -> dict[str, Any]:
    """The order of callbacks and optimisers, which counts where the author returns a tuple."""
    parts = result if isinstance(result, list | tuple) else ()
    if not any(is_described(part) for part in parts):
        return {}
    order = ", ".join(described(part)[0][0] if is_described(part) else "?" for part in parts[:8])
    return {ORDER: order, ORDERED: isinstance(result, tuple)}


def _kind(value: Any) -> str:
    match value:
        case bool() | np.bool_():
            return "truth value"
        case int() | float() | np.number():
            return "number"
        case str():
            return "text"
        case np.ndarray():
            return "array"
        case list() | tuple():
            return "list"
    return type(value).__name__[:80]


def _named_parts(result: Any, name: str) -> list[tuple[str, Any]]:
    """Names and parts of a result: whether it is a list, a tuple or an array does not matter."""
    if is_described(result):
        result = [result]
    if isinstance(result, dict):
        return [
            (f"{name}[{str(key)[:80]!r}]", part) for key, part in [*result.items()][:MOST_PARTS]
        ]
    if not isinstance(result, list | tuple):
        return [(name, result)]
    if any(is_described(item) for item in result):
        return _settings(result)
    if _texts(result) or _is_array(result):
        return [(name, result)]
    return [(f"{name}[{index}]", part) for index, part in enumerate(result[:MOST_PARTS])]


def _settings(result: Sequence[Any]) -> list[tuple[str, Any]]:
    """The settings of callbacks and optimisers; the second of a kind is told from the first."""
    named: list[tuple[str, Any]] = []
    kinds: Counter[str] = Counter()
    for item in result[:8]:
        settings = described(item)
        kind = settings[0][0]
        kinds[kind] += 1
        again = f" no. {kinds[kind]}" if kinds[kind] > 1 else ""
        named += [(f"{kind}{again}{key.removeprefix(kind)}", value) for key, value in settings]
    return named


def _texts(part: Any) -> list[str] | None:
    """The texts in a list, a tuple or an array of texts; None for anything else, and for nothing."""
    if isinstance(part, np.ndarray) and part.dtype.kind in "UO" and part.ndim == 1:
        part = part.tolist()
    if isinstance(part, list | tuple) and part and all(isinstance(item, str) for item in part):
        return [*part]
    return None


def _is_array(result: list | tuple) -> bool:
    """Whether a sequence holds numbers, or arrays of one shape, and so is an array itself."""
    try:
        return np.asarray(result).dtype.kind in "buif"
    except (TypeError, ValueError, RuntimeError):
        return False


def _alike(parts: Parts, others: Parts) -> bool:
    outputs, facts = parts
    again, facts_again = others
    return (
        facts == facts_again
        and outputs.keys() == again.keys()
        and all(close(output, again[name], scaled=True) for name, output in outputs.items())
    )


def _first(items: Mapping[str, Any]) -> dict[str, Any]:
    return dict([*items.items()][:MOST_ITEMS])


def _text(text: str) -> str:
    """At most LONGEST_TEXT characters, all of which can be written."""
    return text[:LONGEST_TEXT].encode("utf-8", "replace").decode()
