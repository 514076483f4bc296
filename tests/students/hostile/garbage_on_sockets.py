"""Writes random bytes into the sockets that its kernel has open, below the protocol.

Afterwards: nobody waited longer than the limit, the grader lives, and no process is left.
"""

STALLS = True

import ctypes
import json
import os
import socket
import stat
import time
from pathlib import Path

from ipykernel.kernelapp import IPKernelApp

ME = "hostile-garbage_on_sockets"
world = json.loads(Path("world.json").read_text())
ctypes.CDLL(None).prctl(15, ME.encode())
print("DONE writes into its sockets", flush=True)
time.sleep(0.5)
# A frame that says it is longer than anything, for the parsers of ZeroMQ, and what is no frame at all.
garbage = (b"\x02\x7f" + b"\xff" * 1000, os.urandom(1000), b"GET / HTTP/1.1\r\n\r\n")
heartbeat = str(IPKernelApp.instance().hb_port)
until = time.monotonic() + 5
while time.monotonic() < until:
    for number in [int(name) for name in os.listdir("/proc/self/fd")]:
        try:
            if number > 2 and stat.S_ISSOCK(os.fstat(number).st_mode):
                with socket.socket(fileno=os.dup(number)) as copy:
                    if heartbeat not in str(copy.getsockname()):  # which has an attack of its own
                        for text in garbage:
                            copy.send(text, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        except OSError:
            continue
    time.sleep(0.1)
