"""How a class is to be graded. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """workers: executions at a time (default: one a core). scheduler: the address of a Dask scheduler, in
    place of processes of this machine. feedback: whether pages are written. sandbox: in place of the
    configured one. force: execute everything anew."""

    workers: int | None = None
    scheduler: str | None = None
    feedback: bool = True
    sandbox: str | None = None
    force: bool = False
