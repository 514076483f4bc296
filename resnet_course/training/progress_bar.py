"""Progress bar for training: a line for each finished epoch, one that moves, a curve that draws itself.

In a notebook lines and curve are one output that is updated, and its last state stays. On a terminal the
last line is overwritten; elsewhere (a log) only finished epochs are printed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import keras

from resnet_course.figures.live_curve import curve

WIDTH = 24
EVERY = 0.2
"""Seconds between two updates of the bar."""


class ProgressBar(keras.callbacks.Callback):
    """Shows the progress and remaining time of an epoch, and the metrics of each finished epoch."""

    def __init__(
        self, batches: int, epochs: int, earlier: Mapping[str, Sequence[float]] | None = None
    ) -> None:
        super().__init__()
        self.batches, self.epochs = batches, epochs
        self.lines: list[str] = []
        self.history = {name: list(numbers) for name, numbers in (earlier or {}).items()}
        self.show = _display()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch, self.began, self.shown = epoch, time.monotonic(), 0.0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        now = time.monotonic()
        if now - self.shown < EVERY:
            return
        self.shown = now
        done = (batch + 1) / self.batches
        bar = "█" * round(WIDTH * done) + "░" * (WIDTH - round(WIDTH * done))
        left = (now - self.began) * (1 - done) / done
        start = f"epoch {self.epoch + 1:>{len(str(self.epochs))}} of {self.epochs}"
        self.show(
            self.lines, f"{start}  {bar}  {_metrics(logs)}  {_time(left)} left", self._figure()
        )

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        start = f"epoch {epoch + 1:>{len(str(self.epochs))}} of {self.epochs}"
        took = _time(time.monotonic() - self.began)
        self.lines.append(f"{start}  {_metrics(logs)}  {took}")
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        self.show(self.lines, "", self._figure())

    def _figure(self) -> str:
        drawn = curve(self.history, self.epochs)
        return "" if drawn is None else drawn.html()


def _metrics(logs: Mapping[str, Any] | None) -> str:
    shown = []
    for name, value in (logs or {}).items():
        number = float(value)
        rate = "rate" in name
        shown.append(f"{name.replace('_', ' ')} {number:.2g}" if rate else f"{name} {number:.3f}")
    return "  ".join(shown)


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s"


def _display() -> Any:
    """A function that shows the finished lines and the moving one, in a notebook or elsewhere."""
    shell = None
    if "IPython" in sys.modules:
        shell = sys.modules["IPython"].get_ipython()
    if hasattr(shell, "kernel"):
        return _Notebook()
    return _Terminal()


class _Notebook:
    """One output of the cell, replaced as a whole."""

    def __init__(self) -> None:
        self.handle: Any = None

    def __call__(self, lines: list[str], moving: str, figure: str) -> None:
        from IPython.display import display

        text = "\n".join([*lines, moving] if moving else lines)
        data = {"text/plain": text, "text/html": f"<pre>{escape(text)}</pre>{figure}"}
        if self.handle is None:
            self.handle = display(data, raw=True, display_id=True)
        else:
            self.handle.update(data, raw=True)


class _Terminal:
    """Prints finished lines once, and overwrites the moving one if that is possible; shows no figure."""

    def __init__(self) -> None:
        self.printed = 0

    def __call__(self, lines: list[str], moving: str, figure: str) -> None:
        live = sys.stdout.isatty()
        clear = "\r\x1b[K" if live else ""
        for line in lines[self.printed :]:
            print(f"{clear}{line}", flush=True)
        self.printed = len(lines)
        if live and moving:
            print(f"{clear}{moving}", end="", flush=True)
