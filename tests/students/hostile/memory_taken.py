"""Takes memory until there is no more.

Afterwards: it had no more than a kernel may have, and nobody else was ended for it. At most 14 GiB are
tried, and never the machine's last two.
"""

import ctypes
import json
import time
from pathlib import Path

ME = "hostile-memory_taken"
world = json.loads(Path("world.json").read_text())
ctypes.CDLL(None).prctl(15, ME.encode())


def free_gibibytes():
    """Of the machine; where that cannot be seen, as if there was no end."""
    try:
        text = Path("/proc/meminfo").read_text()
    except OSError:
        return float("inf")
    lines = dict(line.split(":") for line in text.splitlines())
    return int(lines["MemAvailable"].split()[0]) / 2**20


print("DONE begins to take memory", flush=True)
time.sleep(0.5)
hoard = []
try:
    while len(hoard) < 14 and free_gibibytes() > 3:
        hoard.append(b"x" * 2**30)
    print(f"DONE took {len(hoard)} GiB")
except (MemoryError, OSError) as error:
    print(f"DENIED after {len(hoard)} GiB: {error!r}")
hoard.clear()
