"""Sealed kernels for jupyter_client: every client of the kernelspec `kerasgrader` gets one.

Registered as the entry point `kerasgrader` of the group `jupyter_client.kernel_provisioners`.
Grader and kernel talk over ZMQ `ipc` sockets, since a TCP loopback does not cross network
namespaces; the grader creates and opens them itself, so that the kernel needs no writable folder on
the machine.

Long, because it is one class: the interface of jupyter_client, with each limit as a setting.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import shutil
import signal
import socket
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerBase
from traitlets import Bool, Enum, Integer

from kerasgrader.errors import GraderFault
from kerasgrader.kernel import CLOCK, NEW_CLOCK, SANDBOXES, sandbox_layers
from kerasgrader.kernel.cgroup import ControlGroup
from kerasgrader.kernel.environment import (
    hidden_folders,
    must_fit,
    package_folders,
    places,
    variables,
)
from kerasgrader.kernel.first_process import World
from kerasgrader.kernel.limits import Limits
from kerasgrader.kernel.processor_time import Clock
from kerasgrader.kernel.warm_client import WarmParent

PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port")
LONGEST_SOCKET_PATH = 100  # bytes; sockaddr_un has 108
LONGEST_MESSAGE = 4096
SEAL_SECONDS = 60
POLL_SECONDS = 0.005


class SealedKernel(KernelProvisionerBase):
    """A kernel that is a sealed fork of a warm process."""

    sandbox = Enum(
        SANDBOXES,
        "full",
        help="Which layers of the seal a kernel must have: all, those this machine offers, or none.",
    ).tag(config=True)

    warm = Bool(
        True, help="Fork all kernels from one warm process instead of starting one for each."
    ).tag(config=True)

    memory_limit = Integer(
        Limits.memory, help="Bytes of memory of all processes of a kernel together."
    ).tag(config=True)

    address_space_limit = Integer(
        Limits.address_space, help="Bytes of address space of each process."
    ).tag(config=True)

    process_limit = Integer(Limits.processes, help="Processes and threads at a time.").tag(
        config=True
    )

    file_size_limit = Integer(Limits.file_size, help="Bytes of one file.").tag(config=True)

    disk_limit = Integer(Limits.disk, help="Bytes of all files in the working folder.").tag(
        config=True
    )

    files_limit = Integer(Limits.files, help="Files in the working folder.").tag(config=True)

    cpu_limit = Integer(Limits.cpu, help="Seconds of processor time of each process.").tag(
        config=True
    )

    wall_limit = Integer(Limits.wall, help="Seconds from a kernel's start to its end.").tag(
        config=True
    )

    _parent: WarmParent | None = None
    _private: Path | None = None
    _lifeline: socket.socket | None = None
    _control_group: ControlGroup | None = None
    _over: dict[str, Any] | None = None
    pipe: int | None = None  # the end to read of the pipe that the kernel writes to
    clock: Clock | None = None  # the last reading that has arrived

    @property
    def limits(self) -> Limits:
        """The limits of a kernel, as configured."""
        return Limits(
            memory=self.memory_limit,
            address_space=self.address_space_limit,
            processes=self.process_limit,
            file_size=self.file_size_limit,
            disk=self.disk_limit,
            files=self.files_limit,
            cpu=self.cpu_limit,
            wall=self.wall_limit,
        )

    @property
    def over(self) -> dict[str, Any] | None:
        """How the kernel ended, from process 1: ``{"ended": status}`` or ``{"limit": which}``.

        None while it runs, and ``{}`` if process 1 ended without a report. No student's code can
        cause that: something on this machine killed it.
        """
        self._listen()
        return self._over

    @property
    def has_process(self) -> bool:
        return self._lifeline is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        manager = self.parent
        assert manager is not None
        self._over = None
        modules = tuple(kwargs.get("modules", ()))
        start = WarmParent.get if self.warm else WarmParent.another
        self._parent = await asyncio.to_thread(start, modules)
        self._private = self._parent.new_folder()
        manager.transport = "ipc"
        manager.ip = str(self._private / "s")
        if len(os.fsencode(manager.ip)) + 2 > LONGEST_SOCKET_PATH:
            too_long = self._private
            self._forget()
            raise GraderFault(
                f"{too_long} is too long a path for a socket: set TMPDIR to a shorter folder"
            )
        for number, name in enumerate((*PORTS, "hb_port"), 1):
            setattr(manager, name, number)
        self.connection_info = manager.get_connection_info()
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start a kernel. Besides the arguments of jupyter_client it takes

        modules: imported by the warm process beforehand; the kernel can read their packages.
        variables: for the kernel's environment. files: contents by path for the working folder,
        instead of a copy of cwd. wall_limit: seconds, instead of the configured limit. hidden: names
        of folders in packages that it finds empty. pipe_variable: the variable that tells the kernel
        the descriptor of a pipe to write to (see `pipe`).
        """
        limits = replace(self.limits, wall=kwargs.get("wall_limit", self.wall_limit))
        try:
            files = self._write(kwargs["files"]) if kwargs.get("files") else kwargs.get("cwd")
            environment = variables(kwargs["env"]) | dict(kwargs.get("variables", {}))
            await asyncio.to_thread(
                self._launch,
                files,
                environment,
                limits,
                package_folders(kwargs.get("modules", ())),
                kwargs.get("hidden", ()),
                kwargs.get("pipe_variable"),
            )
        except BaseException:
            self._forget()
            raise
        return self.connection_info

    def _launch(
        self,
        files: str | None,
        environment: dict[str, str],
        limits: Limits,
        packages: tuple[str, ...],
        hidden: tuple[str, ...],
        pipe_variable: str | None,
    ) -> None:
        assert self._private is not None and self._parent is not None
        folder, root = str(self._private / "work"), str(self._private / "root")
        for made in (folder, root):
            os.mkdir(made, 0o755)
            os.chmod(made, 0o755)
        if files is not None:
            must_fit(files, limits)
        present = self._layers()
        with suppress(OSError):  # then process 1 watches over memory
            self._control_group = ControlGroup(limits.memory)
        world = World(
            root=root,
            folder=folder,
            files=None if files is None else os.path.realpath(files),
            layers=present,
            limits=limits,
            packages=packages,
            hidden=hidden_folders(packages, hidden),
            watch_memory=self._control_group is None and "namespaces" in present,
        )
        request = {
            "world": asdict(world),
            "connection": self._connection(),
            "environment": environment | places(folder),
            "control_group": str(self._control_group.path) if self._control_group else None,
            "pipe_variable": pipe_variable,
        }
        self._lifeline, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ExitStack() as opened:
            opened.enter_context(theirs)
            given = [
                opened.enter_context(self._listening(number)).fileno()
                for number in range(1, len(PORTS) + 1)
            ]
            if pipe_variable is not None:
                self.pipe, write_end = os.pipe()
                opened.callback(os.close, write_end)
                given.append(write_end)
            try:
                self._parent.fork(request, [*given, theirs.fileno()])
                theirs.close()
                self._must_be_sealed()
            except GraderFault:
                self._parent.close()  # whatever is wrong with it, the next kernel gets a new one
                raise
        if not self.warm:
            self._parent.close()

    def _write(self, files: Mapping[str, bytes]) -> str:
        """Write the files into a folder, from which they are copied into the working folder."""
        assert self._private is not None
        folder = self._private / "files"
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return str(folder)

    def _layers(self) -> tuple[str, ...]:
        if self.sandbox == "partial":
            return sandbox_layers.offered()
        return sandbox_layers.SEALING if self.sandbox == "full" else ()

    def _connection(self) -> dict[str, Any]:
        info: dict[str, Any] = {**self.connection_info}
        key = info["key"]
        return {
            "ip": info["ip"],
            "key": key.decode() if isinstance(key, bytes) else key,
            "ports": {name: info[name] for name in PORTS},
        }

    def _listening(self, number: int) -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        made.bind(f"{self.connection_info['ip']}-{number}")
        made.listen(16)
        return made

    def _must_be_sealed(self) -> None:
        assert self._lifeline is not None
        self._lifeline.settimeout(SEAL_SECONDS)
        try:
            said = self._lifeline.recv(LONGEST_MESSAGE)
        except OSError as error:
            said = json.dumps({"error": f"no answer for {SEAL_SECONDS} s ({error})"}).encode()
        answer = json.loads(said) if said else {"error": "its first process ended without a report"}
        self._lifeline.setblocking(False)
        if "error" in answer:
            raise GraderFault(
                f"a kernel could not be sealed: {answer['error']}. "
                "`kerasgrader doctor` says what this machine offers"
            )

    def ask_clock(self, new: bool = False) -> None:
        """Ask for the kernel's processor time, which arrives in `clock` a moment later.

        new: from now on without that of other processes which run already.
        """
        self.clock = None
        if self._lifeline is not None:
            with suppress(OSError):  # it has ended, or is slow to answer
                self._lifeline.send(NEW_CLOCK if new else CLOCK)

    def _listen(self) -> None:
        """Read the messages of process 1, if there are any."""
        while self._lifeline is not None and select.select([self._lifeline], [], [], 0)[0]:
            try:
                said = self._lifeline.recv(LONGEST_MESSAGE)
            except OSError:
                said = b""
            if not said:
                self._over = self._over or {}
                break
            answer = json.loads(said)
            if "clock" in answer:
                self.clock = Clock(**answer["clock"])
            else:
                self._over = answer
        killed_for = None if self._control_group is None else self._control_group.killed_for()
        if killed_for is not None:
            self._over = {"limit": killed_for}  # Linux may have killed another of its processes
            self._end()

    async def poll(self) -> int | None:
        if self._lifeline is None:
            return 0
        over = self.over
        return None if over is None else int(over.get("ended", 1))

    async def wait(self) -> int | None:
        while (status := await self.poll()) is None:
            await asyncio.sleep(POLL_SECONDS)
        self._forget()
        return status

    async def send_signal(self, signum: int) -> None:
        if signum in (signal.SIGKILL, signal.SIGTERM):
            self._end()
        elif signum and self._lifeline is not None:
            with suppress(OSError):  # it has ended; poll reports that
                self._lifeline.send(f"signal {int(signum)}".encode())

    async def kill(self, restart: bool = False) -> None:
        self._end()

    async def terminate(self, restart: bool = False) -> None:
        self._end()

    async def cleanup(self, restart: bool = False) -> None:
        self._forget()

    def _end(self) -> None:
        if self._lifeline is not None:
            with suppress(OSError):  # it has ended already
                self._lifeline.shutdown(socket.SHUT_WR)

    def _forget(self) -> None:
        """Release everything that was created for the kernel; closing the lifeline ends it."""
        if self._lifeline is not None:
            self._lifeline.close()
            self._lifeline = None
        if self.pipe is not None:
            os.close(self.pipe)
            self.pipe = None
        if self._control_group is not None:
            self._control_group.remove()
            self._control_group = None
        if self._private is not None:
            with suppress(RecursionError):  # an unsealed kernel may nest folders too deeply
                shutil.rmtree(self._private, ignore_errors=True)
            self._private = None
        if self._parent is not None:
            self._parent.tidy()
            self._parent = None
