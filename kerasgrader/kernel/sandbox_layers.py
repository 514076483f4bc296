"""The layers of the seal, and which of them this machine offers: what `kerasgrader doctor` prints.

Each layer is tried for real, in a process of its own that ends at once; nothing is concluded from version
numbers.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from typing import NoReturn

from kerasgrader.kernel import calls, linux, root, seal
from kerasgrader.kernel.cgroup import ControlGroup
from kerasgrader.kernel.limits import GIB, Limits

SEALING = ("namespaces", "landlock", "system calls")


@dataclass(frozen=True)
class LayerReport:
    """Whether a layer is offered here. why: the machine's reason if not. advice: what to do about it."""

    layer: str
    what: str
    required: bool
    offered: bool
    why: str = ""
    advice: str = ""


@dataclass(frozen=True)
class SealLayer:
    """A layer: what it does, how to try it, and what to do where it is not offered."""

    name: str
    what: str
    attempt: Callable[[], None]
    advice: str
    required: bool = True


def examine() -> list[LayerReport]:
    """Try every layer, in a new process, since trying one cannot be undone."""
    command = [sys.executable, "-m", "kerasgrader.kernel.sandbox_layers"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [LayerReport(**report) for report in json.loads(done.stdout)]


@cache
def offered() -> tuple[str, ...]:
    """The layers of the seal that this machine offers."""
    found = {report.layer for report in examine() if report.offered}
    return tuple(layer for layer in SEALING if layer in found)


def strongest_sandbox() -> str:
    """The strongest sandbox setting that this machine supports, for runs without real students."""
    return "full" if offered() == SEALING else "partial"


def attempt_all() -> list[LayerReport]:
    """Try every layer, each in a fork of this process, which must have one thread."""
    return [_attempt(layer) for layer in LAYERS]


def _attempt(layer: SealLayer) -> LayerReport:
    why = ""
    try:
        _in_a_fork(layer.attempt)
    except OSError as error:
        why = f"{error}"
    advice = layer.advice if why else ""
    return LayerReport(layer.name, layer.what, layer.required, not why, why, advice)


def _in_a_fork(attempt: Callable[[], None]) -> None:
    """Call `attempt` in a forked process that then ends. Raises OSError with its error."""
    said, says = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            attempt()
        except BaseException as error:
            os.write(says, (f"{error}" or type(error).__name__).encode())
        finally:
            os._exit(0)
    os.close(says)
    with os.fdopen(said, "rb") as pipe:
        why = pipe.read().decode(errors="replace")
    _, status = os.waitpid(child, 0)
    if why or status:
        raise OSError(why or f"it ended with status {status}")


def _namespaces() -> None:
    with tempfile.TemporaryDirectory(prefix="rg-") as folder:
        os.chmod(folder, 0o711)
        for name in ("root", "work"):
            os.mkdir(f"{folder}/{name}", 0o755)
        ours, theirs = socket.socketpair()
        child = os.fork()
        if child == 0:
            ours.close()
            _enter(folder, theirs)
        theirs.close()
        with ours:
            why = ours.recv(1000)
            if why == b"?":
                ours.sendall(seal.admit(child))
                why = ours.recv(1000)
        os.waitpid(child, 0)
    if why:
        raise OSError(why.decode(errors="replace"))


def _enter(folder: str, maps: socket.socket) -> NoReturn:
    """In a fork, do what process 1 of a kernel does before a student's code would start."""
    try:
        seal.enter_namespaces()
        seal.introduce(maps)
        child = os.fork()
        if child:
            maps.close()
            os.waitpid(child, 0)
            os._exit(0)
        root.enter(f"{folder}/root", f"{folder}/work", None, Limits())
        seal.forbid_namespaces()
        seal.become_student()
    except BaseException as error:
        maps.sendall(f"{error}".encode())
    finally:
        os._exit(0)


def _landlock() -> None:
    with tempfile.TemporaryDirectory() as allowed, tempfile.TemporaryDirectory() as forbidden:
        _in_a_fork(lambda: _restrict(allowed, forbidden))


def _restrict(allowed: str, forbidden: str) -> None:
    linux.forbid_new_privileges()
    seal.allow_only(allowed)
    open(f"{allowed}/file", "w").close()
    try:
        open(f"{forbidden}/file", "w").close()
    except PermissionError:
        return
    raise OSError("it was applied, but forbids nothing")


def _system_calls() -> None:
    linux.forbid_new_privileges()
    linux.filter_system_calls(calls.program())
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
    except OSError as error:
        if error.errno == errno.EAFNOSUPPORT:
            return
    raise OSError("it was applied, but refuses nothing")


def _limits() -> None:
    seal.limit_resources(Limits())
    if resource.getrlimit(resource.RLIMIT_CORE)[0] != 0:
        raise OSError("a limit was set, but does not hold")


def _control_group() -> None:
    ControlGroup(GIB).remove()


LAYERS = (
    SealLayer(
        "namespaces",
        "users, processes, network and files of its own",
        _namespaces,
        "allow user namespaces (Debian: sysctl kernel.unprivileged_userns_clone=1; Ubuntu 24.04 and "
        "later: sysctl kernel.apparmor_restrict_unprivileged_userns=0; Docker: "
        "--security-opt seccomp=unconfined --security-opt systempaths=unconfined), or grade in a "
        "virtual machine",
    ),
    SealLayer(
        "landlock",
        "a list of files that can be opened, no TCP, no signals to others",
        _landlock,
        "boot a Linux of version 5.13 or later with `landlock` in its list of security modules "
        "(kernel parameter lsm=landlock,...)",
    ),
    SealLayer(
        "system calls",
        "only sockets that namespaces contain, no calls that a notebook does not need",
        _system_calls,
        "boot a Linux with seccomp filters (CONFIG_SECCOMP_FILTER), on x86-64 or ARM64",
    ),
    SealLayer(
        "limits",
        "memory, processes, open files and processor time of each process",
        _limits,
        "raise the hard limits of this account (ulimit -H)",
    ),
    SealLayer(
        "control group",
        "memory of all processes together, limited by Linux",
        _control_group,
        "not needed: without it the kernel's first process watches over memory, twenty times a second. "
        "To have it, grade as root, or under `systemd-run --user --scope`",
        required=False,
    ),
)


if __name__ == "__main__":
    print(json.dumps([asdict(report) for report in attempt_all()]))
