"""One truth for marks: what a person decides is never lost, late or contradicted.

Table, JSON, gradebook, page, report and exports are looked at after each thing that a person did.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook, SubmittedNotebook
from rich.console import Console
from sqlalchemy.exc import OperationalError

from kerasgrader.build.build import build
from kerasgrader.course.course import Unit
from kerasgrader.errors import CourseError, GraderError, GraderFault
from kerasgrader.grading.results import Graded, Marks
from kerasgrader.grading.table import class_table
from kerasgrader.kernel.warm_client import WarmParent
from kerasgrader.marking.attempts import attempts_of
from kerasgrader.marking.nbgrader import Staging, load_config, open_gradebook
from kerasgrader.report import write_report
from tests.students import Student, answer_at
from tests.students.submissions import submit
from tests.support.agreement import disagreements, export
from tests.support.course_folder import MODULES, ROOT, configure, copy_of
from tests.support.graded import regrade

pytestmark = pytest.mark.slow

DUE = datetime(2026, 11, 20, 12)
LATE_PLUGIN = """
from nbgrader.plugins import BasePlugin

class TenAnHour(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return PER_HOUR * total_seconds_late / 3600
"""


@pytest.fixture(scope="module")
def graded(new_course: Callable[..., Unit], tmp_path_factory: pytest.TempPathFactory) -> Unit:
    """A class of three, one of them an hour late, all graded under a late policy of the course's own."""
    unit = new_course(tmp_path_factory.mktemp("truth"))
    (unit.root / "late.py").write_text(LATE_PLUGIN.replace("PER_HOUR", "10"))
    configure(unit.root, 'c.AssignLatePenalties.plugin_class = "late.TenAnHour"')
    answers = {
        "ada": "equivalent/keywords",
        "bob": "wrong/identity_block:no_final_relu",
        "eve": "equivalent/one_loop",
    }
    submit(unit, [Student(i, "", "", (answer_at(a),)) for i, a in answers.items()])
    for student, hours in (("ada", -1), ("bob", -1), ("eve", 1)):
        sent = DUE + timedelta(hours=hours)
        (unit.submitted(student) / "timestamp.txt").write_text(f"{sent:%Y-%m-%d %H:%M:%S} UTC")
    with changed(unit) as gradebook:
        gradebook.find_assignment(unit.id).duedate = DUE
        for student in answers:
            gradebook.update_or_create_student(student)
    WarmParent.begin(MODULES)
    regrade(unit)
    return unit


@pytest.fixture
def unit(graded: Unit, warm_process: None, tmp_path: Path) -> Unit:
    return copy_of(graded, tmp_path / "course")


class changed:
    """The gradebook, in which a person changes something."""

    def __init__(self, unit: Unit) -> None:
        self.gradebook = open_gradebook(load_config(unit.root))

    def __enter__(self) -> Gradebook:
        return self.gradebook

    def __exit__(self, *_: object) -> None:
        self.gradebook.db.commit()
        self.gradebook.close()


def notebook_of(gradebook: Gradebook, unit: Unit, student: str) -> SubmittedNotebook:
    return gradebook.find_submission_notebook(unit.notebook, unit.id, student)


def give(unit: Unit, student: str, points: float, comment: str = "") -> None:
    """What the formgrader does when a person types points, and a comment."""
    with changed(unit) as gradebook:
        notebook = notebook_of(gradebook, unit, student)
        [grade] = [g for g in notebook.grades if g.name == "test_identity_block"]
        grade.manual_score, grade.needs_manual_grade = points, False
        if comment:
            notebook.comments[0].manual_comment = comment


def graded_of(marks: Marks, student: str) -> Graded:
    [found] = [item for item in marks.graded if item.student == student]
    return found


def how(marks: Marks) -> dict[str, str]:
    return {item.student: item.how for item in marks.graded}


def page(unit: Unit, student: str) -> str:
    return (unit.feedback(student) / f"{unit.notebook}.html").read_text("utf-8")


def test_a_comment_and_points_by_hand_are_on_the_page_after_the_next_run(unit: Unit) -> None:
    """Only that student's page is written, nothing is executed, and all places say the same."""
    give(unit, "bob", 26, "Nearly: mind the last ReLU.")
    marks = regrade(unit)
    assert how(marks) == {"ada": "unchanged", "bob": "updated", "eve": "unchanged"}
    assert graded_of(marks, "bob").points == 26 + 70
    assert "Nearly: mind the last ReLU." in page(unit, "bob")
    assert "96 of 100 points" in page(unit, "bob")
    assert disagreements(unit, marks) == []
    assert set(how(regrade(unit)).values()) == {"unchanged"}


def test_the_table_shows_what_counts_and_the_judges_points_beside_it(unit: Unit) -> None:
    """As JSON, too; where both are the same, there is one number."""
    give(unit, "bob", 26)
    marks = regrade(unit)
    [bob] = [item for item in marks.to_plain()["submissions"] if item["student"] == "bob"]
    assert (bob["points"], bob["automatic"], bob["of"]) == (96, 82, 100)
    assert "96 / 100 (judge: 82)" in shown(marks) and "✎ 26" in shown(marks)
    assert "100 / 100" in shown(marks) and "late: -10" in shown(marks)


def shown(marks: Marks) -> str:
    text = io.StringIO()
    console = Console(width=200, file=text)
    for line in class_table(marks):
        console.print(line)
    return text.getvalue()


def test_a_penalty_follows_the_due_date_and_an_extension(unit: Unit) -> None:
    """The date moved after grading, then an extension given, then taken back."""
    assert graded_of(regrade(unit), "eve").points == 90
    with changed(unit) as gradebook:
        gradebook.find_assignment(unit.id).duedate = DUE - timedelta(hours=1)
    marks = regrade(unit)
    assert graded_of(marks, "eve").points == 80 and how(marks)["eve"] == "updated"
    assert graded_of(marks, "ada").points == 100  # exactly in time; the page has the new date
    assert how(marks)["ada"] == "updated" and "Due: 2026-11-20 11:00 UTC." in page(unit, "ada")
    with changed(unit) as gradebook:
        gradebook.grant_extension(unit.id, "eve", hours=2)
    marks = regrade(unit)
    assert graded_of(marks, "eve").points == 100
    assert "taken off" not in page(unit, "eve")
    assert disagreements(unit, marks) == []


def test_editing_the_late_policy_counts_as_a_change(unit: Unit) -> None:
    """Its file is in the course's folder, wherever the grader is started; the next run follows it."""
    (unit.root / "late.py").write_text(LATE_PLUGIN.replace("PER_HOUR", "25"))
    marks = regrade(unit)
    assert graded_of(marks, "eve").points == 75
    assert set(how(marks).values()) == {"updated"}
    assert disagreements(unit, marks) == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise RuntimeError('no policy today')", "no policy today"),
        (LATE_PLUGIN.replace("PER_HOUR", "{}['eve']"), "fails for eve"),
        ("", "TenAnHour"),
        ("def broken(:", "SyntaxError"),
    ],
)
def test_a_late_policy_that_fails_takes_nothing_away(code: str, message: str, unit: Unit) -> None:
    """One sentence before the first write: every mark, page and file is what it was."""
    before = files(unit)
    (unit.root / "late.py").write_text(code)
    with pytest.raises(CourseError, match=message):
        regrade(unit, force=True)
    assert files(unit) == before


def files(unit: Unit) -> dict[str, bytes]:
    """All that grading writes, but for the lock and times of access."""
    found = {}
    for name in ("autograded", "feedback", "gradebook.db", "source", "release", ".kerasgrader"):
        top = unit.root / name
        for path in [top] if top.is_file() else top.rglob("*"):
            if path.is_file() and path.name != "lock" and "cache" not in path.parts:
                found[str(path.relative_to(unit.root))] = path.read_bytes()
    return found


def test_points_by_hand_for_an_earlier_answer_are_named(unit: Unit) -> None:
    """They count on, as nbgrader has it, and never silently; once looked at, they are not named again."""
    give(unit, "bob", 25, "For the first try.")
    regrade(unit)
    submit(unit, [Student("bob", "", "", ())])  # right in all
    marks = regrade(unit)
    bob = graded_of(marks, "bob")
    assert (bob.points, bob.automatic, bob.look) == (95, 100, ("identity_block",))
    assert "bob needs a look in the formgrader" in " ".join(shown(marks).split())
    assert marks.to_plain()["submissions"][1]["look"] == ("identity_block",)
    assert "needs a look" in remark_in_report(unit, "bob")
    assert disagreements(unit, marks) == []
    assert graded_of(regrade(unit), "bob").look == ("identity_block",)
    give(unit, "bob", 30)
    assert graded_of(regrade(unit), "bob").look == ()


def remark_in_report(unit: Unit, student: str) -> str:
    works = write_report(unit.root, unit.id, similar=False).facts.works
    return "".join(str(work.remark) for work in works if work.student == student)


def test_the_same_answer_needs_no_second_look(unit: Unit) -> None:
    """A forced run writes the same points beside those of a person: nobody needs to look again."""
    give(unit, "bob", 25)
    assert graded_of(regrade(unit, ("bob",), force=True), "bob").look == ()


def test_a_student_who_has_left_is_graded_for_nobody(unit: Unit) -> None:
    """Named, and neither in the gradebook nor in an export again; a new student is entered as ever."""
    with changed(unit) as gradebook:
        gradebook.remove_student("eve")
    submit(unit, [Student("new", "", "", ())])
    marks = regrade(unit)
    assert "not in the class" in str(graded_of(marks, "eve").problem)
    assert graded_of(marks, "new").points == 100
    assert "eve" not in {row["student_id"] for row in exported(unit)}
    with changed(unit) as gradebook:
        assert {student.id for student in gradebook.students} == {"ada", "bob", "new"}
    assert "not in the class" in str(graded_of(regrade(unit), "eve").problem)


@pytest.mark.parametrize("student", ["eve", "new"])
def test_who_left_after_a_refused_attempt_is_not_in_the_class_either(
    student: str, unit: Unit
) -> None:
    """Whether an earlier one was graded or not: a better attempt does not put the student back."""
    with changed(unit) as gradebook:
        gradebook.update_or_create_student(student)
    folder = unit.submitted(student)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{unit.notebook}.ipynb").write_text("{")
    assert "JSON" in str(graded_of(regrade(unit), student).problem)
    with changed(unit) as gradebook:
        gradebook.remove_student(student)
    submit(unit, [Student(student, "", "", ())])
    for _ in range(2):
        assert "not in the class" in str(graded_of(regrade(unit), student).problem)


def test_who_left_after_a_grading_that_was_killed_is_not_in_the_class_either(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """nbgrader had entered the student, and the grader had written nothing yet."""

    def killed(*_: object) -> None:
        raise SystemExit

    submit(unit, [Student("new", "", "", ())])
    with monkeypatch.context() as patch:
        patch.setattr(Staging, "publish", killed)
        with pytest.raises(SystemExit):
            regrade(unit)
    with changed(unit) as gradebook:
        gradebook.remove_student("new")
    assert "not in the class" in str(graded_of(regrade(unit), "new").problem)


def test_with_a_roster_only_those_on_it_or_in_the_gradebook_are_graded(unit: Unit) -> None:
    """Somebody whom the roster does not know is named; somebody on it is entered."""
    (unit.root / "roster.csv").write_text("id,first_name,last_name\nnew,New,Student\n")
    submit(unit, [Student("new", "", "", ()), Student("stranger", "", "", ())])
    marks = regrade(unit)
    assert graded_of(marks, "new").points == 100
    assert "not in the class" in str(graded_of(marks, "stranger").problem)


def exported(unit: Unit) -> list[dict[str, Any]]:
    return list(csv.DictReader(export(unit).splitlines()))


def test_fewer_points_than_a_person_gave_are_named_before_anything_is_written(unit: Unit) -> None:
    """By `build` and by `grade`, with what to do; every file is what it was."""
    with_lesson(unit)
    give(unit, "bob", 28)
    regrade(unit)
    before = files(unit)
    lesson = unit.lesson_file.read_text("utf-8")
    unit.lesson_file.write_text(lesson.replace("points=30", "points=20"))
    with pytest.raises(CourseError, match="bob has 28 by hand for identity_block, which gives 20"):
        build(unit)
    assert files(unit) == before
    with changed(unit) as gradebook:
        [cell] = [
            c
            for c in gradebook.find_notebook(unit.notebook, unit.id).grade_cells
            if "identity" in c.name
        ]
        cell.max_score = 20
    with pytest.raises(CourseError, match="bob has 28 by hand"):
        regrade(unit)


def with_lesson(unit: Unit) -> None:
    """Let a course folder be built, too."""
    shutil.copytree(ROOT / "lessons", unit.root / "lessons")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "X = layers.Add()([X, X_shortcut])",
            "X = layers.Add()([X, X])[0]",
            "unit1_residual_networks.py",
        ),
        ("### END HIDDEN TESTS", "### END HIDDEN TEST", "unit1-residual-networks"),
    ],
    ids=["wrong solution", "nbgrader's validation"],
)
def test_a_refused_build_changes_nothing(old: str, new: str, message: str, unit: Unit) -> None:
    """To the byte; and the class is graded by what was released."""
    with_lesson(unit)
    before = files(unit)
    lesson = unit.lesson_file.read_text("utf-8")
    assert old in lesson
    unit.lesson_file.write_text(lesson.replace(old, new, 1))
    with pytest.raises(CourseError, match=message):
        build(unit)
    assert files(unit) == before
    assert set(how(regrade(unit)).values()) == {"unchanged"}


def test_a_course_that_is_not_in_order_takes_nothing_away(unit: Unit) -> None:
    """A source whose tests are not the released ones: one sentence, before the first write."""
    before = files(unit)
    text = unit.source_file.read_text("utf-8")
    unit.source_file.write_text(
        text.replace("stage=1, block='a'", "stage=2, block='a'").replace(
            'stage=1, block=\\"a\\"', 'stage=2, block=\\"a\\"'
        )
    )
    assert unit.source_file.read_text("utf-8") != text
    with pytest.raises(CourseError, match="are not those that were released"):
        regrade(unit)
    unit.source_file.write_text(text)
    assert files(unit) == before


def test_an_endless_loop_took_too_long(unit: Unit) -> None:
    """An outcome and a misconception of its own: nobody reads of a KeyboardInterrupt."""
    configure(unit.root, "c.Execute.test_timeout = 6")
    submit(unit, [Student("loop", "", "", (answer_at("special/endless"),))])
    marks = regrade(unit, ("loop",))
    outcomes = {r.exercise: (r.outcome, r.misconceptions) for r in graded_of(marks, "loop").results}
    assert outcomes["convolutional_block"] == ("too slow", ("without-end",))
    assert "Your code took longer than 6 seconds and was stopped" in page(unit, "loop")
    assert "KeyboardInterrupt" not in page(unit, "loop")


@pytest.mark.parametrize("what", ["autograde", "feedback"])
def test_a_fault_of_the_grader_leaves_the_earlier_marks(
    what: str, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They stand, and are called those of an earlier grading; the next run does what is left."""

    def fails(*_: object) -> None:
        raise GraderFault("the disk is full")

    before = page(unit, "bob")
    with monkeypatch.context() as patch:
        patch.setattr(f"kerasgrader.marking.nbgrader.Staging.{what}", fails)
        marks = regrade(unit, ("bob",), force=True)
    bob = graded_of(marks, "bob")
    assert (bob.how, bob.points, bob.problem) == ("old", 82, None)
    assert "the disk is full" in str(bob.old) and marks.problems == [bob]
    assert "bob has the marks of an earlier grading: the disk is full" in shown(marks)
    assert page(unit, "bob") == before
    assert "marks of an earlier grading: the disk is full" in remark_in_report(unit, "bob")
    again = regrade(unit)
    assert how(again)["bob"] == "kept" and disagreements(unit, again) == []


def test_a_refused_submission_loses_the_marks_of_the_one_before(unit: Unit) -> None:
    """It is the student's own: what was graded is not what is submitted now."""
    (unit.submitted("bob") / f"{unit.notebook}.ipynb").write_text("not a notebook")
    marks = regrade(unit)
    assert graded_of(marks, "bob").problem
    assert not unit.feedback("bob").exists()
    assert disagreements(unit, marks) == []


def test_every_attempt_is_stored_with_its_verdict(unit: Unit) -> None:
    """The page has the others folded below, with time and points; the report counts the tries."""
    sent = unit.submitted("bob") / "timestamp.txt"
    for day, answers in ((21, ("special/untouched",)), (22, ())):
        submit(unit, [Student("bob", "", "", tuple(map(answer_at, answers)))])
        sent.write_text(f"2026-11-{day} 10:00:00 UTC")
        marks = regrade(unit)
    assert [(a.points, a.of) for a in attempts_of(unit, "bob")] == [(82, 100), (0, 100), (100, 100)]
    shown = page(unit, "bob")
    first, second = shown.split("Other attempts")[1].split("<details")[1:]
    assert "Attempt 1, 2026-11-20 11:00 UTC:\n82 of 100 points" in first
    assert "Attempt 2, 2026-11-21 10:00 UTC:\n0 of 100 points" in second
    assert "incorrect" in first and "not attempted" in second
    report, *_ = write_report(unit.root, unit.id, similar=False).files
    tries = json.loads(report.with_suffix(".json").read_text("utf-8"))["tries"]
    assert tries["identity_block"] == {"1": 2, "3": 1} and tries["ResNet50"] == {"1": 3}
    assert "first passed an exercise at which" in report.read_text("utf-8")
    assert disagreements(unit, marks) == []


def test_grading_the_same_attempt_again_adds_none(unit: Unit) -> None:
    """Whether it has a timestamp or not: a folder an attempt."""
    (unit.submitted("ada") / "timestamp.txt").unlink()
    for _ in range(2):
        regrade(unit, force=True)
    assert [len(attempts_of(unit, name)) for name in ("ada", "bob", "eve")] == [1, 1, 1]


def test_the_report_names_whose_marks_changed_and_why(unit: Unit) -> None:
    """By a person; by a date; by another answer."""
    give(unit, "bob", 26)
    with changed(unit) as gradebook:
        gradebook.grant_extension(unit.id, "eve", hours=2)
    submit(unit, [Student("ada", "", "", (answer_at("wrong/identity_block:no_final_relu"),))])
    regrade(unit)
    found = {
        work.student: [(change.what, change.before, change.now, change.why) for change in changes]
        for work, changes in write_report(unit.root, unit.id, similar=False).facts.changed()
    }
    assert found == {
        "ada": [("identity_block", 30, 12, "graded again")],
        "bob": [("identity_block", 12, 26, "graded by a person")],
        "eve": [("late penalty", -10, 0, "the due date, an extension or the late policy")],
    }


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("raise ValueError('no such setting')", "nbgrader_config.py: ValueError: no such setting"),
        (
            "c.CourseDirectory.db_url = 'sqlite:////nowhere/at/all.db'",
            "the gradebook cannot be used",
        ),
        ("c.CourseDirectory.db_url = 'no address'", "the gradebook cannot be used"),
        ("c.AssignLatePenalties.plugin_class = 'late.Nothing'", "'late.Nothing'"),
    ],
)
def test_a_configuration_that_cannot_be_used_takes_nothing_away(
    line: str, message: str, unit: Unit
) -> None:
    """One sentence before the first write."""
    before = files(unit)
    configure(unit.root, line)
    with pytest.raises(GraderError, match=message):
        regrade(unit, force=True)
    assert files(unit) == before


def test_a_gradebook_of_another_course_is_named(unit: Unit) -> None:
    """It does not know the unit; nothing is written into it."""
    before = files(unit)
    (unit.root / "gradebook.db").rename(unit.root / "ours.db")
    with pytest.raises(CourseError, match=f"the gradebook does not know {unit.id}"):
        regrade(unit, force=True)
    (unit.root / "ours.db").rename(unit.root / "gradebook.db")
    assert files(unit) == before


def test_a_database_that_goes_away_in_the_middle_takes_nothing_away(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first student: the others' marks and pages stand, and the next run writes theirs."""
    pages, real = {name: page(unit, name) for name in ("ada", "bob", "eve")}, Staging.autograde

    def once(staging: Staging, student: str, resources: Any) -> None:
        if student != "ada":
            raise OperationalError("select 1", {}, Exception("the server has gone away"))
        real(staging, student, resources)

    with monkeypatch.context() as patch:
        patch.setattr(Staging, "autograde", once)
        marks = regrade(unit, force=True)
    assert how(marks) == {"ada": "executed", "bob": "old", "eve": "old"}
    assert "the server has gone away" in str(graded_of(marks, "bob").old)
    assert {name: page(unit, name) for name in pages} == pages
    assert disagreements(unit, marks) == []
    assert how(regrade(unit)) == {"ada": "unchanged", "bob": "kept", "eve": "kept"}


def test_points_by_hand_outlive_a_refused_attempt(unit: Unit) -> None:
    """What a person decided stands in all places, named as older than the attempt that is refused."""
    give(unit, "bob", 25, "For the first try.")
    regrade(unit)
    (unit.submitted("bob") / f"{unit.notebook}.ipynb").write_text("{")
    marks = regrade(unit)
    bob = graded_of(marks, "bob")
    assert (bob.how, bob.points) == ("old", 95) and "JSON" in str(bob.old)
    assert "For the first try." in page(unit, "bob")
    assert disagreements(unit, marks) == []


def test_points_by_hand_for_a_refused_attempt_count(unit: Unit) -> None:
    """A person has looked at what the grader could not read."""
    (unit.submitted("bob") / f"{unit.notebook}.ipynb").write_text("{")
    assert "JSON" in str(graded_of(regrade(unit), "bob").problem)
    with changed(unit) as gradebook:
        for grade in notebook_of(gradebook, unit, "bob").grades:
            grade.manual_score, grade.needs_manual_grade = 7, False
    for _ in range(2):
        marks = regrade(unit)
        bob = graded_of(marks, "bob")
        assert (bob.points, bob.automatic, bob.problem) == (21, 0, None) and "JSON" in str(bob.old)
        assert "✎ 7" in shown(marks)
        assert disagreements(unit, marks) == []


def test_a_refused_attempt_is_null_and_has_no_penalty(unit: Unit) -> None:
    """In JSON, and in the gradebook: never a zero, and nothing of the attempt before."""
    (unit.submitted("eve") / f"{unit.notebook}.ipynb").write_text("{")
    eve = regrade(unit).to_plain()["submissions"][2]
    assert [eve[key] for key in ("points", "automatic", "of", "how")] == [None] * 4
    with changed(unit) as gradebook:
        assert not gradebook.find_submission(unit.id, "eve").late_submission_penalty


def test_an_attempt_without_a_time_is_not_late_by_the_one_before(unit: Unit) -> None:
    """nbgrader would keep the earlier attempt's time."""
    assert graded_of(regrade(unit), "eve").penalty == 10
    (unit.submitted("eve") / "timestamp.txt").unlink()
    marks = regrade(unit)
    assert (graded_of(marks, "eve").points, graded_of(marks, "eve").penalty) == (100, 0)
    assert disagreements(unit, marks) == []


def test_a_link_is_no_submission(unit: Unit) -> None:
    """It would earn another student's points."""
    path = unit.submitted("bob") / f"{unit.notebook}.ipynb"
    path.unlink()
    path.symlink_to(unit.submitted("ada") / path.name)
    assert "is a link to another file" in str(graded_of(regrade(unit), "bob").problem)


def test_a_roster_that_lists_nobody_is_named(unit: Unit) -> None:
    """Before anything is written, and no student is blamed for it."""
    (unit.root / "roster.csv").write_text("hello world\nfoo\n")
    before = files(unit)
    with pytest.raises(CourseError, match="lists no students"):
        regrade(unit, force=True)
    assert files(unit) == before


@pytest.mark.parametrize("penalty", ["float('nan')", "-2", "float('inf')"])
def test_a_penalty_that_is_no_number_of_points_is_named(penalty: str, unit: Unit) -> None:
    """nbgrader takes it for none."""
    (unit.root / "late.py").write_text(LATE_PLUGIN.replace("PER_HOUR", penalty))
    with pytest.raises(CourseError, match="a penalty is a number of points"):
        regrade(unit)


def test_the_report_gives_the_reason_that_grading_gave(unit: Unit) -> None:
    """Of a student who left, too."""
    with changed(unit) as gradebook:
        gradebook.remove_student("eve")
    regrade(unit)
    [eve] = write_report(unit.root, unit.id, similar=False).facts.ungraded
    assert eve.student == "eve" and "not in the class" in eve.reason
    assert "not in the class" in str(graded_of(regrade(unit), "eve").problem)
