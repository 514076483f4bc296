"""Time that does not depend on what else a machine does."""

from __future__ import annotations

from kerasgrader.execution.time_limit import LONGEST_TICK, PATIENCE, TICK, Meter
from kerasgrader.kernel.processor_time import Clock


def meter(*readings: tuple[float, float, float | None]) -> Meter:
    made = Meter(15)
    for reading in readings:
        made.read(Clock(*reading))
    return made


def test_waiting_for_a_processor_counts_for_nothing() -> None:
    """A minute on a machine that is busy with others is a few seconds of one's own."""
    busy = meter((100, 2, 1), (160, 7, 55))
    assert (busy.worked, busy.asleep, busy.own) == (5, 1, 6)
    assert not busy.is_over


def test_work_and_sleep_have_the_same_limit() -> None:
    """Each by itself; work of several threads adds up."""
    assert meter((0, 0, 0), (16, 16, 0)).is_over
    assert meter((0, 0, 0), (16, 0, 0)).is_over
    assert meter((0, 0, 0), (4, 16, 9)).is_over
    assert not meter((0, 0, 0), (28, 14, 0)).is_over


def test_no_more_can_have_been_waited_than_passed() -> None:
    """Threads that wait at once are no credit for later sleep; a process that ended takes none away."""
    slept = meter((0, 0, 0), (1, 0.2, 30), (17.5, 0.2, 30))
    assert slept.asleep == 16.5 and slept.is_over
    assert meter((0, 0, 0), (1, 0.5, 9), (2, 1, 0.5)).asleep == 0.5


def test_where_linux_does_not_tell_what_waiting_is_there_is_patience() -> None:
    """Rather late than wrong."""
    assert not meter((0, 0, None), (60, 0, None)).is_over
    assert meter((0, 0, None), (16 * PATIENCE, 0, None)).is_over


def test_a_clock_is_read_the_more_often_the_less_time_is_left() -> None:
    """What nears its limit is noticed soon; what is far from it, on a busy machine, costs few readings."""
    pauses = [meter((0, 0, 0), (60, worked, 60 - worked)).pause for worked in (0, 6, 9, 14, 99)]
    assert pauses == sorted(pauses, reverse=True)
    assert (pauses[0], pauses[-1]) == (LONGEST_TICK, TICK)
    assert Meter(1).pause == TICK


def test_one_reading_is_no_measure() -> None:
    """What passed before the first one is not known."""
    assert meter((1000, 900, 0)).own == 0
