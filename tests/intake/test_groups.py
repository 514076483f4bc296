"""Groups: one notebook counts for several people, each of whom has it, its marks, a page and an attempt."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from kerasgrader.cli import commands
from kerasgrader.course.course import Unit
from kerasgrader.errors import CourseError
from kerasgrader.grading.results import Marks
from kerasgrader.grading.table import class_table
from kerasgrader.intake.collecting import collect
from kerasgrader.marking.attempts import attempts_of
from kerasgrader.report import write_report
from tests.intake.test_platforms import answered, counting
from tests.students import platforms
from tests.students.platforms import WHEN, Handed
from tests.support.graded import regrade
from tests.support.small_course import POINTS, RIGHT, WRONG, WRONG_POINTS

PEOPLE = tuple(
    Handed(name, "Doe", i, b"") for i, name in enumerate(("Ada", "Bo", "Carl", "Eva"), 1)
)
ADA, BO, CARL, EVA = PEOPLE


@pytest.fixture
def unit(small_course: Callable[[Path], Unit], tmp_path: Path) -> Unit:
    unit = small_course(tmp_path / "course")
    platforms.roster_csv(unit.root / "roster.csv", PEOPLE)
    return unit


def sent(unit: Unit, who: Handed, hours: int, answer: str = RIGHT, **fields: object) -> Handed:
    """What somebody hands in so many hours later, unlike anything else."""
    data = answered(unit, answer, f"{who.first} {hours}")
    return replace(who, data=data, when=WHEN + timedelta(hours=hours), attempt=hours + 1, **fields)


def in_groups(unit: Unit, *groups: tuple[Handed, ...]) -> None:
    lines = [f"Team {i},{one.id}" for i, group in enumerate(groups) for one in group]
    (unit.root / "groups.csv").write_text("group,student_id\n" + "\n".join(lines) + "\n")


def test_a_group_is_graded_together(unit: Unit, tmp_path: Path) -> None:
    """Its notebook is executed once. Table, page and report say "group"; the one who hands in alone later
    has another mark, and both attempts on the page."""
    together = sent(unit, ADA, 0, WRONG, mates=(BO, CARL))
    alone, other = sent(unit, CARL, 5), sent(unit, EVA, 1)
    first = platforms.gradescope(tmp_path / "first.zip", [together, other])
    collect(unit.root, unit.id, [first])
    marks = regrade(unit, workers=2)
    assert {item.student: item.points for item in marks.graded} == {
        **dict.fromkeys(("s1", "s2", "s3"), WRONG_POINTS),
        "s4": POINTS,
    }
    assert sorted(item.how for item in marks.graded) == ["executed", "executed", "kept", "kept"]
    assert {item.student for item in marks.graded if item.group} == {"s1", "s2", "s3"}
    text = table_of(marks)
    assert text.count("(group)") == 3 and "Ada Doe" in text
    line = "Submitted by a group: Ada Doe, Bo Doe, Carl Doe"
    assert {one.id for one in PEOPLE if line in page(unit, one.id)} == {"s1", "s2", "s3"}
    last = platforms.gradescope(tmp_path / "last.zip", [together, alone, other])
    collect(unit.root, unit.id, [last])
    marks = regrade(unit)
    assert {item.student: (item.points, bool(item.group)) for item in marks.graded} == {
        "s1": (WRONG_POINTS, True),
        "s2": (WRONG_POINTS, True),
        "s3": (POINTS, False),
        "s4": (POINTS, False),
    }
    html = page(unit, "s3")
    assert "Submitted by a group" not in html and "in a group" in html
    assert [attempt.group for attempt in attempts_of(unit, "s3")] == [("s1", "s2", "s3"), ()]
    assert {item.how for item in regrade(unit).graded} == {"unchanged"}
    [file] = (path for path in write_report(unit.root, unit.id).files if path.suffix == ".json")
    written = json.loads(file.read_text("utf-8"))
    remarks = {work["student"]: work["remark"] for work in written["works"]}
    assert remarks["s1"] == "submitted in a group, with Bo Doe, Carl Doe"
    assert remarks["s3"] is None


def table_of(marks: Marks) -> str:
    console = Console(width=200, record=True, file=io.StringIO())
    for line in class_table(marks, {one.id: f"{one.first} Doe" for one in PEOPLE}):
        console.print(line)
    return console.export_text()


def page(unit: Unit, student: str) -> str:
    return (unit.feedback(student) / f"{unit.notebook}.html").read_text("utf-8")


def test_a_page_follows_its_group(unit: Unit, tmp_path: Path) -> None:
    """Who is added to a group later is on all its pages after the next grading, which executes nothing."""
    item = sent(unit, ADA, 0)
    path = platforms.sakai(tmp_path / "s.zip", [item])
    collect(unit.root, unit.id, [path])
    regrade(unit)
    assert "Submitted by a group" not in page(unit, "s1")
    in_groups(unit, (ADA, BO))
    collect(unit.root, unit.id, [path])
    marks = regrade(unit)
    assert {item.student: item.how for item in marks.graded} == {"s1": "kept", "s2": "kept"}
    assert "Submitted by a group: Ada Doe, Bo Doe" in page(unit, "s1")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_first_to_submit_submits_for_the_group(
    order: tuple[int, ...], unit: Unit, tmp_path: Path
) -> None:
    """In any order of collecting: Ada's two attempts are the group's, Carl's later one is his alone."""
    in_groups(unit, (ADA, BO, CARL))
    handed = [sent(unit, ADA, 0), sent(unit, CARL, 2), sent(unit, ADA, 3)]
    for i in order:
        collect(unit.root, unit.id, [platforms.blackboard(tmp_path / f"{i}.zip", [handed[i]])])
    assert {student: data for student, (data, _) in counting(unit).items()} == {
        "s1": handed[2].data,
        "s2": handed[2].data,
        "s3": handed[1].data,
    }


def test_what_a_member_submits_alone_is_nobody_elses(unit: Unit, tmp_path: Path) -> None:
    """Neither an attempt of the others, on whose pages it would be, nor named as the group's."""
    in_groups(unit, (ADA, BO))
    handed = [sent(unit, ADA, 0), sent(unit, BO, 2)]
    report = collect(unit.root, unit.id, [platforms.blackboard(tmp_path / "b.zip", handed)])
    assert [(row.student, row.outcome, bool(row.group)) for row in report.rows if row.student] == [
        ("s1", "taken", True),
        ("s2", "older", True),
        ("s2", "taken", False),
    ]
    assert [attempt.group for attempt in attempts_of(unit, "s1")] == [("s1", "s2")]
    assert [attempt.group for attempt in attempts_of(unit, "s2")] == [("s1", "s2"), ()]


def test_an_empty_notebook_makes_nobody_the_one_who_submits(unit: Unit, tmp_path: Path) -> None:
    """Nor does it take the place of the group's."""
    in_groups(unit, (ADA, BO))
    empty = replace(BO, data=unit.release_file.read_bytes(), when=WHEN - timedelta(days=1))
    answer = sent(unit, ADA, 0)
    collect(unit.root, unit.id, [platforms.emails(tmp_path / "mail", [empty, answer])])
    assert {data for data, _ in counting(unit).values()} == {answer.data}


@pytest.mark.parametrize("platform", ["canvas", "blackboard", "d2l"])
def test_a_platform_may_name_the_group(platform: str, unit: Unit, tmp_path: Path) -> None:
    """In place of a student: it is the group of this name in groups.csv."""
    in_groups(unit, (BO, CARL), (ADA, EVA))
    item = sent(unit, replace(ADA, first="Team", last="1", number=999, team="Team 1"), 0)
    path = getattr(platforms, platform)(tmp_path / "x.zip", [item])
    if platform == "blackboard":
        rename(path, "s999", "Team 1")
    report = collect(unit.root, unit.id, [path])
    assert report.refused == () and set(counting(unit)) == {"s1", "s4"}


def test_the_only_folder_of_a_team_is_its_students(unit: Unit, tmp_path: Path) -> None:
    """Moodle's, where just one student has submitted so far."""
    (unit.root / "roster.csv").write_text("id,name\ns1,Ada Doe\ns2,Anne-Marie Li\n")
    for first, last, student in (("Team A-Ada", "Doe", "s1"), ("Anne-Marie", "Li", "s2")):
        item = sent(unit, replace(ADA, first=first, last=last, number=701), 0)
        report = collect(unit.root, unit.id, [platforms.moodle(tmp_path / "m.zip", [item])])
        assert [row.student for row in report.rows if row.outcome == "taken"] == [student]


def rename(path: Path, old: str, new: str) -> None:
    """Call somebody otherwise in the names of an archive."""
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            if name.endswith(".txt"):
                content = content.replace(old.encode(), new.encode())
            archive.writestr(name.replace(old, new), content)


def test_a_group_with_a_stranger_is_refused(unit: Unit, tmp_path: Path) -> None:
    """One sentence, and nothing for the others of this group; who submitted alone is taken."""
    stranger = Handed("Mallory", "Nobody", 66, b"")
    together, other = sent(unit, ADA, 0, mates=(stranger,)), sent(unit, EVA, 0)
    for write in (platforms.gradescope, platforms.sakai):
        report = collect(unit.root, unit.id, [write(tmp_path / "x.zip", [together, other])])
        [row] = report.refused
        assert "a group submitted it, and nobody on the roster is" in row.details[0]
        assert set(counting(unit)) == {"s4"}


WRONG_GROUPS = {
    "group,student_id\nA,s1\nA,mallory\n": "'mallory' in 'A' is not in the class",
    "group,student_id\nA,s1\nB,s1\n": "s1 is in 'A' and in 'B'",
    "group,student_id\nA B,s1\nab,s2\n": "names that differ only in signs",
    "group,unit,student_id\nA,unit77,s1\n": "no unit 'unit77'",
    "team,person\nA,s1\n": "it needs a column `group` and one with the student's id",
    "student_id\ns1\n": "it needs a column `group`",
}


@pytest.mark.parametrize("text", WRONG_GROUPS)
def test_wrong_groups_are_one_sentence_and_nothing_is_written(
    text: str, unit: Unit, tmp_path: Path
) -> None:
    """With the file and what to do, and status 2."""
    (unit.root / "groups.csv").write_text(text)
    path = platforms.sakai(tmp_path / "s.zip", [sent(unit, ADA, 0)])
    with pytest.raises(CourseError, match=r"groups\.csv") as raised:
        collect(unit.root, unit.id, [path])
    assert WRONG_GROUPS[text] in str(raised.value) and "\n" not in str(raised.value)
    assert not (unit.root / "submitted").exists() and not (unit.root / "attempts").exists()
    result = CliRunner().invoke(commands, ["collect", unit.id, str(path), "--root", str(unit.root)])
    assert isinstance(result.exception, CourseError)


def test_groups_of_one_unit_take_the_place_of_the_others(unit: Unit, tmp_path: Path) -> None:
    """As do those of Canvas's own export, by its columns."""
    (unit.root / "groups.csv").write_text(
        "name,canvas_user_id,user_id,login_id,sections,group_name,canvas_group_id,group_id,unit\n"
        "Ada Doe,1,,s1,S,Team A,5,,\nBo Doe,2,,s2,S,Team A,5,,\nCarl Doe,3,,s3,S,,,,\n"
        f"Ada Doe,1,,s1,S,Team B,6,,{unit.id}\nCarl Doe,3,,s3,S,Team B,6,,{unit.id}\n"
    )
    collect(unit.root, unit.id, [platforms.sakai(tmp_path / "s.zip", [sent(unit, ADA, 0)])])
    assert set(counting(unit)) == {"s1", "s3"}


def test_copies_of_one_notebook_are_executed_once(unit: Unit, tmp_path: Path) -> None:
    """By several workers at a time, too, and when everything is executed again."""
    in_groups(unit, PEOPLE)
    collect(unit.root, unit.id, [platforms.sakai(tmp_path / "s.zip", [sent(unit, ADA, 0)])])
    for options in ({}, {"force": True}):
        marks = regrade(unit, workers=2, **options)
        assert sorted(item.how for item in marks.graded) == ["executed", "kept", "kept", "kept"]
