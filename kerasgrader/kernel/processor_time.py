"""Processor time of a kernel's processes, read from outside: by process 1, from /proc.

Sources: proc_pid_stat(5); the Linux kernel's scheduler/sched-stats (run delay, in nanoseconds).
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Clock:
    """One reading, in seconds. passed: of wall-clock time. worked: of processor time, all processes
    together. waited: in which they could have run and had no processor; None if Linux does not tell."""

    passed: float
    worked: float
    waited: float | None


def read_clock() -> Clock:
    """The clock of all processes below this one, but for this one itself. Raises OSError."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked, waited = ended.ru_utime + ended.ru_stime, _stolen()
    told = Path("/proc/self/schedstat").exists()
    for process in _below(os.getpid()):
        with suppress(OSError, IndexError, ValueError):  # it has just ended
            worked += sum(map(int, _stat(process)[11:15])) / TICKS
            for thread in (process / "task").iterdir() if told else ():
                waited += int((thread / "schedstat").read_text().split()[1]) / 1e9
    return Clock(time.monotonic(), worked, waited if told else None)


def _below(pid: int) -> Iterator[Path]:
    """The processes that this one has started, and theirs."""
    children: dict[int, list[Path]] = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                children.setdefault(int(_stat(process)[1]), []).append(process)
    waiting = children.get(pid, [])
    while waiting:
        process = waiting.pop()
        yield process
        waiting += children.get(int(process.name), [])


def _stat(process: Path) -> list[str]:
    """The fields of a process's stat after its name, which may hold anything."""
    return (process / "stat").read_text().rpartition(")")[2].split()


def _stolen() -> float:
    """Seconds that the hypervisor of a virtual machine had its processors run others."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return int(fields[8]) / TICKS
