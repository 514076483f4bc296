"""Another process of the account: what of it is read, and what is done to it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.support.observers.markers import Trace

SCRIPT = Path(__file__).with_name("victim_process.py")
PATIENCE = 3.0


class Victim:
    """The victim process. Use in a `with` statement.

    tokens: what lies in its "environment", on its "command line", in its "memory" and in a file of
    which it holds the only "descriptor".
    """

    def __init__(self, folder: Path, tokens: dict[str, str]) -> None:
        self.folder, self.tokens = folder, tokens

    def __enter__(self) -> Victim:
        with tempfile.TemporaryFile(dir=self.folder) as file:
            file.write(self.tokens["descriptor"].encode())
            file.flush()
            password = f"--password={self.tokens['command line']}"
            self.process = subprocess.Popen(
                [sys.executable, "-I", SCRIPT, str(file.fileno()), password],
                cwd=self.folder,
                env={"WORLD_TOKEN": self.tokens["environment"]},
                pass_fds=[file.fileno()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(self.tokens["memory"] + "\n")
        self.process.stdin.flush()
        self.where = json.loads(self.process.stdout.readline())
        self.before = self._condition()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        with suppress(BrokenPipeError):
            self.process.communicate()

    def view(self) -> dict[str, Any]:
        """Its process id, and where its secret and its canary lie."""
        return dict(self.where)

    def traces(self) -> Iterator[Trace]:
        """What has been done to it, by whomever."""
        if self.process.poll() is not None:
            yield Trace(f"ended the victim process (status {self.process.returncode})")
            return
        after = self._condition()
        if after["state"] in ("T", "t"):
            yield Trace("stopped the victim process")
        if after["tracer"] != "0":
            yield Trace("traces the victim process")
        for name in sorted(self.before.keys() - {"state", "tracer"}):
            if after[name] != self.before[name]:
                yield Trace(f"changed the {name} of the victim process")
        noticed = {} if after["state"] in ("T", "t") else self._ask()
        for number in sorted(set(noticed.get("signals", []))):
            yield Trace(f"sent the victim process {_name(number)}")
        if not noticed.get("memory_unchanged", True):
            yield Trace("wrote into the memory of the victim process")

    def _ask(self) -> dict[str, Any]:
        """What it has noticed itself; nothing if it does not answer, being stopped."""
        assert self.process.stdin is not None and self.process.stdout is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write("?\n")
            self.process.stdin.flush()
            if select.select([self.process.stdout], [], [], PATIENCE)[0]:
                line = self.process.stdout.readline()
                return dict(json.loads(line)) if line else {}
        return {}

    def _condition(self) -> dict[str, str]:
        """What can be seen of it from outside."""
        folder = Path(f"/proc/{self.process.pid}")
        fields = dict(
            line.split(":\t", 1)
            for line in (folder / "status").read_text().splitlines()
            if ":\t" in line
        )
        return {
            "state": fields["State"][0],
            "tracer": fields["TracerPid"],
            "name": fields["Name"],
            "limits": (folder / "limits").read_text(),
            "processors": fields["Cpus_allowed"],
            "priority": str(os.getpriority(os.PRIO_PROCESS, self.process.pid)),
            "oom score": (folder / "oom_score_adj").read_text().strip(),
        }


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
