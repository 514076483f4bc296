"""Deadlines for people: what course.toml or `extend` moves is on pages and in penalties after `grade`.

Nothing is executed for it, and all places agree.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from time import tzset

import pytest
from click.testing import CliRunner, Result

from kerasgrader.build.build import build
from kerasgrader.cli import commands
from kerasgrader.course.course import Unit, load_course
from kerasgrader.course.extensions import Extension, read_extensions, write_extensions
from kerasgrader.errors import CourseError
from kerasgrader.files import only_grader
from kerasgrader.grading import extending
from kerasgrader.grading.ledger import Ledger
from kerasgrader.grading.options import Options
from kerasgrader.grading.progress import Tally
from kerasgrader.grading.results import Graded, Marks
from kerasgrader.grading.run import grade
from kerasgrader.kernel.sandbox_layers import strongest_sandbox
from kerasgrader.kernel.warm_client import WarmParent
from kerasgrader.marking.late_policy import course_importable
from kerasgrader.marking.nbgrader import Staging, in_gradebook, load_config
from kerasgrader.report import write_report
from tests.support.agreement import disagreements
from tests.support.course_folder import copy_of, lose_a_point_an_hour
from tests.support.graded import regrade
from tests.support.small_course import POINTS, RIGHT, TEST, submit_answer

pytestmark = pytest.mark.slow

SECOND = """
[[unit]]
id = "unit2-again"
lesson = "unit2_again.py"
notebook = "again"
title = "Once more"
minutes = 15
due = "2026-05-11 18:00"
"""
SENT = {"ada": "17:59:00", "bob": "18:10:00", "eve": "21:00:00"}  # on the day that it is due


def submit(unit: Unit, student: str, time: str) -> None:
    submit_answer(unit, student, f"{RIGHT}# {student}\n")
    (unit.submitted(student) / "timestamp.txt").write_text(f"{time}\n")


@pytest.fixture(scope="module")
def graded(small_course: Callable[[Path], Unit], tmp_path_factory: pytest.TempPathFactory) -> Unit:
    """Two units, a week apart, with the times of a class that has no zone; both graded."""
    folder = tmp_path_factory.mktemp("dates") / "small"
    small_course(folder)
    lessons = folder / "lessons"
    shutil.copy(lessons / "unit1_scaled_dense.py", lessons / "unit2_again.py")
    course = folder / "course.toml"
    course.write_text(course.read_text("utf-8") + 'due = "2026-05-04 18:00"\n' + SECOND, "utf-8")
    lose_a_point_an_hour(folder)
    first, second = load_course(folder).units
    build(second)
    WarmParent.begin(first.modules)
    for student, time in SENT.items():
        submit(first, student, f"2026-05-04 {time}")
        submit(second, student, f"2026-05-11 {time}")
    for unit in (first, second):
        regrade(unit)
    return first


@pytest.fixture
def unit(graded: Unit, tmp_path: Path) -> Unit:
    WarmParent.begin(graded.modules)
    return copy_of(graded, tmp_path / "course")


def edit(unit: Unit, old: str, new: str) -> None:
    """Change course.toml."""
    path = unit.root / "course.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def again(unit: Unit, unit_id: str = "") -> Marks:
    """Grade the course as it is now; nothing is executed for it, and all places agree."""
    now = load_course(unit.root).unit(unit_id or unit.id)
    marks = regrade(now)
    assert {item.how for item in marks.graded} <= {"updated", "unchanged"}
    assert disagreements(now, marks) == []
    return marks


def penalties(marks: Marks) -> dict[str, float]:
    return {item.student: round(item.penalty, 2) for item in marks.graded}


def one(marks: Marks, student: str) -> Graded:
    return next(item for item in marks.graded if item.student == student)


def page(unit: Unit, student: str) -> str:
    return (unit.feedback(student) / f"{unit.notebook}.html").read_text("utf-8")


def dates_on(unit: Unit, student: str) -> list[str]:
    [part] = re.findall(r'<ul class="dates">(.*?)</ul>', page(unit, student), re.DOTALL)
    return re.findall(r"<li>(.*?)</li>", part)


def run(unit: Unit, *arguments: str) -> Result:
    return CliRunner().invoke(commands, [*arguments, "--root", str(unit.root)])


def extend(unit: Unit, *arguments: str) -> Result:
    return run(unit, "extend", *arguments)


def test_an_extension_is_followed_without_executing(unit: Unit) -> None:
    """Given, lengthened, taken back: page, penalty, table and report; and nobody else's score moves."""
    assert penalties(again(unit)) == {"ada": 0, "bob": 0.17, "eve": 3}
    done = extend(unit, unit.id, "eve", "--until", "2026-05-04 20:00 UTC")
    assert done.output.splitlines()[0] == "eve: until 2026-05-04 20:00 UTC"
    marks = again(unit)
    assert penalties(marks) == {"ada": 0, "bob": 0.17, "eve": 1}
    assert one(marks, "ada").how == "unchanged"
    assert dates_on(unit, "eve") == [
        "Due: 2026-05-04 18:00 UTC.",
        "Your own deadline: 2026-05-04 20:00 UTC.",
        "Submitted: 2026-05-04 21:00 UTC, 1 h late.",
        "Penalty: 1 point for submitting 1 h late.",
    ]
    done = extend(unit, unit.id, "eve", "bob", "--days", "1")
    assert done.output.splitlines()[:2] == [  # what is replaced is named
        "eve: until 2026-05-05 18:00 UTC; it was until 2026-05-04 20:00 UTC",
        "bob: until 2026-05-05 18:00 UTC",
    ]
    assert penalties(again(unit)) == {"ada": 0, "bob": 0, "eve": 0}
    works = {work.student: work for work in write_report(unit.root, unit.id).facts.works}
    assert works["eve"].late.until == "2026-05-05 18:00 UTC"
    extend(unit, unit.id, "bob", "eve", "--remove")
    assert not (unit.root / "extensions.csv").exists()
    assert penalties(again(unit)) == {"ada": 0, "bob": 0.17, "eve": 3}


def test_an_extension_by_days_moves_with_the_due_date(unit: Unit) -> None:
    """One until a time does not."""
    extend(unit, unit.id, "bob", "--days", "1")
    extend(unit, unit.id, "eve", "--until", "2026-05-04 20:00")
    edit(unit, "2026-05-04 18:00", "2026-05-03 18:00")
    marks = again(unit)
    assert one(marks, "bob").late.until == "2026-05-04 18:00 UTC"
    assert one(marks, "eve").late.until == "2026-05-04 20:00 UTC"
    assert penalties(marks) == {"ada": 10, "bob": 0.17, "eve": 1}


def test_grace_then_late_days_then_the_late_policy(unit: Unit) -> None:
    """The documented order; what is not covered is all that the plug-in sees."""
    edit(unit, "grace_minutes = 0", "grace_minutes = 15")
    marks = again(unit)
    assert penalties(marks) == {"ada": 0, "bob": 0, "eve": 2.75}
    assert "The grace period of 15 minutes covers that." in dates_on(unit, "bob")
    edit(unit, "late_days = 0", "late_days = 1")
    marks = again(unit)
    assert penalties(marks) == {"ada": 0, "bob": 0, "eve": 0}
    assert "Late days: 1 used here, 0 of 1 left after this unit." in dates_on(unit, "eve")
    assert "3 h late, 1 late day, 0 left" in [item.late.short for item in marks.graded]
    extend(unit, unit.id, "eve", "--until", "2026-05-04 20:50")
    assert one(again(unit), "eve").late.left == 1


def test_late_days_that_one_unit_spends_the_next_does_not_have(unit: Unit) -> None:
    """When the first is graded, penalty and page of the second follow at once."""
    edit(unit, "late_days = 0", "late_days = 1")
    second = load_course(unit.root).units[1]
    marks = again(unit)
    assert penalties(marks) == {"ada": 0, "bob": 0, "eve": 0}
    assert marks.notes == (f"{second.id}: penalty and page follow the late days of ada, bob, eve",)
    assert penalties(again(second)) == {"ada": 0, "bob": 0.17, "eve": 3}
    assert "Late days: 0 used here, 0 of 1 left after this unit." in dates_on(second, "eve")
    extend(unit, unit.id, "eve", "--days", "1")
    now = load_course(unit.root).unit(unit.id)
    forced = regrade(now, ("eve",), force=True)  # the other unit follows all the same
    assert forced.notes == (f"{second.id}: penalty and page follow the late days of eve",)
    assert "Late days: 1 used here, 0 of 1 left after this unit." in dates_on(second, "eve")
    assert penalties(again(second)) == {"ada": 0, "bob": 0.17, "eve": 0}


def test_a_forgotten_zone_is_mended_by_grading_again(unit: Unit) -> None:
    """Due date and times of submissions are read anew; a time with a zone stays what it is."""
    (unit.submitted("eve") / "timestamp.txt").write_text("2026-05-04 17:00:00 UTC\n")
    regrade(load_course(unit.root).unit(unit.id))
    edit(unit, 'timezone = ""', 'timezone = "America/New_York"')
    marks = again(unit)
    assert penalties(marks) == {"ada": 0, "bob": 0.17, "eve": 0}
    assert dates_on(unit, "bob")[:2] == [
        "Due: 2026-05-04 18:00 -04:00.",
        "Submitted: 2026-05-04 18:10 -04:00, 10 min late.",
    ]
    assert dates_on(unit, "eve")[1] == "Submitted: 2026-05-04 13:00 -04:00."
    with in_gradebook(load_config(unit.root)) as gradebook:
        assert gradebook.find_submission(unit.id, "bob").timestamp == datetime(2026, 5, 4, 22, 10)
        assert gradebook.find_assignment(unit.id).duedate == datetime(2026, 5, 4, 22)
    assert {item.how for item in again(unit).graded} == {"unchanged"}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/St_Johns"])
def test_the_zone_of_the_machine_makes_no_difference(
    zone: str, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Grade where the day is another one: the same penalties and pages, and nothing to bring up to date."""
    edit(unit, "late_days = 0", "late_days = 1")
    before, pages = again(unit), {name: page(unit, name) for name in SENT}
    monkeypatch.setenv("TZ", zone)
    tzset()
    try:
        after = again(unit)
    finally:
        monkeypatch.undo()
        tzset()
    assert {item.how for item in after.graded} == {"unchanged"}
    assert penalties(after) == penalties(before)
    assert {name: page(unit, name) for name in SENT} == pages


def test_a_due_date_of_the_course_is_the_gradebooks(unit: Unit) -> None:
    """One that a person sets in the gradebook beside it does not count, and is named."""
    with in_gradebook(load_config(unit.root)) as gradebook:
        gradebook.find_assignment(unit.id).duedate = datetime(2026, 5, 3)
        gradebook.db.commit()
    marks = again(unit)
    assert penalties(marks) == {"ada": 0, "bob": 0.17, "eve": 3}
    assert marks.notes == (
        f"{unit.id} is due 2026-05-04 18:00 UTC, as course.toml has it; the gradebook had "
        "2026-05-03 00:00 UTC",
    )
    assert again(unit).notes == ()


def test_the_formgraders_button_has_the_same_rules(unit: Unit) -> None:
    """nbgrader's own `autograde` and `generate_feedback`, one student at a time."""
    extend(unit, unit.id, "eve", "--until", "2026-05-04 20:00")
    config = load_config(unit.root)
    config.SealedKernel.sandbox = "off"
    staging = Staging(config, unit)
    with course_importable(unit.root):
        staging.autograde("eve", {})
    staging.feedback("eve")
    staging.publish("eve")
    with in_gradebook(config) as gradebook:
        assert gradebook.find_submission(unit.id, "eve").late_submission_penalty == 1
    assert "Your own deadline: 2026-05-04 20:00 UTC." in dates_on(unit, "eve")


def test_an_extension_of_the_gradebook_counts_too(unit: Unit) -> None:
    """Whichever ends later."""
    with in_gradebook(load_config(unit.root)) as gradebook:
        gradebook.grant_extension(unit.id, "eve", hours=2)
    assert penalties(again(unit))["eve"] == 1
    extend(unit, unit.id, "eve", "--until", "2026-05-04 20:30")
    assert penalties(again(unit))["eve"] == 0.5
    extend(unit, unit.id, "eve", "--until", "2026-05-04 19:00")
    assert penalties(again(unit))["eve"] == 1


def test_a_group_of_the_class_list_is_extended(unit: Unit) -> None:
    """By its column `group` or `section`; a cell may name several."""
    roster = "id,first_name,last_name,group\nada,A,A,red\nbob,B,B,red; blue\neve,E,E,blue\n"
    (unit.root / "roster.csv").write_text(roster)
    done = extend(unit, unit.id, "--group", "blue", "--days", "1")
    assert [line.partition(":")[0] for line in done.output.splitlines()[:2]] == ["bob", "eve"]
    assert penalties(again(unit)) == {"ada": 0, "bob": 0, "eve": 0}
    listed = extend(unit, "--list").output.splitlines()
    assert listed[:2] == [f"{unit.id}  {who}: until 2026-05-05 18:00 UTC" for who in ("bob", "eve")]
    extend(unit, unit.id, "--group", "red", "--remove")
    assert "bob" not in extend(unit, "--list").output


def test_a_group_that_submits_together_is_extended(unit: Unit) -> None:
    """Its members in groups.csv may be named by anything that the class list has of them."""
    (unit.root / "roster.csv").write_text("id,email\nada,ada@x.org\nbob,b@x.org\neve,e@x.org\n")
    (unit.root / "groups.csv").write_text("group,email\nteam 1,B@x.org\nteam 1,e@x.org\n")
    done = extend(unit, unit.id, "--group", "team 1", "--days", "1")
    assert [line.partition(":")[0] for line in done.output.splitlines()[:2]] == ["bob", "eve"]
    extend(unit, unit.id, "--group", "team 1", "--remove")
    assert extend(unit, "--list").output.startswith("There are no extensions")


@pytest.mark.parametrize(
    ("roster", "groups", "sentence"),
    [
        ("id,section\nada,1\nbob,2\n", "group,id\n1,bob\n", "each have a group '1'"),
        ("id\nada\nbob\n", "group,id\n1,bob\n1,zed\n", "nobody in the class is called 'zed'"),
        (
            "id\nada\nbob\n",
            "group,unit,id\n1,unit9,bob\n",
            "line 2: course.toml has no unit 'unit9'",
        ),
    ],
)
def test_an_extension_of_a_doubtful_group_is_refused(
    roster: str, groups: str, sentence: str, unit: Unit
) -> None:
    """Nothing is written."""
    (unit.root / "roster.csv").write_text(roster)
    (unit.root / "groups.csv").write_text(groups)
    done = extend(unit, unit.id, "--group", "1", "--days", "1")
    assert isinstance(done.exception, CourseError) and sentence in str(done.exception)
    assert not (unit.root / "extensions.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("evee", "--days", "1"), "nobody in the class is called 'evee'; do you mean 'eve'"),
        (("eve", "zed", "--days", "1"), "nobody in the class is called 'zed'"),
        (("--days", "1"), "name the students who get the extension"),
        (("--group", "x", "--days", "1"), "no group 'x'; they have no groups"),
        (("eve", "--until", "2026-02-30 18:00"), "impossible: day is out of range"),
        (("eve", "--until", "soon"), "not a date and a time of day"),
        (("eve", "--until", "2026-05-04 18:00"), "is not after 2026-05-04 18:00 UTC"),
        (("eve", "--until", "2026-05-05 18:00 Nowhere/City"), "the zone 'Nowhere/City' is unknown"),
        (("ada", "--remove"), "no extension for unit1-scaled-dense: 'ada'"),
    ],
)
def test_a_wrong_extension_has_one_sentence(
    arguments: tuple[str, ...], sentence: str, unit: Unit
) -> None:
    """Nothing is written."""
    extend(unit, unit.id, "bob", "--days", "1")
    before = (unit.root / "extensions.csv").read_text()
    done = extend(unit, unit.id, *arguments)
    assert isinstance(done.exception, CourseError) and sentence in str(done.exception)
    assert "\n" not in str(done.exception)
    assert (unit.root / "extensions.csv").read_text() == before


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("unit1-scaled-dense,evee,,3", "nobody in the class is called 'evee'; do you mean 'eve'?"),
        ("unit1-scaled-dense,EVE,,3", "nobody in the class is called 'EVE'; do you mean 'eve'?"),
        (
            "unit1-scaled-dens,eve,,3",
            "no unit 'unit1-scaled-dens'; do you mean 'unit1-scaled-dense'?",
        ),
    ],
)
def test_an_extension_that_a_person_wrote_for_nobody_is_refused(
    row: str, sentence: str, unit: Unit
) -> None:
    """By `grade` and `report`, and nothing is written; the list shows it, so that it can be corrected."""
    (unit.root / "extensions.csv").write_text(f"unit,student,until,days\n{row}\n")
    before = page(unit, "eve")
    for act in (lambda: again(unit), lambda: write_report(unit.root, unit.id)):
        with pytest.raises(CourseError, match=re.escape(sentence)):
            act()
    assert page(unit, "eve") == before and not (unit.root / "reports").exists()
    name, student = row.split(",")[:2]
    assert f"{name}  {student}" in extend(unit, "--list").output


def test_two_extensions_at_a_time_lose_nothing(unit: Unit) -> None:
    """Who comes while another process is at work waits, says so, and has that one's rows before it."""
    waits, done = Event(), list[str]()

    def give() -> None:
        done.extend(
            extending.extend(unit.root, unit.id, ["eve"], days=2, say=lambda line: waits.set())
        )

    second = Thread(target=give)
    with only_grader(unit.root, print):
        second.start()
        while second.is_alive() and not waits.wait(0.1):
            pass
        write_extensions(unit.root, [Extension(unit.id, "bob", days="1")])
    second.join()
    assert waits.is_set() and done == ["eve: until 2026-05-06 18:00 UTC"]
    assert [one.student for one in read_extensions(unit.root)] == ["bob", "eve"]


def test_what_changes_while_a_class_is_graded_is_followed_by_the_next_run(unit: Unit) -> None:
    """An extension by hand, and points in the formgrader, after the student's page was written."""
    edit(unit, "grace_minutes = 0", "grace_minutes = 5")

    def change(tally: Tally) -> None:
        if tally.last == "marked eve":
            write_extensions(unit.root, [Extension(unit.id, "eve", days="1")])
            with in_gradebook(load_config(unit.root)) as gradebook:
                gradebook.find_grade(TEST, unit.notebook, unit.id, "bob").manual_score = 7
                gradebook.db.commit()

    options = Options(sandbox=strongest_sandbox(), workers=1)
    grade(unit.root, unit.id, (), options, change)
    now = load_course(unit.root).unit(unit.id)
    assert Ledger(now, options).all_unchanged([*SENT]) is None
    marks = again(unit)
    assert penalties(marks)["eve"] == 0 and one(marks, "eve").how == "updated"
    assert (one(marks, "bob").score or 0) < 7 < POINTS and "7 / 10" in page(unit, "bob")
    assert Ledger(now, options).all_unchanged([*SENT]) is not None


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("unit1-scaled-dense,eve,2026-02-30 18:00,", "line 2: '2026-02-30 18:00' is impossible"),
        ("unit1-scaled-dense,eve,,0", "line 2: days = '0' must be a whole number"),
        ("unit1-scaled-dense,eve,,", "line 2: an extension needs either"),
        ("unit1-scaled-dense,eve,2026-05-05 18:00,3", "line 2: an extension needs either"),
        (",eve,,3", "line 2: an extension needs a unit and a student"),
        ("unit1-scaled-dense,eve,,3\nunit1-scaled-dense,eve,,4", "line 3: eve has two extensions"),
    ],
)
def test_a_wrong_row_is_named_before_anything_is_written(
    row: str, sentence: str, unit: Unit
) -> None:
    """extensions.csv may be edited by hand."""
    before = page(unit, "eve")
    (unit.root / "extensions.csv").write_text(f"unit,student,until,days\n{row}\n")
    with pytest.raises(CourseError, match=re.escape(sentence)):
        regrade(load_course(unit.root).unit(unit.id))
    assert page(unit, "eve") == before


def test_grade_and_report_print_one_line_without_a_zone(unit: Unit) -> None:
    """However many times there are, also when nothing has changed; none with a zone."""
    for zone, lines in (("", 1), ("Europe/Berlin", 0)):
        if zone:
            edit(unit, 'timezone = ""', f'timezone = "{zone}"')
        grading = ("grade", "--sandbox", strongest_sandbox())  # nothing is executed
        for command in (grading, grading, ("report",)):
            done = run(unit, *command, unit.id)
            assert done.exit_code == 0, done.output
            said = [line for line in done.output.splitlines() if "without an offset" in line]
            assert len(said) == lines, command
