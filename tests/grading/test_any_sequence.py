"""Whatever people do, in whatever order: after each grading all places agree, and no decision is lost.

A class of five in a course of one small exercise and a question. A sequence is drawn from its number; the
invariants stand in `World.grade` and in `tests.support.agreement`.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kerasgrader.build.build import build
from kerasgrader.course.course import Unit, load_course
from kerasgrader.errors import CourseError
from kerasgrader.grading import extending
from kerasgrader.grading.results import Marks
from kerasgrader.kernel.sandbox_layers import strongest_sandbox
from kerasgrader.kernel.warm_client import WarmParent
from kerasgrader.marking import gradebook as scores
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from tests.support.agreement import disagreements
from tests.support.course_folder import copy_of, lose_a_point_an_hour
from tests.support.graded import regrade
from tests.support.small_course import EXERCISE, QUESTION, RIGHT, TEST, submit_answer

pytestmark = pytest.mark.slow

STUDENTS = ("ada", "bob", "eve", "kim", "sam")
START = datetime(2026, 11, 1, 12)
BERLIN = ZoneInfo("Europe/Berlin")
ANSWERS = {
    "right": RIGHT,
    "another activation": RIGHT.replace("tanh", "relu"),
    "another name": RIGHT.replace('"norm"', '"normal"'),
    "an error": RIGHT.replace("units,", "unit,"),
    "nothing": "",
}
REPLIES = ("", "Because it is <b>subtracted</b> again.")
SENTENCE = "Look at the figure of the layer again"
SHORT, LONG = 2, 300


@pytest.fixture(scope="module")
def prepared(
    asking_course: Callable[[Path], Unit], tmp_path_factory: pytest.TempPathFactory
) -> Unit:
    """The course, built, with a late policy and every answer executed once."""
    folder = tmp_path_factory.mktemp("sequence") / "small"
    unit = asking_course(folder)
    lose_a_point_an_hour(folder)
    WarmParent.begin(unit.modules)
    for number, (answer, prose) in enumerate(product(ANSWERS, REPLIES)):
        World(unit, random.Random(0)).submit(f"try{number}", answer, prose)
    regrade(unit)
    for name in (
        "autograded",
        "feedback",
        "submitted",
        "attempts",
        ".kerasgrader/unit1-scaled-dense/graded",
    ):
        shutil.rmtree(folder / name)
    with open_gradebook(load_config(folder)) as gradebook:
        for number, _ in enumerate(product(ANSWERS, REPLIES)):
            gradebook.remove_student(f"try{number}")
        for student in STUDENTS:
            gradebook.add_student(student)
    return unit


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A few sequences, or with --long-runs three hundred."""
    if "number" in metafunc.fixturenames:
        count = LONG if metafunc.config.getoption("--long-runs") else SHORT
        metafunc.parametrize("number", range(count))


def test_all_places_agree_after_any_sequence(number: int, prepared: Unit, tmp_path: Path) -> None:
    """Submissions, comments, points by hand, dates, zones, lessons, failed builds, `kill -9`."""
    WarmParent.begin(prepared.modules)
    world = World(copy_of(prepared, tmp_path / "course"), random.Random(number))
    try:
        world.live()
    except BaseException as error:
        error.add_note(f"sequence {number}: {'; '.join(world.done)}")
        raise
    shutil.rmtree(world.unit.root)


class World:
    """A course, what people have done to it, and what they have decided."""

    def __init__(self, unit: Unit, chance: random.Random) -> None:
        self.unit, self.chance = unit, chance
        self.done: list[str] = []
        self.now, self.due = START, START + timedelta(hours=8)
        self.sent: dict[str, datetime] = {}
        self.extensions: dict[str, timedelta] = {}
        self.until: dict[str, datetime] = {}
        self.grace = timedelta()
        self.zone: tzinfo = UTC
        self.replies: dict[str, str] = {}
        self.by_hand: dict[tuple[str, str], float] = {}
        self.comments: dict[str, str] = {}
        self.dropped: set[str] = set()
        self.rubbish: set[str] = set()
        self.worth = 10
        self.sentence = ""

    def live(self) -> None:
        """Do twelve things, and grade in between and at the end."""
        self._due()
        actions: list[Callable[[], None]] = [
            *[self.some_submission] * 4,
            self.some_rubbish,
            *[self.some_points] * 3,
            *[self.some_comment] * 2,
            *[self.write_a_sentence] * 2,
            self.move_the_date,
            self.extend,
            *[self.extend_until] * 2,
            self.change_the_grace_period,
            self.set_the_zone,
            self.edit_the_lesson,
            self.break_the_lesson,
            self.drop,
            *[self.grade] * 3,
            self.grade_one,
            self.kill,
        ]
        self.some_submission()
        for action in self.chance.choices(actions, k=12):
            action()
        self.grade()
        self.grade(unchanged=True)

    def note(self, what: str) -> None:
        self.done.append(what)

    def some_submission(self) -> None:
        student = self.chance.choice(STUDENTS)
        self.submit(student, self.chance.choice(list(ANSWERS)), self.chance.choice(REPLIES))

    def submit(self, student: str, answer: str, prose: str) -> None:
        """The released notebook with answers, at a later time than all before."""
        self.note(f"{student} submits {answer}, {prose!r}")
        self.now += timedelta(hours=self.chance.randint(1, 9))
        text = ANSWERS[answer]
        submit_answer(self.unit, student, text and f"{text}# {len(self.done) % 2}\n", prose)
        zone = self.chance.choice(["", " UTC"])
        (self.unit.submitted(student) / "timestamp.txt").write_text(f"{self.now}{zone}")
        self.sent[student] = self.now.replace(tzinfo=UTC if zone else None)
        self.replies[student] = prose
        self.rubbish.discard(student)

    def some_rubbish(self) -> None:
        """A file that is no notebook, in the place of an attempt."""
        student = self.chance.choice(STUDENTS)
        self.note(f"{student} submits rubbish")
        if student not in self.sent:
            self.submit(student, "nothing", "")
        (self.unit.submitted(student) / f"{self.unit.notebook}.ipynb").write_text("{")
        self.rubbish.add(student)

    def _graded(self) -> list[str]:
        with open_gradebook(load_config(self.unit.root)) as gradebook:
            return sorted(scores.submissions(gradebook, self.unit.id))

    def some_points(self) -> None:
        """A person types points, or takes them back."""
        student = self._somebody()
        if student is None:
            return
        test, worth = self.chance.choice([(TEST, self.worth), (QUESTION, 5)])
        points = self.chance.choice([None, 0.0, 4.5, float(worth)])
        self.note(f"{points} by hand for {student}, {test}")
        with open_gradebook(load_config(self.unit.root)) as gradebook:
            grade = gradebook.find_grade(test, self.unit.notebook, self.unit.id, student)
            grade.manual_score = points
            grade.needs_manual_grade = points is None and grade.auto_score is None
            gradebook.db.commit()
        self.by_hand.pop((student, test), None)
        if points is not None:
            self.by_hand[student, test] = points

    def some_comment(self) -> None:
        student = self._somebody()
        if student is None:
            return
        self.note(f"a comment for {student}")
        text = f"Comment no. {len(self.done)}"
        with open_gradebook(load_config(self.unit.root)) as gradebook:
            notebook = gradebook.find_submission_notebook(self.unit.notebook, self.unit.id, student)
            notebook.comments[0].manual_comment = self.comments[student] = text
            gradebook.db.commit()

    def write_a_sentence(self) -> None:
        """A comment for everybody who lost points on the exercise, or another, or none."""
        self.sentence = self.chance.choice(["", f"{SENTENCE}, no. {len(self.done)}"])
        self.note(f"for everybody: {self.sentence!r}")
        keys = {"unit": self.unit.id, "exercise": EXERCISE, "text": self.sentence}
        lines = [f'{key} = "{value}"' for key, value in keys.items()]
        (self.unit.root / "comments.toml").write_text("\n".join(["[[comment]]", *lines]), "utf-8")

    def _somebody(self) -> str | None:
        there = self._graded()
        return self.chance.choice(there) if there else None

    def move_the_date(self) -> None:
        self.due = START + timedelta(hours=self.chance.randint(0, 60))
        self.note(f"due {self.due}")
        self._due()

    def _due(self) -> None:
        with open_gradebook(load_config(self.unit.root)) as gradebook:
            gradebook.find_assignment(self.unit.id).duedate = self.due
            gradebook.db.commit()

    def extend(self) -> None:
        student = self._somebody()
        if student is None:
            return
        hours = self.chance.randint(1, 48)
        self.note(f"{hours} hours for {student}")
        with open_gradebook(load_config(self.unit.root)) as gradebook:
            gradebook.grant_extension(self.unit.id, student, hours=hours)
        self.extensions[student] = timedelta(hours=hours)

    def extend_until(self) -> None:
        """An extension in extensions.csv until a local time; or it is taken back."""
        if self.until and self.chance.random() < 0.4:
            student = self.chance.choice(sorted(self.until))
            self.note(f"no extension for {student}")
            extending.remove(self.unit.root, self.unit.id, [student])
            del self.until[student]
            return
        student = self._somebody()
        until = START + timedelta(hours=self.chance.randint(0, 90))
        if student is None or until <= self.due + timedelta(
            hours=1
        ):  # Berlin's zone is an hour before
            return
        self.note(f"{student} has time until {until}")
        zone = "" if self.zone is UTC else " +01:00"
        extending.extend(self.unit.root, self.unit.id, [student], until=f"{until}{zone}")
        self.until[student] = until if self.zone is UTC else until.replace(tzinfo=BERLIN)

    def change_the_grace_period(self) -> None:
        minutes = self.chance.choice([0, 30, 300])
        self.note(f"{minutes} minutes of grace")
        self.grace = timedelta(minutes=minutes)
        self._edit_course(r"grace_minutes = .*\n", f"grace_minutes = {minutes}\n")

    def set_the_zone(self) -> None:
        """Times without a zone are others now: of submissions, and of extensions."""
        self.zone = self.chance.choice([UTC, BERLIN])
        self.note(f"the course is in {self.zone}")
        name = "" if self.zone is UTC else "Europe/Berlin"
        self._edit_course(r"timezone = .*\n", f'timezone = "{name}"\n')

    def _edit_course(self, pattern: str, text: str) -> None:
        path = self.unit.root / "course.toml"
        path.write_text(re.sub(pattern, text, path.read_text("utf-8")), "utf-8")
        self.unit = load_course(self.unit.root).unit(self.unit.id)

    def late(self, student: str) -> timedelta:
        """How late a submission is, by the calendar, after extensions and the grace period."""

        def moment(time: datetime) -> datetime:
            return (time if time.tzinfo else time.replace(tzinfo=self.zone)).astimezone(UTC)

        ends = [self.due.replace(tzinfo=UTC) + self.extensions.get(student, timedelta())]
        if student in self.until:
            ends.append(moment(self.until[student]))
        return moment(self.sent[student]) - max(ends) - self.grace

    def edit_the_lesson(self) -> None:
        """Other points; refused where a person has given more."""
        worth = self.chance.choice([8, 10, 12])
        self.note(f"the exercise gives {worth}")
        lesson = self.unit.lesson_file
        before, tree = lesson.read_text("utf-8"), self._built()
        lesson.write_text(before.replace(f"points={self.worth}", f"points={worth}"), "utf-8")
        if any(points > worth for (_, test), points in self.by_hand.items() if test == TEST):
            with pytest.raises(CourseError, match="by hand for scaled_dense"):
                build(self.unit)
            lesson.write_text(before, "utf-8")
            assert self._built() == tree
        else:
            build(self.unit)
            self.worth = worth

    def break_the_lesson(self) -> None:
        """A solution that fails: refused, and nothing is changed."""
        self.note("a lesson that fails")
        lesson = self.unit.lesson_file
        before, tree = lesson.read_text("utf-8"), self._built()
        lesson.write_text(before.replace("layers.Activation(", "layers.Activate("), "utf-8")
        with pytest.raises(CourseError):
            build(self.unit)
        lesson.write_text(before, "utf-8")
        assert self._built() == tree

    def _built(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.unit.root)): path.read_bytes()
            for name in ("source", "release", "autograded", "feedback")
            for path in (self.unit.root / name).rglob("*")
            if path.is_file()
        }

    def drop(self) -> None:
        """A graded student leaves, or one who left comes back."""
        if self.dropped and self.chance.random() < 0.5:
            student = self.chance.choice(sorted(self.dropped))
            self.note(f"{student} is back")
            with open_gradebook(load_config(self.unit.root)) as gradebook:
                gradebook.add_student(student)
            self.dropped.remove(student)
            return
        student = self._somebody()
        if student is None:
            return
        self.note(f"{student} leaves")
        with open_gradebook(load_config(self.unit.root)) as gradebook:
            gradebook.remove_student(student)
        self.dropped.add(student)
        for decided in (self.comments, self.extensions):
            decided.pop(student, None)
        for test in (TEST, QUESTION):
            self.by_hand.pop((student, test), None)

    def grade_one(self) -> None:
        student = self.chance.choice([*self.sent])
        self.note(f"grade {student}, --force")
        regrade(self.unit, (student,), force=True)

    def kill(self) -> None:
        """`kill -9` at some moment of a grading."""
        self.note("kill -9")
        command = [Path(sys.executable).parent / "kerasgrader", "grade", self.unit.id]
        options = ["--root", self.unit.root, "--sandbox", strongest_sandbox(), "--workers", "1"]
        grader = subprocess.Popen(
            [*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            grader.wait(self.chance.uniform(0.5, 4))
        except subprocess.TimeoutExpired:
            grader.kill()
            grader.wait()

    def grade(self, unchanged: bool = False) -> Marks:
        """Grade everybody; then all places agree, and no decision of a person is lost."""
        self.note("grade")
        marks = regrade(self.unit)
        shown = {item.student: item for item in marks.graded}
        assert shown.keys() == self.sent.keys()
        assert disagreements(self.unit, marks) == []
        with open_gradebook(load_config(self.unit.root)) as gradebook:
            known = scores.submissions(gradebook, self.unit.id)
            assert self.dropped.isdisjoint(scores.people(gradebook))
        for student in shown.keys() & self.dropped:
            assert "not in the class" in str(shown[student].problem)
        assert shown.keys() - self.dropped - self.rubbish <= known.keys()
        assert known.keys() <= shown.keys() - self.dropped
        for student, submission in known.items():
            by_test = {score.test: score for score in submission.scores}
            assert by_test.keys() == {TEST, QUESTION}
            for test, score in by_test.items():
                assert score.manual == self.by_hand.get((student, test))
            comments = list((submission.comments or {}).values())
            assert comments == [c for c in [self.comments.get(student)] if c is not None]
            if student in self.rubbish:
                continue
            hours = max(0.0, self.late(student).total_seconds() / 3600)
            assert submission.penalty == pytest.approx(min(hours, submission.points), abs=0.01)
            assert by_test[TEST].of == self.worth
            assert by_test[QUESTION].automatic == (None if self.replies[student] else 0)
            page = self.unit.feedback(student) / f"{self.unit.notebook}.html"
            lost = self.sentence != "" and (by_test[TEST].points or 0) < self.worth
            assert (self.sentence in page.read_text("utf-8")) is lost or not self.sentence
            assert self.sentence or SENTENCE not in page.read_text("utf-8")
        if unchanged:
            assert {shown[student].how for student in known.keys() - self.rubbish} <= {"unchanged"}
        return marks
