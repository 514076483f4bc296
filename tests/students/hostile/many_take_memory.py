"""Takes memory with many processes, each of which stays under what one process may have.

Afterwards: together they had no more than a kernel may have, and none is left. At most 12 processes
with 1.2 GiB are tried, and never the machine's last two GiB.
"""

import ctypes
import json
import os
import time
from pathlib import Path

ME = "hostile-many_take_memory"
world = json.loads(Path("world.json").read_text())
libc = ctypes.CDLL(None)


def free_gibibytes():
    """Of the machine; where that cannot be seen, as if there was no end."""
    try:
        text = Path("/proc/meminfo").read_text()
    except OSError:
        return float("inf")
    lines = dict(line.split(":") for line in text.splitlines())
    return int(lines["MemAvailable"].split()[0]) / 2**20


def hold():
    """Take 1.2 GiB and keep it for a few seconds."""
    libc.prctl(15, ME.encode())
    hoard = b"x" * int(1.2 * 2**30)
    time.sleep(8)
    os._exit(len(hoard) > 0)


print("DONE begins to take memory", flush=True)
children = []
try:
    while len(children) < 12 and free_gibibytes() > 4:
        child = os.fork()
        if child == 0:
            try:
                hold()
            finally:
                os._exit(2)
        children.append(child)
        time.sleep(0.5)
except OSError as error:
    print(f"DENIED after {len(children)} processes: {error}")
ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
print(f"DONE {ends.count(1)} of {len(ends)} processes held 1.2 GiB")
