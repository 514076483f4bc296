"""Sends signals to other processes: to one it knows, and to all where nobody else's can be hit.

Afterwards: no process outside the kernel was signalled, stopped or ended. Every process is aimed at
only where process ids are the kernel's own; elsewhere the victim alone is, for the test's own sake.
"""

import json
import os
import signal
from pathlib import Path

ME = "hostile-signals_sent"
world = json.loads(Path("world.json").read_text())
victim = world["victim"]["pid"]
own_namespace = (
    os.stat("/proc/self/ns/pid").st_ino != world["namespaces"]["pid"]
    and os.readlink("/proc/self") == str(os.getpid())
)
deadly = {signal.SIGKILL, signal.SIGSTOP}


def send(pid, number):
    try:
        os.kill(pid, number)
        print(f"DONE sent {number} to {pid}")
    except OSError as error:
        print(f"DENIED {number} to {pid}: {error}")


def ignore_all():
    for number in signal.valid_signals() - deadly:
        signal.signal(number, signal.SIG_IGN)


for number in sorted(signal.valid_signals() - deadly):
    send(victim, number)
for number in sorted(deadly):
    send(victim, number)
if own_namespace:
    before = {number: signal.getsignal(number) for number in signal.valid_signals() - deadly}
    ignore_all()
    for pid in (os.getppid(), 1):
        for number in (0, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL):
            if pid not in (0, os.getpid()):
                send(pid, number)
    send(-1, signal.SIGTERM)
    send(-1, signal.SIGKILL)
    for number, handler in before.items():
        if handler is not None:
            signal.signal(number, handler)
