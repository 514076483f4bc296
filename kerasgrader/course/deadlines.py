"""The rules for late submissions, in order: extension, grace period, late days, a penalty for the rest.

A deadline is the unit's due date, or the end of the student's own extension if that is later. Who submits
within the grace period after it is not late. After that each late day that the student has left moves the
deadline by a day (to the same time of day in the course's zone), and is spent, in the order of the units'
due dates. What is late even then is what a late policy (nbgrader's plug-in) sees.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from kerasgrader.course.times import days_later, deadline_of, with_offset

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class LateRules:
    """[late] of course.toml. grace_minutes: after each deadline. late_days: per student and term."""

    grace_minutes: int = 0
    late_days: int = 0


@dataclass(frozen=True)
class Dates:
    """What decides how late a student's submission of one unit is. until: the end of the extension.

    A time that is None is not known, or there is none.
    """

    unit: str
    due: datetime | None = None
    until: datetime | None = None
    sent: datetime | None = None


@dataclass(frozen=True)
class Lateness:
    """How late a submission is, and which rule covers it. Times are texts, with the course's offset.

    due: of the unit. until: of the student, if later. sent: when it was submitted. late: seconds after the
    deadline. grace: minutes of the grace period. days: late days spent on it. left: those left after it.
    budget: for the term. rest: seconds that no rule covers.
    """

    due: str = ""
    until: str = ""
    sent: str = ""
    late: float = 0.0
    grace: int = 0
    days: int = 0
    left: int = 0
    budget: int = 0
    rest: float = 0.0

    @property
    def deadline(self) -> datetime | None:
        """The student's own deadline, in UTC, without the grace period; None if the unit has no date."""
        text = self.until or self.due
        return deadline_of(text, UTC).astimezone(UTC) if text else None

    @property
    def digest(self) -> str:
        """A digest of all that a page shows of it."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @property
    def short(self) -> str:
        """For the table of a class: "" if there is nothing to tell."""
        parts = [f"until {self.until}"] if self.until else []
        if self.late > 0:
            parts.append(f"{duration(self.late)} late")
        if self.in_grace:
            parts.append("in the grace period")
        if self.days:
            parts.append(f"{_count(self.days, 'late day')}, {self.left} left")
        return ", ".join(parts)

    @property
    def in_grace(self) -> bool:
        """Whether it is late, and the grace period covers all of that."""
        return self.late > 0 and not self.days and not self.rest

    def sentences(self, penalty: float) -> list[str]:
        """For the student's page: the dates, and the rules that were applied. penalty: points taken off."""
        lines = [f"Due: {self.due}."] if self.due else []
        if self.until:
            lines.append(f"Your own deadline: {self.until}.")
        if self.sent:
            late = f", {duration(self.late)} late" if self.late > 0 else ""
            lines.append(f"Submitted: {self.sent}{late}.")
        if self.in_grace:
            lines.append(f"The grace period of {_count(self.grace, 'minute')} covers that.")
        if self.budget:
            lines.append(
                f"Late days: {self.days} used here, {self.left} of {self.budget} left after this unit."
            )
        if penalty:
            points, rest = "1 point" if penalty == 1 else f"{penalty:g} points", duration(self.rest)
            if self.rest == self.late:
                lines.append(f"Penalty: {points} for submitting {rest} late.")
            else:
                lines.append(
                    f"Penalty: {points} for the {rest} that your extra time does not cover."
                )
        return lines

    @classmethod
    def of_plain(cls, value: dict[str, Any] | None) -> Lateness:
        """Read from JSON, also from an earlier version of the grader, which has none. Raises TypeError."""
        return cls(**(value or {}))


def lateness_of(dates: Iterable[Dates], rules: LateRules, zone: tzinfo) -> dict[str, Lateness]:
    """How late one student is with each unit.

    dates: of all units of the term, in the order of the course: late days are spent in the order of the due
    dates, and with equal ones in this. zone: the course's.
    """
    left, found = rules.late_days, {}
    for item in sorted(dates, key=lambda item: item.due or NEVER):
        found[item.unit] = _lateness(item, rules, left, zone)
        left = found[item.unit].left
    return found


def _lateness(item: Dates, rules: LateRules, left: int, zone: tzinfo) -> Lateness:
    sent = "" if item.sent is None else with_offset(item.sent, zone)
    budget = rules.late_days
    if item.due is None:
        return Lateness(sent=sent, grace=rules.grace_minutes, left=left, budget=budget)
    extended = item.until is not None and item.until > item.due
    deadline = item.until if item.until is not None and extended else item.due
    late = rest = 0.0
    days = 0
    if item.sent is not None:
        late = _seconds_after(deadline, item.sent)
        free = deadline.astimezone(UTC) + timedelta(minutes=rules.grace_minutes)
        while days < left and item.sent > days_later(free, days, zone):
            days += 1
        rest = _seconds_after(days_later(free, days, zone), item.sent)
    return Lateness(
        due=with_offset(item.due, zone),
        until=with_offset(deadline, zone) if extended else "",
        sent=sent,
        late=late,
        grace=rules.grace_minutes,
        days=days,
        left=left - days,
        budget=budget,
        rest=rest,
    )


def duration(seconds: float) -> str:
    """A length of time for people: "2 days 3 h", "1 h 5 min", "40 s"."""
    whole = int(seconds)
    days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
    parts = [_count(days, "day")] if days else []
    parts += [f"{hours} h"] if hours else []
    parts += [f"{minutes} min"] if minutes and not days else []
    return " ".join(parts) or f"{max(1, whole)} s"


def _seconds_after(deadline: datetime, sent: datetime) -> float:
    return max(0.0, (sent.astimezone(UTC) - deadline.astimezone(UTC)).total_seconds())


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
