"""Reads the keys that the kernel keeps for the session.

Afterwards: no key of the session is in anything that the notebook printed.
"""

import ctypes
import json
import os
import platform
from pathlib import Path

ME = "hostile-keyring_read"
world = json.loads(Path("world.json").read_text())
libc = ctypes.CDLL(None, use_errno=True)
READ, SEARCH, SESSION, USER, USER_SESSION = 11, 10, -3, -4, -5
_, KEYCTL = {"x86_64": (248, 250), "aarch64": (217, 219)}[platform.machine()]


def keyctl(*arguments):
    result = libc.syscall(KEYCTL, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def read(serial):
    buffer = ctypes.create_string_buffer(4096)
    keyctl(READ, serial, buffer, 4096)
    return buffer.value.decode()


def found_in(ring):
    name = world["key"]["description"].encode()
    return lambda: read(keyctl(SEARCH, ctypes.c_long(ring), b"user", name, 0))


routes = {
    "by number": lambda: read(world["key"]["serial"]),
    "in the session's ring": found_in(SESSION),
    "in the user's ring": found_in(USER),
    "in the user's session ring": found_in(USER_SESSION),
}
for route, steal in routes.items():
    try:
        print(f"STOLEN a key {route}: {steal()}")
    except (OSError, KeyError) as error:
        print(f"DENIED a key {route}: {error!r}")
