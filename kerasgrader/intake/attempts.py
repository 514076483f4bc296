"""Choose the notebook that counts among all that a student has submitted.

It is the newest one with an answer in it. An unreadable or unanswered notebook never replaces an
answered one; the order in which files are found makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from kerasgrader.course.times import UNSTATED, at, zone_named
from kerasgrader.intake.platforms import Clue
from kerasgrader.intake.recognition import Recognised
from kerasgrader.intake.unpacking import Opened


@dataclass(frozen=True)
class Attempt:
    """A file, its student, and what it is. digest: of its bytes. problem: why it does not count.

    timestamp: what is wrong with its timestamp.txt. kept: whether it is in submitted/ already. was: the
    time that this had, if it is read in another zone now.
    """

    found: Opened
    student: str
    clue: Clue
    recognised: Recognised
    digest: str
    problem: str | None = None
    timestamp: str | None = None
    kept: bool = False
    was: datetime | None = None

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


def times_of(attempt: Attempt) -> dict[str, str | None]:
    """The time of an attempt for its receipt: with the zone that was assumed, if it stated none itself."""
    sent = attempt.sent
    if sent is None:
        return {"sent": None, "zone": None}
    zone = None if sent.tzinfo is UTC else "" if sent.tzinfo is UNSTATED else str(sent.tzinfo)
    return {"sent": sent.isoformat(), "zone": zone}


def time_in(receipt: Mapping[str, Any], zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """The time in a receipt, as the zone of now has it; and what it was, if that is another.

    A time that stated no zone is read again, unless nobody has stated one now either.
    """
    if not receipt["sent"]:
        return None, None
    sent, name = datetime.fromisoformat(receipt["sent"]), receipt.get("zone")
    if name is None:
        return sent.astimezone(UTC), None
    was = at(sent.replace(tzinfo=None), zone_named(name) if name else UNSTATED)
    if zone is UNSTATED or str(zone) == str(was.tzinfo):
        return was, None
    return at(sent.replace(tzinfo=None), zone), was


def in_known_zone(attempt: Attempt, kept: Iterable[Attempt]) -> Attempt:
    """The same attempt, its time read in the zone that is known from the student's submission before.

    Nobody has to state a zone twice.
    """
    if attempt.sent is None or attempt.sent.tzinfo is not UNSTATED:
        return attempt
    for other in kept:
        zone = None if other.sent is None else other.sent.tzinfo
        if other.student == attempt.student and zone not in (None, UTC):
            sent = at(attempt.sent.replace(tzinfo=None), zone)
            return replace(attempt, clue=replace(attempt.clue, sent=sent))
    return attempt
