"""Becomes root in a namespace of its own, and from there mounts, binds and looks around.

Afterwards: no private file is in anything that the notebook printed.
"""

import ctypes
import json
import os
import re
from pathlib import Path

ME = "hostile-user_namespace_entered"
world = json.loads(Path("world.json").read_text())
libc = ctypes.CDLL(None, use_errno=True)
NEWNS, NEWUSER, NEWNET, NEWPID = 0x20000, 0x10000000, 0x40000000, 0x20000000
BIND, REC, PRIVATE = 4096, 16384, 1 << 18
uid, gid = os.getuid(), os.getgid()


def call(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")


def mount(source, target, kind, flags):
    call("mount", source, target, kind, ctypes.c_ulong(flags), None)


def become_root():
    call("unshare", NEWUSER | NEWNS)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
    yield "became root of a namespace"
    mount(None, b"/", None, REC | PRIVATE)
    os.makedirs("hole", exist_ok=True)
    mount(b"/", b"hole", None, BIND | REC)
    yield "bound the root elsewhere"
    for name in ("home", "account", "source"):
        path = "hole" + world["secrets"][name]
        for token in re.findall(world["token"], Path(path).read_text()):
            yield f"STOLEN {name}: {token}"


def new_network():
    call("unshare", NEWUSER | NEWNET | NEWPID)
    yield "unshared network and process ids"


def in_a_child(work):
    reading, writing = os.pipe()
    if os.fork() == 0:
        lines = []
        try:
            for line in work():
                lines.append(line if line.startswith("STOLEN") else f"DONE {line}")
        except OSError as error:
            lines.append(f"DENIED {work.__name__}: {error}")
        os.write(writing, "\n".join(lines).encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as said:
        print(said.read())
    os.wait()


in_a_child(become_root)
in_a_child(new_network)
