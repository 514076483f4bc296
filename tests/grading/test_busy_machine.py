"""The same marks on a busy machine as on an idle one: time is the kernel's own.

A class is graded with three processes of load beside it, and each of its students alone: the verdicts are
the same to the byte.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from kerasgrader.course.course import Unit
from kerasgrader.kernel.warm_client import WarmParent
from kerasgrader.marking.record import read_record
from tests.support.course_folder import configure
from tests.support.graded import regrade
from tests.support.small_course import ENDLESS, POINTS, RIGHT, WRONG, WRONG_POINTS, submit_answer

pytestmark = pytest.mark.slow

LOAD = 3  # processes
HEAD = "def scaled_dense(X, units):\n"
# Takes 0.8 seconds of processor time on any machine: three checks of it take longer than a cell may, and
# none of them does alone.
SLOW = "    import time\n    end = time.thread_time() + 0.8\n    while time.thread_time() < end: pass\n"
# A student's own cell, the answer, and what it is worth. The first few are tried in every run.
CLASS = {
    "endless": ("", ENDLESS, 0),
    "right-beside-a-restart": ("import os\nos.kill(os.getpid(), 9)", RIGHT, POINTS),
    "right-and-slow": (
        "",
        RIGHT.replace("    start", f"{SLOW}    start"),
        POINTS,
    ),
    "right-beside-an-endless-sum": ("sum(range(10**12))", RIGHT, POINTS),
    "wrong": ("", WRONG, WRONG_POINTS),
    "asleep": ("", f"{HEAD}    import time\n    time.sleep(1000)\n", 0),
    "crash": ("", f"{HEAD}    import ctypes\n    ctypes.string_at(0)\n", 0),
    "greedy": ("", f"{HEAD}    return [bytearray(10**8) for _ in range(1000)]\n", 0),
    "right-beside-a-loop": ("while True: pass", RIGHT, POINTS),
    "right-beside-a-flood": ("print('x' * 42_000_000)", RIGHT, POINTS),
    "right-beside-an-exit": ("exit()", RIGHT, POINTS),
    "stubborn": (
        "",
        f"{HEAD}    while True:\n        try:\n            1 / 0\n        except: pass\n",
        0,
    ),
}
FEW = 3
LIMITS = ("Execute.timeout = 2", "Execute.test_timeout = 2", "Execute.grace = 1")


def submit(unit: Unit, student: str, own: str, answer: str) -> None:
    submit_answer(unit, student, answer)
    path = unit.submitted(student) / f"{unit.notebook}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    if own:
        notebook.cells.insert(2, new_code_cell(own))
        nbformat.write(notebook, path)


@contextmanager
def load() -> Iterator[None]:
    """Processes that want all the time there is."""
    spin = [sys.executable, "-c", "while True: pass"]
    processes = [subprocess.Popen(spin) for _ in range(LOAD)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def verdicts(unit: Unit, student: str) -> str:
    record = read_record(unit, student)
    assert record is not None
    return json.dumps([record.to_plain()["verdicts"], record.repairs, record.irregular])


def test_a_busy_machine_gives_the_same_verdicts(
    small_course: Callable[[Path], Unit], tmp_path: Path, long_runs: bool
) -> None:
    """Whatever takes long, ends the kernel or fills the memory; with --long-runs five times."""
    unit = small_course(tmp_path / "course")
    configure(unit.root, *(f"c.{line}" for line in LIMITS))
    configure(unit.root, f"c.SealedKernel.memory_limit = {2 * 2**30}")
    chosen = [*CLASS][: len(CLASS) if long_runs else FEW]
    for student in chosen:
        own, answer, _ = CLASS[student]
        submit(unit, student, own, answer)
    WarmParent.begin(unit.modules)
    expected = {student: float(CLASS[student][2]) for student in chosen}
    regrade(unit, tuple(chosen))  # one after the other
    alone = {student: verdicts(unit, student) for student in chosen}
    for _ in range(5 if long_runs else 1):
        with load():
            marks = regrade(unit, tuple(chosen), force=True, workers=3)
        assert {item.student: item.points for item in marks.graded} == expected
        assert {student: verdicts(unit, student) for student in chosen} == alone
