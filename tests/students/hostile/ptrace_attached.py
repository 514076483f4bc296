"""Attaches to other processes as a debugger does, reads their memory and changes it.

Afterwards: nobody traces another process, and the victim's memory is as it was and was not printed.
"""

import ctypes
import json
import os
import re
from pathlib import Path

ME = "hostile-ptrace_attached"
world = json.loads(Path("world.json").read_text())
victim = world["victim"]
PEEK, POKE, ATTACH, DETACH, SEIZE = 2, 5, 16, 17, 0x4206
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def ptrace(request, pid, address=None, data=None):
    ctypes.set_errno(0)
    result = libc.ptrace(request, pid, address, data)
    if ctypes.get_errno():
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def attach():
    pid = victim["pid"]
    ptrace(ATTACH, pid)
    os.waitpid(pid, 0)
    words = [
        ptrace(PEEK, pid, victim["secret"] + at).to_bytes(8, "little", signed=True)
        for at in range(0, victim["secret_length"], 8)
    ]
    ptrace(POKE, pid, victim["canary"], int.from_bytes(b"hostile ", "little"))
    ptrace(DETACH, pid)
    return b"".join(words).decode("latin-1")


def seize_the_victim():
    ptrace(SEIZE, victim["pid"])
    return ""


def seize_the_parent():
    ptrace(SEIZE, parent)
    return ""


def in_a_child(work):
    """What `work` says, from a process of its own: when that ends, whatever it traces is let go."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            text = work()
            lines = [f"DONE {work.__name__}"]
            lines += [f"STOLEN {work.__name__}: {token}" for token in re.findall(world["token"], text)]
        except OSError as error:
            lines = [f"DENIED {work.__name__}: {error}"]
        os.write(writing, "\n".join(lines).encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as said:
        print(said.read())
    os.waitpid(child, 0)


parent = os.getppid()
for work in (attach, seize_the_victim, seize_the_parent):
    in_a_child(work)
