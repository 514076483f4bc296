"""nbgrader's formgrader over a course, as an instructor starts it on their own machine, without a Hub."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 300  # seconds; only a machine with too much to do needs them


@contextmanager
def formgrader(course: Path, log: Path) -> Iterator[str]:
    """The address of the formgrader of the course in this folder, for as long as the block runs.

    log: the file for what its server prints.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "ip": "127.0.0.1",
        "port": port,
        "port_retries": 0,
        "open_browser": False,
        "allow_root": True,
        "root_dir": str(course),
        "jpserver_extensions": "{'nbgrader.server_extensions.formgrader': True, 'jupyter_lsp': False}",
    }
    command = [sys.executable, "-m", "jupyter_server"]
    command += [f"--ServerApp.{name}={value}" for name, value in options.items()]
    command += ["--IdentityProvider.token="]
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    with log.open("w") as file:
        server = subprocess.Popen(command, cwd=course, env=environment, stdout=file, stderr=file)
        address = f"http://127.0.0.1:{port}/formgrader"
        try:
            _until_it_answers(address, server, log)
            yield address
        finally:
            server.terminate()
            server.wait()


def _until_it_answers(address: str, server: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(address).close()
            return
        except (urllib.error.URLError, ConnectionError):
            assert server.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.1)
