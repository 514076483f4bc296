"""The kernel: IPython's own, on sockets that are already open. Only here does student code run."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
import zmq
from ipykernel.kernelapp import IPKernelApp

from kerasgrader.kernel.inside import stand_ins
from kerasgrader.kernel.inside.outgoing import CuttingSession


class SealedKernelApp(IPKernelApp):
    """An IPython kernel that creates no socket files and writes no connection file."""

    listening: Mapping[int, int] = {}  # the open file descriptor, by the number of the socket

    def _try_bind_socket(self, s: zmq.Socket, port: int) -> int:
        s.setsockopt(zmq.USE_FD, self.listening[port])
        return super()._try_bind_socket(s, port)

    def init_connection_file(self) -> None:
        """Do nothing: the connection is passed to `run`."""

    def write_connection_file(self, **kwargs: Any) -> None:
        """Do nothing: nobody reads the file."""

    def init_heartbeat(self) -> None:
        """Do nothing: process 1 reports whether the kernel is alive."""


def run(
    connection: Mapping[str, Any], listening: Mapping[int, int], environment: Mapping[str, str]
) -> NoReturn:
    """Run a kernel until it ends. connection: ip, key, and the numbers of its sockets."""
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # the warm process has cached a folder that is not this kernel's
    sys.argv = ["kernel"]
    sys.path[:] = [path for path in sys.path if path]
    random.seed()
    np.random.seed()
    app = SealedKernelApp.instance(log_level=50, transport="ipc", ip=connection["ip"])
    app.listening = listening
    for name, port in connection["ports"].items():
        setattr(app, name, port)
    app.session = CuttingSession(parent=app, username="kernel", key=connection["key"].encode())
    app.initialize(["--HistoryManager.enabled=False"])
    stand_ins.install(app.shell, app.kernel)
    app.start()
    os._exit(0)
