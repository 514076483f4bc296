"""How far a run is, in a terminal: a bar, counts, the time that is left, submissions a minute."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from resnet_grader.grading import Tally

LINE_SECONDS = 10  # where there is no terminal, a line as often as this


class ProgressDisplay:
    """Shows tallies. Use in a `with` statement."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.progress = Progress(
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
        """Show how far the run is now."""
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
