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
from datetime import datetime
from pathlib import Path
from random import Random

import nbformat
import pytest
from click.testing import CliRunner
from nbformat import NotebookNode

from kerascheck.feedback.progress_file import remember
from kerascheck.judge.verdict import PASSED, Verdict
from kerasgrader.cli import commands
from kerasgrader.course.course import Unit, load_course
from kerasgrader.errors import CourseError, SubmissionError
from kerasgrader.intake.collecting import collect
from kerasgrader.intake.platforms import clue_of
from kerasgrader.intake.receipt import Receipt, Row
from kerasgrader.intake.roster import read_roster, safe_id
from kerasgrader.intake.unpacking import Opened, Opening
from kerasgrader.marking.nbgrader import load_config, open_gradebook
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
    expected = set() if layout in TIMELESS else {"2024-03-05 10:30:00.000000 UTC\n"}
    assert times == expected


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
    assert stamp == "2024-03-05 11:00:00.000000 UTC\n"


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
    assert all(row.outcome in ("taken", "older") for row in report.rows)
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
