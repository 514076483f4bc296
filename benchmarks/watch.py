"""How long students wait from submitting to the page, with a watcher at work, and in which order.

A class submits to an exchange of its own within a minute, some of them again and again; `kerasgrader watch`
grades. Reported, never asserted: figures are those of the machine, and of what else runs there.

    python -m benchmarks.watch [--submissions 50] [--seconds 60] [--workers 2] [--unit UNIT]

Without --unit the course is that of `kerasgrader new`, one small exercise; with it a unit of this course.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import nbformat

from kerasgrader.course.course import Unit
from kerasgrader.kernel.sandbox_layers import strongest_sandbox
from kerasgrader.marking.attempts import attempts_of
from kerasgrader.watching.watcher import is_watched
from tests.students.submissions import reference_cells, with_answers
from tests.support.course_folder import course_folder
from tests.support.exchange import add_exchange, notebook_with, released_page, submit_notebook
from tests.support.small_course import RIGHT, WRONG, write_small_course

AGAIN = 3  # so often submits every fifth student
PER_LOOK = 0.05  # seconds
LONGEST = 1800  # seconds in which all must be graded


@dataclass
class Sent:
    """One submission. at, page: `time.monotonic` when it was submitted, and when its page was there."""

    student: str
    folder: Path
    at: float
    page: float | None = None


def notebooks(unit: Unit, count: int, small: bool) -> list[bytes]:
    """Notebooks that differ, so that each is executed."""
    if small:
        answers = (RIGHT, WRONG)
        return [notebook_with(unit, f"{answers[i % 2]}# {i}\n") for i in range(count)]
    source = nbformat.read(unit.source_file, as_version=4)
    release = nbformat.read(unit.release_file, as_version=4)
    cells = reference_cells(source)
    names = [*cells]
    found = []
    for i in range(count):
        wrong = {names[i % len(names)]: "raise ValueError('not yet')"} if i % 2 else {}
        answers = {name: f"{text}\n# {i}" for name, text in {**cells, **wrong}.items()}
        found.append(nbformat.writes(with_answers(release, answers, ())).encode())
    return found


def run(unit: Unit, exchange: Path, data: list[bytes], seconds: float, workers: int) -> list[Sent]:
    """Submit everything while a watcher is at work; returns when all pages are there."""
    command = [Path(sys.executable).parent / "kerasgrader", "watch", "--root", unit.root]
    command += ["--workers", str(workers), "--sandbox", strongest_sandbox()]
    log = (unit.root / "watch.log").open("w")
    watching = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    chance, sent = random.Random(0), list[Sent]()
    students = [f"s{i:03}" for i in range(len(data))]
    order = [name for i, name in enumerate(students) for _ in range(1 if i % 5 else AGAIN)]
    chance.shuffle(order)
    order = order[: len(data)]
    try:
        until = time.monotonic() + LONGEST
        warm_up(unit, exchange, until)
        begun = time.monotonic()
        due = [(begun + seconds * i / len(data), i) for i in range(len(data))]
        while due or any(one.page is None for one in sent):
            assert watching.poll() is None and time.monotonic() < until, log.name
            while due and due[0][0] <= time.monotonic():
                _, i = due.pop(0)
                folder = submit_notebook(exchange, unit, order[i], data[i], datetime.now(UTC))
                sent.append(Sent(order[i], folder, time.monotonic()))
            for one in sent:
                if one.page is None and released_page(exchange, one.folder, unit).exists():
                    one.page = time.monotonic()
            time.sleep(PER_LOOK)
    finally:
        watching.terminate()
        watching.wait()
        log.close()
    return sent


def warm_up(unit: Unit, exchange: Path, until: float) -> None:
    """One submission before the others: the reference is executed, and kernels are warm."""
    data = notebook_with(unit, "")
    folder = submit_notebook(exchange, unit, "warm", data, datetime.now(UTC))
    while not released_page(exchange, folder, unit).exists():
        assert time.monotonic() < until
        time.sleep(PER_LOOK)
    assert is_watched(unit.root)


def report(sent: list[Sent], unit: Unit, workers: int) -> list[str]:
    """What was measured, in lines."""
    waits = sorted((one.page or 0.0) - one.at for one in sent)
    counts: dict[str, int] = {}
    by_number: dict[int, list[float]] = {}
    for one in sent:
        counts[one.student] = counts.get(one.student, 0) + 1
        by_number.setdefault(counts[one.student], []).append((one.page or 0.0) - one.at)
    whole = max(one.page or 0.0 for one in sent) - min(one.at for one in sent)
    verdicts = [a.outcome for name in counts for a in attempts_of(unit, name)]
    assert len(verdicts) == len(sent) and None not in verdicts
    lines = [
        f"{len(sent)} submissions of {len(counts)} students, {workers} workers, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        f"from submitting to the page: median {statistics.median(waits):.1f} s, "
        f"95 % {waits[max(0, int(0.95 * len(waits)) - 1)]:.1f} s, longest {waits[-1]:.1f} s",
        f"all graded {whole:.0f} s after the first was submitted",
    ]
    for number, found in sorted(by_number.items()):
        lines.append(
            f"a student's attempt no. {number}: {len(found)}, median {statistics.median(found):.1f} s"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--submissions", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60, help="within which they come")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--unit", help="a unit of this course, in place of a small exercise")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "course"
        if chosen.unit:
            unit = course_folder(folder, unit_id=chosen.unit)
        else:
            folder.mkdir()
            unit = write_small_course(folder)
        exchange = add_exchange(unit)
        data = notebooks(unit, chosen.submissions, not chosen.unit)
        sent = run(unit, exchange, data, chosen.seconds, chosen.workers)
        print("\n".join(report(sent, unit, chosen.workers)))


if __name__ == "__main__":
    main()
