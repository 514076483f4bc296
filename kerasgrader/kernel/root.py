"""A file system that holds what a kernel needs, and nothing else of the machine.

Readable files appear under their usual paths, read-only. The working folder and /dev/shm are in
memory, limited in size, and vanish with the kernel.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from kerasgrader.kernel import linux
from kerasgrader.kernel.limits import MIB, Limits

SYSTEM = (
    "/usr",
    "/bin",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/fonts",
    "/etc/mime.types",
    "/sys/devices/system/cpu",
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/urandom", "/dev/random")
SHARED_MEMORY = "/dev/shm"
SHARED_MEMORY_SIZE = 64 * MIB
STUDENT = 1000  # user and group id of a student's code, inside the namespaces


def readable_paths(packages: Sequence[str]) -> tuple[str, ...]:
    """The paths a kernel may read: the system's programs and libraries, Python, these packages."""
    candidates = [*SYSTEM, sys.base_prefix, sys.prefix, *packages]
    paths = [path for path in dict.fromkeys(candidates) if os.path.exists(path)]
    return tuple(
        path
        for path in paths
        if not any(path != other and Path(path).is_relative_to(other) for other in paths)
    )


def enter(
    root: str,
    folder: str,
    files: str | None,
    limits: Limits,
    packages: Sequence[str] = (),
    hidden: Sequence[str] = (),
) -> None:
    """Build a new file system on the empty folder `root` and enter it; the old one is out of reach.

    folder: the path of the working folder. files: a folder to copy into it. packages: readable
    folders. hidden: folders in them that appear empty. Call it in new mount and process namespaces.
    Raises OSError.
    """
    flags = linux.MS_NOSUID | linux.MS_NODEV
    linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("root", root, "tmpfs", flags, f"size={MIB},nr_inodes=1000,mode=755")
    for path in readable_paths(packages):
        _show(path, root + path)
    for path in hidden:
        if os.path.isdir(root + path):
            linux.mount("hidden", root + path, "tmpfs", flags, "size=4k,nr_inodes=2,mode=755")
    for path in DEVICES:
        _make_place(path, root + path)
    for path in (folder, SHARED_MEMORY, "/proc"):
        os.makedirs(root + path, exist_ok=True)
    account = f"student:x:{STUDENT}:{STUDENT}::{folder}:/usr/sbin/nologin\n"
    Path(root + "/etc/passwd").write_text(account)
    linux.make_read_only(root)
    for path in DEVICES:
        linux.mount(path, root + path, None, linux.MS_BIND)
    linux.mount("proc", root + "/proc", "proc", flags | linux.MS_NOEXEC)
    _mount_memory(root + SHARED_MEMORY, SHARED_MEMORY_SIZE, limits.files)
    _mount_memory(root + folder, limits.disk, limits.files)
    if files is not None:
        copy_files(files, root + folder)
        _give_to_student(root + folder)
    linux.make_root(root)


def copy_files(files: str, folder: str) -> None:
    """Copy everything but notebooks."""
    shutil.copytree(
        files, folder, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.ipynb")
    )


def _mount_memory(path: str, size: int, files: int) -> None:
    owner = f"uid={STUDENT},gid={STUDENT},mode=700"
    options = f"size={size},nr_inodes={files},{owner}"
    linux.mount("memory", path, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, options)


def _show(path: str, target: str) -> None:
    if os.path.islink(path):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(os.readlink(path), target)
    else:
        _make_place(path, target)
        linux.mount(path, target, None, linux.MS_BIND | linux.MS_REC)


def _make_place(path: str, target: str) -> None:
    """Create an empty folder or file to mount `path` on."""
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT, 0o644))


def _give_to_student(folder: str) -> None:
    os.chown(folder, STUDENT, STUDENT)
    for parent, folders, names in os.walk(folder):
        for name in (*folders, *names):
            os.chown(os.path.join(parent, name), STUDENT, STUDENT, follow_symlinks=False)
