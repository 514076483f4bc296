"""Which unit a process is about: a notebook begins one, a grader has one after another."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerascheck import published
from kerasgrader.course.course import Unit
from kerasgrader.report import write_report
from tests.support.course_folder import copy_of


def test_a_process_is_about_a_unit_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """The unit and package of `about` hold inside it, also one inside another, and not after an error."""
    monkeypatch.setattr(published, "CURRENT", published.Current())
    everything = published.units()
    with pytest.raises(ZeroDivisionError), published.about(everything[1].unit, "resnet_course"):
        assert published.units() == (everything[1],)
        with published.about(everything[2].unit, ""):
            assert published.packages() == ()
        assert published.units() == (everything[1],)
        raise ZeroDivisionError
    assert published.CURRENT == published.Current()
    assert published.units() == everything


@pytest.mark.slow
def test_a_report_leaves_the_process_as_it_was(graded_class: Unit, tmp_path: Path) -> None:
    """A function of another unit that is checked after a report on this one is judged by its own checks."""
    before = published.Current(**vars(published.CURRENT))
    unit = copy_of(graded_class, tmp_path)
    write_report(unit.root, unit.id, similar=False)
    assert before == published.CURRENT
