"""Leaves shared memory, semaphores and message queues behind, which outlive every process.

Afterwards: none of them is there.
"""

import ctypes
import json
import os
import zlib
from pathlib import Path

ME = "hostile-system_v_left"
world = json.loads(Path("world.json").read_text())
libc = ctypes.CDLL(None, use_errno=True)
key, make = zlib.crc32(ME.encode()) & 0x7FFFFFFF, 0o1666
made = {
    "a segment": lambda: libc.shmget(key, 4096, make),
    "a semaphore": lambda: libc.semget(key, 1, make),
    "a queue": lambda: libc.msgget(key, make),
    "a POSIX queue": lambda: libc.mq_open(f"/{ME}".encode(), os.O_CREAT | os.O_RDWR, 0o666, None),
}
for what, make_it in made.items():
    if make_it() >= 0:
        print(f"DONE left {what}")
    else:
        print(f"DENIED {what}: {os.strerror(ctypes.get_errno())}")
