"""The rules for late submissions, over zones, clock changes, extensions, grace and late days by chance.

A plain model stands beside them, which does what a person does with a calendar.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from kerasgrader.course.deadlines import Dates, Lateness, LateRules, duration, lateness_of
from kerasgrader.course.times import UNSTATED, days_later

ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Australia/Lord_Howe",  # half an hour
    "Pacific/Apia",
    "Africa/Casablanca",
]
UNITS = ("one", "two", "three", "four")
CHANGES = [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]  # Berlin's
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class Term:
    """A student's term, drawn at random."""

    zone: tzinfo
    rules: LateRules
    dates: tuple[Dates, ...]

    def lateness(self) -> dict[str, Lateness]:
        return lateness_of(self.dates, self.rules, self.zone)


def term(seed: int) -> Term:
    chance = random.Random(seed)
    zone = UNSTATED if seed % 8 == 0 else ZoneInfo(chance.choice(ZONES))
    rules = LateRules(chance.choice([0, 0, 1, 15, 600]), chance.choice([0, 0, 1, 3, 7]))
    dates = []
    for unit in UNITS:
        near = chance.choice(CHANGES) + timedelta(minutes=chance.randint(-4000, 4000))
        due = chance.choice([near, near, near, None])
        until = chance.choice([None, near + timedelta(minutes=chance.randint(-3000, 9000))])
        sent = chance.choice([None, near + timedelta(seconds=chance.randint(-400_000, 900_000))])
        if due is not None and chance.random() < 0.2:  # on the very border
            sent = max(due, until or due) + timedelta(minutes=rules.grace_minutes)
        dates.append(Dates(unit, due, until, sent))
    return Term(zone, rules, tuple(dates))


SEEDS = range(600)


def deadline(item: Dates) -> datetime | None:
    return None if item.due is None else max(item.due, item.until or item.due)


@pytest.mark.parametrize("first", range(0, len(SEEDS), 200))
def test_never_a_penalty_inside_an_extension(first: int) -> None:
    """Nor inside the due date or the grace period, and nothing is spent there; not a second longer."""
    inside = outside = 0
    for seed in SEEDS[first : first + 200]:
        drawn = term(seed)
        found = drawn.lateness()
        for item in drawn.dates:
            end, one = deadline(item), found[item.unit]
            if item.sent is None or end is None:
                assert (one.late, one.rest, one.days) == (0, 0, 0)
                continue
            assert (one.late > 0) == (item.sent > end)
            if item.sent <= end + timedelta(minutes=drawn.rules.grace_minutes):
                assert (one.rest, one.days) == (0, 0)
                inside += 1
            else:
                assert one.rest > 0 or one.days > 0
                outside += 1
    assert inside > 50 and outside > 50


@pytest.mark.parametrize("first", range(0, len(SEEDS), 200))
def test_the_rules_apply_in_their_order(first: int) -> None:
    """Extension, grace, late days one by one in the order of due dates, then the rest."""
    for seed in SEEDS[first : first + 200]:
        drawn = term(seed)
        found, left = drawn.lateness(), drawn.rules.late_days
        far = datetime(3000, 1, 1, tzinfo=UTC)
        for item in sorted(drawn.dates, key=lambda item: item.due or far):
            end, one, used = deadline(item), found[item.unit], 0
            if item.sent is not None and end is not None:
                free = end + timedelta(minutes=drawn.rules.grace_minutes)
                moved = free
                while item.sent > moved and left:
                    used, left = used + 1, left - 1
                    local = free.astimezone(drawn.zone).replace(tzinfo=None) + timedelta(days=used)
                    both = [local.replace(tzinfo=drawn.zone, fold=fold) for fold in (0, 1)]
                    moved = max(time.astimezone(UTC) for time in both)
                assert one.rest == max(0.0, (item.sent - moved).total_seconds())
            assert (one.days, one.left) == (used, left)
        assert sum(one.days for one in found.values()) <= drawn.rules.late_days


@pytest.mark.parametrize("first", range(0, len(SEEDS), 200))
def test_more_time_never_costs_more(first: int) -> None:
    """A longer extension, more grace, more late days, or an earlier submission: never a longer rest."""
    for seed in SEEDS[first : first + 200]:
        drawn, chance = term(seed), random.Random(seed)
        unit = chance.choice(UNITS)
        before = drawn.lateness()[unit].rest
        more = timedelta(minutes=chance.randint(1, 5000))
        dates = {item.unit: item for item in drawn.dates}
        item = dates[unit]
        end = deadline(item)
        kinder = {
            "extension": Dates(unit, item.due, (end or CHANGES[0]) + more, item.sent),
            "earlier": Dates(unit, item.due, item.until, item.sent and item.sent - more),
        }
        for one in kinder.values():
            others = tuple(one if o.unit == unit else o for o in drawn.dates)
            assert lateness_of(others, drawn.rules, drawn.zone)[unit].rest <= before
        rules = [
            LateRules(drawn.rules.grace_minutes, drawn.rules.late_days + 1),
            LateRules(drawn.rules.grace_minutes + 30, drawn.rules.late_days),
        ]
        assert lateness_of(drawn.dates, rules[0], drawn.zone)[unit].rest <= before
        alone = Term(drawn.zone, rules[1], (item,)).lateness()[unit].rest
        assert alone <= Term(drawn.zone, drawn.rules, (item,)).lateness()[unit].rest


def test_the_order_in_which_units_are_given_makes_no_difference() -> None:
    """Days are spent by due dates; only of equal ones the order of the course decides."""
    for seed in SEEDS:
        drawn = term(seed)
        dues = [item.due for item in drawn.dates if item.due is not None]
        if len(set(dues)) == len(dues):
            turned = Term(drawn.zone, drawn.rules, drawn.dates[::-1])
            due = {item.unit for item in drawn.dates if item.due is not None}
            there, back = drawn.lateness(), turned.lateness()
            assert all(there[unit] == back[unit] for unit in due)


def test_zones_show_times_and_decide_nothing_but_days() -> None:
    """Without late days, seconds are the same in every zone."""
    for seed in SEEDS:
        drawn = term(seed)
        rules = LateRules(drawn.rules.grace_minutes, 0)
        seconds = {
            tuple(one.rest for one in lateness_of(drawn.dates, rules, ZoneInfo(zone)).values())
            for zone in ZONES
        }
        assert len(seconds) == 1


def test_a_late_day_over_a_clock_change_ends_at_the_same_time_of_day() -> None:
    """25 hours in autumn: 24 and a half are one day; 23 hours in spring: 23 and a half are two."""
    rules = LateRules(late_days=3)
    for due, hours, days in (("2026-10-24 16:00", 24.5, 1), ("2026-03-28 17:00", 23.5, 2)):
        start = datetime.fromisoformat(f"{due}+00:00")
        item = Dates("one", start, None, start + timedelta(hours=hours))
        assert lateness_of([item], rules, BERLIN)["one"].days == days
        assert days_later(start, 1, BERLIN).astimezone(BERLIN).hour == 18


def test_a_budget_that_does_not_suffice_is_spent_and_the_rest_is_late() -> None:
    """Two days and two hours late with one late day: a day and two hours remain."""
    start = datetime(2026, 5, 4, 16, tzinfo=UTC)
    item = Dates("one", start, None, start + timedelta(days=2, hours=2))
    one = lateness_of([item], LateRules(late_days=1), BERLIN)["one"]
    assert (one.days, one.left, one.rest) == (1, 0, 26 * 3600)
    assert one.sentences(3) == [
        "Due: 2026-05-04 18:00 +02:00.",
        "Submitted: 2026-05-06 20:00 +02:00, 2 days 2 h late.",
        "Late days: 1 used here, 0 of 1 left after this unit.",
        "Penalty: 3 points for the 1 day 2 h that your extra time does not cover.",
    ]
    assert one.short == "2 days 2 h late, 1 late day, 0 left"


def test_the_sentences_name_extension_and_grace() -> None:
    """And nothing is told where there is nothing to tell."""
    start = datetime(2026, 5, 4, 16, tzinfo=UTC)
    item = Dates("one", start, start + timedelta(days=1), start + timedelta(days=1, minutes=10))
    one = lateness_of([item], LateRules(grace_minutes=15), BERLIN)["one"]
    assert one.sentences(0)[1:] == [
        "Your own deadline: 2026-05-05 18:00 +02:00.",
        "Submitted: 2026-05-05 18:10 +02:00, 10 min late.",
        "The grace period of 15 minutes covers that.",
    ]
    assert one.short == "until 2026-05-05 18:00 +02:00, 10 min late, in the grace period"
    assert Lateness().sentences(0) == [] and Lateness().short == ""
    assert [duration(s) for s in (0.4, 59, 3600, 90_000)] == ["1 s", "59 s", "1 h", "1 day 1 h"]
