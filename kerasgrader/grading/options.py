"""Options for grading a class. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """workers: parallel workers (default: one per core). scheduler: the address of a Dask
    scheduler, instead of local processes. feedback: whether to write pages. sandbox: instead of the
    configured one. force: execute everything again."""

    workers: int | None = None
    scheduler: str | None = None
    feedback: bool = True
    sandbox: str | None = None
    force: bool = False
