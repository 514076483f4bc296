"""Handing back: every page reaches its student through the platform's own upload, and nobody else."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner, Result

from kerasgrader.cli import commands
from kerasgrader.course.course import Unit, load_course
from kerasgrader.errors import CourseError
from kerasgrader.export import handing_back
from kerasgrader.export.handing_back import FORMS, hand_back
from kerasgrader.grading.extending import extend
from kerasgrader.intake.collecting import collect
from kerasgrader.intake.given_names import given_names
from kerasgrader.kernel.warm_client import WarmParent
from kerasgrader.marking.attempts import store
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from tests.students import platforms
from tests.students.platforms import Handed
from tests.support import uploads
from tests.support.course_folder import copy_of
from tests.support.graded import regrade
from tests.support.small_course import ALSO_RIGHT, RIGHT, TEST, WRONG

pytestmark = pytest.mark.slow

PEOPLE = (
    ("Ada", "Lovelace"),
    ("Anna", "Schmidt"),
    ("Anna", "Schmidt"),
    ("Zoé", "Nuñez"),
    ("伟", "王"),
    ("Ольга", "Иванова"),
    ("Jean Luc", "O'Neill"),
    ("محمد", "حداد"),
    ("Jürgen", "van der Berg"),
    ("=Eve", "Formula"),
    ("Anne-Marie", "Łoś"),
    ("Bob", "<script>alert(1)</script>"),
)
LATER = datetime(2024, 3, 6, 9, 0)
BY_MAIL = "s1011"  # never on a platform


def notebook(unit: Unit, answer: str, remark: str) -> bytes:
    """The released notebook with an answer, and a remark that only this student's has."""
    book = nbformat.read(unit.release_file, as_version=4)
    for cell in book.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = f"# {remark}\n{answer}"
    return nbformat.writes(book).encode()


def handed_in(unit: Unit) -> list[Handed]:
    """All attempts of twelve people: a second one of s1000; one of a group, and one of a member alone."""
    answers = (RIGHT, ALSO_RIGHT, WRONG)
    found = [
        Handed(first, last, 1000 + i, notebook(unit, answers[i % 3], f"work of s{1000 + i}"))
        for i, (first, last) in enumerate(PEOPLE)
    ]
    owner, *mates = found[6:9]
    found[6:9] = [replace(owner, mates=tuple(mates), team="Team 7")]
    again = notebook(unit, RIGHT, "work of s1000, again")
    alone = replace(mates[1], when=LATER, attempt=2)
    return [*found, Handed("Ada", "Lovelace", 1000, again, "again-1.ipynb", LATER), alone]


def online(unit: Unit) -> list[Handed]:
    return [item for item in handed_in(unit) if item.id != BY_MAIL]


@pytest.fixture(scope="module")
def graded(small_course: Callable[[Path], Unit], tmp_path_factory: pytest.TempPathFactory) -> Unit:
    """A class of twelve, collected from every platform that takes pages back, and graded once.

    One is never on a platform. Two of one name, whom Moodle's names do not tell apart, and the group are
    not on Moodle.
    """
    unit = small_course(tmp_path_factory.mktemp("back") / "course")
    handed, inbox = handed_in(unit), unit.root / "inbox"
    everybody = [one for item in handed for one in (item, *item.mates)]
    inbox.mkdir()
    roster = platforms.roster_csv(unit.root / "roster.csv", everybody)
    platforms.groups_csv(unit.root / "groups.csv", handed)
    with open_gradebook(load_config(unit.root)) as gradebook:
        for item in everybody:
            names = {"first_name": item.first, "last_name": item.last}
            gradebook.update_or_create_student(item.id, email=f"{item.id}@school.edu", **names)
    there = online(unit)
    once = [item for item in there if item.last != "Schmidt" and not item.mates]
    newest = list({item.id: item for item in there}.values())
    for path in (
        platforms.emails(inbox / "mail", [item for item in handed if item.id == BY_MAIL]),
        platforms.canvas(inbox / "submissions.zip", there),
        platforms.moodle(inbox / "download.zip", once),
        platforms.ilias(inbox / "Abgaben.zip", there),
        platforms.sakai(inbox / "bulk.zip", newest),
        platforms.d2l(inbox / "Unit 1 Download.zip", there),
    ):
        assert collect(unit.root, unit.id, [path], roster).refused == (), path
    WarmParent.begin(unit.modules)
    assert not regrade(unit).problems
    return unit


@pytest.fixture
def unit(graded: Unit, tmp_path: Path) -> Unit:
    return copy_of(graded, tmp_path / "course")


def page(unit: Unit, student: str) -> bytes:
    return (unit.feedback(student) / f"{unit.notebook}.html").read_bytes()


def change(unit: Unit, student: str, points: float) -> None:
    """Give points by hand, and have the page follow."""
    with open_gradebook(load_config(unit.root)) as gradebook:
        grade = gradebook.find_grade(TEST, unit.notebook, unit.id, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()


def run(unit: Unit, *arguments: str) -> Result:
    command = ["feedback", unit.id, *arguments, "--root", str(unit.root)]
    return CliRunner().invoke(commands, command)


def state(unit: Unit) -> dict[str, bytes]:
    """All files of the course but the lock."""
    return {
        str(path): path.read_bytes()
        for path in sorted(unit.root.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


def own_pages(unit: Unit) -> dict[str, bytes]:
    """The pages of all who handed in something online for themselves, by their number."""
    return {str(item.number): page(unit, item.id) for item in online(unit) if not item.mates}


def test_canvas_finds_every_student_by_the_file_submitted_last(unit: Unit) -> None:
    """The page of the newest attempt is a comment on the newest file; nobody has another's page."""
    done = hand_back(unit.root, unit.id, "canvas")
    files = {
        (str(item.number), str(90000 + i + 1000 * item.attempt))
        for i, item in enumerate(online(unit))
    }
    assert done.archive is not None
    found = uploads.canvas(done.archive, files)
    assert found.pop("1006") != page(unit, "s1006")
    assert found == own_pages(unit)
    assert "_1000_91009_again-1.html" in " ".join(uploads.pages(done.archive))
    assert list(done.left_out.values()) == [[BY_MAIL]] and done.shared == {"s1006": ["s1007"]}


def test_moodle_finds_every_participant(unit: Unit) -> None:
    """By the number in the folder's name; the feedback file is the page."""
    done = hand_back(unit.root, unit.id, "moodle")
    expected = {f"7{number}": data for number, data in own_pages(unit).items()}
    expected = {n: data for n, data in expected.items() if n not in ("71001", "71002")}
    assert done.archive is not None
    found = uploads.moodle(done.archive, expected.keys())
    assert {number: data for number, (_, data) in found.items()} == expected
    assert {name for name, _ in found.values()} == {f"/{unit.notebook}.html"}
    assert list(done.left_out.values()) == [["s1001", "s1002", "s1006", "s1007", BY_MAIL]]


def test_ilias_finds_every_account(unit: Unit) -> None:
    """By the number at the end of the folder's name; a team by that of the member who handed in."""
    done = hand_back(unit.root, unit.id, "ilias")
    assert done.archive is not None
    found = uploads.ilias(done.archive, [*own_pages(unit), "1006"])
    assert found.pop("1006") != page(unit, "s1006")
    assert found == own_pages(unit)
    assert list(done.left_out.values()) == [[BY_MAIL]] and done.shared == {"s1006": ["s1007"]}


def test_sakai_finds_every_account(unit: Unit) -> None:
    """By the login in the folder's name; of a group's folder the one who is named first."""
    done = hand_back(unit.root, unit.id, "sakai")
    expected = {f"s{number}": data for number, data in own_pages(unit).items()}
    expected["s1006"] = page(unit, "s1006")
    assert done.archive is not None
    assert uploads.sakai(done.archive, expected.keys()) == expected
    assert list(done.left_out.values()) == [["s1007", BY_MAIL]] and done.shared == {}


def test_brightspace_gets_its_own_folders_back(unit: Unit) -> None:
    """Those of the newest attempts, as they are called in its download."""
    done = hand_back(unit.root, unit.id, "brightspace")
    assert done.archive is not None
    found = uploads.brightspace(done.archive, unit.root / "inbox" / "Unit 1 Download.zip")
    assert found.pop("1006") != page(unit, "s1006")
    assert found == own_pages(unit)
    assert any("1000-99 - Ada Lovelace - Mar 6" in name for name in uploads.pages(done.archive))
    assert list(done.left_out.values()) == [[BY_MAIL]] and done.shared == {"s1006": ["s1007"]}


def test_a_mail_merge_has_address_name_file_and_score(unit: Unit) -> None:
    """Everybody is in the table; no name in it is a formula; the files are the pages."""
    done = hand_back(unit.root, unit.id, "mail")
    assert done.archive is not None and done.left_out == {}
    files = uploads.pages(done.archive)
    table = csv.DictReader(io.StringIO(files.pop("addresses.csv").decode(), newline=""))
    rows = {row["student_id"]: row for row in table}
    assert rows.keys() == {f"s{1000 + i}" for i in range(12)}
    for student, row in rows.items():
        assert row["address"] == f"{student}@school.edu" and row["unit"] == unit.id
        assert files.pop(row["file"]) == page(unit, student)
        assert f"{row['score']} of {row['of']} points" in page(unit, student).decode()
    assert files == {}
    assert rows["s1009"]["name"] == "'=Eve Formula"


def test_plain_has_a_folder_for_each_student(unit: Unit) -> None:
    """Under the id that nbgrader knows."""
    done = hand_back(unit.root, unit.id, "plain")
    assert done.archive is not None
    names = {f"s{1000 + i}": f"s{1000 + i}/{unit.notebook}.html" for i in range(12)}
    assert done.pages == names
    assert uploads.pages(done.archive) == {name: page(unit, s) for s, name in names.items()}


def test_a_page_has_its_own_students_name_and_work_only(unit: Unit) -> None:
    """And says which unit and attempt it is of, and when that was submitted."""
    for i, (first, last) in enumerate(PEOPLE):
        text = page(unit, f"s{1000 + i}").decode()
        group = {6, 7, 8} if i in (6, 7) else {i}
        others = {f"s{1000 + j}" for j in range(12) if j not in group}
        assert f"work of s{1006 if i == 7 else 1000 + i}" in text
        assert not any(f"{other}\n" in text or f"({other})" in text for other in others)
        assert not any(f"<b>{a} {b}" in text for a, b in PEOPLE if (a, b) != (first, last))
        assert "<script" not in text
    ada = page(unit, "s1000").decode()
    assert "<title>Feedback: A dense layer with a scale, Ada Lovelace</title>" in ada
    assert f"{unit.id}, attempt 2 of 2,\nsubmitted" in ada
    assert '<time datetime="2024-03-06T09:00:00+00:00">2024-03-06 09:00 UTC</time>' in ada
    assert "Attempt 1, 2024-03-05 10:30 UTC" in ada


def test_a_page_follows_the_students_name(unit: Unit) -> None:
    """Corrected in the gradebook, it is on the page after the next run, which changes no other."""
    with open_gradebook(load_config(unit.root)) as gradebook:
        gradebook.update_or_create_student("s1004", first_name="Wei", last_name="Wang")
    with pytest.raises(CourseError, match="older than the gradebook or the submission for s1004"):
        hand_back(unit.root, unit.id, "plain")
    marks = regrade(unit)
    assert {g.student for g in marks.graded if g.how == "updated"} == {"s1004"}
    assert "<b>Wei Wang</b> (s1004)" in page(unit, "s1004").decode()


def test_a_page_without_a_known_time_says_so(unit: Unit) -> None:
    """A file that somebody copied into submitted/ has none."""
    (unit.submitted("s1003") / "timestamp.txt").unlink()
    regrade(unit, students=("s1003",))
    text = page(unit, "s1003").decode()
    assert "attempt 1 of 1,\ntime of submission not known" in text


def test_only_changed_pages_if_asked(unit: Unit, tmp_path: Path) -> None:
    """Since the last archive of the same form; then there is nothing to write, and nothing is."""
    assert len(hand_back(unit.root, unit.id, "canvas", tmp_path / "1.zip").pages) == 10
    assert (
        hand_back(unit.root, unit.id, "canvas", tmp_path / "2.zip", only_changed=True).pages == {}
    )
    assert not (tmp_path / "2.zip").exists()
    change(unit, "s1003", 7)
    regrade(unit)
    done = hand_back(unit.root, unit.id, "canvas", tmp_path / "3.zip", only_changed=True)
    assert list(done.pages) == ["s1003"]
    assert list(uploads.pages(tmp_path / "3.zip").values()) == [page(unit, "s1003")]
    done = hand_back(unit.root, unit.id, "plain", tmp_path / "4.zip", only_changed=True)
    assert len(done.pages) == 12
    assert len(hand_back(unit.root, unit.id, "canvas", tmp_path / "5.zip").pages) == 10


def test_an_archive_that_was_not_completed_counts_for_nothing(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk leaves no archive, no part of one and no record of it."""
    before = state(unit)

    def full(self: zipfile.ZipFile, *_: object) -> None:
        if self.namelist()[5:]:
            raise OSError(28, "No space left on device")
        original(self, *_)

    original = zipfile.ZipFile.writestr
    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(CourseError, match="cannot be written: No space left on device"):
        hand_back(unit.root, unit.id, "canvas")
    assert state(unit) == before
    monkeypatch.undo()
    assert len(hand_back(unit.root, unit.id, "canvas", only_changed=True).pages) == 10


def test_a_page_that_is_older_than_the_gradebook_is_not_handed_back(unit: Unit) -> None:
    """Nor one of an earlier submission: one sentence names who, and `grade` mends it."""
    change(unit, "s1005", 9)
    with pytest.raises(CourseError, match="s1005: run `kerasgrader grade"):
        hand_back(unit.root, unit.id, "plain")
    regrade(unit)
    path = unit.submitted("s1006") / f"{unit.notebook}.ipynb"
    path.write_bytes(notebook(unit, RIGHT, "newer"))
    with pytest.raises(CourseError, match="s1006: run `kerasgrader grade"):
        hand_back(unit.root, unit.id, "plain")
    assert not list(unit.root.glob("*.zip"))
    regrade(unit)
    assert len(hand_back(unit.root, unit.id, "plain").pages) == 12


def test_a_page_follows_comments_before_it_is_handed_back(unit: Unit) -> None:
    """A sentence of comments.toml is on the pages first, and then it stops nobody."""
    comment = f'[[comment]]\nunit = "{unit.id}"\nexercise = "scaled_dense"\ntext = "See me."\n'
    (unit.root / "comments.toml").write_text(comment, "utf-8")
    with pytest.raises(CourseError, match="older than the gradebook or the submission"):
        hand_back(unit.root, unit.id, "plain")
    regrade(unit)
    wrong = [f"s{1000 + i}" for i in range(12) if i % 3 == 2]
    done = hand_back(unit.root, unit.id, "plain")
    assert done.archive is not None
    shown = [path for path, text in uploads.pages(done.archive).items() if b"See me." in text]
    assert sorted(shown) == sorted(done.pages[student] for student in wrong)


def test_one_without_a_page_stops_nobody(unit: Unit) -> None:
    """A submission that cannot be graded is named, and the status says so; the others are there."""
    (unit.submitted("s1002") / f"{unit.notebook}.ipynb").write_bytes(b"%PDF-1.7")
    regrade(unit)
    done = run(unit, "--zip", "plain")
    assert done.exit_code == 1
    assert "without a page, as they are not graded: s1002" in done.output
    archive = unit.root / f"feedback-{unit.id}-plain.zip"
    assert len(uploads.pages(archive)) == 11


def refusals() -> dict[str, tuple[list[str], str]]:
    taken = "takes no archive of pages back: use --zip mail"
    return {
        "unknown form": (["--zip", "webct"], "there is no form 'webct' of an archive: use one of"),
        "Gradescope": (["--zip", "gradescope"], f"Gradescope {taken}"),
        "Blackboard": (["--zip", "Blackboard"], f"Blackboard {taken}"),
        "no names": (["--zip", "sakai"], "no names given by Sakai are known: collect its download"),
        "a stranger": (["--zip", "plain", "--student", "zoe"], "nothing was submitted by zoe"),
        "no page": (["--zip", "plain", "--student", "s1008"], "there is no page for s1008: run"),
        "no folder": (["--zip", "plain", "--to", "/none/x.zip"], "there is no folder /none"),
        "there already": (
            ["--zip", "plain", "--to", "there.zip"],
            "there.zip exists: name another",
        ),
    }


@pytest.mark.parametrize("case", refusals())
def test_what_cannot_be_done_is_one_sentence(
    case: str, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing is written."""
    arguments, sentence = refusals()[case]
    monkeypatch.chdir(unit.root)
    (unit.root / "there.zip").write_bytes(b"mine")
    (unit.feedback("s1008") / f"{unit.notebook}.html").unlink()
    if case == "no names":
        (unit.grader_folder / "given_names.json").unlink()
    before = state(unit)
    done = run(unit, *arguments)
    assert done.exit_code == 1 and isinstance(done.exception, CourseError)
    assert sentence in str(done.exception) and "\n" not in str(done.exception)
    assert state(unit) == before


def test_nobody_has_an_address(unit: Unit) -> None:
    """Then there is nothing to merge."""
    (unit.root / "roster.csv").unlink()
    with open_gradebook(load_config(unit.root)) as gradebook:
        for student in gradebook.students:
            student.email = None
        gradebook.db.commit()
    with pytest.raises(CourseError, match="no e-mail address is known: add a column email"):
        hand_back(unit.root, unit.id, "mail")


def comment(unit: Unit, student: str, text: str) -> None:
    """Write to a student in the formgrader."""
    with open_gradebook(load_config(unit.root)) as gradebook:
        [own] = gradebook.find_submission(unit.id, student).notebooks[0].comments
        own.manual_comment = text
        gradebook.db.commit()


GROUP_PAGES = ("canvas", "ilias", "brightspace")


def test_a_groups_page_holds_nothing_that_is_one_members(unit: Unit) -> None:
    """On platforms that show it to all: no extension, comment or attempt of the one who handed in."""
    course = unit.root / "course.toml"
    course.write_text(course.read_text("utf-8") + 'due = "2024-03-05 09:00"\n', "utf-8")
    extend(unit.root, unit.id, ["s1006"], until="2024-03-06 09:00")
    store(unit, "s1006", notebook(unit, WRONG, "too early"), datetime(2024, 3, 4, tzinfo=UTC), ())
    comment(unit, "s1006", "Read page 7.")
    comment(unit, "s1007", "Come and see me.")
    regrade(load_course(unit.root).unit(unit.id))
    own = page(unit, "s1006").decode()
    private = ("Your own deadline", "Read page 7.", "Attempt 1, 2024-03-04", "attempt 2 of 2")
    assert [text for text in private if text not in own] == []
    for form in GROUP_PAGES:
        done = hand_back(unit.root, unit.id, form, students=["s1006"])
        assert done.archive is not None
        [content] = uploads.pages(done.archive).values()
        shown = content.decode()
        others = (*private, "Come and see me.", "late.")
        assert [text for text in others if text in shown] == []
        for text in ("(s1006)", "(s1007)", "work of s1006", "attempt 1 of 1", "Due: 2024-03-05"):
            assert text in shown
    assert page(unit, "s1006").decode() == own
    comment(unit, "s1007", "Read page 7.")  # which is now the group's
    regrade(load_course(unit.root).unit(unit.id))
    done = hand_back(unit.root, unit.id, "canvas", unit.root / "again.zip", ["s1007"])
    assert done.archive is not None
    [content] = uploads.pages(done.archive).values()
    assert "Read page 7." in content.decode()


def test_no_page_fits_a_group_whose_points_differ(unit: Unit) -> None:
    """A person gave one of them others: both are named, for mail; who handed in alone has a page."""
    change(unit, "s1007", 9)
    regrade(unit)
    for form in GROUP_PAGES:
        done = hand_back(unit.root, unit.id, form)
        assert not done.pages.keys() & {"s1006", "s1007"} and "s1008" in done.pages
        unclear = "in one group, and it is not clear whose page fits all: use --zip mail"
        assert done.left_out[unclear] == ["s1006", "s1007"] and done.shared == {}


def test_on_moodle_a_page_is_for_one_participant(unit: Unit) -> None:
    """Who only shares the submission of that participant is named, and gets it by mail."""
    share(unit, "Moodle", "s1003", "s1000")
    done = hand_back(unit.root, unit.id, "moodle")
    assert "s1003" in done.pages and "s1000" not in done.pages and done.shared == {}
    assert done.left_out["not submitted there, as far as is known: use --zip mail"] == [
        "s1000",
        "s1001",
        "s1002",
        "s1006",
        "s1007",
        BY_MAIL,
    ]


def share(unit: Unit, layout: str, owner: str, other: str) -> None:
    """Have a student's submission on a platform be another's, too."""
    path = unit.grader_folder / "given_names.json"
    names = json.loads(path.read_text("utf-8"))
    names[other][layout] = names[owner][layout]
    path.write_text(json.dumps(names))


def test_names_are_remembered_for_every_platform_and_the_newest_counts(unit: Unit) -> None:
    """In whatever order archives are collected; a dry run remembers nothing."""
    handed = handed_in(unit)
    [first, *_] = handed
    old = platforms.canvas(unit.root / "inbox" / "old.zip", [first])
    before = given_names(unit, "Canvas")
    roster = unit.root / "roster.csv"
    collect(unit.root, unit.id, [old], roster)
    assert given_names(unit, "Canvas") == before
    assert before["s1000"].names[-1] == "lovelaceada_LATE_1000_91009_again-1.ipynb"
    assert given_names(unit, "Moodle")["s1000"].keys == ("71000",)
    newer = Handed("Ada", "Lovelace", 1000, b"%PDF", "paper-2.pdf", LATER, attempt=2)
    later = platforms.canvas(unit.root / "inbox" / "later.zip", [newer])
    collect(unit.root, unit.id, [later], roster, dry_run=True)
    assert given_names(unit, "Canvas") == before
    collect(unit.root, unit.id, [later], roster)
    assert given_names(unit, "Canvas")["s1000"].names[-1].endswith("_paper-2.pdf")


def test_the_command_says_what_it_wrote_and_where_to_upload_it(unit: Unit) -> None:
    """Status 1 as long as somebody has to get the page in another way."""
    done = run(unit, "--zip", "canvas")
    assert done.exit_code == 1
    assert f"feedback-{unit.id}-canvas.zip: 10 pages" in done.output
    assert "a group, which is shown one page: s1006, s1007" in done.output
    assert "Re-Upload Submissions" in done.output
    assert f"not submitted there, as far as is known: use --zip mail: {BY_MAIL}" in done.output
    again = run(unit, "--zip", "canvas", "--changed", "--to", str(unit.root / "more.zip"))
    assert "no page has changed since the last archive" in again.output
    assert run(unit, "--zip", "plain").exit_code == 0


def test_the_help_names_every_form() -> None:
    """The command line's own text is typed: it is complete."""
    text = CliRunner().invoke(commands, ["feedback", "--help"]).output
    assert [form for form in FORMS if form not in text] == []


def test_the_record_is_of_contents(unit: Unit) -> None:
    """A page that was written anew, as it was, has not changed."""
    hand_back(unit.root, unit.id, "plain")
    record = json.loads((unit.grader_folder / "handed_back.json").read_text("utf-8"))
    assert record["plain"]["s1000"] == hashlib.sha256(page(unit, "s1000")).hexdigest()
    assert handing_back.ADDRESSES not in record
    regrade(unit, students=("s1000",), force=True)
    done = hand_back(unit.root, unit.id, "plain", unit.root / "x.zip", only_changed=True)
    assert done.pages == {}
