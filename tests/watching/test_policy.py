"""When attempts start, in which order, and which counts: whatever zone, clock and rules there are.

A case is drawn from its number; the properties stand in the tests.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from kerasgrader.course.attempt_rules import (
    ASPECTS,
    BEST,
    CLOSED,
    COUNT,
    EVERYTHING,
    LAST,
    PASSED,
    PRACTICE,
    AttemptRules,
    least_of,
    shown_at,
)
from kerasgrader.course.deadlines import Dates, LateRules, lateness_of
from kerasgrader.marking.attempts import Outcome, StoredAttempt, Tried
from kerasgrader.watching.policy import (
    TOO_MANY,
    Start,
    cool_down,
    counting,
    is_quiet,
    left_today,
    place_in_line,
    starts,
)

CASES = 200
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Havana",
)
QUIET = ("", "", "22:00-06:00", "00:00-00:30", "01:30-02:30", "23:59-00:00", "12:00-11:59")
# Days on which clocks change somewhere, or a date is skipped (Apia), or midnight is (Havana).
DAYS = [datetime(2026, 3, 8), datetime(2026, 3, 29), datetime(2026, 10, 25), datetime(2011, 12, 29)]
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
LATER = datetime(2030, 1, 1, tzinfo=UTC)


def attempt(number: int, arrived: datetime, **more: object) -> StoredAttempt:
    return StoredAttempt(f"a{number:03}", arrived, arrived=arrived, **more)


def drawn(case: int) -> tuple[list[StoredAttempt], AttemptRules, tzinfo]:
    """Attempts, rules and a zone. Arrivals are in no order: the clock of a machine jumps."""
    chance = random.Random(case)
    rules = AttemptRules(
        attempts_a_day=chance.choice((0, 1, 2, 3, 5)),
        cool_down_minutes=chance.choice((0, 0, 1, 5, 60, 1440)),
        quiet_hours=chance.choice(QUIET),
    )
    begin = chance.choice(DAYS).replace(tzinfo=UTC)
    spread = chance.choice((60, 3600, 4 * 86400))
    attempts = [
        attempt(number, begin + timedelta(seconds=chance.uniform(0, spread)))
        for number in range(chance.randint(1, 12))
    ]
    return attempts, rules, ZoneInfo(chance.choice(ZONES))


@pytest.mark.parametrize("part", range(4))
def test_starts_keep_every_rule(part: int) -> None:
    """Each attempt has one, not before it arrived; never more a day, sooner, or at a quieter hour."""
    for case in range(part * CASES, (part + 1) * CASES):
        attempts, rules, zone = drawn(case)
        found = starts(attempts, rules, zone, LATER)
        arrived = {one.name: one.arrived for one in attempts}
        assert sorted(one.name for one in found) == sorted(arrived), case
        days: dict[object, int] = {}
        for one in found:
            assert one.time >= arrived[one.name], case
            assert not is_quiet(rules, zone, one.time), case
            day = one.time.astimezone(zone).date()
            assert one.before == days.get(day, 0), case
            days[day] = one.before + 1
        assert not rules.attempts_a_day or max(days.values()) <= rules.attempts_a_day, case
        for one, after in zip(found, found[1:], strict=False):
            assert after.time - one.time >= cool_down(rules, one.before + 1), case


@pytest.mark.parametrize("part", range(2))
def test_a_start_does_not_depend_on_what_comes_later(part: int) -> None:
    """So a restart, another watcher or a slow grader finds the same starts."""
    for case in range(part * CASES, (part + 1) * CASES):
        attempts, rules, zone = drawn(case)
        found = starts(attempts, rules, zone, LATER)
        order = sorted(attempts, key=lambda one: (one.arrived, one.name))
        for length in range(len(order)):
            assert starts(reversed(order[:length]), rules, zone, LATER) == found[:length], case


def test_what_a_wrong_clock_has_dated_ahead_need_not_wait_for_it() -> None:
    """It arrives now, and is in order with what came before."""
    ahead = [attempt(0, NOON), attempt(1, NOON + timedelta(days=400))]
    found = starts(ahead, AttemptRules(attempts_a_day=2), UTC, NOON + timedelta(hours=1))
    assert [one.time for one in found] == [NOON, NOON + timedelta(hours=1)]


def test_without_rules_an_attempt_starts_when_it_arrives() -> None:
    """Whatever the zone."""
    for case in range(CASES):
        attempts, _, zone = drawn(case)
        assert all(
            one.time == next(a.arrived for a in attempts if a.name == one.name) and not one.why
            for one in starts(attempts, AttemptRules(), zone, LATER)
        )


def test_what_is_too_much_for_a_day_starts_the_next_morning() -> None:
    """At midnight by the clock of the course."""
    zone = ZoneInfo("Europe/Berlin")
    attempts = [attempt(number, NOON + timedelta(hours=number)) for number in range(3)]
    found = starts(attempts, AttemptRules(attempts_a_day=2), zone, LATER)
    assert found[2].why == TOO_MANY
    assert found[2].time == datetime(2026, 11, 3, tzinfo=zone)


def test_the_cool_down_doubles_with_each_attempt_of_a_day() -> None:
    """5, 10, 20 minutes, a day at most; and the next day begins anew."""
    rules = AttemptRules(cool_down_minutes=5)
    found = starts([attempt(number, NOON) for number in range(4)], rules, UTC, LATER)
    waits = [after.time - one.time for one, after in zip(found, found[1:], strict=False)]
    assert waits == [timedelta(minutes=minutes) for minutes in (5, 10, 20)]
    assert cool_down(rules, 200) == timedelta(days=1)
    later = [*(attempt(number, NOON) for number in range(4)), attempt(9, NOON + timedelta(days=1))]
    assert starts(later, rules, UTC, LATER)[-1].time == NOON + timedelta(days=1)


def test_a_refused_attempt_takes_nobody_s_place() -> None:
    """A file that cannot be read costs no attempt of the day."""
    refused = replace(attempt(0, NOON), outcome=Outcome(NOON, problem="a PDF"))
    rules = AttemptRules(attempts_a_day=1, cool_down_minutes=60)
    assert starts([refused, attempt(1, NOON)], rules, UTC, LATER) == [Start("a001", NOON)]
    assert left_today(starts([refused], rules, UTC, LATER), rules, UTC, NOON) == 1


def test_attempts_after_a_closed_date_have_no_start() -> None:
    """And use up none of the day's."""
    rules = AttemptRules(attempts_a_day=1, after_due=CLOSED)
    both = [attempt(0, NOON), attempt(1, NOON + timedelta(minutes=1))]
    assert [one.name for one in starts(both, rules, UTC, LATER, {"a000"})] == ["a001"]


def test_nobody_waits_for_ever() -> None:
    """Against any number of first attempts, a tenth one is as good as one that came nine minutes later."""
    tenth = Start("tenth", NOON, before=9)
    for minutes in range(30):
        first = Start("first", NOON + timedelta(minutes=minutes, seconds=1))
        assert (place_in_line(tenth) < place_in_line(first)) == (minutes >= 9)


def graded(number: int, points: float, when: datetime, **more: object) -> StoredAttempt:
    penalty = float(more.pop("penalty", 0.0))  # type: ignore[arg-type]
    word = str(more.pop("word", "incorrect"))
    tried = (Tried("block", word, points, 10.0),)
    return attempt(number, when, tried=tried, sent=when, outcome=Outcome(when, penalty), **more)


def test_the_last_attempt_counts_or_the_best() -> None:
    """The best is the one with most points after its penalty, and of equal ones the first."""
    attempts = [
        graded(0, 6, NOON),
        graded(1, 9, NOON + timedelta(hours=1)),
        graded(2, 9, NOON + timedelta(hours=2)),
        graded(3, 10, NOON + timedelta(days=3), penalty=2.0),
        graded(4, 5, NOON + timedelta(days=4)),
    ]
    assert counting(attempts, AttemptRules(counts=BEST)).name == "a001"
    assert counting(attempts, AttemptRules(counts=LAST)).name == "a004"


def test_the_best_is_never_worse_than_another_and_order_makes_no_difference() -> None:
    """For any attempts; the last is never older than another one."""
    for case in range(CASES):
        chance = random.Random(case)
        attempts = [
            graded(
                number,
                chance.choice((0, 3.5, 7, 10)),
                NOON + timedelta(minutes=chance.randint(0, 99)),
                penalty=chance.choice((0, 0, 1, 20)),
            )
            for number in range(6)
        ]
        best, last = (counting(attempts, AttemptRules(counts=rule)) for rule in (BEST, LAST))
        worth = [max(0.0, one.points - one.outcome.penalty) for one in attempts]
        assert max(0.0, best.points - best.outcome.penalty) == max(worth), case
        assert last.sent == max(one.sent for one in attempts), case
        chance.shuffle(attempts)
        for rule, found in ((BEST, best), (LAST, last)):
            assert counting(attempts, AttemptRules(counts=rule)) == found, case


@pytest.mark.parametrize("counts", [LAST, BEST])
def test_an_unanswered_or_refused_attempt_replaces_none(counts: str) -> None:
    """Nor does a mate's replace the student's own, nor one that waits."""
    own = graded(0, 1, NOON)
    later = NOON + timedelta(hours=1)
    others = [
        graded(1, 0, later, word="not attempted"),
        replace(graded(2, 10, later), outcome=Outcome(later, problem="a PDF")),
        graded(3, 10, later, group=("ada", "bob"), by="bob"),
        attempt(4, later),
    ]
    assert counting([own, *others], AttemptRules(counts=counts)) == own
    assert counting(others[1:2], AttemptRules(counts=counts)) is None


@pytest.mark.parametrize(("after", "expected"), [(COUNT, "a001"), (PRACTICE, "a000")])
def test_practice_after_the_date_counts_only_where_there_is_nothing_else(
    after: str, expected: str
) -> None:
    """`late` names what no rule for late submissions covers."""
    in_time, late = graded(0, 4, NOON), graded(1, 10, NOON + timedelta(days=9))
    rules = AttemptRules(counts=BEST, after_due=after)
    assert counting([in_time, late], rules, {"a001"}).name == expected
    assert counting([late], rules, {"a001"}).name == "a001"


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("before_due", [ASPECTS, PASSED])
def test_everything_is_shown_from_the_end_of_the_student_s_own_deadline_on(
    before_due: str, zone: str
) -> None:
    """The extension and the grace period included, not a second earlier; late days do not postpone it."""
    for case in range(40):
        chance = random.Random(case)
        due = chance.choice(DAYS).replace(tzinfo=UTC) + timedelta(minutes=chance.randint(0, 3000))
        until = due + timedelta(hours=chance.randint(-30, 300)) if chance.random() < 0.5 else None
        rules = LateRules(grace_minutes=chance.choice((0, 15)), late_days=chance.choice((0, 5)))
        sent = due + timedelta(hours=chance.randint(-100, 100))
        late = lateness_of([Dates("unit", due, until, sent)], rules, ZoneInfo(zone))["unit"]
        end = max(due, until or due) + timedelta(minutes=rules.grace_minutes)
        assert shown_at(before_due, late, end) == before_due, case
        assert shown_at(before_due, late, end + timedelta(seconds=1)) == EVERYTHING, case
        assert shown_at(EVERYTHING, late, due - timedelta(days=9)) == EVERYTHING


def test_without_a_date_everything_is_shown() -> None:
    """There is nothing to wait for; and of several people's pages, the most reserved one counts."""
    late = lateness_of([Dates("unit")], LateRules(), UTC)["unit"]
    assert shown_at(PASSED, late, NOON) == EVERYTHING
    assert least_of([EVERYTHING, PASSED, ASPECTS]) == PASSED
    assert least_of([EVERYTHING]) == EVERYTHING


def test_quiet_hours_are_those_of_the_course_s_clock() -> None:
    """Until six in Berlin, which is five by UTC."""
    rules, zone = AttemptRules(quiet_hours="22:00-06:00"), ZoneInfo("Europe/Berlin")
    night = datetime.combine(NOON.date(), time(2), zone)
    [start] = starts([attempt(0, night)], rules, zone, LATER)
    assert start.time == datetime.combine(NOON.date(), time(6), zone)
    assert is_quiet(rules, zone, night) and not is_quiet(rules, UTC, NOON)
