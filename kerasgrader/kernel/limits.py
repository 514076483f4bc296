"""Resource limits of a kernel. Each one is a setting of `SealedKernel` (see `provisioner`)."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 2**20
GIB = 2**30


@dataclass(frozen=True)
class Limits:
    """Limits of one kernel and all of its processes.

    memory: bytes in use by all processes together. address_space: bytes that each process may map.
    processes: processes and threads at once. file_size: bytes of one file. disk: bytes of all files
    in the working folder. files: how many of them. cpu: seconds of processor time of each process.
    wall: seconds from start to end.
    """

    memory: int = 6 * GIB
    address_space: int = 16 * GIB
    processes: int = 512
    file_size: int = 128 * MIB
    disk: int = 256 * MIB
    files: int = 10_000
    cpu: int = 1800
    wall: int = 3600
