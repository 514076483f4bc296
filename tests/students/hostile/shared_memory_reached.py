"""Reads and changes the memory that other processes share, of POSIX and of System V.

Afterwards: no shared memory of the host is in anything that the notebook printed, and none has changed.
"""

import ctypes
import json
import os
from pathlib import Path

ME = "hostile-shared_memory_reached"
world = json.loads(Path("world.json").read_text())["memory"]
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p


def posix():
    path = Path(world["path"])
    text = path.read_text()
    path.write_text(ME)
    return text


def attached(number):
    ctypes.set_errno(0)
    address = libc.shmat(number, None, 0)
    if ctypes.get_errno():
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    text = ctypes.string_at(address).decode()
    ctypes.memmove(address, f"{ME} ".encode(), len(ME) + 1)
    libc.shmdt(ctypes.c_void_p(address))
    return text


def by_key():
    return attached(libc.shmget(world["key"], 0, 0))


def by_number():
    return attached(world["id"])


for action in (posix, by_key, by_number):
    try:
        print(f"STOLEN shared memory, {action.__name__}: {action()}")
    except (OSError, KeyError) as error:
        print(f"DENIED shared memory, {action.__name__}: {error}")
