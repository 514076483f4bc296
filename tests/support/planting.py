"""Faults planted in the project one at a time, to see that its tests catch them.

    python -m tests.support.planting --list               the faults of tests/planted_faults.toml
    python -m tests.support.planting                      plant each in turn
    python -m tests.support.planting seed "late penalty"  only those whose names hold one of these

A fault is a small edit of one file. It names the tests that must fail because of it, as selections: each
is what pytest gets, a file and mostly `-k` words. Each selection is run as the tree is, where it must pass,
and then with the fault, where it must fail; without a fault it is run once, however many faults name it.
`--planted-only` leaves out the runs without a fault. The row of a fault is printed when its tests have run.
The status is 1 if a fault is not caught.

A fault is planted in the very tree that this runs in, since kernels, workers and commands import the
installed package: nothing else should run there meanwhile. A file with changes that are not committed is
refused, and every file is put back, byte for byte, however a run ends, also with Ctrl-C or SIGTERM. Only
`kill -9` leaves a fault behind: `git status` shows it, and the next run refuses that file.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

ROOT = Path(__file__).parents[2]
FAULTS = Path("tests") / "planted_faults.toml"  # below the root
PYTEST = ("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider")
SUMMARY = "short test summary info"
FAILED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)
PASSED = re.compile(r"\b\d+ passed\b")
LONGEST = 1800  # seconds of one run: a fault may make a test wait for ever
TO_END = 60  # seconds that pytest has to take down what its tests have begun
NOT_CAUGHT = "NOT CAUGHT"


class PlantingError(Exception):
    """A fault cannot be planted, or its tests tell nothing; the message says why."""


@dataclass(frozen=True)
class Fault:
    """One edit: `old`, which stands once in `file`, becomes `new`. tests: selections that must fail."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def edited(self, text: str) -> str:
        """The text of the file with the fault. Raises PlantingError."""
        count = text.count(self.old)
        if count != 1:
            raise PlantingError(f"{self.file} has {self.old!r} {count} times and not once")
        if self.new == self.old:
            raise PlantingError(f"in {self.file} {self.old!r} stays what it is")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Run:
    """What came of running a selection. failed: the first test that failed. passed: whether any has."""

    failed: str | None
    passed: bool


def faults(root: Path) -> tuple[Fault, ...]:
    """The faults of the project in `root`."""
    tables = tomllib.loads((root / FAULTS).read_text("utf-8"))["fault"]
    return tuple(Fault(**{**table, "tests": tuple(table["tests"])}) for table in tables)


def read_as_its_kind(file: str, text: str) -> None:
    """Read a text as what the name of its file says; raises the reader's own error for one that is none."""
    readers: dict[str, Callable[[str], Any]] = {
        ".py": lambda code: compile(code, file, "exec"),
        ".j2": jinja2.Environment().parse,
        ".toml": tomllib.loads,
        ".json": json.loads,
        ".ipynb": json.loads,
    }
    readers[Path(file).suffix](text)


@contextmanager
def planted(root: Path, fault: Fault) -> Iterator[None]:
    """The fault is in the tree while this lasts. Raises PlantingError unless the file is as committed."""
    path = root / fault.file
    must_be_committed(root, fault.file)
    before, status = path.read_bytes(), path.stat()
    after = fault.edited(before.decode("utf-8")).encode("utf-8")
    try:
        path.write_bytes(after)
        forget_compiled(path)
        yield
    finally:
        with undisturbed():
            path.write_bytes(before)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
            forget_compiled(path)


def must_be_committed(root: Path, file: str) -> None:
    """Raises PlantingError unless Git has the file as it is."""
    command = ["git", "-C", str(root), "status", "--porcelain", "--ignored", "--", file]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode or done.stdout:
        why = done.stdout.strip() or done.stderr.strip()
        raise PlantingError(f"{file} is not as it is committed: commit or restore it first ({why})")


def forget_compiled(path: Path) -> None:
    """Python compares time and size of a source, which may be those of another fault a moment ago."""
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        compiled.unlink(missing_ok=True)


@contextmanager
def undisturbed() -> Iterator[None]:
    """No Ctrl-C or SIGTERM until the end of this."""
    numbers = {signal.SIGINT, signal.SIGTERM}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def run(root: Path, selection: str) -> Run:
    """Run a selection of the tests in `root`, up to the first that fails.

    Raises PlantingError where pytest itself did not get that far, or selected nothing.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [sys.executable, *PYTEST, *shlex.split(selection)],
            cwd=root,
            env={**own, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for this process, which passes it on once
        )
        try:
            status = process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            raise PlantingError(f"`{selection}` does not end within {LONGEST} seconds") from None
        finally:
            end(process)
        output.seek(0)
        said = output.read()
    failed = FAILED.search(said.partition(SUMMARY)[2])
    if failed is None and status != 0:
        last = said.strip().splitlines()[-1:]
        raise PlantingError(f"`{selection}` ends with status {status}: {' '.join(last)}")
    return Run(failed[1] if failed else None, bool(PASSED.search(said)))


def end(process: subprocess.Popen) -> None:
    """End a run as Ctrl-C does, if it has not ended, and for good if that takes too long."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(TO_END)
    except subprocess.TimeoutExpired:
        pass
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


class Table:
    """The outcome of each fault; a row is printed as soon as it is known."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.missed: list[str] = []
        self.unplanted: dict[str, str | None] = {}
        _say("| fault | caught by | seconds |")
        _say("| --- | --- | --- |")

    def add(self, fault: Fault, planted_only: bool = False) -> None:
        """Plant a fault, run its tests, and say what caught it."""
        started, outcomes = time.monotonic(), []
        for selection in fault.tests:
            try:
                wrong = None if planted_only else self._without_fault(selection)
                if wrong is None:
                    with planted(self.root, fault):
                        found = run(self.root, selection)
                    wrong = None if found.failed else f"`{selection}` passes"
            except PlantingError as error:
                wrong = str(error)
            if wrong is not None:
                self.missed.append(fault.name)
            outcomes.append(f"`{found.failed}`" if wrong is None else f"{NOT_CAUGHT}: {wrong}")
        seconds = time.monotonic() - started
        _say(f"| {fault.name} | {'<br>'.join(outcomes)} | {seconds:.0f} |")

    def _without_fault(self, selection: str) -> str | None:
        """Why a selection can tell nothing of a fault; None if it passes without one."""
        if selection not in self.unplanted:
            found = run(self.root, selection)
            if found.failed is not None:
                self.unplanted[selection] = f"without the fault `{found.failed}` fails, too"
            else:
                self.unplanted[selection] = None if found.passed else f"`{selection}` is skipped"
        return self.unplanted[selection]


def _say(row: str) -> None:
    print(row, flush=True)


def chosen(known: Sequence[Fault], words: Sequence[str]) -> list[Fault]:
    """The faults whose names hold one of these words; all of them if there are none."""
    return [
        fault
        for fault in known
        if not words or any(word.casefold() in fault.name.casefold() for word in words)
    ]


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """The command; returns its status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.support.planting", description="Plant faults; see that tests fail."
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="only faults with this in the name"
    )
    parser.add_argument("--list", action="store_true", help="say which faults there are")
    parser.add_argument(
        "--planted-only", action="store_true", help="do not run the tests without a fault first"
    )
    given = parser.parse_args(arguments)
    some = chosen(faults(root), given.names)
    if not some:
        parser.error("there is no such fault: see --list")
    if given.list:
        print(*(f"{fault.name}: {fault.file}" for fault in some), sep="\n")
        return 0
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a script's background jobs ignore it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    table = Table(root)
    for fault in some:
        table.add(fault, given.planted_only)
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
