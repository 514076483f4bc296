"""Leaves a process that has detached itself twice and ignores whatever asks it to end.

Afterwards: it is gone before the next submission begins, and has neither written nor called anybody.
"""

import ctypes
import json
import os
import signal
import socket
import time
from pathlib import Path

ME = "hostile-daemon_left"
world = json.loads(Path("world.json").read_text())
until = time.monotonic() + 120


def linger():
    """Write and call, long after the kernel has ended."""
    ctypes.CDLL(None).prctl(15, ME.encode())
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    while time.monotonic() < until:
        time.sleep(1)
        for act in (write, call):
            try:
                act()
            except OSError:
                pass


def write():
    Path(world["folders"]["writable"], f"{ME}.txt").write_text("still here")


def call():
    sockets = world["sockets"]
    with socket.create_connection(("127.0.0.1", sockets["tcp_port"]), timeout=1) as connection:
        connection.sendall(ME.encode())


try:
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            if os.fork() == 0:
                os.setsid()
                linger()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    print("DONE left a process")
except OSError as error:
    print(f"DENIED a process: {error}")
