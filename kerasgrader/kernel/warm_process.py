"""The warm process: imports everything that units import, and forks a kernel for each request.

It runs no TensorFlow operation, so it has a single thread and can be forked safely. It ends when the other
end of its connection closes, however the grader ended.

A request is one message: a JSON object, with the file descriptors that the kernel gets (its listening
sockets, then the lifeline). Replies are sent over the lifeline.
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
# What notebooks import, then what this imports when it is first used, and what a kernel does as it starts.
IMPORTED = """
    cv2 h5py keras matplotlib.pyplot matplotlib_inline.backend_inline tensorflow
    numpy.random PIL.ImageDraw PIL.ImageFilter PIL.ImageFont
    ipykernel.debugger ipykernel.ipkernel IPython.core.completerlib IPython.core.oinspect
    IPython.extensions.storemagic tornado.platform.asyncio
    kerasgrader.kernel.kernel_app
""".split()


def main() -> None:
    """Import, say so, serve until the owner is gone; then remove the folder that is for its kernels."""
    line, folder, *modules = sys.argv[1:]
    serve(socket.socket(fileno=int(line)), folder, modules)


def serve(line: socket.socket, folder: str, modules: Sequence[str]) -> None:
    """modules: of the course, imported besides what every course needs."""
    import_everything(modules)
    linux.adopt_orphans()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are buried by Linux
    with suppress(OSError):  # the owner is gone already, which the next line finds
        line.send(READY)
    while True:
        try:
            message, files, _, _ = socket.recv_fds(line, LONGEST_REQUEST, MOST_FILES)
        except ConnectionResetError:  # the owner is gone, and never took READY off the line
            break
        if not message:
            break
        *listening, lifeline = files
        _fork(line, json.loads(message), listening, socket.socket(fileno=lifeline))
        for file in files:
            os.close(file)
    shutil.rmtree(folder, ignore_errors=True)


def import_everything(modules: Sequence[str] = ()) -> None:
    """What any notebook and the kernel itself import, and these modules of the course."""
    # Nobody debugs a kernel that grades. As if it were not installed: else each kernel would start it.
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    for name in (*modules, *IMPORTED):
        import_module(name)

    run_operations_unwrapped()
    landlockpy.supported()  # it looks for the C library when first called, which a seal forbids
    gc.collect()
    gc.freeze()


def run_operations_unwrapped() -> None:
    """Have TensorFlow run operations as they are, in every context that is made from now on.

    Else it makes a function of each operation that it meets for the first time, and optimises that, which
    is a sixth of what probes cost: these kernels do not live long enough to be paid back. Results are
    the same. There is no public way to say so; a TensorFlow without this one is slower, and that is all.
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
            raise OSError(f"the warm process has {threads} threads, so a fork of it is not whole")
        ours, theirs = socket.socketpair()
        child = os.fork()
    except OSError as error:
        with suppress(OSError):  # whoever asked is not waiting any more
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
    """Set, from outside, what a new world cannot set itself. The answer to its first process."""
    try:
        if request["control_group"]:
            cgroup.add(Path(request["control_group"]), child)
    except OSError as error:
        return f"{error}".encode()[:1000]
    return seal.admit(child) if "namespaces" in request["world"]["layers"] else b"!"


def _begin(
    request: dict[str, Any], listening: list[int], lifeline: socket.socket, maps: socket.socket
) -> None:
    from kerasgrader.kernel import kernel_app

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    connection = request["connection"]
    files = dict(zip(connection["ports"].values(), listening, strict=True))
    first_process.begin(
        first_process.World.from_json(request["world"]),
        lifeline,
        maps,
        set(listening),
        lambda: kernel_app.run(connection, files, request["environment"]),
    )


if __name__ == "__main__":
    main()
