"""How long a cell may run, in seconds of its own: what else this machine does makes no difference."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from kerasgrader.execution.evidence_pipe import EvidencePipe
from kerasgrader.kernel.manager import POLL_SECONDS
from kerasgrader.kernel.processor_time import Clock
from kerasgrader.kernel.provisioner import SealedKernel

TICK, LONGEST_TICK = (
    0.2,
    1.0,
)  # seconds between readings of a kernel's clock, near the limit and far from it
PARTS = 15  # of what is left of the limit: after one of them the clock is read again
ANSWER_SECONDS = 5  # that process 1 has to tell the time, before it is asked again
PROBES = 10  # a test may take so many times the limit, as long as its probes get done

# Where Linux does not tell how long processes waited for a processor, sleep is not told from waiting.
PATIENCE = 8


@dataclass
class Meter:
    """seconds: the limit, both on processor time and on time spent asleep. now: the last reading; the first
    is the beginning. worked: seconds of processor time since. asleep: seconds in which the kernel neither
    worked nor waited for a processor.

    Time is added up from reading to reading, so that no more can have been waited between two than passed,
    whatever processes have ended meanwhile.
    """

    seconds: float
    now: Clock | None = None
    worked: float = 0.0
    asleep: float = 0.0

    def read(self, clock: Clock) -> None:
        """Take note of the kernel's clock."""
        before, self.now = self.now, clock
        if before is None:
            return
        passed, worked = clock.passed - before.passed, max(0.0, clock.worked - before.worked)
        self.worked += worked
        if clock.waited is None or before.waited is None:
            self.asleep += max(0.0, passed - worked) / PATIENCE
        else:
            waited = max(0.0, clock.waited - before.waited)
            self.asleep += max(0.0, passed - worked - waited)

    @property
    def own(self) -> float:
        """Seconds of the kernel's own, working or asleep."""
        return self.worked + self.asleep

    @property
    def pause(self) -> float:
        """Seconds until the next reading, which costs processor time itself: on a busy machine there would
        be many."""
        left = self.seconds - max(self.worked, self.asleep)
        return min(LONGEST_TICK, max(TICK, left / PARTS))

    @property
    def is_over(self) -> bool:
        return self.worked > self.seconds or self.asleep > self.seconds


class TimeLimit:
    """The limit on the cell that runs in a kernel. manager: its manager. seconds: of its own that the cell,
    or a probe of a test, may take. grace: seconds that it has to end after it was interrupted.

    spent: seconds of its own so far. interrupted: whether it took longer.
    """

    def __init__(
        self,
        manager: Any,
        kernel: SealedKernel,
        pipe: EvidencePipe,
        seconds: float,
        grace: float,
    ) -> None:
        self.manager, self.kernel, self.pipe = manager, kernel, pipe
        self.seconds, self.grace = seconds, grace
        self.meter, self.before, self.interrupted = Meter(seconds), 0.0, False

    @property
    def spent(self) -> float:
        return self.before + self.meter.own

    async def watch(self, by_probe: bool) -> None:
        """Interrupt the cell when it has used up its time, and end its kernel if that is of no use.

        by_probe: whether the cell is a test: each piece of evidence is progress, and time begins anew.
        """
        probes = 0
        while not (self.meter.is_over or self.spent > PROBES * self.seconds):
            await self._read_clock()
            if by_probe and self.pipe.arrived > probes:
                probes = self.pipe.arrived
                self._begin_again(self.seconds)
        self.interrupted = True
        await self.manager.interrupt_kernel()
        self._begin_again(self.grace)
        while not self.meter.is_over:
            await self._read_clock()
        await self.kernel.kill()

    def _begin_again(self, seconds: float) -> None:
        self.before, self.meter = self.spent, Meter(seconds, self.meter.now)

    async def _read_clock(self) -> None:
        """Wait a moment and read the kernel's clock."""
        await asyncio.sleep(self.meter.pause)
        self.kernel.ask_clock(new=self.meter.now is None)
        deadline = time.monotonic() + ANSWER_SECONDS
        while self.kernel.clock is None and time.monotonic() < deadline:
            await asyncio.sleep(POLL_SECONDS)
            if await self.kernel.poll() is not None:
                return
        if self.kernel.clock is not None:
            self.meter.read(self.kernel.clock)
