"""Progress of a run in a terminal: a bar, counts, the time left, submissions per minute."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

LINE_SECONDS = 10  # between lines of output without a terminal


@dataclass(frozen=True)
class Tally:
    """The progress of a run. last: the latest event, in words."""

    total: int
    done: int = 0
    running: int = 0
    problems: int = 0
    last: str = ""

    def __str__(self) -> str:
        return f"{self.done} of {self.total}: {self.last}"


Progress = Callable[[Tally], None]


class ProgressDisplay:
    """Shows tallies. Use in a `with` statement."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.progress = Bar(
            TextColumn("grading"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[counts]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[last]}", style="dim"),
            console=console,
            transient=True,
        )
        self.task = self.progress.add_task("", total=None, counts="", last="")
        self.started = self.said = time.monotonic()

    def show(self, tally: Tally) -> None:
        """Show the present progress of the run."""
        minutes = (time.monotonic() - self.started) / 60
        rate = f", {tally.done / minutes:.0f} a minute" if minutes > 0.1 else ""
        counts = f"{tally.running} running, {tally.problems} without marks{rate}"
        last = "".join(c if c.isprintable() and c != "[" else " " for c in tally.last)
        self.progress.update(
            self.task, completed=tally.done, total=tally.total, counts=counts, last=last
        )
        if not self.console.is_terminal and time.monotonic() - self.said > LINE_SECONDS:
            self.said = time.monotonic()
            self.console.print(f"{tally.done} of {tally.total} ({counts})", highlight=False)

    def __enter__(self) -> ProgressDisplay:
        if self.console.is_terminal:
            self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()
