"""Which unit a process is about: a notebook begins one, a grader has one after another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import kerascheck
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


@pytest.mark.parametrize(
    "here, needed, old",
    [
        (3, "0.1.0-3", False),
        (3, "0.1.0-2", False),
        (3, "0.1.0-4", True),
        (30, "0.1.0-4", False),
        (3, "0.0.9-4", False),
        (3, "0.2.0-1", True),
        (3, "0.10-1", True),
        (3, "", False),
        (None, "0.1.0-1", True),
    ],
)
def test_a_package_is_older_by_its_version_and_then_by_the_number_of_what_is_published(
    here: int | None, needed: str, old: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers are compared as numbers; a unit that is not published at all is older than any."""
    monkeypatch.setattr(kerascheck, "__version__", "0.1.0")
    unit = published.PublishedUnit("unit", "A unit", (), (), edition=here or 0)
    monkeypatch.setattr(published, "units", lambda: () if here is None else (unit,))
    clause = published.older("unit", "", needed)
    assert bool(clause) == old
    assert not old or clause.endswith(f"is older than this notebook ({needed})")


def test_a_check_of_a_newer_notebook_says_that_the_package_is_older(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not that the arguments should be put back, which the student has never changed."""
    unit = published.units()[0]
    for needs, sentence in (
        ("99.0-1", "is older than this notebook"),
        ("", "No check of this notebook"),
    ):
        now = published.Current(unit.unit, "resnet_course", needs)
        monkeypatch.setattr(published, "CURRENT", now)
        with pytest.raises(published.NothingPublished, match=sentence):
            published.find("check.block(shape=(1, 2, 2, 1))", ["identity_block"])


def test_the_edition_travels_in_the_published_file() -> None:
    """A file without one is of edition 0; what a newer one says besides is passed over."""
    unit = published.units()[0]
    assert unit.edition >= 1
    assert published.PublishedUnit.of_text(unit.to_text()).edition == unit.edition
    newer = unit.to_text().replace(
        f'"edition": {unit.edition}, ', f'"edition": {unit.edition}, "moon": 1, '
    )
    assert published.PublishedUnit.of_text(newer) == unit
    text = unit.to_text().replace(f'"edition": {unit.edition}, ', "")
    assert published.PublishedUnit.of_text(text) == replace(unit, edition=0)
