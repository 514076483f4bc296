"""Reads from and writes to the open files that it has inherited.

Afterwards: no file of the grading process was read or written through a descriptor of the kernel's.
"""

import json
import os
import re
import stat
from pathlib import Path

ME = "hostile-descriptors_inherited"
world = json.loads(Path("world.json").read_text())
here = os.getcwd()
seen = 0
for number in range(3, 1024):
    try:
        kind = os.fstat(number).st_mode
        target = os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        continue
    seen += 1
    if stat.S_ISDIR(kind) and not target.startswith(here):
        print(f"GAINED an open folder: {target}")
    if not stat.S_ISREG(kind) or target.startswith(here):
        continue
    try:
        tokens = re.findall(world["token"], os.pread(number, 65536, 0).decode("latin-1"))
        for token in tokens:
            print(f"STOLEN inherited file {number}: {token}")
        if tokens:  # a stranger's file, the history of somebody's own kernel say, is left alone
            os.pwrite(number, f"{ME} ".encode(), 0)
            print(f"DONE wrote into inherited file {number}")
    except OSError as error:
        print(f"DENIED inherited file {number}: {error}")
print(f"DENIED any other file among {seen} descriptors: there is none")
