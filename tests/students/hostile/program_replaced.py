"""Replaces its own program by another, which answers nothing and does not end.

Afterwards: nobody waited longer than the limit, and no process is left.
"""

STALLS = True

import json
import os
import sys
import time
from pathlib import Path

ME = "hostile-program_replaced"
world = json.loads(Path("world.json").read_text())
print("DONE becomes another program", flush=True)
time.sleep(0.5)
try:
    os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(120)", ME])
except OSError as error:
    print(f"DENIED another program: {error}")
