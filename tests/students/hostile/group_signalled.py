"""Signals whole groups of processes: its own, and that of another.

Afterwards: no process outside the kernel was signalled. Its own group is aimed at only where nobody
else can be in it.
"""

import json
import os
import signal
from pathlib import Path

ME = "hostile-group_signalled"
world = json.loads(Path("world.json").read_text())
alone = os.stat("/proc/self/ns/pid").st_ino != world["namespaces"]["pid"]
groups = {"the victim's": world["victim"]["pid"]}
if alone or os.getpgrp() == os.getpid():
    groups["its own"] = os.getpgrp()
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
for what, group in groups.items():
    try:
        os.killpg(group, signal.SIGUSR1)
        print(f"DONE signalled {what} group")
    except OSError as error:
        print(f"DENIED {what} group: {error}")
