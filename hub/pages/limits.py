"""How much may be asked: so many requests a second of each session, and of all together."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST_SESSIONS = 10_000  # that are remembered; the oldest are forgotten


@dataclass
class Bucket:
    """Holds `most` requests, and fills again at `rate` a second."""

    rate: float
    most: float
    left: float
    filled: float

    def take(self, now: float) -> bool:
        """Take one request out of it; whether there was one."""
        self.left = min(self.most, self.left + max(0.0, now - self.filled) * self.rate)
        self.filled = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Limits:
    """One bucket for each session, and one for all. clock: seconds, such as `time.monotonic`."""

    def __init__(
        self,
        clock: Callable[[], float],
        each: tuple[float, float] = (5, 30),
        everybody: tuple[float, float] = (100, 200),
    ) -> None:
        self.clock, self.each = clock, each
        self.everybody = Bucket(*everybody, everybody[1], clock())
        self.sessions: OrderedDict[str, Bucket] = OrderedDict()

    def allow(self, session: str) -> bool:
        """Whether a request of this session is answered. One that is refused takes nothing from others."""
        now = self.clock()
        bucket = self.sessions.pop(session, None) or Bucket(*self.each, self.each[1], now)
        self.sessions[session] = bucket
        while len(self.sessions) > MOST_SESSIONS:
            self.sessions.popitem(last=False)
        return bucket.take(now) and self.everybody.take(now)
