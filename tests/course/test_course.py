"""course.toml is validated as a whole: each thing that is wrong has a sentence of its own."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from kerasgrader.course.course import load_course
from kerasgrader.errors import CourseError
from tests.support.course_folder import ROOT

SMALLEST = """\
[course]
name = "course"
title = "A course"

[[unit]]
id = "unit"
lesson = "unit.py"
notebook = "unit"
title = "A unit"
minutes = 30
"""


def load(folder: Path, text: str):
    (folder / "course.toml").write_text(text, "utf-8")
    return load_course(folder)


def test_a_unit_needs_no_data_set_and_a_course_no_package(tmp_path: Path) -> None:
    """Its published checks lie beside its source, and kernels import the checks alone."""
    course = load(tmp_path, SMALLEST)
    unit = course.unit("unit")
    assert (unit.dataset, course.package, course.datasets) == ("", "", {})
    assert unit.published_file == tmp_path / "source" / "unit" / "published.json"
    assert {module.partition(".")[0] for module in unit.modules} == {"kerascheck"}


def test_this_course_is_in_order() -> None:
    """Every unit has a loader for its data set, and the course's package is preloaded."""
    course = load_course(ROOT)
    assert all(course.datasets[unit.dataset].startswith("resnet_course:") for unit in course.units)
    assert course.units[0].published_file.parent == ROOT / "resnet_course" / "published"


def test_shares_are_the_course_s(tmp_path: Path) -> None:
    """A course may give names less, or nothing."""
    shares = "[shares]\nnames = 0\nshapes = 0.5\nvalues = 0.5\n"
    assert load(tmp_path, shares + SMALLEST).unit("unit").shares == {
        "names": 0,
        "shapes": 0.5,
        "values": 0.5,
    }


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ('title = "A course"', "", r"\[course\] needs title, a string"),
        ("[course]", "[curse]", r"unknown key 'curse'.*needs a table \[course\]"),
        ('title = "A course"', "title = 3", r"\[course\]: title = 3 must be a string"),
        ('title = "A course"', 'titel = ""\ntitle = ""', r"\[course\] has an unknown key 'titel'"),
        (
            'title = "A course"',
            'title = ""\npreload = [3]',
            r"preload = \[3\] must be a list of strings",
        ),
        ("minutes = 30", 'minutes = "30"', r"no\. 1: minutes = '30' must be a whole number"),
        ("minutes = 30", "minutes = -3", r"no\. 1: minutes = -3 must be a whole number"),
        ("minutes = 30", "minutes = true", r"no\. 1: minutes = True must be a whole number"),
        ("minutes = 30", "", r"no\. 1 needs minutes, a whole number"),
        ("minutes = 30", "minutes = 30\ncolour = 1", r"no\. 1 has an unknown key 'colour'"),
        ("minutes = 30", 'minutes = 30\ndataset = "mnist"', r"no data set 'mnist'; .* has none"),
        ("[[unit]]", "[unit]", r"at least one \[\[unit\]\]"),
        ('id = "unit"', 'id = "../unit"', r"id = '../unit' must be a plain name"),
        ("[course]", "[shares]\nnames = 2\n[course]", r"\[shares\] needs names, shapes, values"),
        ("[course]", '[datasets]\nx = "y"\n[course]', r'x = \'y\' must be "module:function"'),
        ("[course]", "[course", r"course\.toml: "),
        (
            "[course]",
            '[course]\ntimezone = "Berlin"',
            r"\[course\]: there is no time zone 'Berlin'",
        ),
        ("[course]", "[course]\ntimezone = 1", r"timezone = 1 must be a string"),
        (
            "minutes = 30",
            'minutes = 30\ndue = "2026-02-30 18:00"',
            r"no\. 1: due = .* is impossible",
        ),
        (
            "minutes = 30",
            "minutes = 30\ndue = 2026-05-04",
            r"'2026-05-04' is not a date and a time",
        ),
        ("[course]", "[late]\ngrace_minutes = -1\n[course]", r"grace_minutes = -1 must be a whole"),
        ("[course]", "[late]\nlate_days = 1.5\n[course]", r"late_days = 1\.5 must be a whole"),
        ("[course]", "[late]\ngrace = 1\n[course]", r"\[late\] has an unknown key 'grace'"),
        ("[course]", "late = 1\n[course]", r"\[late\] must be a table"),
        ("[course]", "watch = 1\n[course]", r"\[watch\] must be a table with attempts_a_day"),
        ("[course]", "[watch]\nlimit = 1\n[course]", r"\[watch\] has an unknown key 'limit'"),
        (
            "[course]",
            "[watch]\nattempts_a_day = -1\n[course]",
            r"attempts_a_day = -1 must be a whole number from 0 to 1000",
        ),
        (
            "[course]",
            "[watch]\ncounts = []\n[course]",
            r'counts = \[\] must be one of "last", "best"',
        ),
        (
            "[course]",
            '[watch]\nbefore_due = "nothing"\n[course]',
            r'must be one of "everything", "aspects", "passed"',
        ),
        (
            "[course]",
            '[watch]\nquiet_hours = "22-6"\n[course]',
            r"quiet_hours = '22-6' must be two times of day",
        ),
        ("[course]", '[watch]\nquiet_hours = "05:00-05:00"\n[course]', r"that are not the same"),
        ("[course]", "[watch]\nquiet_hours = 5\n[course]", r"quiet_hours = 5 must be two times"),
    ],
)
def test_each_mistake_has_a_sentence(
    before: str, after: str, sentence: str, tmp_path: Path
) -> None:
    """What is missing, of another type, unknown, or names what there is not."""
    assert before in SMALLEST
    with pytest.raises(CourseError, match=f"(?s){sentence}"):
        load(tmp_path, SMALLEST.replace(before, after, 1))


def test_a_due_date_is_in_the_zone_of_the_course(tmp_path: Path) -> None:
    """Unless it has an offset; as text, or as TOML's own dates; without a zone it is read as UTC."""
    for due, zone, utc in (
        ('"2026-05-04 18:00"', "Europe/Berlin", "16:00"),
        ('"2026-05-04 18:00 -04:00"', "Europe/Berlin", "22:00"),
        ("2026-05-04T18:00:00", "Europe/Berlin", "16:00"),
        ("2026-05-04T18:00:00+01:00", "Europe/Berlin", "17:00"),
        ('"2026-05-04 18:00"', "", "18:00"),
    ):
        text = SMALLEST.replace("[course]", f'[course]\ntimezone = "{zone}"')
        course = load(tmp_path, f"{text}due = {due}\n")
        found = course.unit("unit").due_time
        assert found is not None and f"{found.astimezone(UTC):%H:%M}" == utc
        assert course.dates_without_zone == (not zone)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """An author mends them in one go."""
    text = SMALLEST.replace("minutes = 30", "colour = 1").replace('title = "A course"', "")
    unit = SMALLEST.partition("[[unit]]")[2]
    with pytest.raises(CourseError) as raised:
        load(tmp_path, f"{text}\n[[unit]]{unit}")
    sentences = (
        "[course] needs title",
        "needs minutes",
        "'colour'",
        "two units have the id 'unit'",
    )
    assert all(sentence in str(raised.value) for sentence in sentences)
