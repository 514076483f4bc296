"""The processes that attacks start: which of them are left, and what they took while they ran.

An attack's process is known by its marker, in its name, its arguments or its environment. Processes
that began before the world did are left out of account.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import psutil

from kerasgrader.kernel.limits import GIB
from kerasgrader.kernel.limits import Limits as KernelLimits
from tests.support.observers.markers import Trace, marks_in

# Names the running test, which may be named after an attack; every child inherits it.
_NOT_OURS = ("PYTEST_CURRENT_TEST",)
_GONE = (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess)


SEALED = KernelLimits()
# Bytes: what is taken between two looks of a kernel's first process, which holds it to its limit where
# there are no control groups.
MARGIN = 3 * GIB


@dataclass(frozen=True)
class Limits:
    """More than this is harm: processes and threads at once, bytes of memory and disk, files."""

    processes: int = SEALED.processes + 1
    threads: int = SEALED.processes + 1
    memory: int = SEALED.memory + MARGIN
    disk: int = 2**30
    files: int = 20_000


@dataclass
class Peak:
    """The most that the processes of one name had at once."""

    processes: int = 0
    threads: int = 0
    memory: int = 0


@dataclass
class Watch:
    """Looks at processes, memory and disk from time to time, in a thread. Use in a `with` statement.

    peaks: by the name that the processes carry. taken: of disk and files, whoever took them.
    """

    limits: Limits
    folder: Path
    seconds: float = 0.25
    peaks: dict[str, Peak] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)

    def __enter__(self) -> Watch:
        self._before = set(psutil.process_iter())
        self._stop = Event()
        self._disk = self._used()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def traces(self) -> Iterator[Trace]:
        """What is left, and what was taken beyond the limits."""
        for name, peak in sorted(self.peaks.items()):
            if peak.processes > self.limits.processes:
                yield Trace(f"had more than {self.limits.processes} processes at once", name)
            if peak.threads > self.limits.threads:
                yield Trace(f"had more than {self.limits.threads} threads at once", name)
            if peak.memory > self.limits.memory:
                yield Trace(f"took more than {self.limits.memory} bytes of memory", name)
        if self.taken.get("disk", 0) > self.limits.disk:
            yield Trace(f"took more than {self.limits.disk} bytes of disk")
        if self.taken.get("files", 0) > self.limits.files:
            yield Trace(f"made more than {self.limits.files} files")
        for _, marks in self.left():
            yield Trace("left a process running", marks)

    def left(self, patience: float = 1.0) -> list[tuple[psutil.Process, str]]:
        """The attacks' processes that still run, and their markers. Gives those that end a moment."""
        until = time.monotonic() + patience
        while (found := list(self._marked())) and time.monotonic() < until:
            time.sleep(0.05)
        return found

    def end_all(self) -> None:
        """End what is left."""
        for process, _ in self.left(0):
            try:
                process.kill()
            except _GONE:
                continue

    def look(self) -> None:
        """Look once."""
        now: dict[str, Peak] = {}
        for process, marks in self._marked(with_environment=False):
            for mark in marks.split():
                peak = now.setdefault(mark, Peak())
                peak.processes += 1
                peak.threads += _threads(process)
                peak.memory += _own_memory(process)
        for mark, found in now.items():
            peak = self.peaks.setdefault(mark, Peak())
            peak.processes = max(peak.processes, found.processes)
            peak.threads = max(peak.threads, found.threads)
            peak.memory = max(peak.memory, found.memory)
        for what, used in self._used().items():
            self.taken[what] = max(self.taken.get(what, 0), used - self._disk[what])

    def _watch(self) -> None:
        while not self._stop.wait(self.seconds):
            self.look()

    def _used(self) -> dict[str, int]:
        found = os.statvfs(self.folder)
        return {
            "disk": shutil.disk_usage(self.folder).used,
            "files": found.f_files - found.f_ffree,
        }

    def _marked(self, with_environment: bool = True) -> Iterator[tuple[psutil.Process, str]]:
        for process in psutil.process_iter():
            try:
                if process in self._before or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                texts = [process.name(), *process.cmdline()]
                if with_environment:
                    texts += [v for k, v in process.environ().items() if k not in _NOT_OURS]
            except _GONE:
                continue
            marks = marks_in(" ".join(texts))
            if marks:
                yield process, " ".join(sorted(marks))


def _threads(process: psutil.Process) -> int:
    try:
        return int(process.num_threads())
    except _GONE:
        return 0


def _own_memory(process: psutil.Process) -> int:
    """Its share of memory: what a fork still has in common with its parent counts once."""
    try:
        return int(process.memory_full_info().pss)
    except _GONE:
        return 0
