"""Collecting: nothing that was submitted is lost, whatever form it has, and nothing else is touched."""

from __future__ import annotations

import copy
import io
import json
import os
import shutil
import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import nbformat
import pytest
from click.testing import CliRunner
from nbformat import NotebookNode
from rich.console import Console
from rich.text import Text

from kerascheck.feedback.progress_file import remember
from kerascheck.judge.verdict import PASSED, Verdict
from kerasgrader.cli import commands
from kerasgrader.course.class_list import names_on_roster
from kerasgrader.course.course import Unit, load_course
from kerasgrader.errors import CourseError, SubmissionError
from kerasgrader.export.identities import identities
from kerasgrader.grading.run import grade
from kerasgrader.intake.clues import clue_of
from kerasgrader.intake.collecting import collect
from kerasgrader.intake.receipt import Receipt, Row, table
from kerasgrader.intake.roster import letters_of, read_roster, safe_id
from kerasgrader.intake.unpacking import Opened, Opening
from kerasgrader.marking.attempts import attempts_of
from kerasgrader.marking.gradebook import people
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from kerasgrader.repair.timestamps import timestamp_of
from tests.students import damage, platforms
from tests.students.platforms import Handed
from tests.students.submissions import reference_cells, with_answers
from tests.support.course_folder import UNIT


@pytest.fixture(scope="module")
def made(new_course: Callable[..., Unit], tmp_path_factory: pytest.TempPathFactory) -> Unit:
    return new_course(tmp_path_factory.mktemp("made"))


@pytest.fixture
def unit(made: Unit, tmp_path: Path) -> Unit:
    shutil.copytree(made.root, tmp_path / "course")
    return load_course(tmp_path / "course").unit(UNIT)


@pytest.fixture(scope="module")
def answered(made: Unit) -> NotebookNode:
    source = nbformat.read(made.source_file, as_version=4)
    release = nbformat.read(made.release_file, as_version=4)
    return with_answers(release, reference_cells(source), ())


@pytest.fixture(scope="module")
def data(answered: NotebookNode) -> bytes:
    return json.dumps(answered).encode()


def variant(answered: NotebookNode, remark: str) -> bytes:
    """A right answer that is not like another."""
    notebook = copy.deepcopy(answered)
    notebook.cells[0].source += f"\n\n{remark}"
    return json.dumps(notebook).encode()


def in_submitted(unit: Unit) -> dict[str, bytes]:
    """The notebooks in submitted/, by student."""
    files = (unit.root / "submitted").glob(f"*/{unit.id}/{unit.notebook}.ipynb")
    return {path.parent.parent.name: path.read_bytes() for path in files}


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file, with its contents and when it was written."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def outcomes(report: Receipt) -> dict[str, str]:
    return {row.file: row.outcome for row in report.rows}


def only(report: Receipt) -> Row:
    assert len(report.rows) == 1
    return report.rows[0]


def one(folder: Path, name: str, data: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return folder / name


Layout = Callable[[Path, list[Handed]], Path]
LAYOUTS: dict[str, Layout] = {
    "canvas": lambda folder, handed: platforms.canvas(folder / "submissions.zip", handed),
    "moodle": lambda folder, handed: platforms.moodle(folder / "download.zip", handed),
    "gradescope": lambda folder, handed: platforms.gradescope(folder / "export.zip", handed),
    "classroom": lambda folder, handed: platforms.classroom(folder / "Unit 1", handed),
    "exchange": lambda folder, handed: platforms.exchange(folder / "inbound", UNIT, handed),
    "e-mail": lambda folder, handed: platforms.emails(folder / "mail", handed),
}
TIMELESS = ("classroom",)
ZONELESS = ("canvas", "moodle")  # their archives have times without a zone


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_platform_is_understood(
    layout: str, unit: Unit, answered: NotebookNode, tmp_path: Path
) -> None:
    """Each notebook gets to its student by the roster, byte for byte, with the time it was submitted."""
    notebooks = [variant(answered, str(number)) for number in range(110)]
    handed = platforms.a_class(110, notebooks)
    roster = platforms.roster_csv(tmp_path / "roster.csv", handed)
    report = collect(unit.root, unit.id, [LAYOUTS[layout](tmp_path, handed)], roster)
    assert report.refused == () and report.missing == ()
    assert in_submitted(unit) == {item.id: item.data for item in handed}
    times = {p.read_text() for p in (unit.root / "submitted").glob("*/*/timestamp.txt")}
    written = "2024-03-05 10:30:00" if layout in ZONELESS else "2024-03-05 10:30:00.000000 UTC"
    assert times == (set() if layout in TIMELESS else {f"{written}\n"})
    assert report.zoneless == (layout in ZONELESS)


@pytest.mark.parametrize("layout", [platforms.canvas, platforms.moodle], ids=lambda f: f.__name__)
def test_a_class_collected_twice_changes_nothing(
    layout: Callable, unit: Unit, answered: NotebookNode, data: bytes, tmp_path: Path
) -> None:
    """Half of it damaged in every way; neither a byte nor a time in the course changes the second time."""
    broken = [damage.damaged(answered, [kind], Random(kind))[0] for kind in damage.kinds()]
    size = 2 * len(broken)
    handed = platforms.a_class(size, (notebook for torn in broken for notebook in (torn, data)))
    roster = platforms.roster_csv(tmp_path / "roster.csv", handed)
    path = layout(tmp_path / "bulk.zip", handed)
    report = collect(unit.root, unit.id, [path], roster)
    assert report.counts.keys() == {"taken", "repaired"} and sum(report.counts.values()) == size
    before = tree(unit.root / "submitted")
    report = collect(unit.root, unit.id, [path], roster)
    assert report.counts == {"unchanged": size}
    assert tree(unit.root / "submitted") == before


def test_a_dry_run_writes_nothing(unit: Unit, data: bytes, tmp_path: Path) -> None:
    """And says what would be done."""
    before = tree(unit.root)
    path = platforms.moodle(tmp_path / "m.zip", [Handed("Ada", "Doe", 1, data)])
    report = collect(unit.root, unit.id, [path], dry_run=True)
    assert only(report).outcome == "taken" and report.dry_run
    assert tree(unit.root) == before


NOT_TAKEN = {
    "404.ipynb": (
        b"<!DOCTYPE html><html>404 Not Found</html>",
        "a web page, saved under this name",
    ),
    "homework.pdf": (b"%PDF-1.7 ...", "it is a PDF"),
    "homework.ipynb": (b"%PDF-1.7 ...", "it is a PDF"),
    "Screenshot.png": (b"\x89PNG\r\n\x1a\n....", "it is an image"),
    "model.h5": (b"\x89HDF\r\n\x1a\n", "it is an HDF5 file"),
    "empty.ipynb": (b"", "is empty"),
    "homework.py": (b"import keras\n", "the .ipynb file needs to be submitted"),
    "script.ipynb": (b"import keras\n", "a Python script"),
    "work.docx": (b"PK\x03\x04....", "an office document"),
    "merge.ipynb": (b'{\n<<<<<<< HEAD\n "cells": [\n', "Git has left conflict markers"),
    "other.ipynb": (b'{"cells": [{"cell_type": "code", "source": "1"}]}', "has no exercise and no"),
    "list.ipynb": (b"[1, 2]", "it has no cells"),
    "broken.zip": (b"PK\x03\x04 and no more", "a damaged archive"),
}


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_what_is_no_notebook_of_the_unit_gets_its_own_sentence(
    name: str, unit: Unit, tmp_path: Path
) -> None:
    """It is refused, nothing is written for it, and the status says so."""
    content, sentence = NOT_TAKEN[name]
    path = one(tmp_path / "in", f"doejane_12_34_{name}", content)
    report = collect(unit.root, unit.id, [path])
    row = only(report)
    assert row.outcome == "refused" and row.student == "doejane-12"
    assert sentence in row.details[0] and "\n" not in row.details[0]
    assert in_submitted(unit) == {}
    command = ["collect", unit.id, str(path), "--root", str(unit.root)]
    assert CliRunner().invoke(commands, command).exit_code == 1


def test_the_release_untouched_is_taken_and_said_to_be(unit: Unit, tmp_path: Path) -> None:
    """It is no loss to have it, and the sentence says that nothing is answered."""
    path = one(tmp_path / "in", "doejane_12_34_x.ipynb", unit.release_file.read_bytes())
    row = only(collect(unit.root, unit.id, [path]))
    assert row.outcome == "taken" and "no exercise is answered" in row.details[0]


def another_unit(unit: Unit) -> bytes:
    """A second unit of the course in `unit.root`, and its notebook as released."""
    source = nbformat.read(unit.source_file, as_version=4)
    for cell in source.cells:
        cell.source = cell.source.replace("identity_block", "plain_block")
        cell.source = cell.source.replace("ResNet50", "PlainNet")
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id not in (None, "imports", "convolutional_block", "test_convolutional_block"):
            cell.metadata.nbgrader.grade_id = f"plain_{grade_id}"
    folder = unit.root / "source" / "unit9"
    folder.mkdir()
    nbformat.write(source, folder / "plain.ipynb")
    with (unit.root / "course.toml").open("a") as file:
        file.write(
            '\n[[unit]]\nid = "unit9"\nlesson = "x.py"\nnotebook = "plain"\n'
            'title = "Plain networks"\nminutes = 1\ndataset = "signs"\n'
        )
    return json.dumps(source).encode()


def test_the_notebook_of_another_unit_is_named(unit: Unit, data: bytes, tmp_path: Path) -> None:
    """By its contents, though half of its cells have the names of this unit's, and its file too."""
    other = another_unit(unit)
    path = one(tmp_path / "in", "doejane_12_34_residual_networks.ipynb", other)
    row = only(collect(unit.root, unit.id, [path]))
    assert row.outcome == "refused" and "another unit, 'Plain networks' (unit9)" in row.details[0]
    assert only(collect(unit.root, "unit9", [path])).outcome == "taken"
    mine = one(tmp_path / "in2", "doejane_12_34_plain.ipynb", data)
    assert only(collect(unit.root, unit.id, [mine])).outcome == "taken"


def test_a_unit_is_known_without_metadata(
    unit: Unit, answered: NotebookNode, tmp_path: Path
) -> None:
    """The exercises alone tell it."""
    another_unit(unit)
    stripped, _ = damage.damaged(answered, ["metadata_stripped"], Random(0))
    path = one(tmp_path / "in", "doejane_12_34_x.ipynb", stripped)
    row = only(collect(unit.root, unit.id, [path]))
    assert row.outcome == "repaired" and row.details


ANOTHER_COURSE = {
    "a variable of that name": "ResNet50 = load()",
    "a function of that name": "def identity_block(x):\n    return x",
    "the name in broken code": "def ResNet50(:\n    pass",
}


@pytest.mark.parametrize("what", ANOTHER_COURSE)
def test_a_notebook_of_another_course_is_told_by_more_than_a_name(
    what: str, unit: Unit, tmp_path: Path
) -> None:
    """One name in common does not make it this course's, and the sentence says which one."""
    cells = [{"cell_type": "code", "source": text} for text in ("x = 1", ANOTHER_COURSE[what])]
    path = one(tmp_path / "in", "doejane_12_34_x.ipynb", json.dumps({"cells": cells}).encode())
    row = only(collect(unit.root, unit.id, [path]))
    assert row.outcome == "refused" and "of another course" in row.details[0]


def test_one_exercise_alone_is_enough(unit: Unit, tmp_path: Path) -> None:
    """A function with the name and the parameters of an exercise, and nothing else of the notebook."""
    code = "def identity_block(X: object, f, filters,\n  stage=2, *, block='a'):\n    return X"
    cells = [{"cell_type": "code", "source": code}]
    path = one(tmp_path / "in", "doejane_12_34_x.ipynb", json.dumps({"cells": cells}).encode())
    assert only(collect(unit.root, unit.id, [path])).outcome == "repaired"


def test_repairs_that_most_have_are_reported_once(
    unit: Unit, answered: NotebookNode, tmp_path: Path
) -> None:
    """One line for the class; what only one has stays in that student's row."""
    handed = []
    for i, person in enumerate(platforms.a_class(6, [b""] * 6)):
        notebook = copy.deepcopy(answered)
        notebook.cells[0].source += str(i)
        torn = damage.damaged(notebook, ["metadata_stripped"], Random(0))[0]
        handed.append(replace(person, data=torn if i else json.dumps(notebook).encode()))
    report = collect(unit.root, unit.id, [platforms.moodle(tmp_path / "m.zip", handed)])
    lines = [line for line in table(report) if isinstance(line, Text)]
    assert report.common and set(report.common.values()) == {5}
    for detail in report.common:
        assert sum(detail in line.plain for line in lines) == 1
        assert f"5 of 6: {detail}" in [line.plain for line in lines]
    console = Console(width=300, record=True, file=io.StringIO())
    for line in table(report):
        console.print(line)
    text = console.export_text()
    assert all(text.count(detail) == 1 for detail in report.common)


def test_other_files_in_submitted_are_named(unit: Unit, data: bytes, tmp_path: Path) -> None:
    """A PDF where the notebook should be, and a file in no student's folder; each until it is mended."""
    one(unit.submitted("bo"), "work.pdf", b"%PDF")
    one(unit.submitted("bo"), "timestamp.txt", b"2024-03-05 10:30:00 UTC")
    one(unit.root / "submitted", "class.zip", b"PK")
    path = platforms.sakai(tmp_path / "s.zip", [Handed("Ada", "Doe", 1, data)])
    report = collect(unit.root, unit.id, [path])
    assert [line.split(":")[0] for line in report.unread] == [
        "submitted/class.zip is in no student's folder",
        "bo has no residual_networks.ipynb in submitted/, but work.pdf",
    ]
    assert any("work.pdf" in line.plain for line in table(report) if isinstance(line, Text))
    (unit.submitted("s1")).rename(tmp_path / "away")
    shutil.rmtree(unit.submitted("bo"))
    with pytest.raises(CourseError, match=r"class\.zip is in no student's folder: collect it"):
        grade(unit.root, unit.id)


def attempts(answered: NotebookNode) -> list[Handed]:
    """One student's: the newest with answers is "third"; later ones cannot be read or are empty."""

    def at(hour: int, content: bytes) -> Handed:
        return Handed("Ada", "Doe", 1, content, f"{hour}.ipynb", datetime(2024, 3, 5, hour))

    return [
        at(9, variant(answered, "first")),
        at(10, variant(answered, "second")),
        at(11, variant(answered, "third")),
        at(12, b"<html>"),
        at(13, b""),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_the_newest_readable_attempt_counts_in_any_order(
    seed: int, unit: Unit, answered: NotebookNode, tmp_path: Path
) -> None:
    """However the files are ordered, and whether they come at once or one after the other."""
    handed = attempts(answered)
    Random(seed).shuffle(handed)
    paths = [platforms.moodle(tmp_path / f"{i}.zip", [item]) for i, item in enumerate(handed)]
    if seed % 2:
        collect(unit.root, unit.id, paths)
    else:
        for path in paths:
            collect(unit.root, unit.id, [path])
    assert list(in_submitted(unit).values()) == [variant(answered, "third")]
    stamp = next((unit.root / "submitted").glob("*/*/timestamp.txt")).read_text()
    assert stamp == "2024-03-05 11:00:00\n"


def test_the_company_of_others_changes_nothing(
    unit: Unit, answered: NotebookNode, tmp_path: Path
) -> None:
    """What is written for a student is the same, alone or in any class."""
    handed = platforms.a_class(12, (variant(answered, str(i)) for i in range(12)))
    collect(unit.root, unit.id, [platforms.moodle(tmp_path / "all.zip", handed[::-1])])
    together = tree(unit.root / "submitted")
    shutil.rmtree(unit.root / "submitted")
    shutil.rmtree(unit.grader_folder)
    for item in handed:
        collect(unit.root, unit.id, [platforms.moodle(tmp_path / "one.zip", [item])])
    alone = tree(unit.root / "submitted")
    assert {path: content for path, (_, content) in together.items()} == {
        path: content for path, (_, content) in alone.items()
    }


def test_what_is_replaced_is_kept(unit: Unit, answered: NotebookNode, tmp_path: Path) -> None:
    """A newer attempt takes the place; both are in attempts/, once each. None comes back."""
    first, second = attempts(answered)[:2]
    for item in (first, second, first):
        collect(unit.root, unit.id, [platforms.moodle(tmp_path / "m.zip", [item])])
    assert list(in_submitted(unit).values()) == [second.data]
    kept = [path.read_bytes() for path in (unit.root / "attempts").rglob("*.ipynb")]
    assert sorted(kept) == sorted([first.data, second.data])


def test_versions_of_canvas_count_up(unit: Unit, answered: NotebookNode, tmp_path: Path) -> None:
    """`-2` is newer than `-1`, whatever the files' times say."""
    handed = [
        Handed("Ada", "Doe", 1, variant(answered, "old"), "work-2.ipynb", datetime(2024, 1, 1)),
        Handed("Ada", "Doe", 1, variant(answered, "older"), "work-1.ipynb", datetime(2024, 2, 1)),
    ]
    report = collect(unit.root, unit.id, [platforms.canvas(tmp_path / "c.zip", handed)])
    assert in_submitted(unit) == {"doeada-1": variant(answered, "old")}
    assert sorted(outcomes(report).values()) == ["older", "taken"]


def test_archives_within_archives(unit: Unit, data: bytes, tmp_path: Path) -> None:
    """A student's own zip in the platform's; whose it is, and when, the platform says."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("smithbob_99_1_residual_networks.ipynb", data)
        archive.writestr("__MACOSX/._residual_networks.ipynb", b"\0\5")
        archive.writestr(".ipynb_checkpoints/residual_networks-checkpoint.ipynb", data)
        archive.writestr("picture.png", b"\x89PNG")
    handed = [Handed("Ada", "Doe", 1, inner.getvalue(), "my work.zip")]
    report = collect(unit.root, unit.id, [platforms.canvas(tmp_path / "c.zip", handed)])
    assert in_submitted(unit) == {"doeada-1": data}
    assert report.counts == {"taken": 1, "left alone": 3}


def test_garbled_times_are_named_and_left_out(unit: Unit, data: bytes, tmp_path: Path) -> None:
    """The notebook is taken; nbgrader never sees the timestamp.txt."""
    folder = platforms.exchange(tmp_path / "inbound", unit.id, [Handed("A", "B", 1, data)])
    next(folder.glob("*/timestamp.txt")).write_text("soon\x1b[2J")
    row = next(row for row in collect(unit.root, unit.id, [folder]).rows if row.student)
    assert row.outcome == "repaired" and "holds no time ('soon" in row.details[-1]
    assert "\x1b" not in row.details[-1]
    stamp = next((unit.root / "submitted").glob("*/*/timestamp.txt")).read_text()
    assert stamp == "2024-03-05 10:30:00.000000 UTC\n"  # from the folder's name


def set_zone(unit: Unit, zone: str) -> None:
    file = unit.root / "course.toml"
    lines = [x for x in file.read_text("utf-8").splitlines() if not x.startswith("timezone")]
    lines.insert(lines.index("[course]") + 1, f'timezone = "{zone}"')
    file.write_text("\n".join(lines) + "\n", "utf-8")


def dated(unit: Unit) -> tuple[str, list[str]]:
    """The one submission's time in UTC, as grading reads it, and the times of its attempts."""
    zone = load_course(unit.root).zone
    [folder] = (unit.root / "submitted").glob("*/*")
    time, _ = timestamp_of(folder, zone)
    assert time is not None
    attempts = attempts_of(load_course(unit.root).unit(unit.id), folder.parent.name)
    return f"{time.astimezone(UTC):%H:%M}", [f"{a.when.astimezone(UTC):%H:%M}" for a in attempts]


def test_a_zone_that_was_forgotten_can_be_set(
    unit: Unit, answered: NotebookNode, tmp_path: Path
) -> None:
    """At once for the time of the submission and of all its attempts; collecting again adds nothing."""
    first, second = attempts(answered)[:2]  # at 9:00 and 10:00
    paths = [platforms.moodle(tmp_path / f"{i}.zip", [x]) for i, x in enumerate((first, second))]
    assert collect(unit.root, unit.id, paths).zoneless
    assert dated(unit) == ("10:00", ["09:00", "10:00"])
    set_zone(unit, "Europe/Berlin")
    assert dated(unit) == ("09:00", ["08:00", "09:00"])
    for _ in range(2):
        assert not collect(unit.root, unit.id, paths).zoneless
        assert dated(unit) == ("09:00", ["08:00", "09:00"])
    assert collect(unit.root, unit.id, paths).counts == {"unchanged": 1, "older": 1}


def test_another_zone_is_mended_by_collecting_again(
    unit: Unit, answered: NotebookNode, tmp_path: Path
) -> None:
    """One of course.toml or of --timezone; a known one is not forgotten when nobody states it again."""
    first, second = attempts(answered)[:2]
    paths = [platforms.moodle(tmp_path / f"{i}.zip", [x]) for i, x in enumerate((first, second))]
    set_zone(unit, "America/New_York")
    collect(unit.root, unit.id, paths)
    assert dated(unit) == ("15:00", ["14:00", "15:00"])
    set_zone(unit, "Europe/Berlin")
    report = collect(unit.root, unit.id, paths)
    assert report.counts == {"repaired": 1, "older": 1}
    assert "read again" in next(row for row in report.rows if row.outcome == "repaired").details[0]
    assert dated(unit) == ("09:00", ["08:00", "09:00"])
    collect(unit.root, unit.id, paths, zone=ZoneInfo("Asia/Tokyo"))
    assert dated(unit) == ("01:00", ["00:00", "01:00"])
    set_zone(unit, "")
    collect(unit.root, unit.id, paths)
    assert dated(unit)[0] == "01:00"


@pytest.mark.parametrize("zone", ["", "Europe/Berlin"])
def test_a_command_prints_one_line_on_times_without_a_zone(
    zone: str, unit: Unit, answered: NotebookNode, tmp_path: Path
) -> None:
    """Once for all files, if the course has no zone."""
    set_zone(unit, zone)
    handed = platforms.a_class(5, (variant(answered, str(i)) for i in range(5)))
    path = platforms.moodle(tmp_path / "all.zip", handed)
    done = CliRunner().invoke(commands, ["collect", unit.id, str(path), "--root", str(unit.root)])
    said = [line for line in done.output.splitlines() if "without an offset" in line]
    assert done.exit_code == 0 and len(said) == (0 if zone else 1)


def test_an_unknown_zone_is_refused(unit: Unit, data: bytes, tmp_path: Path) -> None:
    """One sentence, and nothing is written."""
    path = platforms.moodle(tmp_path / "m.zip", [Handed("Ada", "Doe", 1, data)])
    command = [
        "collect",
        unit.id,
        str(path),
        "--root",
        str(unit.root),
        "--timezone",
        "Europe/Berln",
    ]
    done = CliRunner().invoke(commands, command)
    assert isinstance(done.exception, CourseError) and "'Europe/Berln'" in str(done.exception)
    assert not (unit.root / "submitted").exists()


def test_nbgraders_own_folders_can_be_collected(unit: Unit, data: bytes, tmp_path: Path) -> None:
    """submitted/ of another course folder; a unit that was named otherwise is not taken."""
    for name in (unit.id, "unit2"):
        one(tmp_path / "submitted" / "ada" / name, "renamed.ipynb", data)
    (tmp_path / "submitted" / "ada" / unit.id / "timestamp.txt").write_text(
        "2024-03-05 10:30:00 CET"
    )
    report = collect(unit.root, unit.id, [tmp_path / "submitted"])
    assert in_submitted(unit)["ada"] == data
    taken = [row for row in report.rows if row.student == "ada"]
    assert [row.sent for row in taken] == ["2024-03-05T09:30:00+00:00"]


def test_notes_on_progress_are_left_alone(unit: Unit, data: bytes, tmp_path: Path) -> None:
    """What checks write beside a notebook is neither a submission nor a file to be refused."""
    folder = one(tmp_path / "ada", "notebook.ipynb", data).parent
    verdict = Verdict("identity_block", PASSED, 30.0, 30.0, ())
    remember(unit.id, "check.block()", verdict, folder)
    assert list(folder.glob(".progress/*.json"))
    report = collect(unit.root, unit.id, [tmp_path / "ada"])
    assert [row.outcome for row in report.rows] == ["left alone", "taken"]
    assert in_submitted(unit) == {"ada": data} and not report.refused


# Hostile input


def test_names_are_never_paths(unit: Unit, answered: NotebookNode, tmp_path: Path) -> None:
    """Traversal, absolute and Windows paths, control characters, endless and empty names."""
    names = [
        "../../../../escape.ipynb",
        "/etc/passwd.ipynb",
        "C:\\Users\\ada\\Desktop\\work.ipynb",
        "..\\..\\evil.ipynb",
        "a/" * 200 + "deep.ipynb",
        "x" * 5000 + ".ipynb",
        "new\nline\x1b[31m.ipynb",
        "glob[1]*?.ipynb",
        "Work.ipynb",
        "work.ipynb",
        "WORK.IPYNB",
        "名前.ipynb",
        " .ipynb",
        "-rf.ipynb",
    ]
    path = tmp_path / "hostile.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate(names):
            archive.writestr(name, variant(answered, str(number)))
    before = set(tree(tmp_path))
    report = collect(unit.root, unit.id, [path])
    assert sum(report.counts.values()) == len(names)
    assert {row.outcome for row in report.rows} == {"taken", "refused"}
    assert all(row.file.isprintable() and len(row.file) < 90_000 for row in report.rows)
    written = {Path(name) for name in set(tree(tmp_path)) - before}
    assert all(unit.root in path.parents for path in written)
    for student in in_submitted(unit):
        assert not set(student) & set("/\\+*?[]\0\n") and len(student) < 100


def test_links_and_devices_are_not_followed(unit: Unit, data: bytes, tmp_path: Path) -> None:
    """In folders and in archives; a pipe does not make the collector wait."""
    secret = one(tmp_path, "secret.ipynb", data)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "link.ipynb").symlink_to(secret)
    (folder / "folder").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.ipynb")
    info = zipfile.ZipInfo("linked.ipynb")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(folder / "links.zip", "w") as archive:
        archive.writestr(info, str(secret))
    report = collect(unit.root, unit.id, [folder])
    assert report.counts == {"refused": 4}
    said = " ".join(row.details[0] for row in report.rows)
    assert said.count("it is a link") == 3 and "not a file" in said


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_bombs_are_not_unpacked(tmp_path: Path) -> None:
    """One huge file, archives without end within each other, more files or bytes than may be."""
    opening = Opening(largest_file=10**6, most_bytes=5 * 10**6, most_files=100)
    huge = one(tmp_path, "huge.zip", zipped({"a.ipynb": bytes(50 * 10**6)}))
    (found,) = opening.open([huge])
    assert "more than 0 MB" in str(found.problem) and found.data == b""
    nested = zipped({"a.ipynb": b"{}"})
    for _ in range(10):
        nested = zipped({"inner.zip": nested})
    (found,) = opening.open([one(tmp_path, "nested.zip", nested)])
    assert found.problem == "too many nested archives"
    inner = zipped({"model.bin": os.urandom(2 * 10**6)})
    (found,) = opening.open([one(tmp_path, "outer.zip", zipped({"mine.zip": inner}))])
    assert "the notebook alone" in str(found.problem) and "outputs" not in str(found.problem)
    many = one(tmp_path, "many.zip", zipped({f"{i}.ipynb": b"{}" for i in range(200)}))
    (found,) = opening.open([many])
    assert found.problem == "it is an archive of more than 100 files"
    large = one(tmp_path, "large.zip", zipped({f"{i}.ipynb": bytes(900_000) for i in range(20)}))
    with pytest.raises(SubmissionError, match="c.Opening.most_files"):
        list(opening.open([large]))


def test_sizes_in_archives_are_not_believed(tmp_path: Path) -> None:
    """A member that says it is small, and is not, is not read beyond the limit."""
    lying = bytearray(zipped({"a.ipynb": bytes(3 * 10**6)}))
    at = lying.find(b"PK\x01\x02")
    lying[at + 24 : at + 28] = (10).to_bytes(4, "little")
    (found,) = Opening(largest_file=10**6).open([one(tmp_path, "l.zip", bytes(lying))])
    assert found.problem is not None or len(found.data) <= 10


def test_archives_that_cannot_be_unpacked_are_named(tmp_path: Path) -> None:
    """Locked, cut off, damaged inside, or compressed with something that takes any amount of memory."""
    good = zipped({"a.ipynb": bytes(range(256)) * 100})
    locked = bytearray(good)
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = locked.find(mark) + (6 if mark == b"PK\x03\x04" else 8)
        locked[at] |= 1
    unusual = io.BytesIO()
    with zipfile.ZipFile(unusual, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.ipynb", b"{}")
    bad = bytearray(good)
    bad[60:80] = b"\xff" * 20
    cases = {
        "locked with a password": bytes(locked),
        "compressed in an unusual way": unusual.getvalue(),
        "a damaged archive": good[:-30],
        "damaged in the archive": bytes(bad),
    }
    for sentence, content in cases.items():
        (found,) = Opening().open([one(tmp_path, "x.zip", content)])
        assert sentence in str(found.problem)


def test_names_in_archives_are_read_as_they_were_meant(tmp_path: Path) -> None:
    """UTF-8 that does not say so, as from old programs on Macs."""
    info = zipfile.ZipInfo("x.ipynb")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(info, b"{}")
    raw = content.getvalue().replace(b"x.ipynb", "Zoé_.ip".encode()[:7])
    (found,) = Opening().open([one(tmp_path, "names.zip", raw)])
    assert found.names[-1].startswith("Zoé")


# People


def test_a_roster_is_read_as_platforms_export_it(tmp_path: Path) -> None:
    """nbgrader's, Canvas's and Moodle's columns; semicolons; a byte order mark; Latin-1."""
    tables = {
        "id,first_name,last_name,email,lms_user_id\nada,Ada,Doe,ada@x.edu,77\n": "utf-8-sig",
        'Student,ID,SIS User ID,SIS Login ID,Section\n"Doe, Ada",77,u9,ada,S1\n': "utf-8",
        "First name;Last name;Username;Email address;ID number\nAda;Doe;ada;ada@x.edu;77\n": "cp1252",
    }
    for text, encoding in tables.items():
        path = tmp_path / "roster.csv"
        path.write_bytes(text.encode(encoding))
        roster = read_roster(path)
        for names in (("doeada_77_5_x.ipynb",), ("c.zip", "Ada Doe_4_assignsubmission_file_", "x")):
            assert roster.student(clue_of(Opened(names), [UNIT], {})) == ("ada", None)


def test_doubtful_names_are_refused_and_not_guessed(
    unit: Unit, data: bytes, tmp_path: Path
) -> None:
    """Two students of one name, and somebody whom the roster does not have."""
    handed = [Handed("Ada", "Doe", 1, data), Handed("Ada", "Doe", 2, data)]
    roster = platforms.roster_csv(tmp_path / "roster.csv", handed)
    someone = Handed("Eve", "Stranger", 3, data)
    report = collect(
        unit.root, unit.id, [platforms.moodle(tmp_path / "m.zip", [handed[0], someone])], roster
    )
    said = sorted(row.details[0] for row in report.refused)
    assert "could be s1 or s2" in said[0] and "nobody on the roster is 'Eve Stranger'" in said[1]
    assert report.missing == ("s1", "s2")
    report = collect(unit.root, unit.id, [platforms.canvas(tmp_path / "c.zip", handed)], roster)
    assert set(in_submitted(unit)) == {"s1", "s2"}  # Canvas's numbers are in the roster


def test_nbgraders_table_is_the_roster(unit: Unit, data: bytes, tmp_path: Path) -> None:
    """Students that nbgrader knows by name are found without a file."""
    with open_gradebook(load_config(unit.root)) as gradebook:
        gradebook.add_student("ada", first_name="Ada", last_name="Doe", lms_user_id="77")
    path = platforms.moodle(tmp_path / "m.zip", [Handed("Ada", "Doe", 5, data)])
    assert only(collect(unit.root, unit.id, [path])).student == "ada"


ROSTERS = {
    "nbgrader": "id,first_name,last_name,email,lms_user_id\nada,Ada,Doe,ada@x.edu,77\n",
    "Canvas": "Student,ID,SIS User ID,SIS Login ID,Section,Unit 1 (5)\n    Points Possible,,,,,10.00\n"
    '"Doe, Ada",77,u9,ada,S1,\n"Student, Test",99,,0f3a,S1,\n',
    "Moodle": "First name,Last name,Username,Email address,ID number\nAda,Doe,ada,ada@x.edu,77\n",
    "Moodle's worksheet": "Username,Identifier,Full name,Email address\n"
    'ada,Participant 77,"Doe, Ada",ada@x.edu\n',
    "Brightspace": "OrgDefinedId,Username,Last Name,First Name,End-of-Line Indicator\n#77,#ada,Doe,Ada,#\n",
    "Gradescope": "First Name,Last Name,SID,Email\nAda,Doe,ada,ada@x.edu\n",
    "whole names": "username,name\nada,Ada Doe\n",
}


@pytest.mark.parametrize("platform", ROSTERS)
def test_names_of_the_class_list_are_everywhere(
    platform: str, unit: Unit, data: bytes, tmp_path: Path
) -> None:
    """In nbgrader's table, and so on pages, in reports and exports; a name that is there already stays."""
    path = platforms.sakai(tmp_path / "s.zip", [Handed("Ada", "Doe", 1, data)])
    (unit.root / "roster.csv").write_text(ROSTERS[platform])
    report = collect(unit.root, unit.id, [path])
    assert report.refused == () and report.missing == () and set(in_submitted(unit)) == {"ada"}
    with open_gradebook(load_config(unit.root)) as gradebook:
        [person] = people(gradebook).values()
        assert person.name == "Ada Doe"
        gradebook.update_or_create_student("ada", first_name="Augusta", last_name="King")
    collect(unit.root, unit.id, [path])
    with open_gradebook(load_config(unit.root)) as gradebook:
        assert people(gradebook)["ada"].name == "Augusta King"
    assert names_on_roster(unit.root) == {"ada": "Ada Doe (ada)"}
    identity = identities({}, unit.root / "roster.csv")[0]
    assert identity.person.name == "Ada Doe" or platform == "whole names"


TWO_IDS = {
    "address": "id,first_name,email\na1,Ada,ada@x.edu\nb2,Ada,ADA@x.edu\n",
    "number": "id,lms_user_id\na1,77\nb2,77\n",
    "letters": "id,name\nada,Ada\nADA,Ada\n",
    "an address as id": "login,email\nada,ada@x.org\nada@x.org,\n",
}


@pytest.mark.parametrize("what", TWO_IDS)
def test_two_ids_of_one_person_are_an_error(
    what: str, unit: Unit, data: bytes, tmp_path: Path
) -> None:
    """One sentence, status 2, and nothing is written."""
    (unit.root / "roster.csv").write_text(TWO_IDS[what])
    path = platforms.moodle(tmp_path / "m.zip", [Handed("Ada", "Doe", 5, data)])
    before = tree(unit.root)
    with pytest.raises(CourseError, match=r"roster.csv: .* two ids of one person") as raised:
        collect(unit.root, unit.id, [path])
    assert str(raised.value).count("\n") == 0
    assert {k: v for k, v in tree(unit.root).items() if k in before} == before
    assert in_submitted(unit) == {}


@pytest.mark.parametrize("nothing", ["N/A", "-", "none", ""])
def test_what_stands_for_nothing_is_nobodys(nothing: str, tmp_path: Path) -> None:
    """Two students without an address are two people."""
    (tmp_path / "roster.csv").write_text(f"id,email\nada,{nothing}\nbo,{nothing}\n")
    assert set(read_roster(tmp_path / "roster.csv").people) == {"ada", "bo"}


@pytest.mark.parametrize(
    "data",
    [
        "id\tname\nada\tÅda\n".encode("utf-16"),
        "id\tname\nada\tÅda\n".encode("utf-16-be").join([b"\xfe\xff", b""]),
        "sep=;\r\nid;name\r\nada;Åda\r\n".encode("utf-8-sig"),
        "sep=|\nid|name\nada|Åda\n".encode("cp1252"),
    ],
)
def test_what_excel_writes_is_a_roster(data: bytes, tmp_path: Path) -> None:
    """ "Unicode text", and a first line that names the delimiter."""
    (tmp_path / "roster.csv").write_bytes(data)
    assert read_roster(tmp_path / "roster.csv").people["ada"].names.whole == "Åda"


def test_a_roster_without_ids_is_told_which_columns_it_has(tmp_path: Path) -> None:
    """So that the right one can be renamed."""
    (tmp_path / "roster.csv").write_text("Vorname,Nachname\nAda,Doe\n")
    with pytest.raises(CourseError, match=r"lists no students.*it has 'vorname', 'nachname'"):
        read_roster(tmp_path / "roster.csv")


def test_a_number_that_is_anothers_id_is_no_proof(unit: Unit, data: bytes, tmp_path: Path) -> None:
    """A platform's own numbers may be ids in the class list; the name beside one tells."""
    (unit.root / "roster.csv").write_text("id,name\n70001,Bo Li\n5,Ada Doe\n")
    path = platforms.moodle(tmp_path / "m.zip", [Handed("Ada", "Doe", 1, data)])
    [row] = collect(unit.root, unit.id, [path]).refused
    assert "'70001' is 70001 on the roster, but 'Ada Doe' is 5" in row.details[0]


@pytest.mark.parametrize(("one", "other"), [("नी", "नि"), ("がく", "かく"), ("김", "검")])
def test_marks_that_make_another_letter_make_another_name(one: str, other: str) -> None:
    """In scripts where they are no accents."""
    assert letters_of(one) != letters_of(other)
    assert letters_of("Zoé Ångström") == ("zoe", "angstrom")


@pytest.mark.parametrize("text", ["", "no header at all\n1\n", "id\n../x\n", "id\na\na\n"])
def test_a_roster_that_makes_no_sense_is_an_error(text: str, tmp_path: Path) -> None:
    """The sentence names the file."""
    path = tmp_path / "roster.csv"
    path.write_text(text)
    with pytest.raises(CourseError, match="roster.csv"):
        read_roster(path)


def test_ids_are_safe_and_different() -> None:
    """Whatever a folder is called, its id can be a folder's name, and no two become one."""
    texts = [
        "a",
        "A",
        "a b",
        "a_b",
        "a/b",
        "..",
        "",
        "x" * 300,
        "x" * 301,
        "glob[1]",
        "名前",
        "a\0",
    ]
    ids = [safe_id(text) for text in texts]
    assert len(set(ids)) == len(texts)
    assert all(not set(name) & set("/\\+*?[]\0 ") and name[0] not in ".-" for name in ids)


def test_the_command_prints_a_table_and_writes_json(
    unit: Unit, data: bytes, tmp_path: Path
) -> None:
    """What was done with each file, for people and for scripts."""
    path = platforms.canvas(
        tmp_path / "c.zip", [Handed("Ada", "Doe", 1, data), Handed("Bo", "Li", 2, b"%PDF", "w.pdf")]
    )
    json_file = tmp_path / "report.json"
    command = ["collect", unit.id, str(path), "--root", str(unit.root), "--json", str(json_file)]
    result = CliRunner().invoke(commands, command)
    assert result.exit_code == 1
    assert "taken" in result.output and "1 taken, 1 refused" in " ".join(result.output.split())
    report = json.loads(json_file.read_text())
    assert report["counts"] == {"taken": 1, "refused": 1}
    assert {row["student"] for row in report["rows"]} == {"doeada-1", "libo-2"}


def test_a_list_without_end_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive whose list of files is made up is not opened."""
    end = b"PK\x05\x06" + bytes(6) + (60_000).to_bytes(2, "little") + (2**31).to_bytes(4, "little")
    path = one(tmp_path, "made-up.zip", b"PK\x03\x04" + bytes(100) + end + bytes(6))
    opened: list[object] = []
    monkeypatch.setattr(zipfile, "ZipFile", lambda *arguments, **_: opened.append(arguments))
    (found,) = Opening().open([path])
    assert "more than 20,000 files" in str(found.problem)
    assert opened == []
