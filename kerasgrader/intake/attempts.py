"""Choose the notebook that counts among all that a student has submitted.

It is the newest one with an answer in it. An unreadable or unanswered notebook never replaces an
answered one, nor a mate's the student's own. Of a group in groups.csv, the member who submitted first
submits for the others, as often as they like; the order in which files are found makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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

    group: all for whom it was submitted, if that is not one student. by: the mate who submitted it, "" for
    this student, alone or with others. since: when that mate first submitted anything, in seconds.
    timestamp: what is wrong with its time. kept: whether it is in submitted/ already. here:
    whether it is there for the mate. was: the time that this had, if it is read in another zone now.
    """

    found: Opened
    student: str
    clue: Clue
    recognised: Recognised
    digest: str
    problem: str | None = None
    group: tuple[str, ...] = ()
    by: str = ""
    since: float = 0.0
    timestamp: str | None = None
    kept: bool = False
    here: bool = False
    was: datetime | None = None

    @property
    def sent(self) -> datetime | None:
        """When it was submitted, if that is known."""
        return self.clue.sent

    @property
    def seconds(self) -> float:
        """When it was submitted, or else when its file was written."""
        return self.sent.timestamp() if self.sent is not None else self.found.modified

    def counts_before(self, other: Attempt) -> bool:
        """Whether it counts and the other attempt of the same student does not."""
        mine, its = self._worth, other._worth
        if (
            mine == its
            and self.digest == other.digest
            and self.clue.number == other.clue.number > 0
        ):
            return self.kept  # the same attempt: Canvas gives it the time of each download
        if mine == its and self.by != other.by:
            return (self.since, self.by) < (other.since, other.by)
        if mine == its:
            mine, its = self._order(other.clue), other._order(self.clue)
        if mine == its:
            mine, its = self._rest, other._rest
        return mine > its

    @property
    def _worth(self) -> tuple:
        return self.recognised.answered > 0, not self.by

    def _order(self, other: Clue) -> tuple:
        """What the platform counts up, as far as it tells these two apart."""
        clue = self.clue
        if clue.series and clue.series == other.series and clue.version != other.version:
            return (clue.version,)
        return (clue.number,) if clue.number and other.number else ()

    @property
    def _rest(self) -> tuple:
        clue, answered = self.clue, self.recognised.answered
        return self.seconds, self.found.modified, clue.version, answered, self.digest, self.kept


def of_groups(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The attempts, as the groups in groups.csv have it.

    Of a group, the member who answered something first submits for all. What another member submits is that
    member's alone: it is no attempt of the others. `since` is filled in for what a mate submitted.
    """
    since: dict[str, float] = {}
    for attempt in attempts:
        if attempt.problem is None and attempt.recognised.answered:
            first = attempt.since or attempt.seconds  # stored attempts know of earlier collections
            submitter = attempt.by or attempt.student
            since[submitter] = min(first, since.get(submitter, first))
    shared = {(attempt.by, attempt.digest) for attempt in attempts if attempt.by}
    found = []
    for attempt in attempts:
        submitter = attempt.by or attempt.student
        firsts = [(since[one], one) for one in attempt.group if one in since]
        alone = bool(firsts) and min(firsts)[1] != submitter
        if attempt.by and (attempt.kept or not alone):
            found.append(replace(attempt, since=since.get(attempt.by, attempt.seconds)))
        elif not attempt.by:
            implied = (attempt.student, attempt.digest) in shared
            found.append(replace(attempt, group=()) if alone and implied else attempt)
    return found


def chosen(attempts: Iterable[Attempt]) -> dict[str, Attempt]:
    """The attempt that counts, for every student who has one."""
    best: dict[str, Attempt] = {}
    for attempt in sorted(attempts, key=lambda attempt: attempt.digest):
        if attempt.problem is None:
            present = best.get(attempt.student)
            if present is None or attempt.counts_before(present):
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
    """The same attempt, its time read in the zone that is known from the submission before.

    That is the student's, or one of the group's. Nobody has to state a zone twice.
    """
    if attempt.sent is None or attempt.sent.tzinfo is not UNSTATED:
        return attempt
    for other in kept:
        zone = None if other.sent is None else other.sent.tzinfo
        same = other.student in (attempt.student, *attempt.group)
        if same and zone is not None and zone is not UTC:
            sent = at(attempt.sent.replace(tzinfo=None), zone)
            return replace(attempt, clue=replace(attempt.clue, sent=sent))
    return attempt
