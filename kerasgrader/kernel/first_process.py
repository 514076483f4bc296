"""Process 1 of a kernel's namespaces: it seals itself, forks the kernel, and watches over it.

It runs only the grader's code: the kernel cannot inspect, stop or kill it, and when it ends, Linux
kills every process in its namespaces. It ends when the kernel ends, when the lifeline closes
(because the grader closes it, or has ended), or when time or memory is used up.

Over the lifeline it sends JSON objects, one per message: ``{"sealed": true}`` or ``{"error": why}``
at the start, ``{"ended": status}`` or ``{"limit": which}`` at the end. The grader sends it
``signal <number>``, and ``clock`` or ``new clock``, which it answers by ``{"clock": reading}``.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from kerasgrader.kernel import CLOCK, NEW_CLOCK, calls, linux, processor_time, root, seal
from kerasgrader.kernel.limits import MIB, Limits

TICK = 0.05  # seconds between checks of memory and time
SCARCE = 512 * MIB  # bytes: with less than this available, Linux is about to kill processes itself
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class World:
    """The folders, seal and limits of one kernel.

    root: an empty folder for its file system. folder: its working folder. files: a folder whose
    files, except notebooks, are copied into it. layers: the names of the seal's layers to apply.
    packages: the folders of Python packages that it may read, besides Python's own. hidden: folders
    in them that it finds empty. watch_memory: whether process 1 enforces the limit on total memory.
    """

    root: str
    folder: str
    files: str | None
    layers: tuple[str, ...]
    limits: Limits
    packages: tuple[str, ...]
    hidden: tuple[str, ...]
    watch_memory: bool

    def has(self, layer: str) -> bool:
        """Whether to apply this layer of the seal."""
        return layer in self.layers

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> World:
        """The world from the output of `dataclasses.asdict`."""
        lists = {name: tuple(data[name]) for name in ("layers", "packages", "hidden")}
        return cls(**{**data, **lists, "limits": Limits(**data["limits"])})


def begin(
    world: World,
    lifeline: socket.socket,
    maps: socket.socket,
    keep: set[int],
    run_kernel: Callable[[], NoReturn],
) -> NoReturn:
    """In a fresh fork: seal it, run the kernel in a child, watch, and end. Never returns.

    keep: the open files that the kernel needs.
    """
    started = time.monotonic()
    try:
        seal.close_files({lifeline.fileno(), maps.fileno(), *keep})
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        if world.has("namespaces"):
            seal.enter_namespaces()
        seal.introduce(maps)
        maps.close()
        if world.has("namespaces") and os.fork():
            os._exit(0)
        _seal(world)
        kernel = os.fork()
        if kernel == 0:
            _be_kernel(lifeline, run_kernel)
    except BaseException as error:
        _say(lifeline, {"error": f"{error}" or type(error).__name__})
        os._exit(1)
    try:
        for descriptor in keep:
            os.close(descriptor)
        _say(lifeline, {"sealed": True})
        _say(lifeline, _watch(world, lifeline, kernel, started))
        if not world.has("namespaces"):
            _end_descendants()
    finally:  # whatever happens, this fork must never go on as the warm process
        os._exit(0)


def _seal(world: World) -> None:
    if world.has("namespaces"):
        root.enter(
            world.root, world.folder, world.files, world.limits, world.packages, world.hidden
        )
        seal.forbid_namespaces()
    else:
        linux.adopt_orphans()
        if world.files is not None:
            root.copy_files(world.files, world.folder)
    seal.limit_resources(world.limits)
    if world.has("namespaces"):
        seal.become_student(world.packages)
    os.chdir(world.folder)
    linux.forget_keys()
    linux.forbid_new_privileges()
    if world.layers:
        linux.drop_capabilities()
    linux.set_dumpable(False)
    if world.has("landlock"):
        seal.allow_only(world.folder, world.packages)
    if world.has("system calls"):
        linux.filter_system_calls(calls.program())


def _be_kernel(lifeline: socket.socket, run_kernel: Callable[[], NoReturn]) -> NoReturn:
    try:
        lifeline.close()
        linux.set_dumpable(True)
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        run_kernel()
    finally:
        os._exit(1)


def _watch(world: World, lifeline: socket.socket, kernel: int, started: float) -> dict[str, Any]:
    """Wait until something ends the kernel, and return what it was."""
    kernel_file, others = os.pidfd_open(kernel), set[int]()
    while True:
        ready, _, _ = select.select([lifeline.fileno(), kernel_file], [], [], TICK)
        if lifeline.fileno() in ready:
            order = lifeline.recv(64)
            if not order:
                return {"ended": 0}
            if order == NEW_CLOCK:
                others = processor_time.running() - {kernel}
            if order in (NEW_CLOCK, CLOCK):
                _say(lifeline, {"clock": asdict(processor_time.read_clock(others))})
                continue
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(kernel, int(order.split()[1]))
        status = _reap(kernel)
        if status is not None:
            return {"ended": status}
        if time.monotonic() - started > world.limits.wall:
            return {"limit": "wall"}
        if world.watch_memory:
            if _memory_in_use() > world.limits.memory:
                return {"limit": "memory"}
            if _memory_available() < SCARCE:
                return {"limit": "machine"}


def _reap(kernel: int) -> int | None:
    """Reap all ended processes; the kernel's status, if it is among them."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return 0
        if pid == 0:
            return None
        if pid == kernel:
            return os.waitstatus_to_exitcode(status)


def _memory_in_use() -> int:
    """Bytes of private memory of all other processes (what forks share counts for each of them)."""
    total = 0
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and process.name != "1":
            with suppress(OSError, IndexError):  # it has just ended
                _, resident, shared = process.joinpath("statm").read_text().split()[:3]
                total += (int(resident) - int(shared)) * PAGE
    return total


def _memory_available() -> int:
    """Bytes of memory that the machine has left."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    raise OSError("/proc/meminfo does not say how much memory is available")


def _end_descendants() -> None:
    """Without a process namespace: kill children, and theirs as they become ours, until none is left."""
    while True:
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        if not children:
            return
        for child in children:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(int(child), signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(-1, 0)


def _say(lifeline: socket.socket, what: dict[str, Any]) -> None:
    with suppress(OSError):  # nobody is listening any more
        lifeline.send(json.dumps(what).encode()[:4000])
