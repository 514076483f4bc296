"""The warm process: imports everything that units import, and forks a kernel for each request.

It runs no TensorFlow operation, so it has a single thread and can be forked safely. It ends when the other
end of its connection closes, however the grader ended.

A request is one message: a JSON object, with the file descriptors that the kernel gets (its listening
sockets, the pipe that it writes to, if there is one, then the lifeline). Replies are sent over the
lifeline.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import landlockpy

from kerasgrader.kernel import LONGEST_REQUEST, READY, cgroup, first_process, linux, seal

MOST_FILES = 8
# What notebooks import, what these modules import on first use, and what a starting kernel imports.
IMPORTED = """
    cv2 h5py keras matplotlib.pyplot matplotlib_inline.backend_inline tensorflow
    numpy.random PIL.ImageDraw PIL.ImageFilter PIL.ImageFont
    ipykernel.debugger ipykernel.ipkernel IPython.core.completerlib IPython.core.oinspect
    IPython.extensions.storemagic tornado.platform.asyncio
    kerasgrader.kernel.inside.kernel_app
""".split()


def main() -> None:
    """Import, send READY, serve until the owner ends; then remove the folder of its kernels."""
    line, folder, *modules = sys.argv[1:]
    serve(socket.socket(fileno=int(line)), folder, modules)


def serve(line: socket.socket, folder: str, modules: Sequence[str]) -> None:
    """Serve requests. modules: the course's own, imported besides those that every course needs."""
    import_everything(modules)
    linux.adopt_orphans()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Linux reaps the children
    with suppress(OSError):  # the owner has ended already, which the next lines notice
        line.send(READY)
    while True:
        try:
            message, files, _, _ = socket.recv_fds(line, LONGEST_REQUEST, MOST_FILES)
        except ConnectionResetError:  # the owner has ended without reading READY
            break
        if not message:
            break
        *listening, lifeline = files
        _fork(line, json.loads(message), listening, socket.socket(fileno=lifeline))
        for file in files:
            os.close(file)
    shutil.rmtree(folder, ignore_errors=True)


def import_everything(modules: Sequence[str] = ()) -> None:
    """Import the modules of any notebook and of the kernel itself, and these of the course."""
    # Nobody debugs a grading kernel: hide debugpy, which each kernel would start otherwise.
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    for name in (*modules, *IMPORTED):
        import_module(name)

    run_operations_unwrapped()
    landlockpy.supported()  # the first call looks for the C library, which a seal forbids
    gc.collect()
    gc.freeze()


def run_operations_unwrapped() -> None:
    """Have TensorFlow run operations directly, in every context created from now on.

    Otherwise it wraps each new operation in a function and optimises that. This is a sixth of the
    cost of probes, and kernels end too soon to earn it back. Results are the same. There is no
    public option for this; a TensorFlow that lacks this private one is only slower.
    """
    from tensorflow.python import pywrap_tfe

    new_context = pywrap_tfe.TFE_NewContext
    wrap = getattr(pywrap_tfe, "TFE_ContextOptionsSetRunEagerOpAsFunction", None)
    if wrap is None:
        return

    def unwrapped(options: Any) -> Any:
        wrap(options, False)
        return new_context(options)

    pywrap_tfe.TFE_NewContext = unwrapped


def _fork(
    line: socket.socket, request: dict[str, Any], listening: list[int], lifeline: socket.socket
) -> None:
    try:
        threads = len(os.listdir("/proc/self/task"))
        if threads != 1:
            raise OSError(f"the warm process has {threads} threads, so it cannot be forked safely")
        ours, theirs = socket.socketpair()
        child = os.fork()
    except OSError as error:
        with suppress(OSError):  # the grader is not waiting any more
            lifeline.send(json.dumps({"error": f"{error}"}).encode())
        lifeline.detach()
        return
    if child == 0:
        line.close()
        ours.close()
        _begin(request, listening, lifeline, theirs)
    theirs.close()
    lifeline.detach()
    with ours:
        if ours.recv(1) == b"?":
            ours.sendall(_admit(request, child))


def _admit(request: dict[str, Any], child: int) -> bytes:
    """Set from outside what a new process 1 cannot set itself; return the answer to it."""
    try:
        if request["control_group"]:
            cgroup.add(Path(request["control_group"]), child)
    except OSError as error:
        return f"{error}".encode()[:1000]
    return seal.admit(child) if "namespaces" in request["world"]["layers"] else b"!"


def _begin(
    request: dict[str, Any], listening: list[int], lifeline: socket.socket, maps: socket.socket
) -> None:
    from kerasgrader.kernel.inside import kernel_app

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    connection, environment = request["connection"], request["environment"]
    keep = set(listening)
    if request["pipe_variable"] is not None:
        environment = environment | {request["pipe_variable"]: str(listening.pop())}
    files = dict(zip(connection["ports"].values(), listening, strict=True))
    first_process.begin(
        first_process.World.from_json(request["world"]),
        lifeline,
        maps,
        keep,
        lambda: kernel_app.run(connection, files, environment),
    )


if __name__ == "__main__":
    main()
