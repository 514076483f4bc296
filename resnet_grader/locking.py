"""One grader at a time: the gradebook has one writer."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def only_grader(root: Path, wait: Callable[[str], None]) -> Iterator[None]:
    """Be the only `resnet-grader grade` of the course in `root`; another one is waited for.

    wait: told once, in a sentence, when there is somebody to wait for. The lock is Linux's, so it ends
    with its process, however that ends.
    """
    path = root / ".resnet-grader" / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            wait(f"another grader (process {file.read().strip() or '?'}) is at work here: waiting")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
