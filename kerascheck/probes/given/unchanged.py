"""What a function must leave as it was: the arrays, lists, files and models that it is given."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np


def states(args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, str]:
    """A digest of each part of each argument that a function could change, by its name."""
    named = [(f"argument {index}", value) for index, value in enumerate(args, start=1)]
    return {
        f"{name}{part}": hashlib.sha256(content).hexdigest()[:16]
        for name, value in [*named, *((f"argument {key}", v) for key, v in kwargs.items())]
        for part, content in _parts(value)
    }


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The names of the parts that differ."""
    return sorted(name for name in before if after.get(name) != before[name])


def _parts(value: Any) -> list[tuple[str, bytes]]:
    if isinstance(value, keras.Model):
        other = [v for v in value.variables if not any(v is t for t in value.trainable_variables)]
        flags = [layer.trainable for layer in value.layers]
        return [
            (": weights", _weights(value.trainable_variables)),
            (": moving averages", _weights(other)),
            (": layers", repr(([layer.name for layer in value.layers], flags)).encode()),
        ]
    content = _content(value)
    return [] if content is None else [("", content)]


def _weights(variables: Sequence[Any]) -> bytes:
    return b"".join(keras.ops.convert_to_numpy(variable.value).tobytes() for variable in variables)


def _content(value: Any) -> bytes | None:
    """All that can change in a value; None for one that cannot change."""
    match value:
        case np.ndarray():
            return repr((value.shape, value.dtype)).encode() + value.tobytes()
        case Path():
            return _files(value)
        case dict():
            return repr([(key, _content(item) or item) for key, item in value.items()]).encode()
        case list() | tuple():
            return repr([_content(item) or item for item in value]).encode()
    return None


def _files(path: Path) -> bytes | None:
    if path.is_dir():
        return b"\n".join(
            str(inner.relative_to(path)).encode() + b"\n" + (_files(inner) or b"")
            for inner in sorted(path.iterdir())
        )
    return path.read_bytes() if path.is_file() else b"no file"
