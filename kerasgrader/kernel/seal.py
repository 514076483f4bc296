"""Seal a process before it runs the first line of a student's code.

It gives up, in this order: every inherited file that it does not need; the machine's users, mounts,
processes, network and interprocess communication (namespaces); its file system (see `root`);
memory, processes, files and time beyond its limits; every capability and the right to gain any;
access to every file and socket that is not on a short list (Landlock). Any failure raises OSError,
and no kernel starts.

Sources: user_namespaces(7), pid_namespaces(7), setrlimit(2), capabilities(7), landlock(7).
"""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from landlockpy import AccessFS, Ruleset, Scope

from kerasgrader.kernel import linux
from kerasgrader.kernel.limits import Limits
from kerasgrader.kernel.root import DEVICES, SHARED_MEMORY, STUDENT, readable_paths

OPEN_FILES = 1024
NOBODY = 65534  # the machine's user for a student's code, when the grader is root
OOM_SCORE = 500  # of -1000 to 1000: kernels are killed first when the machine runs out of memory

NAMESPACES = (
    linux.CLONE_NEWUSER
    | linux.CLONE_NEWNS
    | linux.CLONE_NEWPID
    | linux.CLONE_NEWNET
    | linux.CLONE_NEWIPC
    | linux.CLONE_NEWUTS
    | linux.CLONE_NEWCGROUP
)


def close_files(keep: Collection[int]) -> None:
    """Close every inherited file except `keep`; the standard streams become the null device."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) not in keep:
            with suppress(OSError):  # the file of the listing itself is closed already
                os.close(int(name))


def enter_namespaces() -> None:
    """Enter new namespaces; the process namespace holds this process's children, not itself."""
    linux.unshare(NAMESPACES)
    linux.set_dumpable(True)  # otherwise `write_maps` would fail


def introduce(maps: socket.socket) -> None:
    """Wait until the process at the other end, outside, has mapped the users of this namespace.

    It sends the result of `admit`: ``!``, or an error message, which is raised as OSError.
    """
    maps.sendall(b"?")
    answer = maps.recv(1000)
    if answer != b"!":
        raise OSError(answer.decode(errors="replace") or "the users were not mapped")


def admit(pid: int) -> bytes:
    """Write the user maps of process `pid`; return the answer that it waits for."""
    try:
        write_maps(pid)
    except OSError as error:
        return f"{error}".encode()[:1000]
    return b"!"


def write_maps(pid: int) -> None:
    """Map the users in the new namespace of process `pid` to users outside.

    If the grader is root, the student is mapped to nobody, and root is mapped too, to build the
    file system before the student's code starts. Otherwise the student is the grader's own user.
    Raises OSError.
    """
    user, group = os.geteuid(), os.getegid()
    process = Path(f"/proc/{pid}")
    if user == 0 and _nobody_exists():
        users = groups = f"0 0 1\n{STUDENT} {NOBODY} 1\n"
    else:
        process.joinpath("setgroups").write_text("deny")
        users, groups = f"{STUDENT} {user} 1\n", f"{STUDENT} {group} 1\n"
    process.joinpath("uid_map").write_text(users)
    process.joinpath("gid_map").write_text(groups)


def _nobody_exists() -> bool:
    """Whether this process's own namespace has the user nobody: a container's may not."""
    for name in ("uid_map", "gid_map"):
        ranges = [line.split() for line in Path("/proc/self", name).read_text("ascii").splitlines()]
        if not any(int(first) <= NOBODY < int(first) + int(count) for first, _, count in ranges):
            return False
    return True


def forbid_namespaces() -> None:
    """Keep a student's code from creating namespaces, in which it would regain capabilities."""
    Path("/proc/sys/user/max_user_namespaces").write_text("0")


def become_student(packages: Sequence[str] = ()) -> None:
    """Switch to the student's user and group, who must be able to read these folders."""
    if os.getuid() != STUDENT:
        os.setgroups([])
        os.setresgid(STUDENT, STUDENT, STUDENT)
        os.setresuid(STUDENT, STUDENT, STUDENT)
    _must_read_libraries(packages)


def limit_resources(limits: Limits) -> None:
    """Set the limits of each process from now on, and have it killed first if memory runs out."""
    Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE))
    for kind, most in (
        (resource.RLIMIT_AS, limits.address_space),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_CPU, limits.cpu),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def allow_only(folder: str, packages: Sequence[str] = ()) -> None:
    """Landlock: allow reading programs and libraries, writing in `folder` and shared memory only.

    No TCP, no signals.
    """
    read = AccessFS.READ_FILE | AccessFS.READ_DIR | AccessFS.EXECUTE
    of_a_file = AccessFS.READ_FILE | AccessFS.WRITE_FILE | AccessFS.EXECUTE | AccessFS.TRUNCATE
    with Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL) as rules:
        grants = [(path, read) for path in (*readable_paths(packages), "/proc", "/etc/passwd")]
        grants += [(path, of_a_file) for path in DEVICES]
        grants += [(path, rules.handled_fs) for path in (folder, SHARED_MEMORY)]
        for path, rights in grants:
            if os.path.exists(path):
                within = rights if os.path.isdir(path) else rights & of_a_file
                rules.allow_path(path, within & rules.handled_fs)
        rules.restrict()


def _must_read_libraries(packages: Sequence[str]) -> None:
    for path in (os.__file__, *(f"{package}/__init__.py" for package in packages)):
        try:
            os.close(os.open(path, os.O_RDONLY))
        except PermissionError as error:
            raise OSError(
                f"kernels run as a user who cannot read {path}: make Python, its packages and the "
                "course's package readable for everyone (chmod -R go+rX)"
            ) from error
