"""Processor time of processes, read from /proc by the one above them."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Three processes on one processor: this one; another that is not its kernel's; and one that is, which
# behaves as `manner` tells. How long the last one waited, while the other one worked for a while.
WORLD = """
import os, signal, sys
from kerasgrader.kernel import processor_time

processor_time._stolen = lambda: 0.0
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def child(manner):
    pid = os.fork()
    if pid == 0:
        exec(manner)
        while True:
            pass
    return pid


other, own = child("pass"), child(sys.argv[1])
try:
    while processor_time.read_clock({own}).worked < 1:
        pass
    print(processor_time.read_clock({other}).waited)
finally:
    os.kill(other, signal.SIGKILL)
    os.kill(own, signal.SIGKILL)
"""


def waited(manner: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", WORLD, manner], capture_output=True, text=True, check=True
    )
    if done.stdout.strip() == "None":
        pytest.skip("this Linux does not tell how long processes waited for a processor")
    return float(done.stdout)


def test_a_process_that_could_run_waits() -> None:
    """While others have the processor."""
    assert waited("pass") > 0.1


@pytest.mark.parametrize(
    "manner",
    [
        "os.nice(5)",
        "os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))",
        "signal.pause()",
    ],
)
def test_what_stands_back_does_not_wait(manner: str) -> None:
    """A program in the background hides nobody's sleep, and is no sign of a machine that is too busy."""
    assert waited(manner) < 0.05
