"""A filter of system calls, for those that the other layers of the seal cannot block.

It blocks sockets of families that a network namespace does not contain (AF_VSOCK leads to the
hypervisor of a virtual machine), and calls with more past flaws than uses in a notebook.
Everything else passes.

Sources: seccomp(2); the Linux kernel's tables of system calls for x86-64 and ARM64.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from dataclasses import dataclass

FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # places in struct seccomp_data
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_X32 = 0x40000000  # the other interface of x86-64, with numbers of its own


@dataclass(frozen=True)
class Table:
    """An architecture: its seccomp number, the number of socket(2), and those of refused calls."""

    architecture: int
    socket: int
    refused: tuple[int, ...]


# refused: add_key, request_key, keyctl, perf_event_open, open_by_handle_at, bpf, userfaultfd,
# io_uring_setup (whose requests no filter sees), pidfd_getfd.
TABLES = {
    "x86_64": Table(0xC000003E, 41, (248, 249, 250, 298, 304, 321, 323, 425, 438)),
    "aarch64": Table(0xC00000B7, 198, (217, 218, 219, 241, 265, 280, 282, 425, 438)),
}


def program() -> bytes:
    """The filter for this machine, as BPF. Raises OSError if its numbers are not known."""
    machine = os.uname().machine
    if machine not in TABLES:
        raise OSError(errno.ENOSYS, f"the numbers of system calls on {machine} are not known")
    table = TABLES[machine]
    lines = [
        _line(_LOAD, _ARCHITECTURE),
        _line(_EQUAL, table.architecture, 1, 0),
        _line(_RETURN, _KILL),
        _line(_LOAD, _NUMBER),
        _line(_AT_LEAST, _X32, 0, 1),
        _line(_RETURN, _ERROR | errno.ENOSYS),
    ]
    for number in table.refused:
        lines += [_line(_EQUAL, number, 0, 1), _line(_RETURN, _ERROR | errno.EPERM)]
    lines += [_line(_EQUAL, table.socket, 1, 0), _line(_RETURN, _ALLOW)]
    lines.append(_line(_LOAD, _FIRST_ARGUMENT))
    for family in FAMILIES:
        lines += [_line(_EQUAL, int(family), 0, 1), _line(_RETURN, _ALLOW)]
    lines.append(_line(_RETURN, _ERROR | errno.EAFNOSUPPORT))
    return b"".join(lines)


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """One instruction; a jump skips this many of the following ones."""
    return struct.pack("=HBBI", code, if_true, if_false, value)
