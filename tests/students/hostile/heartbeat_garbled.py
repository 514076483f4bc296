"""Answers the client's heartbeat with bytes that are no answer, so that it waits for ever for another.

Afterwards: nobody waited longer than the limit, and the next submission was graded.
"""

import ctypes
import json
import os
import socket
import stat
import time
from pathlib import Path

from ipykernel.kernelapp import IPKernelApp

ME = "hostile-heartbeat_garbled"
world = json.loads(Path("world.json").read_text())
ctypes.CDLL(None).prctl(15, ME.encode())
port = IPKernelApp.instance().hb_port


def belongs_to_the_heartbeat(name):
    """Whether a socket's own address is that of the heartbeat, over TCP or by path."""
    return str(name).endswith(f"-{port}") or (isinstance(name, tuple) and name[1:2] == (port,))


# A frame that says it is longer than anything: ZeroMQ gives the connection up, and nobody answers again.
ENDLESS_FRAME = b"\x02\x7f" + b"\xff" * 1000
garbled, until = 0, time.monotonic() + 4
while time.monotonic() < until:
    for number in [int(name) for name in os.listdir("/proc/self/fd")]:
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                with socket.socket(fileno=os.dup(number)) as copy:
                    if belongs_to_the_heartbeat(copy.getsockname()):
                        copy.send(ENDLESS_FRAME, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
                        garbled += 1
        except OSError:
            continue
    time.sleep(0.1)
print(f"DONE wrote {garbled} times into the heartbeat's connections")
