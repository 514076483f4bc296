"""Stops its own process, which then neither answers nor ends.

Afterwards: nobody waited longer than the limit, and no process is left. A helper
ends it after a while.
"""

STALLS = True

import ctypes
import json
import os
import signal
import time
from pathlib import Path

ME = "hostile-stopped_itself"
world = json.loads(Path("world.json").read_text())
ctypes.CDLL(None).prctl(15, ME.encode())
print("DONE stops itself", flush=True)
time.sleep(0.5)
parent = os.getpid()
if os.fork() == 0:
    time.sleep(90)
    if os.getppid() == parent:
        os.kill(parent, signal.SIGKILL)
    os._exit(0)
os.kill(parent, signal.SIGSTOP)
