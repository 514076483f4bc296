"""Choose the notebook that counts among all that a student has submitted.

It is the newest one with an answer in it. An unreadable or unanswered notebook never replaces an
answered one; the order in which files are found makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from kerasgrader.intake.platforms import Clue
from kerasgrader.intake.recognition import Recognised
from kerasgrader.intake.unpacking import Opened


@dataclass(frozen=True)
class Attempt:
    """A file, its student, and what it is. digest: of its bytes. problem: why it does not count.

    timestamp: what is wrong with its timestamp.txt. kept: whether it is in submitted/ already.
    """

    found: Opened
    student: str
    clue: Clue
    recognised: Recognised
    digest: str
    problem: str | None = None
    timestamp: str | None = None
    kept: bool = False

    @property
    def sent(self) -> datetime | None:
        """When it was submitted, if that is known."""
        return self.clue.sent

    @property
    def rank(self) -> tuple:
        """The sort key for the attempts of one student: the last one counts."""
        seconds = self.sent.timestamp() if self.sent is not None else self.found.modified
        return (
            self.recognised.answered > 0,
            self.clue.attempt,
            seconds,
            self.recognised.answered,
            self.digest,
        )


def chosen(attempts: Iterable[Attempt]) -> dict[str, Attempt]:
    """The attempt that counts, for every student who has one."""
    best: dict[str, Attempt] = {}
    for attempt in attempts:
        if attempt.problem is None:
            present = best.get(attempt.student)
            if present is None or (present.rank, present.kept) < (attempt.rank, attempt.kept):
                best[attempt.student] = attempt
    return best
