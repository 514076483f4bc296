"""Leaves what is hard to remove or dangerous to open: locked folders, pipes, devices, sockets, giants.

Afterwards: its folder is gone, nothing waited for a pipe, and no file of a terabyte was read.
"""

import json
import os
import socket
import stat
from pathlib import Path

ME = "hostile-files_that_stay"
world = json.loads(Path("world.json").read_text())


def locked(place):
    folder = Path(place, f"{ME}.locked")
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "file").touch()
    (folder / "inner").chmod(0)
    folder.chmod(0)


def pipe(place):
    os.mkfifo(Path(place, f"{ME}.ipynb"))


def listening(place):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(Path(place, f"{ME}.sock")))


def giant(place):
    with Path(place, f"{ME}.giant").open("wb") as file:
        file.truncate(2**40)


def device(place):
    os.mknod(Path(place, f"{ME}.device"), stat.S_IFCHR | 0o666, os.makedev(1, 5))


def privileged(place):
    path = Path(place, f"{ME}.setuid")
    path.write_text("#!/bin/sh\n")
    path.chmod(0o6755)


for place in (os.getcwd(), world["folders"]["writable"]):
    for action in (locked, pipe, listening, giant, device, privileged):
        try:
            action(place)
            print(f"DONE {action.__name__} in {place}")
        except OSError as error:
            print(f"DENIED {action.__name__} in {place}: {error}")
