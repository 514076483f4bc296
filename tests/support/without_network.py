"""Programs in a network namespace of their own: they reach each other and nothing else. Linux, as root."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

# Brings the loopback device up, which is all that there is, and becomes the program.
LOOPBACK = """
import fcntl, os, socket, struct, sys
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    fcntl.ioctl(one, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
os.execvp(sys.argv[1], sys.argv[1:])
"""


def without_network(*command: str) -> list[str]:
    """The command that runs this one without a network, as the process that is started."""
    return ["unshare", "--net", "--", sys.executable, "-c", LOOPBACK, *command]


def beside(pid: int, program: str, script: Path) -> Path:
    """Write a script that runs a program in the namespace of a process, for what takes a path."""
    enter = f'exec nsenter --target {pid} --net -- "{program}" "$@"\n'
    script.write_text(f"#!/bin/sh\n{enter}", "utf-8")
    script.chmod(0o755)
    return script


@lru_cache
def why_not() -> str:
    """Why there can be no such namespace here; "" if there can."""
    missing = [name for name in ("unshare", "nsenter") if shutil.which(name) is None]
    if missing:
        return f"there is no {missing[0]}: apt install util-linux"
    done = subprocess.run(without_network("true"), capture_output=True, text=True)
    return done.stderr.strip()[-200:] or ("" if done.returncode == 0 else "unshare fails")
