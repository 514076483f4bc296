"""Calls of a student's function, which turn its errors into data."""

from __future__ import annotations

import inspect
import linecache
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from types import FrameType, TracebackType
from typing import Any

import keras

from kerascheck.evidence.evidence import StudentError
from kerascheck.evidence.graph import Graph
from kerascheck.probes.settings import changed_setting
from kerascheck.probes.unfinished import unfinished_graph

LONGEST_MESSAGE = 600
LONGEST_LINE = 100
SETTING = re.compile(r"\b(?:set_\w*(?:policy|floatx|data_format)|(?:dis|en)able_\w+)\s*\(")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class NotAttempted(Exception):
    """The exercise still raises the NotImplementedError that its release contains."""


@dataclass(frozen=True)
class Failed(Exception):
    """The student's code raised `error`, after it had built `graph` (None if it had not begun)."""

    error: StudentError
    graph: Graph | None = None


def guarded(function: Any, action: Callable[[], Any]) -> Any:
    """Run `action`, which uses the student's `function`; errors become NotAttempted or Failed."""
    if not callable(function):
        message = f"expected a function, found {type(function).__name__}"
        raise Failed(StudentError("TypeError", message))
    try:
        result = action()
    except NotImplementedError as error:
        if _raised_by_student(error.__traceback__, _globals(function)):
            raise NotAttempted() from None
        raise _failed(error, function) from None
    except (Exception, SystemExit) as error:
        raise _unsettled(function) or _failed(error, function) from None
    if failed := _unsettled(function):
        raise failed
    return result


@contextmanager
def lines_noted(function: Any) -> Iterator[None]:
    """Note on each of Keras's nodes which line of the code around `function` made it, for hints."""
    namespace = _globals(function)
    # A layer makes its node at the end of a call, an operation when it is called on symbolic tensors.
    places = ((keras.Layer, "__call__"), (keras.Operation, "symbolic_call"))
    plain = [getattr(place, name) for place, name in places]
    for (place, name), method in zip(places, plain, strict=True):
        setattr(place, name, _noting(method, namespace))
    try:
        yield
    finally:
        for (place, name), method in zip(places, plain, strict=True):
            setattr(place, name, method)


def _noting(method: Callable[..., Any], namespace: dict[str, Any]) -> Callable[..., Any]:
    """A method of Keras's operations that notes the line on the node that it makes."""

    @wraps(method)
    def noting(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = len(getattr(self, "_inbound_nodes", ()))
        outputs = method(self, *args, **kwargs)
        if len(self._inbound_nodes) > before:
            self._inbound_nodes[-1].line = _line(sys._getframe(1), namespace)
        return outputs

    return noting


def _line(frame: FrameType | None, namespace: dict[str, Any]) -> tuple[int, str] | None:
    """The innermost line of a namespace's code that has a source: a stand-in's frame has none."""
    while frame is not None:
        if frame.f_globals is namespace:
            written = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
            if written:
                return frame.f_lineno, written[:LONGEST_LINE]
        frame = frame.f_back
    return None


def _unsettled(function: Any) -> Failed | None:
    """The failure of a function that has changed a setting of the session, if it has."""
    changed = changed_setting()
    if not changed:
        return None
    message = (
        f"your function changes {changed}: set that in a cell of its own, which checks do without"
    )
    return Failed(StudentError("RuntimeError", message, *_setting_line(function)))


def _setting_line(function: Any) -> tuple[int | None, str | None]:
    """The number and the text of the first line of a function that changes a setting."""
    try:
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError):
        return None, None
    found = [(first + i, line.strip()) for i, line in enumerate(lines) if SETTING.search(line)]
    return found[0] if found else (None, None)


def _failed(error: BaseException, function: Any) -> Failed:
    return Failed(_described(error, function), unfinished_graph(error.__traceback__))


def _described(error: BaseException, function: Any) -> StudentError:
    line, source = None, None
    for frame, number in _frames(error.__traceback__):
        if frame.f_globals is _globals(function):
            written = linecache.getline(frame.f_code.co_filename, number).strip()
            if written or source is None:  # a stand-in's frame has no source
                line, source = number, written or None
    try:
        message = str(error)
    except Exception:  # an exception of the student's own may fail to describe itself
        message = "(its message could not be read)"
    message = ANSI.sub("", message).split("\n\nArguments received by")[0]
    if source is not None:
        source = source[:LONGEST_MESSAGE]
    message = message[:LONGEST_MESSAGE].encode("utf-8", "replace").decode()
    return StudentError(type(error).__name__, message, line, source, _bases(type(error)))


def _bases(kind: type[BaseException]) -> tuple[str, ...]:
    """Python's own exceptions among the bases of a class."""
    own = (base.__name__ for base in kind.__mro__[1:] if base.__module__ == "builtins")
    return tuple(name for name in own if name not in ("Exception", "BaseException", "object"))


def _raised_by_student(traceback: TracebackType | None, namespace: dict[str, Any]) -> bool:
    frames = _frames(traceback)
    return bool(frames) and frames[-1][0].f_globals is namespace


def _frames(traceback: TracebackType | None) -> list[tuple[Any, int]]:
    frames = []
    while traceback is not None:
        frames.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    return frames


def _globals(function: Any) -> dict[str, Any]:
    return getattr(function, "__globals__", None) or sys.modules["__main__"].__dict__
