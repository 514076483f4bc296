"""Reader for plain JSON values that an untrusted process wrote.

All evidence from a student's kernel is read through `PlainReader`: it checks every field for its
type and size, and raises `Malformed` for anything else. Nothing is ever evaluated or unpickled.
(The grader limits the other outputs of a cell: see its `execution/incoming`.)
"""

from __future__ import annotations

import math
from typing import Any

MAX_TEXT = 2000
MAX_ITEMS = 4000
MAX_RANK = 16


class Malformed(ValueError):
    """The value does not have the agreed form."""


class PlainReader:
    """Typed access to the fields of one JSON object. Every method raises Malformed."""

    def __init__(self, value: object, what: str) -> None:
        if not isinstance(value, dict):
            raise Malformed(f"{what}: expected an object, found {type(value).__name__}")
        self.value: dict[str, Any] = value
        self.what = what

    def field(self, key: str) -> Any:
        if key not in self.value:
            raise Malformed(f"{self.what}: {key!r} is missing")
        return self.value[key]

    def text(self, key: str, limit: int = MAX_TEXT) -> str:
        return self._text(self.field(key), key, limit)

    def optional_text(self, key: str, limit: int = MAX_TEXT) -> str | None:
        value = self.field(key)
        return None if value is None else self._text(value, key, limit)

    def texts(self, key: str, most: int = MAX_ITEMS) -> tuple[str, ...]:
        return tuple(self._text(item, key, MAX_TEXT) for item in self.items(key, most))

    def items(self, key: str, most: int = MAX_ITEMS) -> list[Any]:
        value = self.field(key)
        if not isinstance(value, list) or len(value) > most:
            raise Malformed(f"{self.what}: {key!r} is not a list of at most {most} items")
        return value

    def mapping(self, key: str, most: int = MAX_ITEMS) -> dict[str, Any]:
        value = self.field(key)
        if not isinstance(value, dict) or len(value) > most:
            raise Malformed(f"{self.what}: {key!r} is not an object of at most {most} fields")
        return value

    def whole(self, key: str) -> int:
        value = self.field(key)
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63:
            raise Malformed(f"{self.what}: {key!r} is not a whole number")
        return value

    def shape(self, key: str) -> tuple[int | None, ...]:
        return self._shape(self.field(key), key)

    def shapes(self, key: str) -> tuple[tuple[int | None, ...], ...]:
        return tuple(self._shape(item, key) for item in self.items(key))

    def settings(self, key: str) -> dict[str, Any]:
        """Flat settings: scalars, or lists of scalars."""
        return {
            self._text(name, key, MAX_TEXT): self._setting(value, key)
            for name, value in self.mapping(key, 64).items()
        }

    def _text(self, value: object, key: str, limit: int) -> str:
        if not isinstance(value, str) or len(value) > limit:
            raise Malformed(f"{self.what}: {key!r} is not a text of at most {limit} characters")
        return value

    def _shape(self, value: object, key: str) -> tuple[int | None, ...]:
        if not isinstance(value, list) or len(value) > MAX_RANK:
            raise Malformed(f"{self.what}: {key!r} is not a shape")
        for size in value:
            if size is not None and (
                not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < 2**40
            ):
                raise Malformed(f"{self.what}: {key!r} is not a shape")
        return tuple(value)

    def _setting(self, value: object, key: str) -> Any:
        if isinstance(value, list) and len(value) <= MAX_RANK:
            return [self._scalar(item, key) for item in value]
        return self._scalar(value, key)

    def _scalar(self, value: object, key: str) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, float) and math.isfinite(value):
            return value
        if isinstance(value, int) and abs(value) < 2**63:
            return value
        return self._text(value, key, MAX_TEXT)
