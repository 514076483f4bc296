"""Starts as many threads as it can.

Afterwards: none is left, and other processes could start theirs. At most 2,000 are tried.
"""

import ctypes
import json
import threading
from pathlib import Path

ME = "hostile-threads_by_thousands"
world = json.loads(Path("world.json").read_text())
ctypes.CDLL(None).prctl(15, ME.encode())
enough = threading.Event()
threads = []
try:
    for _ in range(2000):
        threads.append(threading.Thread(target=enough.wait, args=(10,), daemon=True))
        threads[-1].start()
    print(f"DONE started {len(threads)} threads")
except (RuntimeError, OSError, MemoryError) as error:
    print(f"DENIED after {len(threads)} threads: {error}")
enough.set()
