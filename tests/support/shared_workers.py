"""Worker processes that stay for the next grading in this process of the tests, as a watcher's do.

Each would import for a second what runs a notebook, and there are hundreds of gradings.
"""

from __future__ import annotations

from contextlib import ExitStack

from kerasgrader.course.course import Unit
from kerasgrader.execution.executors import Workers, workers
from kerasgrader.kernel.warm_client import WarmParent

_there: dict[int, Workers] = {}  # by their number
_open = ExitStack()
_forked_from: WarmParent | None = None


def shared_workers(unit: Unit, count: int) -> Workers:
    """So many workers, whose kernels are forked from this process's own warm process."""
    global _forked_from
    warm = WarmParent.begin(unit.modules)
    if warm is not _forked_from:
        end_shared_workers()
        _forked_from = warm
    if count not in _there:
        _there[count] = _open.enter_context(workers(count, None, unit.modules, unit.environment))
    return _there[count]


def end_shared_workers() -> None:
    """End them all."""
    _there.clear()
    _open.close()
