"""A watcher on a course of one small exercise: what is submitted is graded, in turn, and released.

`watched` gives each test a course of its own, whose answers were executed before, so that hardly any test
waits for a kernel.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kerasgrader.course.course import Unit, load_course
from kerasgrader.errors import CourseError
from kerasgrader.grading.options import Options
from kerasgrader.kernel.sandbox_layers import strongest_sandbox
from kerasgrader.kernel.warm_client import WarmParent
from kerasgrader.marking.attempts import attempts_of
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from kerasgrader.watching import arrivals, watcher
from kerasgrader.watching.placing import is_placed, place
from kerasgrader.watching.standing import AFTER_DATE, queue_in_lines, queue_of, standing_of
from kerasgrader.watching.watcher import Watcher, being_watched, is_watched
from tests.support.course_folder import ROOT, copy_of
from tests.support.exchange import add_exchange, notebook_with, released_page, submit_to
from tests.support.graded import regrade
from tests.support.small_course import ALSO_RIGHT, POINTS, RIGHT, WRONG, WRONG_POINTS, submit_answer

pytestmark = pytest.mark.slow

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def executed(
    small_course: Callable[[Path], Unit], tmp_path_factory: pytest.TempPathFactory
) -> Unit:
    """The course with each answer executed once, and nobody in it."""
    unit = small_course(tmp_path_factory.mktemp("executed") / "small")
    WarmParent.begin(unit.modules)
    for number, answer in enumerate((RIGHT, ALSO_RIGHT, WRONG, "")):
        submit_answer(unit, f"try{number}", answer)
    regrade(unit)
    for name in ("autograded", "feedback", "submitted", "attempts"):
        shutil.rmtree(unit.root / name)
    with open_gradebook(load_config(unit.root)) as gradebook:
        for number in range(4):
            gradebook.remove_student(f"try{number}")
    shutil.rmtree(unit.grader_folder / "graded")
    return unit


class World:
    """A course that is watched, and its exchange. Time goes by only as far as a test says."""

    def __init__(self, unit: Unit, *rules: str) -> None:
        with (unit.root / "course.toml").open("a") as file:
            file.write("\n[watch]\n" + "\n".join(rules) + "\n")
        self.unit = load_course(unit.root).unit(unit.id)
        self.exchange = add_exchange(unit)
        self.lines: list[str] = []
        self.now = NOW
        self.watcher = self.another()

    def another(self) -> Watcher:
        options = Options(workers=1, sandbox=strongest_sandbox())
        return Watcher(self.unit.root, options, say=self.lines.append, clock=lambda: self.now)

    def submit(
        self, student: str, answer: str, minutes: float = 0, sent: float | None = None
    ) -> Path:
        """Submit at a time of the test; sent: what the student's file says of it instead."""
        stated = NOW + timedelta(minutes=minutes if sent is None else sent)
        folder = submit_to(self.exchange, self.unit, student, answer, stated)
        self.arrived[folder.name] = (NOW + timedelta(minutes=minutes)).timestamp()
        return folder

    arrived: dict[str, float]

    def watch(self, minutes: float = 0) -> None:
        """Watch at this time until nothing is left to do."""
        self.now = NOW + timedelta(minutes=minutes)
        self.watcher.run(once=True)

    def points(self, student: str) -> float | None:
        with open_gradebook(load_config(self.unit.root)) as gradebook:
            found = [
                s for s in gradebook.assignment_submissions(self.unit.id) if s.student.id == student
            ]
            return found[0].score if found else None

    def outcomes(self, student: str) -> list[float | str | None]:
        """Of each attempt the points, or why it has none; None while it waits."""
        return [
            None if one.outcome is None else one.outcome.problem or one.points
            for one in attempts_of(self.unit, student)
        ]


@pytest.fixture
def watched(
    executed: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., World]:
    """`watched(rule, ...)`: a world whose course.toml has these rules."""

    def new(*rules: str) -> World:
        world = World(copy_of(executed, tmp_path / "course"), *rules)
        world.arrived = {}
        known = world.arrived
        monkeypatch.setattr(arrivals, "_arrived", lambda path: known[path.name])
        return world

    return new


def test_every_attempt_has_a_verdict_and_the_last_one_counts(watched: Callable[..., World]) -> None:
    """Also one that was not collected before the next one came; each has its page released."""
    world = watched()
    first = world.submit("ada", WRONG, 0)
    second = world.submit("ada", RIGHT, 1)
    other = world.submit("bob", WRONG, 1)
    world.watch(2)
    assert world.outcomes("ada") == [WRONG_POINTS, POINTS]
    assert (world.points("ada"), world.points("bob")) == (POINTS, WRONG_POINTS)
    for submission, points in ((first, WRONG_POINTS), (second, POINTS), (other, WRONG_POINTS)):
        page = released_page(world.exchange, submission, world.unit)
        assert f"<b>{points} of {POINTS} points</b>" in page.read_text("utf-8")
        assert page.stat().st_mode & 0o777 == 0o644
    assert released_page(world.exchange, first, world.unit).parent.stat().st_mode & 0o044 == 0


def test_the_best_attempt_counts_where_the_course_says_so(watched: Callable[..., World]) -> None:
    """A worse one has its verdict and its page; gradebook, submitted/ and ledger have the better one."""
    world = watched('counts = "best"')
    world.submit("ada", RIGHT, 0)
    worse = world.submit("ada", WRONG, 1)
    world.watch(2)
    assert world.outcomes("ada") == [POINTS, WRONG_POINTS]
    assert world.points("ada") == POINTS
    assert "def scaled_dense" in released_page(world.exchange, worse, world.unit).read_text("utf-8")
    [graded] = regrade(world.unit).graded
    assert (graded.how, graded.points) == ("unchanged", POINTS)


def test_attempts_beyond_the_day_s_wait_and_are_graded_later(watched: Callable[..., World]) -> None:
    """The student is told from when on; nothing is lost, and a stated time buys nothing."""
    world = watched("attempts_a_day = 1")
    world.submit("ada", WRONG, 0)
    world.submit("ada", RIGHT, 1, sent=-3 * 24 * 60)
    world.watch(2)
    assert sorted(map(str, world.outcomes("ada"))) == sorted([str(float(WRONG_POINTS)), "None"])
    [unit] = standing_of(world.unit.root, "ada", world.now)
    assert unit.left == 0
    states = [one.state for one in unit.attempts]
    assert any("is graded from" in state and "(attempts a day)" in state for state in states)
    assert any("(attempts a day)" in line for line in queue_in_lines(world.unit.root, world.now))
    world.watch(24 * 60)
    assert None not in world.outcomes("ada")


def test_in_quiet_hours_nothing_is_graded(watched: Callable[..., World]) -> None:
    """What comes then is graded when they are over."""
    begin = (NOW - timedelta(minutes=1)).strftime("%H:%M")
    end = (NOW + timedelta(minutes=60)).strftime("%H:%M")
    world = watched(f'quiet_hours = "{begin}-{end}"')
    world.submit("ada", RIGHT)
    world.watch(1)
    assert world.outcomes("ada") == [None]
    world.watch(62)
    assert world.outcomes("ada") == [POINTS]


def test_who_waits_longest_and_has_fewest_attempts_is_first(watched: Callable[..., World]) -> None:
    """A third attempt counts as two minutes later than it came."""
    world = watched()
    for minute in range(3):
        world.submit("ada", WRONG, minute)
    world.submit("bob", WRONG, 3.5)
    world.submit("eve", WRONG, 4.5)
    world.watcher.arrivals = arrivals.Arrivals(load_config(world.unit.root), world.lines.append)
    world.watcher.arrivals.take(load_course(world.unit.root))
    for attempt in attempts_of(world.unit, "ada")[:2]:
        from kerasgrader.marking.attempts import note_outcome

        note_outcome(world.unit, "ada", attempt.name, NOW)
    ready, later = queue_of(world.unit.root, NOW + timedelta(minutes=5))
    assert [one.student for one in ready] == ["bob", "ada", "eve"] and not later


def test_a_file_that_is_no_notebook_is_refused_once(watched: Callable[..., World]) -> None:
    """It has an outcome, in a sentence, and the earlier marks' place is not taken."""
    world = watched()
    world.submit("ada", RIGHT)
    bad = world.submit("ada", RIGHT, 1)
    (bad / f"{world.unit.notebook}.ipynb").write_bytes(b"%PDF-1.4 a paper")
    world.watch(2)
    good, refused = world.outcomes("ada")
    assert good == POINTS and "PDF" in str(refused)
    assert world.points("ada") == POINTS
    lines = len(world.lines)
    world.watch(3)
    assert len(world.lines) == lines


@pytest.mark.parametrize(
    ("level", "word"), [("aspects", "points are lost for: values"), ("passed", "not passed yet")]
)
def test_before_the_date_a_page_holds_no_more_than_it_may(
    level: str, word: str, watched: Callable[..., World]
) -> None:
    """Nothing of points or findings is in the page's source; after the date everything is."""
    world = watched(f'before_due = "{level}"')
    due = (NOW + timedelta(minutes=30)).strftime("%Y-%m-%d %H:%M:%S +00:00")
    toml = world.unit.root / "course.toml"
    toml.write_text(toml.read_text().replace("[[unit]]", f'[[unit]]\ndue = "{due}"'))
    submission = world.submit("ada", WRONG)
    world.watch(1)
    page = released_page(world.exchange, submission, world.unit)
    early = page.read_text("utf-8")
    assert word in early
    for hidden in ("of 10", "Dense", "def scaled_dense", "use_bias", "<summary>", "hidden check"):
        assert hidden not in early, hidden
    world.watcher = world.another()
    world.watch(31)
    late = page.read_text("utf-8")
    assert f"<b>{WRONG_POINTS} of {POINTS} points</b>" in late and "def scaled_dense" in late


@pytest.mark.parametrize("after", ["practice", "closed"])
def test_after_the_date_attempts_are_practice_or_not_graded(
    after: str, watched: Callable[..., World]
) -> None:
    """The one in time counts, whatever comes after; an extension opens the unit again."""
    world = watched(f'after_due = "{after}"')
    due = (NOW + timedelta(minutes=5)).strftime("%Y-%m-%d %H:%M:%S +00:00")
    toml = world.unit.root / "course.toml"
    toml.write_text(toml.read_text().replace("[[unit]]", f'[[unit]]\ndue = "{due}"'))
    world.submit("ada", WRONG, 0)
    world.submit("ada", RIGHT, 10)
    world.watch(11)
    assert world.points("ada") == WRONG_POINTS
    assert world.outcomes("ada") == [WRONG_POINTS, None if after == "closed" else POINTS]
    if after == "closed":
        [unit] = standing_of(world.unit.root, "ada", world.now)
        assert unit.attempts[1].state == AFTER_DATE
    until = (NOW + timedelta(minutes=60)).strftime("%Y-%m-%d %H:%M +00:00")
    (world.unit.root / "extensions.csv").write_text(
        f"unit,student,until,days\n{world.unit.id},ada,{until},\n"
    )
    world.watcher = world.another()
    world.watch(12)
    assert world.points("ada") == POINTS


def test_a_watcher_goes_on_where_another_was_killed(watched: Callable[..., World]) -> None:
    """A worse attempt lies in submitted/, another is half placed, and a page was not released."""
    world = watched('counts = "best"')
    right = world.submit("ada", RIGHT, 0)
    world.submit("ada", WRONG, 1)
    world.submit("bob", RIGHT, 1)
    world.watch(2)
    worse = attempts_of(world.unit, "ada")[1]
    place(world.unit, "ada", worse.name)
    regrade(world.unit)
    assert world.points("ada") == WRONG_POINTS
    shutil.rmtree(world.unit.submitted("bob"))
    page = released_page(world.exchange, right, world.unit)
    page.unlink()
    world.watcher = world.another()
    world.watch(3)
    assert (world.points("ada"), world.points("bob")) == (POINTS, POINTS)
    assert page.is_file() and is_placed(world.unit, "bob", attempts_of(world.unit, "bob")[0].name)


def test_what_fails_is_tried_again_and_costs_nobody_anything(
    watched: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk ends no watcher: it says so in a sentence, waits, and goes on."""
    world, broken = watched(), watcher.grade_alone
    world.submit("ada", RIGHT)
    failures = [OSError(28, "No space left on device"), CourseError("the source is being edited")]

    def full(*arguments: object, **more: object) -> object:
        if failures:
            raise failures.pop()
        return broken(*arguments, **more)

    monkeypatch.setattr(watcher, "grade_alone", full)
    monkeypatch.setattr(watcher, "FIRST_PAUSE", 0.0)
    thread = threading.Thread(target=world.watcher.run)
    thread.start()
    try:
        _wait_for(lambda: world.outcomes("ada") == [POINTS])
    finally:
        world.watcher.stopping.set()
        thread.join()
    assert sum("Tried again in" in line for line in world.lines) == 2
    assert any("No space left on device" in line for line in world.lines)


def test_the_inbox_is_collected_and_graded(watched: Callable[..., World], tmp_path: Path) -> None:
    """Files as `collect` takes them, in a folder for each unit; groups and platforms included."""
    world = watched()
    here = tmp_path / "inbox" / world.unit.id / "ada"
    here.mkdir(parents=True)
    (here / "work.ipynb").write_bytes(notebook_with(world.unit, RIGHT))
    world.watcher.inbox = tmp_path / "inbox"
    world.watch()
    assert world.points("ada") == POINTS


def test_work_that_was_graded_before_is_not_graded_again(watched: Callable[..., World]) -> None:
    """A course in which somebody has graded by hand, with an earlier version, gets its outcomes."""
    world = watched()
    submit_answer(world.unit, "ada", WRONG)
    regrade(world.unit)
    [attempt] = attempts_of(world.unit, "ada")
    (world.unit.attempts("ada") / attempt.name / "outcome.json").unlink()
    before = os.stat(world.unit.feedback("ada") / f"{world.unit.notebook}.html").st_mtime_ns
    world.watch()
    assert world.outcomes("ada") == [WRONG_POINTS]
    assert os.stat(world.unit.feedback("ada") / f"{world.unit.notebook}.html").st_mtime_ns == before


def test_hostile_submissions_cost_their_owner_alone(
    watched: Callable[..., World], tmp_path: Path
) -> None:
    """Links, names that are none, somebody without end: nothing of others is read, nobody else waits."""
    world = watched()
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(notebook_with(world.unit, RIGHT))
    link = world.submit("eve", WRONG)
    (link / f"{world.unit.notebook}.ipynb").unlink()
    (link / f"{world.unit.notebook}.ipynb").symlink_to(secret)
    fifo = world.submit("eve", WRONG, 1)
    (fifo / "timestamp.txt").unlink()
    os.mkfifo(fifo / "timestamp.txt")
    nameless = fifo.with_name("eve")
    nameless.mkdir()
    world.arrived["eve"] = NOW.timestamp()
    for number in range(arrivals.MOST_WAITING + 5):
        world.submit("mallory", WRONG, number / 10)
    world.submit("ada", RIGHT, 2)
    world.watcher.arrivals = arrivals.Arrivals(load_config(world.unit.root), world.lines.append)
    world.watcher.arrivals.take(load_course(world.unit.root))
    assert len(attempts_of(world.unit, "mallory")) == arrivals.MOST_WAITING
    assert attempts_of(world.unit, "eve") == ()
    assert len(attempts_of(world.unit, "ada")) == 1
    assert any("no unit" in line for line in world.lines)


def test_a_watcher_that_is_killed_again_and_again_loses_nothing(
    watched: Callable[..., World],
    small_course: Callable[[Path], Unit],
    tmp_path: Path,
    long_runs: bool,
) -> None:
    """Every attempt has one verdict, and all marks are those of `grade` by hand."""
    world, chance, kills = watched(), random.Random(0), 0
    answers = (RIGHT, WRONG, ALSO_RIGHT, "")
    submitted: dict[str, list[str]] = {}
    if long_runs:
        shutil.rmtree(world.unit.grader_folder / "executed")
    with watcher_forks(world.unit.root, execute=long_runs) as watch:
        takes, round_ = 0.0, 0
        while kills < (20 if long_runs else 5):
            for student in chance.sample(("ada", "bob", "eve", "kim"), 2):
                answer = chance.choice(answers)
                world.submit(student, answer, round_)
                submitted.setdefault(student, []).append(answer)
            round_ += 1
            ended = watch(chance.uniform(0.1, takes) if takes else None)
            takes = takes or ended["seconds"]
            kills += ended["killed"]
        watch(None)
    worth = {RIGHT: POINTS, ALSO_RIGHT: POINTS, WRONG: WRONG_POINTS, "": 0}
    found = {student: world.outcomes(student) for student in submitted}
    assert found == {who: [worth[answer] for answer in given] for who, given in submitted.items()}
    by_hand = small_course(tmp_path / "by-hand")
    for student, given in submitted.items():
        submit_answer(by_hand, student, given[-1])
    executed = world.unit.grader_folder / "executed"
    shutil.copytree(world.unit.grader_folder, by_hand.grader_folder, dirs_exist_ok=True)
    assert executed.is_dir()
    marks = {one.student: one.points for one in regrade(by_hand).graded}
    assert {student: world.points(student) for student in submitted} == marks
    assert all(graded.how == "unchanged" for graded in regrade(world.unit).graded)


@contextmanager
def watcher_forks(root: Path, execute: bool) -> Iterator[Callable[[float | None], dict]]:
    """`watch(kill_after)` of tests.support.watcher_forks, on the course in `root`."""
    command = [sys.executable, "-m", "tests.support.watcher_forks", str(root)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(
        [*command, *(["--execute"] if execute else [])], cwd=ROOT, **pipes
    ) as forks:

        def watch(kill_after: float | None) -> dict:
            forks.stdin.write(json.dumps(kill_after) + "\n")
            forks.stdin.flush()
            return json.loads(forks.stdout.readline())

        yield watch
        forks.stdin.close()


def test_a_watcher_ends_when_it_is_told_to(watched: Callable[..., World]) -> None:
    """SIGTERM ends the command at once, with status 0 and a sentence."""
    root = watched().unit.root
    command = [Path(sys.executable).parent / "kerasgrader", "watch", "--root", root]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watching:
        _wait_for(lambda: is_watched(root))
        watching.terminate()
        assert watching.wait(60) == 0
        assert "stopped" in watching.stdout.read()
    assert not is_watched(root)


def test_whether_somebody_watches_is_known(watched: Callable[..., World]) -> None:
    """From a lock, which Linux releases however the watcher ends; several may watch."""
    root = watched().unit.root
    assert not is_watched(root)
    with being_watched(root), being_watched(root):
        assert is_watched(root)
    assert not is_watched(root)


def _wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    ended = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if condition():
            return
        ended.wait(0.05)
    raise AssertionError("it has not happened")
