"""Looks for memory that its process shares with others by inheritance, and could write to.

Afterwards: there is none: nothing was GAINED.
"""

import json
import os
from pathlib import Path

ME = "hostile-shared_pages_listed"
world = json.loads(Path("world.json").read_text())
try:
    lines = Path("/proc/self/maps").read_text().splitlines()
except OSError as error:
    lines = []
    print(f"DENIED the list: {error}")
for line in lines:
    fields = line.split(maxsplit=5)
    name = fields[5] if len(fields) > 5 else "no name"
    if fields[1][1] == "w" and fields[1][3] == "s" and not name.startswith(os.getcwd()):
        print(f"GAINED shared memory: {name}")
print(f"DENIED the rest of {len(lines)} ranges: they are its own")
