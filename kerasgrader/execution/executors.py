"""Where executions run: processes of this machine, or a Dask cluster. Both are `concurrent.futures`."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from typing import Any

from kerasgrader.course.versions import differences, versions
from kerasgrader.errors import CourseError, GraderFault, one_line
from kerasgrader.kernel.linux import end_with_parent
from kerasgrader.kernel.warm_client import WarmParent

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
def workers(
    count: int | None, scheduler: str | None, modules: Sequence[str] = ()
) -> Iterator[Workers]:
    """`count` processes of this machine (default: one per core), or the cluster of a Dask `scheduler`.

    modules: what the kernels of the course import beforehand.

    Raises CourseError when the cluster cannot be used.
    """
    with _cluster(scheduler, modules) if scheduler else _processes(count, modules) as found:
        yield found


@contextmanager
def _processes(count: int | None, modules: Sequence[str]) -> Iterator[Workers]:
    count = count or len(os.sched_getaffinity(0))

    def make() -> Executor:
        # Each worker is a fresh process: this one has threads, and may have changed its folder.
        warm = WarmParent.begin(modules).shared() if count <= MOST_SHARING else modules
        return ProcessPoolExecutor(
            count, mp_context=get_context("spawn"), initializer=_begin, initargs=(warm,)
        )

    was_warm = WarmParent.running()
    found = Workers(make(), count, make)
    try:
        yield found
    finally:
        found.executor.shutdown(wait=True, cancel_futures=True)
        if not was_warm:
            WarmParent.end()


def _begin(warm: Sequence[Any]) -> None:
    """In a new worker: it ends with this process, even if that has just ended.

    warm: the warm process whose forks its kernels are, as it is shared; or the modules for one of its own.
    """
    end_with_parent()
    parent = parent_process()
    if parent is None or os.getppid() != parent.pid:
        os._exit(1)
    if warm and isinstance(warm[0], socket.socket):
        WarmParent.use(*warm)
    else:
        WarmParent.begin(warm)
    import kerasgrader.execution.runner  # noqa: F401

    gc.freeze()  # what was imported stays: nothing there is to be looked for again and again


@contextmanager
def _cluster(scheduler: str, modules: Sequence[str]) -> Iterator[Workers]:
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
            said = client.run(versions, modules)
        except Exception as error:  # whatever a worker raised, or Dask over what it could not read
            raise CourseError(
                f"the workers of {scheduler} cannot say which versions they have "
                f"({one_line(error)}): install this project and its "
                "requirements.lock where they run"
            ) from error
        for worker, theirs in said.items():
            if theirs != versions(modules):
                raise CourseError(f"{worker}: {differences(versions(modules), theirs)}")
        # What a worker executes has side effects on none: it may be done again when one is lost.
        with client.get_executor(pure=False, retries=2) as executor:
            yield Workers(executor, sum(threads.values()))
