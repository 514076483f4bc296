"""When an attempt is graded, in which order, and which one counts: functions of attempts, rules and times.

An attempt beyond the limit of a day, or within the cool-down, is not lost: it has a later start. Starts
follow from the times at which attempts arrived here, and from nothing else, so that neither a slow grader
nor a restart changes them. What a student's file says of its time decides about lateness alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from kerasgrader.course.attempt_rules import BEST, CLOSED, PRACTICE, AttemptRules
from kerasgrader.course.times import DAY, at
from kerasgrader.marking.attempts import StoredAttempt

IN_LINE = timedelta(minutes=1)  # what each earlier attempt of a day costs in the queue
MINUTE = timedelta(minutes=1)
TOO_MANY, COOLING, QUIET = "attempts a day", "cool-down", "quiet hours"


@dataclass(frozen=True)
class Start:
    """From when on an attempt may be graded. why: what it waits for since it arrived, "" for nothing.

    before: how many attempts of the student started earlier that day.
    """

    name: str
    time: datetime
    why: str = ""
    before: int = 0


def starts(
    attempts: Iterable[StoredAttempt],
    rules: AttemptRules,
    zone: tzinfo,
    now: datetime,
    closed: Set[str] = frozenset(),
) -> list[Start]:
    """The starts of one student's attempts in one unit, in the order in which they arrived.

    Attempts that are refused, and those that are `closed`, have none, and take no other one's place. now:
    what has arrived later than that did so under a clock that was wrong, and arrives now.
    """
    counted: Counter[date] = Counter()
    found: list[Start] = []
    for attempt in sorted(attempts, key=lambda one: (one.arrived, one.name)):
        if attempt.refused or attempt.name in closed:
            continue
        start, why = min(attempt.arrived, now).astimezone(UTC), ""
        if found:
            start = max(start, found[-1].time)
            earlier = counted[_day(found[-1].time, zone)]
            cooled = found[-1].time + cool_down(rules, earlier)
            if cooled > start:
                start, why = cooled, COOLING
        while True:
            if rules.attempts_a_day and counted[_day(start, zone)] >= rules.attempts_a_day:
                start, why = _next(start, time(), zone, next_day=True), TOO_MANY
            elif (end := _end_of_quiet(start, rules, zone)) is not None:
                start, why = end, why or QUIET
            else:
                break
        day = _day(start, zone)
        found.append(Start(attempt.name, start, why, counted[day]))
        counted[day] += 1
    return found


def cool_down(rules: AttemptRules, earlier: int) -> timedelta:
    """How long the next attempt waits after the last of so many on one day: twice as long each time, a day
    at most."""
    if not rules.cool_down_minutes or not earlier:
        return timedelta()
    minutes = rules.cool_down_minutes * 2 ** min(earlier - 1, 20)
    return min(timedelta(minutes=minutes), DAY)


def left_today(
    found: Sequence[Start], rules: AttemptRules, zone: tzinfo, now: datetime
) -> int | None:
    """How many more attempts of a student can start today; None for any number."""
    if not rules.attempts_a_day:
        return None
    today = _day(now, zone)
    used = sum(_day(start.time, zone) == today for start in found)
    return max(0, rules.attempts_a_day - used)


def is_quiet(rules: AttemptRules, zone: tzinfo, now: datetime) -> bool:
    """Whether nothing is graded by itself at this time."""
    return _end_of_quiet(now.astimezone(UTC), rules, zone) is not None


def place_in_line(start: Start) -> tuple[datetime, datetime, str]:
    """Sorts attempts of all students: who has waited longest comes first, and each attempt that somebody
    had earlier that day counts as a minute less. So nobody waits for ever."""
    return start.time + start.before * IN_LINE, start.time, start.name


def counting(
    attempts: Iterable[StoredAttempt], rules: AttemptRules, late: Set[str] = frozenset()
) -> StoredAttempt | None:
    """The attempt that counts among those that are graded; None without one.

    An attempt in which nothing is answered never replaces an answered one, nor a mate's the student's own.
    late: those after the date that no rule covers; for practice they count only where there is no other.
    """
    graded = [one for one in attempts if one.outcome is not None and not one.refused]
    if rules.after_due in (PRACTICE, CLOSED):
        graded = [one for one in graded if one.name not in late] or graded

    def worth(one: StoredAttempt) -> tuple:
        sent, arrived = (one.sent or one.arrived).timestamp(), one.arrived.timestamp()
        newest = sent, arrived, one.name
        if rules.counts == BEST and one.outcome is not None:
            points = round(max(0.0, one.points - one.outcome.penalty), 6)
            return one.answered, not one.by, points, -sent, -arrived, one.name
        return one.answered, not one.by, *newest

    return max(graded, key=worth, default=None)


def _day(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()


def _end_of_quiet(moment: datetime, rules: AttemptRules, zone: tzinfo) -> datetime | None:
    """When the quiet hours end in which this moment lies; None if it lies in none."""
    if rules.quiet is None:
        return None
    begin, end = rules.quiet
    clock = moment.astimezone(zone).time()
    inside = begin <= clock < end if begin < end else clock >= begin or clock < end
    return _next(moment, end, zone) if inside else None


def _next(moment: datetime, clock: time, zone: tzinfo, next_day: bool = False) -> datetime:
    """When the clock next shows this time, today's or that of the next day; after `moment` in any case.

    Where clocks are changed at that very time it may be an hour later.
    """
    local = moment.astimezone(zone)
    tomorrow = next_day or clock <= local.time()
    wanted = datetime.combine(local.date() + (DAY if tomorrow else timedelta()), clock)
    found = at(wanted, zone).astimezone(UTC)
    while found <= moment or (next_day and _day(found, zone) <= local.date()):
        found += 15 * MINUTE
    return found
