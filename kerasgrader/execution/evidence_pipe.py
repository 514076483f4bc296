"""The way of the evidence: a pipe of its own from the kernel, which no output can fill, delay or close.

Each line is a JSON object. The kernel has written a cell's evidence before it reports that the cell
has ended, so at that moment all of it can be read. What the lines say is believed no more than
anything else that a kernel sends.
"""

from __future__ import annotations

import json
import os
from typing import Any

from kerasgrader.execution.incoming import DEEPEST_MESSAGE, deeper_than

CHUNK = 2**16
SPARE = 20  # chunks: as many as a pipe holds


class EvidencePipe:
    """The end of the pipe that the grader reads. limit: characters of evidence of one cell."""

    def __init__(self, descriptor: int, limit: int) -> None:
        self.descriptor, self.limit = os.dup(descriptor), limit
        os.set_blocking(self.descriptor, False)
        self.begin_cell()

    def close(self) -> None:
        os.close(self.descriptor)

    def begin_cell(self) -> None:
        """Drop what has arrived and count anew."""
        self._read, self._size = bytearray(), 0
        self.read()
        self.was_early = bool(self._read)
        self._read, self._size = bytearray(), 0

    def read(self) -> None:
        """Read what is there, without waiting; beyond the limit it is thrown away.

        There is an end to it, even if the kernel writes without one.
        """
        for _ in range(self.limit // CHUNK + SPARE):
            try:
                data = os.read(self.descriptor, CHUNK)
            except BlockingIOError:
                return
            if not data:
                return
            self._size += len(data)
            if self._size <= self.limit:
                self._read += data

    @property
    def size(self) -> int:
        """Characters that are stored of the cell."""
        return len(self._read)

    @property
    def is_flooded(self) -> bool:
        """Whether more than the limit has arrived."""
        return self._size > self.limit

    @property
    def arrived(self) -> int:
        """How many pieces of evidence have arrived."""
        return self._read.count(b"\n")

    def evidence(self) -> tuple[list[dict[str, Any]], bool]:
        """The cell's evidence, unread; and whether something else came, too. None of it counts if
        there was too much."""
        if self.is_flooded:
            return [], True
        found, strange = [], False
        for line in bytes(self._read).split(b"\n")[:-1]:  # the last one ended with its kernel
            try:
                value = json.loads(line) if line else None
            except (ValueError, RecursionError):
                value = line
            if isinstance(value, dict) and not deeper_than(value, DEEPEST_MESSAGE):
                found.append(value)
            else:
                strange = strange or value is not None
        return found, strange
