"""Exports: the formats of Canvas and Moodle, and numbers that are the gradebook's."""

from __future__ import annotations

import csv
import io
import logging
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from kerasgrader.cli import commands
from kerasgrader.export import (
    EXPORTERS,
    BlackboardExport,
    BrightspaceExport,
    CanvasExport,
    ExerciseExport,
    MoodleExport,
)
from kerasgrader.export.base import Export
from kerasgrader.marking import gradebook as scores
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from kerasgrader.report.spreadsheet import csv_text, number
from tests.support.course_folder import ROOT

ONE, TWO = "unit1-residual-networks", "unit3-resnet-v1"
ROSTER = """\
student_id,First name,Last name,ID number,Email address,Canvas ID,SIS User ID,Section
ada,Ada,"Lovelace, Countess",1001,ada@example.edu,501,u-ada,"Monday, 10"
bob,Bob,"O""Neill",1002,bob@example.edu,502,u-bob,Tuesday
eve,=HYPERLINK(1),Eve,1003,eve@example.edu,503,@u-eve,Tuesday
zoe,Zoë,Never,1004,zoe@example.edu,504,u-zoe,Tuesday
"""
WORTH = {ONE: {"test_b": 30.0, "test_a": 70.0}, TWO: {"test_c": 120.0}}


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with a gradebook made through nbgrader's API, and a roster."""
    folder = tmp_path_factory.mktemp("master")
    for name in ("course.toml", "nbgrader_config.py"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "roster.csv").write_text(ROSTER, "utf-8")
    with open_gradebook(load_config(folder)) as gradebook, warnings.catch_warnings():
        # nbgrader's own, about objects that it adds to the session a moment later.
        warnings.simplefilter("ignore", SAWarning)
        fill(gradebook)
    return folder


@pytest.fixture
def root(master: Path, tmp_path: Path) -> Path:
    """The course, for one test."""
    return shutil.copytree(master, tmp_path / "course")


def fill(gradebook: Gradebook) -> None:
    """Four who submitted: one late, one graded by hand, one ungraded, one not on the roster."""
    for unit, tests in WORTH.items():
        gradebook.add_assignment(unit, duedate=datetime(2026, 3, 1))
        gradebook.add_notebook("notebook", unit)
        for test, points in tests.items():
            gradebook.add_grade_cell(test, "notebook", unit, max_score=points, cell_type="code")
    for student in ("ada", "bob", "eve", "not-listed"):
        gradebook.add_student(student, email=f"{student}@students.example")
    submit(gradebook, ONE, "ada", {"test_a": 70, "test_b": 12.5}, penalty=7.25)
    submit(gradebook, ONE, "bob", {"test_a": 3, "test_b": 0}, penalty=50)
    submit(gradebook, ONE, "eve", {"test_a": 70, "test_b": None})
    submit(gradebook, ONE, "not-listed", {"test_a": 1 / 3, "test_b": 30})
    submit(gradebook, TWO, "ada", {"test_c": 119.5})
    with_hand = gradebook.find_grade("test_c", "notebook", TWO, "ada")
    with_hand.manual_score, with_hand.extra_credit = 100.0, 2.5
    gradebook.db.commit()


def submit(
    gradebook: Gradebook,
    unit: str,
    student: str,
    points: dict[str, float | None],
    penalty: float = 0,
) -> None:
    time = datetime(2026, 3, 2, 9, 30, tzinfo=UTC).replace(tzinfo=None)
    submission = gradebook.add_submission(unit, student, timestamp=time)
    submission.notebooks[0].late_submission_penalty = penalty
    for test, score in points.items():
        grade = gradebook.find_grade(test, "notebook", unit, student)
        grade.auto_score, grade.needs_manual_grade = score, score is None
    gradebook.db.commit()


def export(root: Path, exporter: type[Export], **settings: object) -> list[list[str]]:
    """The rows that an exporter writes, read as a spreadsheet or a platform reads them."""
    config = load_config(root)
    config[exporter.__name__] = Config(settings)
    path = root / "out.csv"
    plugin = exporter(config=config)
    plugin.to = plugin.to or str(path)
    with open_gradebook(config) as gradebook:
        plugin.export(gradebook)
    return list(csv.reader(io.StringIO(path.read_text("utf-8"), newline=""), strict=True))


def by(rows: list[list[str]], key: str) -> dict[str, dict[str, str]]:
    return {row[rows[0].index(key)]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What an exporter says: nbgrader's log goes to the root logger in a test."""
    logger = logging.getLogger("traitlets")
    before = logger.propagate
    logger.propagate = True
    with caplog.at_level(logging.INFO, "traitlets"):
        yield caplog
    logger.propagate = before


def test_canvas_gets_its_columns(root: Path) -> None:
    """The five that its importer looks for, in its order, then an assignment each, then points possible."""
    rows = export(root, CanvasExport, columns={TWO: "ResNet v1 (98765)"})
    known = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert rows[0] == [*known, "Residual Networks", "ResNet v1 (98765)"]
    assert rows[1] == ["    Points Possible", "", "", "", "", "100", "120"]
    assert len({len(row) for row in rows}) == 1


def test_canvas_finds_students_by_the_rosters_ids(root: Path) -> None:
    """Names with commas and quotes survive; nobody is left out."""
    found = by(export(root, CanvasExport), "ID")
    assert found["501"]["Student"] == "Lovelace, Countess, Ada"
    assert found["502"]["Student"] == 'O"Neill, Bob'
    assert found["501"]["SIS User ID"] == "u-ada" and found["501"]["Section"] == "Monday, 10"
    assert set(found) == {"", "501", "502", "503", "504"}


def test_canvas_takes_its_own_export_as_roster(root: Path) -> None:
    """There "ID" is Canvas's number and "SIS Login ID" is nbgrader's; points possible are no student."""
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section,Old (1)\n    Points Possible,,,,,10\n"
        '"Lovelace, Ada",501,u-ada,ada,M,3\n'
    )
    (root / "roster.csv").write_text(text, "utf-8")
    row = by(export(root, CanvasExport), "SIS Login ID")["ada"]
    assert (row["Student"], row["ID"], row["SIS User ID"]) == ("Lovelace, Ada", "501", "u-ada")


def test_moodle_gets_its_columns(root: Path) -> None:
    """What its importer maps: names, ID number, e-mail address, and grade items by name."""
    rows = export(root, MoodleExport)
    names = ["First name", "Last name", "ID number", "Email address"]
    assert rows[0] == [*names, "Residual Networks", "ResNet v1 for CIFAR-10"]
    row = by(rows, "ID number")["1002"]
    assert list(row.values())[:4] == ["Bob", 'O"Neill', "1002", "bob@example.edu"]


def test_moodle_is_told_what_it_will_refuse(root: Path, said: pytest.LogCaptureFixture) -> None:
    """More than a hundred points, and rows without a key."""
    (root / "roster.csv").unlink()
    with open_gradebook(load_config(root)) as gradebook:
        gradebook.find_student("bob").email = None
        gradebook.db.commit()
    export(root, MoodleExport)
    assert f"worth more than Moodle's 100 points: {TWO}" in said.text
    assert "Moodle skips the row: bob" in said.text


@pytest.mark.parametrize("exporter", [CanvasExport, MoodleExport])
def test_late_penalties_are_taken_off_and_never_below_zero(
    exporter: type[Export], root: Path
) -> None:
    """82.5 less 7.25, and 3 less 50."""
    key, ada, bob = (
        ("ID", "501", "502") if exporter is CanvasExport else ("ID number", "1001", "1002")
    )
    found = by(export(root, exporter), key)
    assert found[ada]["Residual Networks"] == "75.25"
    assert found[bob]["Residual Networks"] == "0"


@pytest.mark.parametrize("exporter", [CanvasExport, MoodleExport])
def test_no_marks_are_no_zero(exporter: type[Export], root: Path) -> None:
    """An empty cell for who is not graded or submitted nothing; zeros for the latter only on request."""
    key, eve, zoe = (
        ("ID", "503", "504") if exporter is CanvasExport else ("ID number", "1003", "1004")
    )
    found = by(export(root, exporter), key)
    assert found[eve]["Residual Networks"] == found[zoe]["Residual Networks"] == ""
    found = by(export(root, exporter, missing_is_zero=True), key)
    assert (found[eve]["Residual Networks"], found[zoe]["Residual Networks"]) == ("", "0")


def test_who_is_not_on_the_roster_is_named(root: Path, said: pytest.LogCaptureFixture) -> None:
    """And is in the file all the same, with what nbgrader knows."""
    rows = export(root, CanvasExport)
    assert "not in roster.csv, so only what nbgrader knows is written: not-listed" in said.text
    assert "submitted, but without marks, so the cell is empty: eve" in said.text
    assert by(rows, "Student")["not-listed"]["Residual Networks"] == "30.3333"


def test_no_cell_is_a_formula(root: Path, said: pytest.LogCaptureFixture) -> None:
    """A name and an id that a spreadsheet would compute are text, and are named."""
    for exporter in (CanvasExport, MoodleExport, ExerciseExport):
        for row in export(root, exporter):
            assert not any(cell.lstrip().startswith(tuple("=+-@")) for cell in row)
    assert "these begin like formulas, so an apostrophe is put in front: =HYPER" in said.text
    assert "@u-eve" in said.text


@pytest.mark.parametrize("exporter", [CanvasExport, MoodleExport, ExerciseExport])
def test_the_numbers_are_those_of_nbgraders_own_exporter(
    exporter: type[Export], root: Path
) -> None:
    """For every assignment of every student who has marks, to four digits."""
    config = load_config(root)
    own = CsvExportPlugin(config=config)
    own.to = str(root / "nbgrader.csv")
    with open_gradebook(config) as gradebook:
        own.export(gradebook)
        people = scores.people(gradebook)
    with open(own.to, newline="") as file:
        theirs = {
            (r["student_id"], r["assignment"]): float(r["score"]) for r in csv.DictReader(file)
        }
    assert theirs["ada", TWO] == 102.5
    ungraded = ("eve", ONE)
    wanted = {key: number(score) for key, score in theirs.items() if key != ungraded}
    rows = export(root, exporter, missing_is_zero=True)
    if exporter is ExerciseExport:
        table = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
        ours = {(row["student_id"], row["assignment"]): row["assignment_score"] for row in table}
    else:
        found = by(rows, "ID" if exporter is CanvasExport else "ID number")
        key = {"ada": "1", "bob": "2", "eve": "3", "not-listed": ""}
        start = "50" if exporter is CanvasExport else "100"
        titles = {ONE: "Residual Networks", TWO: "ResNet v1 for CIFAR-10"}
        ours = {
            (s, u): found[f"{start}{key[s]}" if key[s] else ""][titles[u]]
            for s in people
            for u in titles
        }
    assert {key: ours[key] for key in wanted} == wanted


def test_exercises_sum_up_to_the_score(root: Path) -> None:
    """Points of the exercises, less the penalty, are the score; who gave them is said."""
    rows = export(root, ExerciseExport)
    table = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    ada = [row for row in table if row["student_id"] == "ada" and row["assignment"] == ONE]
    assert [(row["exercise"], row["score"]) for row in ada] == [
        ("test_a", "70"),
        ("test_b", "12.5"),
    ]
    whole = ("assignment_raw_score", "late_submission_penalty", "assignment_score")
    assert [[row[name] for name in whole] for row in ada] == 2 * [["82.5", "7.25", "75.25"]]
    assert ada[0]["timestamp"] == "2026-03-02 09:30 UTC"
    by_whom = {(row["student_id"], row["exercise"]): row["graded_by"] for row in table}
    assert by_whom["ada", "test_c"] == "a person" and by_whom["ada", "test_a"] == "the judge"
    assert by_whom["eve", "test_b"] == "nobody yet"
    assert by_whom["zoe", "test_a"] == "nothing submitted"


def test_only_who_and_what_is_asked_for(root: Path) -> None:
    """`--student` and `--assignment` mean what they mean to nbgrader."""
    rows = export(root, CanvasExport, student=["ada"], assignment=[TWO])
    assert rows[0][5:] == ["ResNet v1 for CIFAR-10"]
    assert [row[1] for row in rows[2:]] == ["501"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"roster": "other.csv"}, "there is no roster"),
        ({"assignment": ["unit9"]}, "the gradebook has no assignment unit9"),
    ],
)
def test_what_is_not_there_is_a_sentence(
    settings: dict[str, object], sentence: str, root: Path, said: pytest.LogCaptureFixture
) -> None:
    """And nothing is written."""
    with pytest.raises(SystemExit) as stopped:
        export(root, CanvasExport, **settings)
    assert stopped.value.code == 2
    assert sentence in said.text and not (root / "out.csv").exists()


PLATFORMS = [CanvasExport, MoodleExport, BrightspaceExport, BlackboardExport]
WAITING = "unit2-block-zoo"


def waiting(root: Path) -> None:
    """Another unit, submitted by two and graded for none."""
    with open_gradebook(load_config(root)) as gradebook, warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        gradebook.add_assignment(WAITING)
        gradebook.add_notebook("notebook", WAITING)
        gradebook.add_grade_cell("test_d", "notebook", WAITING, max_score=9, cell_type="code")
        for student in ("ada", "eve"):
            submit(gradebook, WAITING, student, {"test_d": None})


@pytest.mark.parametrize("exporter", PLATFORMS)
@pytest.mark.parametrize("missing_is_zero", [False, True])
def test_a_unit_that_nobody_is_graded_in_has_no_column(
    exporter: type[Export], missing_is_zero: bool, root: Path, said: pytest.LogCaptureFixture
) -> None:
    """It is named; a unit of which one submission is graded has its column, and no zero for others."""
    wide = len(export(root, exporter, missing_is_zero=missing_is_zero)[0])
    waiting(root)
    rows = export(root, exporter, missing_is_zero=missing_is_zero)
    assert len(rows[0]) == wide and not any("Zoo" in cell for cell in rows[0])
    assert f"nobody is graded, so it has no column: {WAITING}" in said.text


@pytest.mark.parametrize("exporter", PLATFORMS)
def test_asking_for_a_unit_that_nobody_is_graded_in_is_a_sentence(
    exporter: type[Export], root: Path, said: pytest.LogCaptureFixture
) -> None:
    """And nothing is written: no column of zeros, no empty file."""
    waiting(root)
    with pytest.raises(SystemExit) as stopped:
        export(root, exporter, assignment=[ONE, WAITING])
    assert stopped.value.code == 2 and not (root / "out.csv").exists()
    assert f"nobody is graded in {WAITING}, so there is nothing to export: run" in said.text


def test_brightspace_gets_its_columns(root: Path, said: pytest.LogCaptureFixture) -> None:
    """OrgDefinedId first, as its own export has it, items by title, and the end of the line."""
    text = "OrgDefinedId,Username,First Name,Last Name\n#1,ada,Ada,L\n#2,bob,Bob,O\n,,Eve,E\n"
    (root / "roster.csv").write_text(text, "utf-8")
    rows = export(root, BrightspaceExport)
    items = [f"{title} Points Grade" for title in ("Residual Networks", "ResNet v1 for CIFAR-10")]
    assert rows[0] == ["OrgDefinedId", "Username", *items, "End-of-Line Indicator"]
    assert by(rows, "Username")["ada"]["OrgDefinedId"] == "#1"
    assert by(rows, "Username")["ada"][items[0]] == "75.25"
    assert {row[-1] for row in rows[1:]} == {"#"}
    assert "without OrgDefinedId and Username, so Brightspace skips the row: eve, not-" in said.text


def test_blackboard_gets_its_columns(root: Path, said: pytest.LogCaptureFixture) -> None:
    """People by Username, columns by the number in their heading; one without a number is named."""
    text = "Last Name,First Name,Username\nLovelace,Ada,ada\nO'Neill,Bob,bob\n"
    (root / "roster.csv").write_text(text, "utf-8")
    heading = "Blocks [Total Pts: 100 Score] |4711"
    rows = export(root, BlackboardExport, columns={ONE: heading})
    assert rows[0] == ["Last Name", "First Name", "Username", heading, "ResNet v1 for CIFAR-10"]
    assert by(rows, "Username")["ada"][heading] == "75.25"
    assert "Blackboard adds a column of text: ResNet v1 for CIFAR-10" in said.text
    assert "without Username, so Blackboard skips the row: eve, not-listed" in said.text


def run(root: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(commands, ["export", *arguments, "--root", str(root)])
    return done.exit_code, done.output + str(done.exception or "")


@pytest.mark.parametrize("form", EXPORTERS)
def test_the_command_exports_what_nbgrader_would(
    form: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Limited to units, with the settings of nbgrader_config.py; warnings are shown."""
    monkeypatch.chdir(root)
    code, output = run(root, form, ONE, "--to", "by-command.csv")
    assert code == 0, output
    assert "Marks are written to by-command.csv" in output and "not-listed" in output
    export(root, EXPORTERS[form], assignment=[ONE])
    assert (root / "by-command.csv").read_bytes() == (root / "out.csv").read_bytes()


def test_a_wrong_command_is_a_sentence_and_writes_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown platform, an unknown unit, a folder that is not there."""
    monkeypatch.chdir(root)
    before = sorted(root.rglob("*.csv"))
    for arguments, sentence in (
        (["webct"], "there is no export for 'webct': use one of canvas, moodle"),
        (["canvas", "unit9"], "the gradebook has no assignment unit9"),
        (["canvas", "--to", "none/x.csv"], "there is no folder none"),
    ):
        code, output = run(root, *arguments)
        assert code != 0 and sentence in output
    assert sorted(root.rglob("*.csv")) == before


@pytest.mark.slow
def test_nbgrader_finds_the_exporters(root: Path) -> None:
    """As it is documented: `nbgrader export --exporter=...`, with settings in nbgrader_config.py."""
    with (root / "nbgrader_config.py").open("a") as file:
        file.write(f'\nc.CanvasExport.columns = {{"{ONE}": "Blocks (77)"}}\n')
    nbgrader = Path(sys.executable).parent / "nbgrader"
    command = [
        nbgrader,
        "export",
        "--exporter=kerasgrader.export.CanvasExport",
        "--to=canvas.csv",
    ]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = list(csv.reader(io.StringIO((root / "canvas.csv").read_text("utf-8"), newline="")))
    assert rows[0][5] == "Blocks (77)" and by(rows, "ID")["501"]["Blocks (77)"] == "75.25"
    assert "not-listed" in done.stderr


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (1 / 3, "0.3333"),
        (-0.00001, "0"),
        (-1.5, "-1.5"),
        (100.0, "100"),
        ("-1.5", "'-1.5"),
        (" =1", "' =1"),
        ("＝1", "'＝1"),
        ("a,b", '"a,b"'),
        ('a"b', '"a""b"'),
        ("a\nb", '"a\nb"'),
        ("\t=1\x00", "'=1"),
        ("a=b", "a=b"),
    ],
)
def test_cells(value: str | float | None, cell: str) -> None:
    """Quoted where it must be; a number is a number, and a text is never a formula."""
    assert csv_text([[value, 1]]) == f"{cell},1\r\n"
