"""Where executions run: processes of this machine, or a Dask cluster. Both are `concurrent.futures`."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from typing import Any

from resnet_grader.environment import versions
from resnet_grader.errors import CourseError, GraderFault, one_line
from resnet_grader.job import differences
from resnet_grader.kernel.linux import end_with_parent
from resnet_grader.kernel.parent import WarmParent

CONNECT_SECONDS = 10
# Workers that one warm process has kernels for: it forks them one after the other.
MOST_SHARING = 16


@dataclass
class Workers:
    """An executor, how many executions it does at a time, and how to get another when it broke."""

    executor: Executor
    at_a_time: int
    make: Callable[[], Executor] | None = None

    def replace(self) -> None:
        """Go on with a new executor: a worker ended, and a pool of processes with it.

        Raises GraderFault when there is none to be had.
        """
        if self.make is None:
            raise GraderFault(
                "the line to the Dask scheduler is lost. What was executed is kept: grade again"
            )
        self.executor.shutdown(wait=False, cancel_futures=True)
        self.executor = self.make()


@contextmanager
def workers(count: int | None, scheduler: str | None) -> Iterator[Workers]:
    """`count` processes of this machine (default: one a core), or the cluster of a Dask `scheduler`.

    Raises CourseError when the cluster cannot be used.
    """
    with _cluster(scheduler) if scheduler else _processes(count) as found:
        yield found


@contextmanager
def _processes(count: int | None) -> Iterator[Workers]:
    count = count or len(os.sched_getaffinity(0))

    def make() -> Executor:
        # Each worker is a fresh process: this one has threads, and may have changed its folder.
        shared = WarmParent.begin().shared() if count <= MOST_SHARING else ()
        return ProcessPoolExecutor(
            count, mp_context=get_context("spawn"), initializer=_begin, initargs=shared
        )

    was_warm = WarmParent.running()
    found = Workers(make(), count, make)
    try:
        yield found
    finally:
        found.executor.shutdown(wait=True, cancel_futures=True)
        if not was_warm:
            WarmParent.end()


def _begin(*shared: Any) -> None:
    """In a new worker: it ends with this process, even if that has just ended.

    shared: the warm process of which it forks its kernels, too; else it starts one for itself.
    """
    end_with_parent()
    parent = parent_process()
    if parent is None or os.getppid() != parent.pid:
        os._exit(1)
    if shared:
        WarmParent.use(*shared)
    else:
        WarmParent.begin()
    import resnet_grader.execution  # noqa: F401

    gc.freeze()  # what was imported stays: nothing there is to be looked for again and again


@contextmanager
def _cluster(scheduler: str) -> Iterator[Workers]:
    from distributed import Client

    try:
        client = Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CourseError(
            f"there is no Dask scheduler at {scheduler}: start one with `dask scheduler` "
            f"({type(error).__name__}: {error})"
        ) from error
    with client:
        threads = client.nthreads()
        if not threads:
            raise CourseError(
                f"the Dask scheduler at {scheduler} has no workers: start some with "
                f"`dask worker {scheduler} --nthreads 1 --nworkers N`"
            )
        try:
            said = client.run(versions)
        except Exception as error:  # whatever a worker raised, or Dask over what it could not read
            raise CourseError(
                f"the workers of {scheduler} cannot say which versions they have "
                f"({one_line(error)}): install this project and its "
                "requirements.lock where they run"
            ) from error
        for worker, theirs in said.items():
            if theirs != versions():
                raise CourseError(f"{worker}: {differences(versions(), theirs)}")
        # What a worker executes has side effects on none: it may be done again when one is lost.
        with client.get_executor(pure=False, retries=2) as executor:
            yield Workers(executor, sum(threads.values()))
