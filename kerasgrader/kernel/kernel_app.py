"""The kernel: IPython's own, on sockets that are open already. Here, and only here, student code runs."""

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


class SealedKernelApp(IPKernelApp):
    """An IPython kernel that neither makes files for its sockets nor tells of them in one."""

    listening: Mapping[int, int] = {}  # the open file by the number of the socket

    def _try_bind_socket(self, s: zmq.Socket, port: int) -> int:
        s.setsockopt(zmq.USE_FD, self.listening[port])
        return super()._try_bind_socket(s, port)

    def init_connection_file(self) -> None:
        """What would be in the file was given."""

    def write_connection_file(self, **kwargs: Any) -> None:
        """Nobody reads it."""

    def init_heartbeat(self) -> None:
        """Process 1 knows better whether the kernel lives."""


def run(
    connection: Mapping[str, Any], listening: Mapping[int, int], environment: Mapping[str, str]
) -> NoReturn:
    """Be a kernel until the end. connection: ip, key, and the numbers of its sockets."""
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # the warm process has found one that is not this kernel's
    sys.argv = ["kernel"]
    sys.path[:] = [path for path in sys.path if path]
    random.seed()
    np.random.seed()
    app = SealedKernelApp.instance(log_level=50, transport="ipc", ip=connection["ip"])
    app.listening = listening
    for name, port in connection["ports"].items():
        setattr(app, name, port)
    app.session.key = connection["key"].encode()
    app.initialize(["--HistoryManager.enabled=False"])
    app.start()
    os._exit(0)
