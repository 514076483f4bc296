"""Prints without end, in small pieces and in large ones, with control characters among them.

Afterwards: what is kept of it is limited, the marks are there, and nobody waited longer than the limit.
"""

import json
import sys
import time
from pathlib import Path

ME = "hostile-output_flood"
world = json.loads(Path("world.json").read_text())
print("DONE began to print", flush=True)
until = time.monotonic() + 10
while time.monotonic() < until:
    sys.stdout.write("\x1b[2J\r\b" + "flood " * 20_000 + "\n")
    sys.stdout.flush()
    for _ in range(1000):
        print("a short line", flush=True)
    sys.stderr.write("flood " * 1000)
