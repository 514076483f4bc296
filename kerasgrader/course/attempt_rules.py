"""The rules for attempts: [watch] of course.toml. How many, which counts, what a page shows, and when.

`kerasgrader.watching.policy` says when an attempt is graded and which one counts; here is what a page may
show, since every process that writes pages must know it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from kerasgrader.course.deadlines import Lateness

LAST, BEST = "last", "best"
EVERYTHING, ASPECTS, PASSED = "everything", "aspects", "passed"  # in the order of what they show
COUNT, PRACTICE, CLOSED = "count", "practice", "closed"
CHOICES = {
    "counts": (LAST, BEST),
    "before_due": (EVERYTHING, ASPECTS, PASSED),
    "after_due": (COUNT, PRACTICE, CLOSED),
}
NUMBERS = {"attempts_a_day": 1000, "cool_down_minutes": 24 * 60}  # and the most of each
QUIET_HOURS = "quiet_hours"
OF_WATCH = (*NUMBERS, *CHOICES, QUIET_HOURS)
_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class AttemptRules:
    """attempts_a_day: of each student and unit, by the calendar of the course's zone; 0 for any number.

    cool_down_minutes: how long the second attempt of a day waits after the first; each further one waits
    twice as long as the one before. counts: LAST or BEST. before_due: what a page shows before the date.
    after_due: what an attempt after the date is good for, if no rule for late submissions covers it.
    quiet_hours: "22:00-06:00", when nothing is graded by itself.
    """

    attempts_a_day: int = 0
    cool_down_minutes: int = 0
    counts: str = LAST
    before_due: str = EVERYTHING
    after_due: str = COUNT
    quiet_hours: str = ""

    @property
    def quiet(self) -> tuple[time, time] | None:
        """When the quiet hours begin and end, by the clock of the course; None without any."""
        match = _QUIET.fullmatch(self.quiet_hours.strip())
        if match is None:
            return None
        hours, minutes, until_hours, until_minutes = map(int, match.groups())
        return time(hours, minutes), time(until_hours, until_minutes)


def problems_of_rules(table: Any) -> Iterator[str]:
    """What is wrong with [watch] of course.toml, a clause each."""
    if not isinstance(table, dict):
        yield f"[watch] must be a table with {', '.join(OF_WATCH)}"
        return
    for name in table:
        if name not in OF_WATCH:
            yield f"[watch] has an unknown key {name!r}; it may have {', '.join(OF_WATCH)}"
    for name, most in NUMBERS.items():
        value = table.get(name, 0)
        if type(value) is not int or not 0 <= value <= most:
            yield f"[watch]: {name} = {value!r} must be a whole number from 0 to {most}"
    for name, choices in CHOICES.items():
        value = table.get(name, choices[0])
        if value not in choices:
            listed = ", ".join(f'"{choice}"' for choice in choices)
            yield f"[watch]: {name} = {value!r} must be one of {listed}"
    quiet = table.get(QUIET_HOURS, "")
    match = _QUIET.fullmatch(quiet.strip()) if isinstance(quiet, str) else None
    if quiet != "" and (match is None or match.groups()[:2] == match.groups()[2:]):
        yield (
            f'[watch]: {QUIET_HOURS} = {quiet!r} must be two times of day, as in "22:00-06:00", '
            "that are not the same"
        )


def shown_at(before_due: str, late: Lateness, now: datetime) -> str:
    """What a student's page may show: everything from the end of the student's own deadline on, the grace
    period included; before it what the course allows.

    Where there is no due date, everything is shown: there is no date to wait for.
    """
    deadline = late.deadline
    if before_due == EVERYTHING or deadline is None:
        return EVERYTHING
    over = now.astimezone(UTC) > deadline + timedelta(minutes=late.grace)
    return EVERYTHING if over else before_due


def least_of(shown: Iterable[str]) -> str:
    """What all of them may see."""
    return max(shown, key=CHOICES["before_due"].index, default=EVERYTHING)
