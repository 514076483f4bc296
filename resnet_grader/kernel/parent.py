"""The line to the warm process of this grading process, which is started when it is first needed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from resnet_grader.errors import GraderFault
from resnet_grader.kernel import LONGEST_REQUEST, READY

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


class WarmParent:
    """A warm process and the line to it. It ends when this object, or this process, does."""

    _current: WarmParent | None = None
    _making = Lock()  # a Dask worker may have several threads

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.folder = Path(tempfile.mkdtemp(prefix="rg-"))
        self.folder.chmod(0o711)  # a kernel's user finds its root in here, by name
        self.line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.line.settimeout(START_SECONDS)
        command = [sys.executable, "-m", "resnet_grader.kernel.warm"]
        with tempfile.TemporaryFile() as errors, theirs:
            self.process = subprocess.Popen(
                [*command, str(theirs.fileno()), str(self.folder)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for the grader, which then ends it
            )
            theirs.close()
            try:
                ready = self.line.recv(len(READY)) == READY
            except OSError:
                ready = False
            if not ready:
                self.close()
                errors.seek(0)
                last = errors.read().decode(errors="replace").strip().splitlines()[-1:]
                why = " ".join(last) or "no reason given"
                raise GraderFault(f"the warm process did not start: {why}")

    def new_folder(self) -> Path:
        """A folder for one kernel. Whoever asks removes it; should the owner be ended, it goes too."""
        made = Path(tempfile.mkdtemp(prefix="", dir=self.folder))
        made.chmod(0o711)
        return made

    @classmethod
    def get(cls) -> WarmParent:
        """The warm process of this process, a new one when there is none (any more)."""
        with cls._making:
            if not cls.running():
                if cls._current is not None:
                    cls._current.close()
                cls._current = WarmParent()
            assert cls._current is not None
            return cls._current

    @classmethod
    def running(cls) -> bool:
        """Whether this process has a warm process already."""
        current = cls._current
        return (
            current is not None and current.owner == os.getpid() and current.process.poll() is None
        )

    def fork(self, request: dict[str, Any], files: Sequence[int]) -> None:
        """Ask for a kernel, which says over its lifeline, the last of `files`, what comes of it."""
        message = json.dumps(request).encode()
        if len(message) > LONGEST_REQUEST:
            raise GraderFault(f"a request for a kernel is too long ({len(message)} bytes)")
        try:
            socket.send_fds(self.line, [message], files)
        except OSError as error:
            self.close()
            raise GraderFault(f"the warm process does not answer: {error}") from error

    def tidy(self) -> None:
        """Remove the folder for kernels once no kernel is in it and none will come."""
        if self.process.poll() is not None:
            with suppress(OSError):  # a kernel is in it
                self.folder.rmdir()

    def close(self) -> None:
        """End the warm process; kernels that live go on."""
        self.line.close()
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()
            self.tidy()
        if WarmParent._current is self:
            WarmParent._current = None


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | {
        "CUDA_VISIBLE_DEVICES": "-1",
        "KERAS_BACKEND": "tensorflow",
        "KERAS_HOME": os.devnull,  # a course is graded under Keras's defaults, whoever grades it
        "MPLBACKEND": "agg",
        "OPENBLAS_NUM_THREADS": "1",  # or its other threads start with the import of NumPy
        "OPENCV_LOG_LEVEL": "ERROR",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
