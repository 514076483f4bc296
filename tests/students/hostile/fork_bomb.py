"""Starts processes that start processes.

Afterwards: none of them is left, and there were never more than a kernel may have. At most 400 are
tried, and each ends by itself.
"""

import ctypes
import json
import os
import time
from pathlib import Path

ME = "hostile-fork_bomb"
world = json.loads(Path("world.json").read_text())
libc = ctypes.CDLL(None)
print("DONE begins to fork", flush=True)
started = 0
until = time.monotonic() + 10


def sleep():
    libc.prctl(15, ME.encode())
    time.sleep(15)
    os._exit(0)


try:
    while started < 200 and time.monotonic() < until:
        if os.fork() == 0:
            try:
                os.fork()
            finally:
                sleep()
        started += 1
    print(f"DONE started {2 * started} processes")
except OSError as error:
    print(f"DENIED after {started} processes: {error}")
time.sleep(1)
