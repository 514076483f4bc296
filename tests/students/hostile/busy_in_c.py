"""Computes without end in compiled code, with every signal blocked, in several threads.

Afterwards: nobody waited longer than the limit, and no process is left. Ends by itself after two
minutes of processor time.
"""

STALLS = True

import ctypes
import json
import re
import resource
import signal
import threading
from pathlib import Path

ME = "hostile-busy_in_c"
world = json.loads(Path("world.json").read_text())
ctypes.CDLL(None).prctl(15, ME.encode())
print("DONE blocks signals", flush=True)
_, hard = resource.getrlimit(resource.RLIMIT_CPU)
if hard == resource.RLIM_INFINITY:
    resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def compute():
    import numpy as np

    matrix = np.ones((3000, 3000))
    while True:
        matrix = matrix @ matrix
        matrix /= matrix.max()


for _ in range(2):
    threading.Thread(target=compute, daemon=True).start()
re.match(r"(a+)+$", "a" * 64 + "b")
