"""Processor time of a process and of everything that it starts, however that ends.

`getrusage` counts a child when it is waited for, and never counts one whose parent ignores its end, as
the warm process does with its kernels. Linux's performance counters follow every fork and lose nothing:
a task clock that is inherited, opened by the process that is to be measured, before it starts anything.
Source: perf_event_open(2).

An ordinary account may open one where `kernel.perf_event_paranoid` is 1 or less (``sudo sysctl
kernel.perf_event_paranoid=1``); root always may. Where it is not allowed, only wall time is measured.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import time
from dataclasses import dataclass
from pathlib import Path

SYSTEM_CALL = {"x86_64": 298, "aarch64": 241}
ATTRIBUTES = 112  # bytes of struct perf_event_attr, version 5
SOFTWARE, TASK_CLOCK = 1, 1
INHERIT = 1 << 1
CLOSE_ON_EXEC = 8
THIS_PROCESS, ANY_PROCESSOR, NO_GROUP = 0, -1, -1


@dataclass(frozen=True)
class Spent:
    """Seconds: of processors (user and system, None where they cannot be counted) and of the wall clock."""

    cpu: float | None
    wall: float

    def __sub__(self, other: Spent) -> Spent:
        cpu = None if self.cpu is None or other.cpu is None else self.cpu - other.cpu
        return Spent(cpu, self.wall - other.wall)

    def __add__(self, other: Spent) -> Spent:
        cpu = None if self.cpu is None or other.cpu is None else self.cpu + other.cpu
        return Spent(cpu, self.wall + other.wall)

    def __truediv__(self, count: float) -> Spent:
        return Spent(None if self.cpu is None else self.cpu / count, self.wall / count)


class Meter:
    """Counts from when it is made. To be made first, in the main thread of a fresh process."""

    def __init__(self) -> None:
        self.why_not = ""
        self._start = time.monotonic()
        self._before = time.process_time()
        try:
            self._counter: int | None = _open_counter()
        except OSError as error:
            self._counter, self.why_not = None, f"processor time is not counted: {error.strerror}"

    def spent(self) -> Spent:
        """What this process and its descendants have spent since this process started to count.

        Processor time from before, which went into starting Python, is in it.
        """
        wall = time.monotonic() - self._start
        if self._counter is None:
            return Spent(None, wall)
        nanoseconds = struct.unpack("Q", os.read(self._counter, 8))[0]
        return Spent(self._before + nanoseconds / 1e9, wall)


def most_memory() -> int:
    """Bytes of memory that this process has had at most.

    `getrusage` tells that of the process that started it, where that was more.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError("/proc/self/status does not say how much memory there was at most")


def _open_counter() -> int:
    if platform.machine() not in SYSTEM_CALL:
        raise OSError(0, f"the number of the system call on {platform.machine()} is not known here")
    fields = struct.pack("IIQQQQQ", SOFTWARE, ATTRIBUTES, TASK_CLOCK, 0, 0, 0, INHERIT)
    attributes = ctypes.create_string_buffer(fields, ATTRIBUTES)
    counter = ctypes.CDLL(None, use_errno=True).syscall(
        ctypes.c_long(SYSTEM_CALL[platform.machine()]),
        attributes,
        ctypes.c_int(THIS_PROCESS),
        ctypes.c_int(ANY_PROCESSOR),
        ctypes.c_int(NO_GROUP),
        ctypes.c_ulong(CLOSE_ON_EXEC),
    )
    if counter < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return int(counter)
