"""Executors of notebooks: local processes, or a Dask cluster. Both are `concurrent.futures`."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
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
# Workers that share one warm process, which forks their kernels one after the other.
MOST_SHARING = 16


@dataclass
class Workers:
    """An executor, the number of its parallel workers, and a way to replace it when it breaks."""

    executor: Executor
    at_a_time: int
    make: Callable[[], Executor] | None = None

    def replace(self) -> None:
        """Go on with a new executor: if a worker dies, its pool of processes is broken.

        Raises GraderFault if no new one can be created.
        """
        if self.make is None:
            raise GraderFault(
                "the connection to the Dask scheduler is lost. Results so far are cached: grade "
                "again"
            )
        self.executor.shutdown(wait=False, cancel_futures=True)
        self.executor = self.make()


@contextmanager
def workers(
    count: int | None,
    scheduler: str | None,
    modules: Sequence[str] = (),
    environment: Sequence[str] = (),
) -> Iterator[Workers]:
    """`count` local processes (default: one per core), or the cluster of a Dask `scheduler`.

    modules: imported beforehand by the kernels of the course. environment: what notebooks may import
    besides.

    Raises CourseError if the cluster cannot be used.
    """
    ours = versions(modules, environment)
    with (
        _cluster(scheduler, modules, environment, ours)
        if scheduler
        else _processes(count, modules) as found
    ):
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
    """Initialise a worker, which ends with its parent, even if that has just ended.

    warm: a shared warm process, which forks its kernels; or the modules for a warm process of its
    own.
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

    gc.freeze()  # imported modules stay: the collector need not scan them again and again


@contextmanager
def _cluster(
    scheduler: str, modules: Sequence[str], environment: Sequence[str], ours: Mapping[str, str]
) -> Iterator[Workers]:
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
            said = client.run(versions, modules, environment)
        except Exception as error:  # anything that a worker raised, or Dask while unpickling it
            raise CourseError(
                f"the workers of {scheduler} cannot report their versions "
                f"({one_line(error)}): install this project and its "
                "requirements.lock where they run"
            ) from error
        for worker, theirs in said.items():
            if theirs != ours:
                raise CourseError(f"{worker}: {differences(ours, theirs)}")
        # Executions have no side effects on others: they may be repeated if a worker is lost.
        with client.get_executor(pure=False, retries=2) as executor:
            yield Workers(executor, sum(threads.values()))
