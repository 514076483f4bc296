"""Cache of executions by key, so that none is repeated: plain JSON files, written atomically.

Any number of processes may read and write at once. An entry carries a digest of itself: one that
was truncated by a full disk, or changed, is dropped, and the notebook is executed again.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerasgrader.course.course import Unit
from kerasgrader.errors import GraderFault
from kerasgrader.execution.job import Executed
from kerasgrader.files import write_atomically

DAY = 24 * 60 * 60
DIGEST = "digest"


@dataclass(frozen=True)
class CacheEntry:
    """A file of the cache. size: bytes. unused: seconds since it was last written or read."""

    path: Path
    size: int
    unused: float


class Cache:
    """The results in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> Executed | None:
        """The result of this key; None if it is missing or damaged."""
        path = self._path(key)
        try:
            value = json.loads(path.read_text("utf-8"))
            whole = value.pop(DIGEST) == _digest(value)
            result = Executed.from_plain(value) if whole else None
        except OSError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError):
            result = None
        if result is None:
            with suppress(
                OSError
            ):  # in a cache that cannot be written it stays, and is always ignored
                path.unlink(missing_ok=True)
            return None
        with suppress(OSError):
            os.utime(path)
        return result

    def put(self, key: str, result: Executed) -> None:
        """Store a result. Raises GraderFault if it cannot be written."""
        value = result.to_plain()
        text = json.dumps({**value, DIGEST: _digest(value)})
        try:
            write_atomically(self._path(key), text)
        except OSError as error:
            raise GraderFault(
                f"an executed notebook could not be stored in {self.folder}: {error}"
            ) from error

    def entries(self) -> Iterator[CacheEntry]:
        """All entries."""
        now = time.time()
        for path in self.folder.glob("??/*.json"):
            with suppress(FileNotFoundError):  # another process has just pruned it
                status = path.stat()
                yield CacheEntry(path, status.st_size, now - status.st_mtime)

    def prune(self, days: float) -> int:
        """Remove entries that were not used for that many days; return the bytes this frees."""
        freed = 0
        for entry in self.entries():
            if entry.unused >= days * DAY:
                entry.path.unlink(missing_ok=True)
                freed += entry.size
        return freed

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"


def cache_of(unit: Unit) -> Cache:
    """The cache of a unit."""
    return Cache(unit.grader_folder / "executed")


def _digest(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
