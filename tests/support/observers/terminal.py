"""A terminal of the account's: what is written on it, and what is typed into it."""

from __future__ import annotations

import os
import tty
from collections.abc import Iterator

from tests.support.observers.markers import Trace


class Terminal:
    """A pseudo-terminal. Use in a `with` statement."""

    def __enter__(self) -> Terminal:
        self._screen, self._keyboard = os.openpty()
        tty.setraw(self._keyboard)
        self.path = os.ttyname(self._keyboard)
        for descriptor in (self._screen, self._keyboard):
            os.set_blocking(descriptor, False)
        self._shown = self._typed = b""
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._keyboard)
        os.close(self._screen)

    def traces(self) -> Iterator[Trace]:
        """What has been written and typed."""
        self._shown += _read(self._screen)
        self._typed += _read(self._keyboard)
        if self._shown:
            yield Trace("wrote on the terminal", self._shown.decode("latin-1"))
        if self._typed:
            yield Trace("typed into the terminal", self._typed.decode("latin-1"))


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""
