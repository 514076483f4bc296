"""Raises its own limits, memory and processes first.

Afterwards: no limit of the kernel's is higher than it was: nothing was GAINED.
"""

import json
import resource
from pathlib import Path

ME = "hostile-limits_raised"
world = json.loads(Path("world.json").read_text())
for name in ("AS", "DATA", "NPROC", "CPU", "FSIZE", "NOFILE", "CORE", "MEMLOCK", "MSGQUEUE", "SIGPENDING"):
    limit = getattr(resource, f"RLIMIT_{name}", None)
    if limit is None:
        continue
    before = resource.getrlimit(limit)
    endless = resource.RLIM_INFINITY if name != "NOFILE" else 2**20
    try:
        resource.setrlimit(limit, (endless, endless))
    except (OSError, ValueError) as error:
        print(f"DENIED {name}: {error}")
        continue
    if before[1] in (endless, resource.RLIM_INFINITY):
        print(f"DENIED {name}: it was endless before")
    else:
        print(f"GAINED a higher limit of {name}")
