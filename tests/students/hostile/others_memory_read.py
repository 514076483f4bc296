"""Reads and writes the memory of other processes, through /proc and by system calls.

Afterwards: no memory of another process is in anything that the notebook printed, and none was written.
"""

import ctypes
import json
import os
import re
from pathlib import Path

ME = "hostile-others_memory_read"
world = json.loads(Path("world.json").read_text())
victim = world["victim"]
libc = ctypes.CDLL(None, use_errno=True)


class Part(ctypes.Structure):
    _fields_ = [("address", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def across(call, pid, buffer, address, length):
    here, there = Part(ctypes.addressof(buffer), length), Part(address, length)
    done = getattr(libc, call)(
        ctypes.c_int(pid), ctypes.byref(here), ctypes.c_ulong(1),
        ctypes.byref(there), ctypes.c_ulong(1), ctypes.c_ulong(0),
    )
    if done < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def by_call():
    buffer = ctypes.create_string_buffer(victim["secret_length"])
    across("process_vm_readv", victim["pid"], buffer, victim["secret"], victim["secret_length"])
    return buffer.raw


def by_file():
    with open(f"/proc/{victim['pid']}/mem", "rb", buffering=0) as memory:
        memory.seek(victim["secret"])
        return memory.read(victim["secret_length"])


def written_by_call():
    buffer = ctypes.create_string_buffer(ME.encode())
    across("process_vm_writev", victim["pid"], buffer, victim["canary"], len(ME))
    return b""


def written_by_file():
    with open(f"/proc/{victim['pid']}/mem", "r+b", buffering=0) as memory:
        memory.seek(victim["canary"])
        memory.write(ME.encode())
    return b""


def of_the_parent():
    found, left = b"", 64 * 2**20
    with open(f"/proc/{os.getppid()}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{os.getppid()}/maps").read_text().splitlines():
            if left > 0 and ("[heap]" in line or "[stack]" in line):
                start, end = (int(number, 16) for number in line.split()[0].split("-"))
                memory.seek(start)
                part = memory.read(min(end - start, left))
                left -= len(part)
                found += b" ".join(re.findall(world["token"].encode(), part)[:50])
    return found


for action in (by_call, by_file, of_the_parent, written_by_call, written_by_file):
    try:
        text = action().decode("latin-1")
        print(f"DONE memory {action.__name__}")
        for token in sorted(set(re.findall(world["token"], text))):
            print(f"STOLEN memory {action.__name__}: {token}")
    except (OSError, AttributeError) as error:
        print(f"DENIED memory {action.__name__}: {error}")
