"""Connection from a grading process to its warm process, which starts on first use."""

from __future__ import annotations

import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from kerasgrader.errors import GraderFault
from kerasgrader.kernel import LONGEST_REQUEST, READY

START_SECONDS = 300
INHERITED = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "LD_LIBRARY_PATH",
)


class Process(subprocess.Popen):
    """The warm process itself, at the other end of the socket `line`."""

    def __init__(self, line: socket.socket, folder: Path, modules: Sequence[str]) -> None:
        self.said = tempfile.TemporaryFile()
        super().__init__(
            [
                sys.executable,
                "-m",
                "kerasgrader.kernel.warm_process",
                f"{line.fileno()}",
                str(folder),
                *modules,
            ],
            pass_fds=[line.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.said,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for the grader, which then ends it
        )

    def end(self) -> str:
        """Kill it, and return the last line of its stderr."""
        self.kill()
        self.wait()
        with self.said:
            self.said.seek(0)
            lines = self.said.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "no reason given"


class WarmParent:
    """A connection to a warm process, which ends when no process holds a connection to it any more.

    The process that started it may share the connection with its child processes (see `shared`).
    modules: imported by the warm process, besides those that every course needs.
    """

    _current: WarmParent | None = None
    _making = Lock()  # a Dask worker may have several threads

    def __init__(
        self,
        line: socket.socket,
        folder: Path,
        modules: Sequence[str],
        process: Process | None = None,
    ) -> None:
        self.owner, self.modules = os.getpid(), tuple(modules)
        self.line, self.folder, self.process = line, folder, process
        self.line.settimeout(START_SECONDS)
        self.why_ended = "it has ended"

    @classmethod
    def begin(cls, modules: Sequence[str] = ()) -> WarmParent:
        """The warm process of this process, which may still be starting.

        Starts a new one if there is none (any more), or if the present one imported other modules.
        """
        with cls._making:
            current = cls._current
            if current is None or not cls.running() or current.modules != tuple(modules):
                if current is not None:
                    current.close()
                cls._current = cls._start(modules)
            assert cls._current is not None
            return cls._current

    @classmethod
    def get(cls, modules: Sequence[str] = ()) -> WarmParent:
        """The same, once it is warm. Raises GraderFault with the reason if it cannot start."""
        return cls.begin(modules)._when_ready()

    @classmethod
    def another(cls, modules: Sequence[str] = ()) -> WarmParent:
        """A warm process for a single kernel, once it is warm. Raises GraderFault."""
        return cls._start(modules)._when_ready()

    @classmethod
    def _start(cls, modules: Sequence[str]) -> WarmParent:
        folder = Path(tempfile.mkdtemp(prefix="rg-"))
        folder.chmod(0o711)  # a kernel's user must reach its root in here, by name
        line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            return cls(line, folder, modules, Process(theirs, folder, modules))

    def _when_ready(self) -> WarmParent:
        try:  # the only message on this socket; peeking leaves it for all processes that share it
            ready = self.line.recv(len(READY), socket.MSG_PEEK) == READY
        except OSError:
            ready = False
        if not ready:
            self.close()
            raise GraderFault(f"the warm process did not start: {self.why_ended}")
        return self

    @classmethod
    def use(cls, line: socket.socket, folder: Path, modules: Sequence[str]) -> None:
        """Use, from now on, the warm process that another process has shared."""
        cls._current = WarmParent(line, folder, modules)

    @classmethod
    def running(cls) -> bool:
        """Whether this process has a warm process already."""
        current = cls._current
        return current is not None and current.owner == os.getpid() and not current.has_ended()

    @classmethod
    def end(cls) -> None:
        """End the warm process of this process, if it has one, after all kernels have ended.

        Also removes the folders of kernels whose worker was killed before it could.
        """
        if cls._current is not None:
            folder = cls._current.folder
            cls._current.close()
            shutil.rmtree(folder, ignore_errors=True)

    def has_ended(self) -> bool:
        """Whether the other end of the connection is closed."""
        if self.line.fileno() == -1:
            return True
        other_end = select.poll()
        other_end.register(self.line, 0)  # poll reports a hang-up in any case
        return bool(other_end.poll(0))

    def shared(self) -> tuple[socket.socket, Path, tuple[str, ...]]:
        """The arguments with which a new process can `use` this warm process."""
        return self.line, self.folder, self.modules

    def new_folder(self) -> Path:
        """A folder for one kernel. The caller removes it; it also goes if the owner is killed."""
        made = Path(tempfile.mkdtemp(prefix="", dir=self.folder))
        made.chmod(0o711)
        return made

    def fork(self, request: dict[str, Any], files: Sequence[int]) -> None:
        """Request a kernel, which reports over its lifeline, the last of `files`."""
        message = json.dumps(request).encode()
        if len(message) > LONGEST_REQUEST:
            raise GraderFault(f"a request for a kernel is too long ({len(message)} bytes)")
        try:
            socket.send_fds(self.line, [message], files)
        except OSError as error:
            self.close()
            raise GraderFault(f"the warm process does not answer: {error}") from error

    def tidy(self) -> None:
        """Remove the folder for kernels if no kernel is in it and none will follow."""
        if self.has_ended():
            with suppress(OSError):  # a kernel is in it
                self.folder.rmdir()

    def close(self) -> None:
        """End the warm process, or release another's; running kernels go on."""
        mine = self.process if self.owner == os.getpid() else None
        if mine is not None:
            # Kill it first: if its connection closed, it would remove the folders of all kernels.
            self.why_ended = mine.end()
        self.line.close()
        if mine is not None:
            self.tidy()
        if WarmParent._current is self:
            WarmParent._current = None


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | {
        "CUDA_VISIBLE_DEVICES": "-1",
        "KERAS_BACKEND": "tensorflow",
        "KERAS_HOME": os.devnull,  # grade under Keras's defaults, not this user's settings
        "MPLBACKEND": "agg",
        "OPENBLAS_NUM_THREADS": "1",  # otherwise importing NumPy starts more threads
        "OPENCV_LOG_LEVEL": "ERROR",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
