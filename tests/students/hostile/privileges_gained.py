"""Tries to become somebody else: other users, capabilities, programs that run as root.

Afterwards: it has no capability, and no way to one: nothing was GAINED.
"""

import ctypes
import json
import os
import shutil
from pathlib import Path

ME = "hostile-privileges_gained"
world = json.loads(Path("world.json").read_text())
libc = ctypes.CDLL(None, use_errno=True)
NO_NEW_PRIVILEGES, AMBIENT, SECURE_BITS = 38, 47, 28


def of_itself(name):
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return lines[name].strip()


def prctl(*arguments):
    if libc.prctl(*arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def all_capabilities():
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    wanted = (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)
    if libc.capset(header, wanted) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def root_again():
    if os.getuid() == 0:
        raise OSError("it is root, as it was before")
    os.setresuid(0, 0, 0)


def program_of_root():
    for name in ("su", "passwd", "newgrp", "mount", "chsh"):
        path = shutil.which(name)
        becomes_root = path and os.stat(path).st_mode & 0o4000 and os.access(path, os.X_OK)
        if becomes_root and os.getuid() != 0 and of_itself("NoNewPrivs") == "0":
            return
    raise OSError("there is none that would help")


def groups_dropped():
    before = os.getgroups()
    os.setgroups([0])
    if os.getgroups() == before:
        raise OSError("they are as before")


attempts = {
    "no_new_privs taken back": lambda: prctl(NO_NEW_PRIVILEGES, 0, 0, 0, 0),
    "all capabilities": all_capabilities,
    "ambient capabilities": lambda: prctl(AMBIENT, 2, 21, 0, 0),
    "secure bits": lambda: prctl(SECURE_BITS, 0, 0, 0, 0),
    "root again": root_again,
    "other groups": groups_dropped,
    "a program of root within reach": program_of_root,
}
effective = of_itself("CapEff")
for what, attempt in attempts.items():
    try:
        attempt()
        print(f"GAINED {what}")
    except OSError as error:
        print(f"DENIED {what}: {error}")
after = of_itself("CapEff")
if int(after, 16):
    print(f"GAINED capabilities: {effective} before, {after} after")
else:
    print("DENIED capabilities: it has none")
