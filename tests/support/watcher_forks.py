"""Watchers that can be killed at any moment, without the seconds that one takes to start.

    python -m tests.support.watcher_forks COURSE   # JSON lines on standard input and output

For each line, the seconds after which to kill it (null: never), a fork of this process watches the course
until nothing is left to do. The answer is whether it was killed, and the seconds that it took. With
--execute it has workers of its own; without, every notebook must have been executed before.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from kerasgrader.execution.executors import Workers
from kerasgrader.grading.options import Options
from kerasgrader.kernel.sandbox_layers import strongest_sandbox
from kerasgrader.watching import watcher

PER_LOOK = 0.01  # seconds


@contextmanager
def no_workers(*_: object) -> Iterator[Workers]:
    """In place of workers, where nothing has to be executed."""
    yield Workers(ThreadPoolExecutor(1), 1)


def watch_in_fork(root: Path, kill_after: float | None) -> dict[str, float | bool]:
    """Watch until the end, or until it is killed."""
    started, child = time.monotonic(), os.fork()
    if child == 0:
        status = 1
        try:
            options = Options(workers=1, sandbox=strongest_sandbox())
            watcher.Watcher(root, options).run(once=True)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert status in (0, signal.SIGKILL), status
            return {"killed": status != 0, "seconds": time.monotonic() - started}
        if kill_after is not None and time.monotonic() - started > kill_after:
            os.kill(child, signal.SIGKILL)
        time.sleep(PER_LOOK)


if __name__ == "__main__":
    if "--execute" not in sys.argv:
        watcher.workers = no_workers
    for line in sys.stdin:
        print(json.dumps(watch_in_fork(Path(sys.argv[1]), json.loads(line))), flush=True)
