"""Processor time of a kernel's processes, read from outside: by process 1, from /proc.

Sources: proc_pid_stat(5); the Linux kernel's scheduler/sched-stats (run delay, in nanoseconds).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Clock:
    """One reading, in seconds. passed: of wall-clock time. worked: of processor time, all processes that
    are running together. waited: in which those that have not lowered their own priority could have run
    and had no processor; None if Linux does not tell."""

    passed: float
    worked: float
    waited: float | None


def running() -> set[int]:
    """The processes below this one."""
    return {int(process.name) for process in _below(os.getpid(), set())}


def read_clock(others: Set[int] = frozenset()) -> Clock:
    """The clock of all processes below this one, but for this one itself. Raises OSError.

    others: processes that do not count, nor those that they have started: they are none of the
    present cell's.
    """
    worked, waited = 0.0, _stolen()
    told = Path("/proc/self/schedstat").exists()
    for process in _below(os.getpid(), others):
        with suppress(OSError, IndexError, ValueError):  # it has just ended
            worked += sum(map(int, _stat(process)[11:13])) / TICKS
            for thread in (process / "task").iterdir() if told else ():
                if not _stands_back(thread):
                    waited += int((thread / "schedstat").read_text().split()[1]) / 1e9
    return Clock(time.monotonic(), worked, waited if told else None)


def _below(pid: int, others: Set[int]) -> Iterator[Path]:
    """The processes that this one has started, and theirs, without `others` and theirs."""
    children: dict[int, list[Path]] = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                children.setdefault(int(_stat(process)[1]), []).append(process)
    waiting = children.get(pid, [])
    while waiting:
        process = waiting.pop()
        if int(process.name) in others:
            continue
        yield process
        waiting += children.get(int(process.name), [])


def _stat(process: Path) -> list[str]:
    """The fields of a process's stat after its name, which may hold anything."""
    return (process / "stat").read_text().rpartition(")")[2].split()


def _stands_back(thread: Path) -> bool:
    """Whether a thread has a lower priority than this process. On a busy machine it may wait for ever, and
    hide for as long that what should work beside it is asleep."""
    fields = _stat(thread)
    nice, policy = int(fields[16]), int(fields[38])
    return nice > os.getpriority(os.PRIO_PROCESS, 0) or policy == os.SCHED_IDLE


def _stolen() -> float:
    """Seconds that a hypervisor had a processor of this machine run others, on average."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return int(fields[8]) / TICKS / (os.cpu_count() or 1)
