"""System calls that Python does not offer. Each raises OSError that names the failed attempt.

Sources: unshare(2), mount(2), mount_setattr(2), pivot_root(2), prctl(2), capset(2),
keyctl(2), seccomp(2).
"""

from __future__ import annotations

import ctypes
import os
import signal

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x2, 0x4, 0x8
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000

_MNT_DETACH = 2
_MOUNT_SETATTR = 442  # the same number on every architecture
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOSUID, _MOUNT_ATTR_NODEV = 0x1, 0x2, 0x4

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 1, 22, 2
_PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 4, 36, 38
_CAPABILITY_VERSION_3 = 0x20080522

_KEYCTL = {"x86_64": 250, "aarch64": 219}
_KEYCTL_JOIN_SESSION_KEYRING = 1

_libc = ctypes.CDLL(None, use_errno=True)


class _MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]


class _Program(ctypes.Structure):
    _fields_ = [("size", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def unshare(flags: int) -> None:
    """Move this process into new namespaces (a process namespace only holds its children)."""
    _must(_libc.unshare(flags), "namespaces of its own")


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """Mount `source` on the folder or file `target`."""
    kind_bytes = None if kind is None else kind.encode()
    done = _libc.mount(
        os.fsencode(source), os.fsencode(target), kind_bytes, flags, options.encode()
    )
    _must(done, f"mounting {source} on {target}")


def make_read_only(folder: str) -> None:
    """Make a mount and everything mounted below it read-only, without devices and set-uid programs."""
    flags = _MOUNT_ATTR_RDONLY | _MOUNT_ATTR_NOSUID | _MOUNT_ATTR_NODEV
    attributes = _MountAttributes(flags, 0, 0, 0)
    done = _libc.syscall(
        _MOUNT_SETATTR,
        _AT_FDCWD,
        os.fsencode(folder),
        _AT_RECURSIVE,
        ctypes.byref(attributes),
        ctypes.c_size_t(ctypes.sizeof(attributes)),
    )
    _must(done, f"making {folder} read-only")


def make_root(folder: str) -> None:
    """Make a mounted folder the root of the file system, and detach the old root."""
    os.chdir(folder)
    _must(_libc.pivot_root(b".", b"."), f"making {folder} the root")
    _must(_libc.umount2(b".", _MNT_DETACH), "detaching the old root")
    os.chdir("/")


def drop_capabilities() -> None:
    """Give up every capability."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    _must(_libc.capset(header, (ctypes.c_uint32 * 6)()), "giving up capabilities")


def forbid_new_privileges() -> None:
    """Keep all programs that this process runs from gaining more rights than it has."""
    _must(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def set_dumpable(dumpable: bool) -> None:
    """Set whether processes of the same user may inspect this one, and whether it may dump core."""
    _must(_libc.prctl(_PR_SET_DUMPABLE, int(dumpable), 0, 0, 0), "PR_SET_DUMPABLE")


def end_with_parent() -> None:
    """Have Linux kill this process when the thread that started it ends."""
    _must(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "PR_SET_PDEATHSIG")


def filter_system_calls(program: bytes) -> None:
    """Have a BPF program decide on every system call of this process and its children."""
    instructions = ctypes.create_string_buffer(program, len(program))
    size = ctypes.c_ushort(len(program) // 8)
    described = _Program(size, ctypes.cast(instructions, ctypes.c_void_p))
    done = _libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(described), 0, 0)
    _must(done, "a filter of system calls")


def forget_keys() -> None:
    """Replace the keyring of the login session by a new, empty one."""
    machine = os.uname().machine
    if machine not in _KEYCTL:
        raise OSError(
            f"kernels cannot be sealed on {machine}: the number of keyctl(2) is not known"
        )
    _must(_libc.syscall(_KEYCTL[machine], _KEYCTL_JOIN_SESSION_KEYRING, None), "a new keyring")


def adopt_orphans() -> None:
    """Become the parent of any descendant whose own parent has ended."""
    _must(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "PR_SET_CHILD_SUBREAPER")


def _must(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
