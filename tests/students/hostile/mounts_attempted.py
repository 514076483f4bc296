"""Mounts over what it was given, and takes away what was mounted to keep it in.

Afterwards: no private file is in anything that the notebook printed. Nothing is tried where it would
reach the mounts of the host, for the host's sake.
"""

import ctypes
import json
import os
import re
from pathlib import Path

ME = "hostile-mounts_attempted"
world = json.loads(Path("world.json").read_text())
libc = ctypes.CDLL(None, use_errno=True)
BIND, REC, REMOUNT, DETACH = 4096, 16384, 32, 2
FSOPEN, OPEN_TREE, MOVE_MOUNT = 430, 428, 429
own_namespace = os.stat("/proc/self/ns/mnt").st_ino != world["namespaces"]["mnt"]
if own_namespace and " shared:" in Path("/proc/self/mountinfo").read_text():
    own_namespace = False
    print("GAINED mounts that the host shares: what is done to them here is done there")


def call(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def mount(source, target, kind, flags=0):
    os.makedirs(target, exist_ok=True)
    call("mount", source, target, kind, ctypes.c_ulong(flags), None)


def mounted_roots():
    """Whatever was mounted, taken off layer by layer, in case something else is beneath."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    targets = [line.split()[4] for line in lines]
    done = [target for target in reversed(targets) if not libc.umount2(target.encode(), DETACH)]
    if not done:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


attempts = {
    "a tmpfs": lambda: mount(b"none", b"t", b"tmpfs"),
    "another /proc": lambda: mount(b"none", b"p", b"proc"),
    "/sys": lambda: mount(b"none", b"s", b"sysfs"),
    "the root bound": lambda: mount(b"/", b"r", None, BIND | REC),
    "the parent's root bound": lambda: mount(f"/proc/{os.getppid()}/root".encode(), b"q", None, BIND | REC),
    "the root writable": lambda: call("mount", None, b"/", None, ctypes.c_ulong(REMOUNT | BIND), None),
    "a file system by descriptor": lambda: call("syscall", FSOPEN, b"tmpfs", 0),
    "a tree cloned": lambda: call("syscall", OPEN_TREE, -100, b"/", 1),
    "what was mounted taken off": mounted_roots,
}
for what, attempt in attempts.items():
    if not own_namespace:
        print(f"DENIED {what}: not tried on the host")
        continue
    try:
        attempt()
        print(f"DONE {what}")
    except OSError as error:
        print(f"DENIED {what}: {error}")
for name, path in world["secrets"].items():
    for start in ("r", "q", "/"):
        if not own_namespace:
            continue
        try:
            text = Path(start + path if start != "/" else path).read_bytes().decode("latin-1")
            for token in re.findall(world["token"], text):
                print(f"STOLEN {name} below {start}: {token}")
        except OSError:
            continue
