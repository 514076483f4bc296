"""A class whose question a person grades, with comments for everybody with the same mistake.

What people do is a story: each fixture is a part of it, in the formgrader in a real browser or at the
command line, and stores what was seen. The tests look at that, in any order.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner, Result
from playwright.sync_api import Browser, Page
from rich.console import Console

from kerasgrader.build.build import build
from kerasgrader.cli import commands
from kerasgrader.course.course import Unit, load_course
from kerasgrader.course.lessons import grade_id_of, is_question
from kerasgrader.errors import CourseError
from kerasgrader.export import CanvasExport, ExerciseExport
from kerasgrader.grading.results import Marks
from kerasgrader.grading.table import class_table
from kerasgrader.kernel.warm_client import WarmParent
from kerasgrader.marking import gradebook as scores
from kerasgrader.marking.comments import load_comments
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from kerasgrader.report import write_report
from tests.support.agreement import disagreements
from tests.support.browser import CHROMIUM, new_page, picture, serious_findings
from tests.support.course_folder import copy_of, lose_a_point_an_hour
from tests.support.formgrader import formgrader
from tests.support.graded import regrade
from tests.support.small_course import (
    EXERCISE,
    MODEL_ANSWER,
    QUESTION,
    RIGHT,
    WRONG,
    submit_answer,
)

pytestmark = pytest.mark.slow

MISCONCEPTION = "layer-set-up-differently"
READ, GOOD = "I would say: it has its own.", "Because <b>beta</b> is a bias & `x < y`."
SCRIPT = "No idea <script>document.title = 'taken over'</script>"
BY_HAND = "Nearly: which offset does it have?"
TOGETHER = "We think: it has an offset of its own."
SENTENCE = "The sum & its mean: see <figure 3>."
ELSEWHERE = "Come to the tutorial on Tuesday."
no_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no chromium: apt install chromium"
)


@dataclass(frozen=True)
class Seen:
    """A class after a grading. pages: by student. lines: what the command printed."""

    marks: Marks
    lines: str
    pages: Mapping[str, str]
    wrong: list[str]  # places that disagree with the gradebook

    def of(self, student: str, test: str = QUESTION) -> tuple[str, float | None]:
        """Outcome and counting points of a question or exercise in the table."""
        [item] = [item for item in self.marks.graded if item.student == student]
        [result] = [result for result in item.results if result.exercise == test]
        return result.outcome, result.counts

    @property
    def how(self) -> dict[str, str]:
        return {item.student: item.how for item in self.marks.graded}


def seen(unit: Unit, **options: object) -> Seen:
    """Grade, and look at everything."""
    marks = regrade(unit, **options)
    console = Console(width=200, record=True, file=io.StringIO())
    for line in class_table(marks):
        console.print(line)
    pages = {
        item.student: (unit.feedback(item.student) / f"{unit.notebook}.html").read_text("utf-8")
        for item in marks.graded
    }
    return Seen(marks, console.export_text(), pages, disagreements(unit, marks))


def run(unit: Unit, *command: str) -> Result:
    """A command of kerasgrader's, in the course's folder."""
    return CliRunner().invoke(commands, [*command, "--root", str(unit.root)])


def exported(unit: Unit, exporter: type, **settings: object) -> list[dict[str, str]]:
    """The rows of an export."""
    config = load_config(unit.root)
    config[exporter.__name__].update(settings)
    with open_gradebook(config) as gradebook:
        plugin = exporter(config=config)
        plugin.to = str(unit.root / "export.csv")
        plugin.export(gradebook)
    return list(csv.DictReader((unit.root / "export.csv").read_text("utf-8").splitlines()))


def of_student(rows: list[dict[str, str]], student: str, column: str) -> list[str]:
    return [row[column] for row in rows if student in row.values()]


@pytest.fixture(scope="module")
def unit(asking_course: Callable[[Path], Unit], tmp_path_factory: pytest.TempPathFactory) -> Unit:
    """A class of five: two good answers to the question, one with a script, one untouched, one gone."""
    unit = asking_course(tmp_path_factory.mktemp("people") / "small")
    WarmParent.begin(unit.modules)
    submit_answer(unit, "ada", RIGHT, GOOD)
    submit_answer(unit, "bob", WRONG)
    submit_answer(unit, "eve", WRONG, SCRIPT)
    submit_answer(unit, "kim", RIGHT, READ)
    submit_answer(unit, "sam", RIGHT)
    path = unit.submitted("sam") / f"{unit.notebook}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if not is_question(cell)]
    nbformat.write(notebook, path)
    return unit


@pytest.fixture(scope="module")
def first(unit: Unit) -> Seen:
    """The class is graded, and nobody has read anything."""
    return seen(unit)


@pytest.fixture(scope="module")
def listed(unit: Unit, first: Seen) -> Result:
    """The instructor asks which mistakes there are, and writes two comments."""
    answer = run(unit, "comments", unit.id)
    file = unit.root / "comments.toml"
    by_hand = "# a line of the instructor's own\n"
    text = by_hand + file.read_text("utf-8")
    for name, sentence in ((MISCONCEPTION, SENTENCE), (QUESTION, ELSEWHERE)):
        text = text.replace(f'"{name}"\ntext = ""', f'"{name}"\ntext = "{sentence}"')
    file.write_text(text, "utf-8")
    return answer


@pytest.fixture(scope="module")
def commented(unit: Unit, listed: Result) -> Seen:
    """The class is graded again."""
    return seen(unit)


@pytest.fixture(scope="module")
def teacher(
    unit: Unit, commented: Seen, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """The formgrader in a browser."""
    log = tmp_path_factory.mktemp("formgrader") / "log"
    with formgrader(unit.root, log) as address:
        page = new_page(browser)
        page.goto(f"{address}/gradebook/{unit.id}/{unit.notebook}")
        yield page
        page.context.close()


@pytest.fixture(scope="module")
def overview(teacher: Page) -> str:
    """The formgrader's table of submissions, before anything is graded by hand."""
    teacher.locator("a", has_text="Submission").first.wait_for()
    picture(teacher, "people-1-overview")
    return teacher.inner_text("table")


def give(
    unit: Unit, page: Page, address: str, student: str, points: str, comment: str = ""
) -> None:
    """What an instructor does in the formgrader: points for the question, and a comment."""
    with open_gradebook(load_config(unit.root)) as gradebook:
        notebook = gradebook.find_submission(unit.id, student).notebooks[0].id
    page.goto(f"{address}/submissions/{notebook}/")
    page.locator(f"#{QUESTION}-comment[placeholder]").wait_for()  # it can be saved now
    for where, text, kind in (("input#", points, "grade"), ("#", comment, "comment")):
        field = page.locator(f"{where}{QUESTION}{'-comment' if kind == 'comment' else ''}")
        if text:
            with page.expect_response(re.compile(f"/api/{kind}/")):
                field.fill(text)
                field.blur()
    picture(page, f"people-2-{student}")
    assert page.title() != "taken over"


@pytest.fixture(scope="module")
def read(unit: Unit, teacher: Page, overview: str) -> Seen:
    """The instructor gives ada 4 and eve 1 of 5 points, writes to eve, and the class is graded again."""
    address = teacher.url.partition("/gradebook/")[0]
    give(unit, teacher, address, "ada", "4")
    give(unit, teacher, address, "eve", "1", BY_HAND)
    return seen(unit)


def test_points_of_the_judge_do_not_wait_for_a_person(first: Seen) -> None:
    """A question that nobody has read waits; one without an answer, has 0 as in nbgrader."""
    assert first.wrong == []
    assert [first.of(s) for s in ("ada", "eve", "kim")] == [("awaits a person", None)] * 3
    assert [first.of(s) for s in ("bob", "sam")] == [("not attempted", None)] * 2
    points = {item.student: (item.points, item.of) for item in first.marks.graded}
    assert points == {
        "ada": (10, 15),
        "bob": (4, 15),
        "eve": (4, 15),
        "kim": (10, 15),
        "sam": (10, 15),
    }
    assert first.marks.problems == []


def test_the_table_tells_what_waits(first: Seen) -> None:
    """In the cell, beside the points, and in a line with the number of students."""
    assert "10 / 15 (5 await a person)" in first.lines and "4 / 15 " in first.lines
    assert f"The question {QUESTION} awaits a person for 3 of 5 students" in first.lines
    assert "needs a look" not in first.lines


def test_a_page_tells_what_waits(first: Seen) -> None:
    """And shows the student's answer, in the student's letters, with nothing that a browser would run."""
    assert "Not in these points yet" in first.pages["ada"]
    assert "Not in these points yet" not in first.pages["bob"]
    assert "Because &lt;b&gt;beta&lt;/b&gt; is a bias &amp; `x &lt; y`." in first.pages["ada"]
    assert "<script" not in first.pages["eve"]
    assert not any(MODEL_ANSWER in page for page in first.pages.values())
    assert f"the answer cell '{QUESTION}' is missing" in first.pages["sam"]


def test_comments_are_listed_with_numbers_of_students(unit: Unit, listed: Result) -> None:
    """Misconceptions, then exercises with lost points; each is in the file, once, without a text."""
    assert listed.exit_code == 0
    assert re.search(rf"{MISCONCEPTION}\s+│\s+2 │", listed.output)
    assert re.search(rf"│ {EXERCISE}\s+│\s+2 │", listed.output)
    assert "3 of these are new" in listed.output
    again = run(unit, "comments", unit.id)
    assert "0 of these are new" in again.output
    text = (unit.root / "comments.toml").read_text("utf-8")
    assert text.startswith("# a line of the instructor's own")
    assert len(tomllib.loads(text)["comment"]) == 3


def test_a_comment_is_on_the_pages_of_all_who_made_the_mistake(commented: Seen) -> None:
    """And on no other; nothing is executed, nothing is judged again, and the others' pages stay."""
    assert commented.wrong == []
    shown = {student for student, page in commented.pages.items() if "&lt;figure 3&gt;" in page}
    assert shown == {"bob", "eve"}
    lost = {student for student, page in commented.pages.items() if ELSEWHERE in page}
    assert lost == {"bob", "sam"}
    assert commented.how == {
        "ada": "unchanged",
        "bob": "updated",
        "eve": "updated",
        "kim": "unchanged",
        "sam": "updated",
    }


@no_chromium
@pytest.mark.browser
def test_the_formgrader_asks_for_what_waits(overview: str) -> None:
    """Its table has a column of written answers, of which nobody has points."""
    assert overview.count("0 / 5") == 5


@no_chromium
@pytest.mark.browser
def test_points_and_comments_of_the_formgrader_are_everywhere(unit: Unit, read: Seen) -> None:
    """Table, page, report and exports have them; the comment for everybody stands beside the person's."""
    assert read.wrong == []
    assert (read.of("ada"), read.of("eve")) == (
        ("graded by a person", 4.0),
        ("graded by a person", 1.0),
    )
    assert read.of("kim") == ("awaits a person", None)
    assert "14 / 15 " in read.lines and "5 / 15 " in read.lines and "✎ 4" in read.lines
    assert {student for student, how in read.how.items() if how == "updated"} == {"ada", "eve"}
    assert "14 of 15 points" in read.pages["ada"]
    assert "graded by a person: 4 of 5 points" in read.pages["ada"]
    assert BY_HAND in read.pages["eve"] and "&lt;figure 3&gt;" in read.pages["eve"]
    assert ELSEWHERE in read.pages["eve"]  # who has lost points on the question


@no_chromium
@pytest.mark.browser
def test_an_export_never_lacks_a_question_in_silence(
    unit: Unit, read: Seen, caplog: pytest.LogCaptureFixture
) -> None:
    """Who waits has an empty cell and is named; with a setting, the points so far, and is named, too."""
    rows = exported(unit, CanvasExport)
    title = "A dense layer with a scale"
    assert of_student(rows, "ada", title) == ["14"]
    assert of_student(rows, "kim", title) == [""]
    assert f"the question {QUESTION} awaits a person, so the cell is empty: kim" in caplog.text
    rows = exported(unit, CanvasExport, points_so_far=True)
    assert of_student(rows, "kim", title) == ["10"]
    assert f"the question {QUESTION} awaits a person, so the score lacks it: kim" in caplog.text
    rows = exported(unit, ExerciseExport)
    assert of_student(rows, "ada", "graded_by") == ["the judge", "a person"]
    assert of_student(rows, "kim", "graded_by") == ["the judge", "nobody yet"]
    assert of_student(rows, "bob", "graded_by") == ["the judge", "no answer"]


@no_chromium
@pytest.mark.browser
def test_the_report_names_who_waits(unit: Unit, read: Seen, tmp_path: Path) -> None:
    """In a section of its own, in the summary and in the table; what a person graded is a change."""
    report = write_report(unit.root, unit.id, tmp_path, similar=False)
    assert {
        name: [w.student for w in works] for name, works in report.facts.awaiting().items()
    } == {QUESTION: ["kim"]}
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Questions that await a person" in page
    changes = {work.student: changes for work, changes in report.facts.changed()}
    assert [(c.what, c.before, c.now, c.why) for c in changes["ada"]] == [
        (QUESTION, None, 4.0, "graded by a person")
    ]
    assert changes.keys() == {"ada", "eve"}
    rows = list(csv.DictReader((tmp_path / "marks.csv").read_text("utf-8-sig").splitlines()))
    [kim] = [row for row in rows if row["student"] == "kim"]
    assert (kim[QUESTION], kim["score"]) == ("", "10")
    assert kim["remark"] == f"awaits a person: {QUESTION}, which the score lacks"


@no_chromium
@pytest.mark.browser
def test_a_page_with_a_question_has_no_serious_findings(
    unit: Unit, read: Seen, teacher: Page
) -> None:
    """axe-core finds nothing serious on the page of one who waits, nor on that of one who does not."""
    page = teacher.context.new_page()
    for student in ("kim", "eve"):
        page.goto((unit.feedback(student) / f"{unit.notebook}.html").as_uri())
        picture(page, f"people-3-{student}")
        assert serious_findings(page) == []
    page.close()


@no_chromium
@pytest.mark.browser
def test_grading_again_keeps_what_a_person_gave(unit: Unit, read: Seen, tmp_path: Path) -> None:
    """With everything executed again, nothing is lost; another answer asks for another look."""
    unit = copy_of(unit, tmp_path / "course")
    again = seen(unit, force=True)
    assert again.wrong == []
    assert (again.of("ada"), again.of("eve")) == (read.of("ada"), read.of("eve"))
    assert BY_HAND in again.pages["eve"] and "needs a look" not in again.lines
    submit_answer(unit, "ada", RIGHT, "It is another answer.")
    later = seen(unit)
    assert later.wrong == []
    assert later.of("ada") == read.of("ada")
    assert "ada needs a look in the formgrader" in later.lines


@no_chromium
@pytest.mark.browser
def test_an_extension_and_a_group_join_what_people_decided(
    unit: Unit, read: Seen, browser: Browser, tmp_path: Path
) -> None:
    """The second half of the term: ada hands in for liv, too, eve has a day more, bob is late.

    A person reads the group's answer in the formgrader, once for each. Points, penalties and pages are the
    gradebook's everywhere, and what was decided before stands.
    """
    unit = copy_of(unit, tmp_path / "course")
    course = unit.root / "course.toml"
    course.write_text(f'{course.read_text("utf-8")}due = "2026-05-04 18:00"\n', "utf-8")
    lose_a_point_an_hour(unit.root)
    for student in ("bob", "eve"):
        (unit.submitted(student) / "timestamp.txt").write_text("2026-05-04 20:00 UTC")
    assert run(unit, "extend", unit.id, "eve", "--days", "1").exit_code == 0
    (unit.root / "groups.csv").write_text("group,id\nteam 1,ada\nteam 1,liv\n")
    submit_answer(unit, "ada", WRONG, TOGETHER)
    (tmp_path / "inbox").mkdir()
    unit.submitted("ada").rename(tmp_path / "inbox" / "ada")
    (tmp_path / "inbox" / "ada" / "timestamp.txt").write_text("2026-05-04 17:00 UTC")
    collected = run(unit, "collect", unit.id, str(tmp_path / "inbox"))
    assert collected.exit_code == 0, collected.output
    unit = load_course(unit.root).unit(unit.id)
    waiting = seen(unit)
    assert waiting.wrong == []
    assert {s for s, page in waiting.pages.items() if "Submitted by a group" in page} == {
        "ada",
        "liv",
    }
    with formgrader(unit.root, tmp_path / "log") as address:
        page = new_page(browser)
        give(unit, page, address, "liv", "2")
        give(unit, page, address, "ada", "2")
        picture(page, "people-4-group")
        page.context.close()
    last = seen(unit)
    assert last.wrong == []
    assert {s: last.of(s) for s in ("ada", "liv", "eve")} == {
        "ada": ("graded by a person", 2.0),
        "liv": ("graded by a person", 2.0),
        "eve": read.of("eve"),
    }
    assert {item.student: item.penalty for item in last.marks.graded} == {
        **dict.fromkeys(("ada", "eve", "kim", "liv", "sam"), 0),
        "bob": 2,
    }
    assert BY_HAND in last.pages["eve"] and "&lt;figure 3&gt;" in last.pages["liv"]


def test_nbgraders_own_commands_give_the_same(unit: Unit, first: Seen, tmp_path: Path) -> None:
    """`nbgrader autograde` and `generate_feedback` write the same points, questions and pages."""
    unit = copy_of(unit, tmp_path / "course")
    ours, before = seen(unit), in_gradebook(unit)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command in ("autograde", "generate_feedback"):
        subprocess.run(
            ["nbgrader", command, unit.id, "--force"],
            cwd=unit.root,
            env=os.environ | {"PATH": path},
            capture_output=True,
            check=True,
        )
    assert {s: [(x.test, x.automatic, x.manual) for x in i.scores] for s, i in before.items()} == {
        s: [(x.test, x.automatic, x.manual) for x in i.scores]
        for s, i in in_gradebook(unit).items()
    }
    pages = {
        student: (unit.feedback(student) / f"{unit.notebook}.html").read_text("utf-8")
        for student in before
    }
    assert pages == ours.pages


def test_an_answer_in_code_runs_and_shows_its_output_to_the_grader_alone(
    asking_course: Callable[[Path], Unit], tmp_path: Path
) -> None:
    """After the last test, too, and with what stands before it; a cell that fails costs no other points."""
    unit = asking_course(tmp_path / "small")
    asked = '\n# %% question="numbers" points=2\nprint("MODEL", scaled_dense.__name__)\n'
    unit.lesson_file.write_text(unit.lesson_file.read_text("utf-8") + asked, "utf-8")
    build(unit)
    WarmParent.begin(unit.modules)
    for student, code in (
        ("ada", "print(6 * 7, scaled_dense.__name__)"),
        ("bob", "1 / 0"),
        ("eve", ""),
    ):
        submit_answer(unit, student, RIGHT, GOOD)
        path = unit.submitted(student) / f"{unit.notebook}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        [cell] = [cell for cell in notebook.cells if grade_id_of(cell) == "numbers"]
        cell.source = code or cell.source
        nbformat.write(notebook, path)
    graded = seen(unit)
    assert graded.wrong == []
    assert [graded.of(s, "numbers")[0] for s in ("ada", "bob", "eve")] == [
        "awaits a person",
        "awaits a person",
        "not attempted",
    ]
    assert {item.student: item.points for item in graded.marks.graded} == dict.fromkeys(
        ("ada", "bob", "eve"), 10
    )
    autograded = nbformat.read(unit.autograded("ada") / f"{unit.notebook}.ipynb", as_version=4)
    [cell] = [cell for cell in autograded.cells if grade_id_of(cell) == "numbers"]
    assert cell.outputs[0].text == "42 scaled_dense\n"
    assert "42 scaled_dense" not in graded.pages["ada"] and "6 * 7" in graded.pages["ada"]


def in_gradebook(unit: Unit) -> dict[str, scores.Submission]:
    with open_gradebook(load_config(unit.root)) as gradebook:
        return scores.submissions(gradebook, unit.id)


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ('misconception = "layer-setup"\ntext = ""', "no misconception 'layer-setup'"),
        ('misconception = "layer-set-up-differntly"\ntext = "x"', f"is it '{MISCONCEPTION}'"),
        ('unit = "unit9"\nexercise = "f"\ntext = "x"', "no unit 'unit9'"),
        ('unit = "{unit}"\nexercise = "f"\ntext = "x"', "no exercise 'f'"),
        ('exercise = "scaled_dense"\ntext = "x"', "needs its unit"),
        ('unit = "{unit}"\ntext = "x"', "needs a misconception, or a unit and an exercise"),
        ('unit = "{unit}"\nexercise = "scaled_dense"', "has no text"),
        ('misconception = "{known}"\ntext = 5', "must be a table of texts"),
        ('misconception = "{known}"\ntext = "x"\nfor = "y"', "unknown key 'for'"),
        ('misconception = "{known}"\ntext = "x', "comments.toml: "),
    ],
)
def test_a_comment_on_something_unknown_is_refused(
    unit: Unit, first: Seen, entry: str, why: str, tmp_path: Path
) -> None:
    """One sentence from `grade` and from `comments`, and nothing is written."""
    unit = copy_of(unit, tmp_path / "course")
    text = entry.replace("{unit}", unit.id).replace("{known}", MISCONCEPTION)
    (unit.root / "comments.toml").write_text(f"[[comment]]\n{text}\n", "utf-8")
    before = contents(unit.root)
    for command in ("grade", "comments"):
        refused = run(unit, command, unit.id)
        assert isinstance(refused.exception, CourseError)
        assert why in str(refused.exception) and "\n" not in str(refused.exception)
    assert contents(unit.root) == before


@pytest.mark.parametrize("text", ["", "# later\n", "comment = []\n"])
def test_a_file_without_a_comment_has_none(text: str, unit: Unit, tmp_path: Path) -> None:
    """An instructor who deletes the last comment goes on."""
    shutil.copy(unit.root / "course.toml", tmp_path)
    (tmp_path / "comments.toml").write_text(text)
    assert load_comments(replace(unit, root=tmp_path)) == ()


def test_comments_on_a_class_that_is_not_graded_are_refused(
    asking_course: Callable[[Path], Unit], tmp_path: Path
) -> None:
    """With the command that grades it; no file is written."""
    unit = asking_course(tmp_path / "small")
    refused = run(unit, "comments", unit.id)
    assert f"run `kerasgrader grade {unit.id}`" in str(refused.exception)
    assert not (unit.root / "comments.toml").exists()


def contents(folder: Path) -> dict[Path, bytes]:
    """Everything in a course's folder, but for the lock of its graders."""
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file() and "lock" not in p.name}
