"""Options for grading a class. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Options:
    """workers: parallel workers (default: one per core). scheduler: the address of a Dask
    scheduler, instead of local processes. feedback: whether to write pages. sandbox: instead of the
    configured one. force: execute everything again. now: the time for what pages may show by now
    (default: the clock's)."""

    workers: int | None = None
    scheduler: str | None = None
    feedback: bool = True
    sandbox: str | None = None
    force: bool = False
    now: datetime | None = None
