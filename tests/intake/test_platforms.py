"""Each platform's own form: a class of 12 with attempts, late ones, namesakes, many scripts and a group."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import nbformat
import pytest
from nbformat import NotebookNode

from kerasgrader.course.course import Unit
from kerasgrader.course.times import time_of
from kerasgrader.intake.clues import clue_of
from kerasgrader.intake.collecting import collect
from kerasgrader.intake.companions import gradescope_list, stated_in, stated_time
from kerasgrader.intake.receipt import Receipt
from kerasgrader.intake.unpacking import Opened
from tests.students import platforms
from tests.students.platforms import Handed, Twelve, a_class_of_12
from tests.support.small_course import RIGHT, WRONG


@pytest.fixture
def unit(small_course: Callable[[Path], Unit], tmp_path: Path) -> Unit:
    return small_course(tmp_path / "course")


def answered(unit: Unit, answer: str, remark: str) -> bytes:
    """The released notebook with an answer, unlike any with another remark."""
    notebook: NotebookNode = nbformat.read(unit.release_file, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = f"{answer}\n# {remark}"
    return nbformat.writes(notebook).encode()


def notebooks(unit: Unit) -> list[bytes]:
    """First attempts are wrong, but for those that stay the only one."""
    return [answered(unit, WRONG if i % 3 else RIGHT, str(i)) for i in range(20)]


def counting(unit: Unit) -> dict[str, tuple[bytes, datetime | None]]:
    """What is in submitted/, by student: content and time."""
    found = {}
    for path in (unit.root / "submitted").glob(f"*/{unit.id}/{unit.notebook}.ipynb"):
        stamp = path.with_name("timestamp.txt")
        time = None
        if stamp.is_file():
            read = time_of(stamp.read_text())
            assert read is not None
            time = read.replace(tzinfo=None)
        found[path.parent.parent.name] = path.read_bytes(), time
    return found


Export = Callable[[Path, Unit, Twelve], list[Path]]


def both(write: Callable[[Path, list[Handed]], Path]) -> Export:
    """Two downloads, of a platform that gives the newest attempt only."""

    def downloads(folder: Path, unit: Unit, twelve: Twelve) -> list[Path]:
        first, last = twelve.downloads()
        return [write(folder / "first.zip", first), write(folder / "last.zip", last)]

    return downloads


def whole(write: Callable[[Path, list[Handed]], Path], name: str) -> Export:
    """One download, of a platform that gives all attempts."""
    return lambda folder, unit, twelve: [write(folder / name, list(twelve.handed))]


EXPORTS: dict[str, Export] = {
    "canvas": both(platforms.canvas),
    "moodle": both(platforms.moodle),
    "blackboard": whole(platforms.blackboard, "gradebook.zip"),
    "d2l": whole(platforms.d2l, "Unit 1 Download.zip"),
    "ilias": whole(platforms.ilias, "Abgaben.zip"),
    "sakai": both(platforms.sakai),
    "gradescope": both(platforms.gradescope),
    "classroom": whole(platforms.classroom, "Unit 1"),
    "e-mail": whole(platforms.emails, "mail"),
    "exchange": lambda folder, unit, twelve: [
        platforms.exchange(folder / "inbound", unit.id, twelve.handed)
    ],
}
STATE_THEIR_GROUPS = ("moodle", "sakai", "gradescope")
NAMES_ONLY = ("classroom", "d2l")  # in which only names tell students apart


def write_lists(unit: Unit, twelve: Twelve, platform: str) -> None:
    platforms.roster_csv(unit.root / "roster.csv", twelve.people, platform == "moodle")
    if platform not in STATE_THEIR_GROUPS:
        platforms.groups_csv(unit.root / "groups.csv", twelve.handed)


@pytest.mark.parametrize("platform", [name for name in EXPORTS if name != "classroom"])
def test_the_right_attempt_and_time_for_everybody(
    platform: str, unit: Unit, tmp_path: Path
) -> None:
    """Of two attempts the newer one, though both have the time of the download; a group's for each of its
    members, but for the one who has handed in alone later."""
    twelve = a_class_of_12(notebooks(unit), alone_later=platform != "moodle")
    write_lists(unit, twelve, platform)
    paths = EXPORTS[platform](tmp_path, unit, twelve)
    report = collect(unit.root, unit.id, paths)
    assert report.refused == () and report.missing == (), report.refused
    assert counting(unit) == twelve.expected
    together = {row.group for row in report.rows if row.outcome == "taken"} - {()}
    assert together == {("s1010", "s1011", "s1012")}
    again = collect(unit.root, unit.id, paths)
    assert set(again.counts) <= {"unchanged", "older", "left alone"}
    assert counting(unit) == twelve.expected


def test_the_order_of_downloads_makes_no_difference(unit: Unit, tmp_path: Path) -> None:
    """An old download that is collected after the new one changes nothing."""
    twelve = a_class_of_12(notebooks(unit))
    write_lists(unit, twelve, "canvas")
    for path in EXPORTS["canvas"](tmp_path, unit, twelve)[::-1]:
        collect(unit.root, unit.id, [path])
    assert counting(unit) == twelve.expected


def test_classroom_has_names_only(unit: Unit, tmp_path: Path) -> None:
    """Namesakes are refused, each with how to go on; the others get theirs. It gives no times."""
    twelve = a_class_of_12(notebooks(unit))
    write_lists(unit, twelve, "classroom")
    first = [h for h in twelve.handed if h.attempt == 1]
    report = collect(unit.root, unit.id, [platforms.classroom(tmp_path / "Unit 1", first)])
    [refused] = report.refused  # one file of this name; Drive counts up further ones
    assert "could be s1001 or s1004: name the files after their ids" in refused.details[0]
    expected = {h.id: h.data for h in first if h.last != "Doe"}
    expected |= {one.id: h.data for h in first for one in h.mates}
    assert {student: data for student, (data, _) in counting(unit).items()} == expected


ZONED = {
    "blackboard": ("g.zip", "Unit 1_ada_attempt_2024-07-05-10-30-00_x.ipynb"),
    "d2l": ("d.zip", "Unit 1", "12-34 - Ada Doe - Jul 5, 2024 1030 AM", "x.ipynb"),
    "d2l, day first, 24 hours": ("d.zip", "12-34 - Ada Doe - 5 July 2024 1030", "x.ipynb"),
    "d2l, a file": ("d.zip", "12-34 - Ada Doe - Jul 5, 2024 1030 AM - my - work.ipynb"),
    "ilias": ("i.zip", "Abgaben", "Doe_Ada_ada_12", "20240705103000_x.ipynb"),
}


@pytest.mark.parametrize("platform", ZONED)
def test_times_in_names_are_in_the_zone_of_the_platform(platform: str) -> None:
    """As those of archives are: summer in Berlin is two hours ahead."""
    clue = clue_of(Opened(ZONED[platform]), [], {}, ZoneInfo("Europe/Berlin"))
    assert clue.sent == datetime(2024, 7, 5, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-03-05T10:30:00Z", datetime(2024, 3, 5, 10, 30, tzinfo=UTC)),
        ("20240305103000123", datetime(2024, 3, 5, 10, 30, tzinfo=UTC)),
        ("20249905103000123", None),
    ],
)
def test_sakais_times_of_both_ages_are_read(text: str, time: datetime | None) -> None:
    """As Java's Instant prints it, and as Sakai's own clock did before."""
    assert stated_time(text) == time


def test_twelve_oclock_is_noon_or_midnight() -> None:
    """Brightspace counts hours to 12."""
    hours = [
        clue_of(Opened(("d", f"1-2 - A - Mar 5, 2024 {time}", "x")), []).sent
        for time in ("1205 AM", "1205 PM", "105 PM", "9999 PM")
    ]
    assert [time and time.hour for time in hours] == [0, 12, 13, None]


@pytest.mark.parametrize(
    ("month", "number"),
    [("Mai", 5), ("Okt", 10), ("août", 8), ("dic", 12), ("Eki", 10), ("maj", 5), ("Mar", 3)],
)
def test_brightspaces_months_are_read_in_its_languages(month: str, number: int) -> None:
    """Whole or cut off, with or without a point."""
    for name in (month, f"{month}."):
        clue = clue_of(Opened(("d", f"1-2 - Jane Doe - 24 {name} 2026 1030", "x")), [])
        assert clue.sent is not None and clue.sent.replace(tzinfo=None) == datetime(
            2026, number, 24, 10, 30
        )


def test_a_time_that_cannot_be_read_is_named_and_not_taken_from_the_download(
    unit: Unit, tmp_path: Path
) -> None:
    """In a name of Brightspace's or the exchange's, and in a message."""
    data = notebooks(unit)
    path = one_zip(
        tmp_path / "d.zip",
        {
            "1-2 - Ada Doe - 24 Nonsense 2026 1030/x.ipynb": data[0],
            f"bo+{unit.id}+2026-10-25 02:30:00 IST+ab/{unit.notebook}.ipynb": data[1],
        },
    )
    mail = platforms.emails(tmp_path / "mails", [Handed("Carl", "Doe", 3, data[2])])
    [message] = mail.iterdir()
    message.write_bytes(re.sub(rb"Date: .*\r?\n", b"", message.read_bytes()))
    rows = collect(unit.root, unit.id, [path, mail]).rows
    assert [(row.sent, row.outcome) for row in rows] == [(None, "repaired")] * 3
    assert [
        row.details[-1].removeprefix("its time cannot be read, so it has none: ") for row in rows
    ] == [
        "24 Nonsense 2026 1030",
        "2026-10-25 02:30:00 IST",
        "the date of the message",
    ]


@pytest.mark.parametrize(
    "archive",
    ["Unit 1-20240305T103000Z-001.zip", "drive-download-20240305T103000Z-1-001.zip"],
)
def test_a_download_from_drive_is_a_folder_of_classrooms(
    archive: str, unit: Unit, tmp_path: Path
) -> None:
    """Its name tells of nobody; one whose name holds another's is told apart."""
    (unit.root / "roster.csv").write_text("id,name\nj1,Jane Doe\nj2,Jane Doe-Li\nkim,Kim Ito\n")
    data = notebooks(unit)
    names = ("Jane Doe - x.ipynb", "Jane Doe-Li - x.ipynb", "kim final.ipynb")
    members = {f"Unit 1/{name}": data[i] for i, name in enumerate(names)}
    report = collect(unit.root, unit.id, [one_zip(tmp_path / archive, members)])
    assert report.refused == ()
    assert {student: content for student, (content, _) in counting(unit).items()} == {
        "j1": data[0],
        "j2": data[1],
        "kim": data[2],
    }


@pytest.mark.parametrize(
    ("folder", "people"),
    [
        ("Doe, Jane (Janie)(jdoe)", [("Doe, Jane (Janie)", "jdoe")]),
        ("Doe (jr), Jane(jd); Li, Bo(boli)", [("Doe (jr), Jane", "jd"), ("Li, Bo", "boli")]),
    ],
)
def test_a_name_on_sakai_may_have_brackets(folder: str, people: list[tuple[str, str]]) -> None:
    """The last ones hold the id."""
    clue = clue_of(Opened(("s.zip", "Unit 1", folder, "Submission attachment(s)", "x.ipynb")), [])
    assert clue.layout == "Sakai"
    assert [(one.name, one.keys[0]) for one in clue.members or (clue,)] == people


def one_zip(path: Path, members: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_an_archive_without_names_is_no_student(unit: Unit, tmp_path: Path) -> None:
    """Without a class list the notebooks of a class would count as one student's attempts."""
    data = notebooks(unit)
    flat = {f"{name}.ipynb": data[i] for i, name in enumerate(("ada", "bo", "carl"))}
    for members in (flat, {f"all of them/{name}": content for name, content in flat.items()}):
        path = one_zip(tmp_path / "class.zip", members)
        report = collect(unit.root, unit.id, [path])
        assert report.counts == {"refused": 3} and counting(unit) == {}
        assert "--roster FILE" in report.refused[0].details[0]
    (unit.root / "roster.csv").write_text("id\nada\nbo\ncarl\n")
    assert set(counting_of(collect(unit.root, unit.id, [path]))) == {"ada", "bo", "carl"}


def test_a_download_in_a_folder_is_to_be_collected_by_itself(unit: Unit, tmp_path: Path) -> None:
    """There an archive is a student's own, and its name is nobody's: the sentence says how to go on."""
    twelve = a_class_of_12(notebooks(unit))
    write_lists(unit, twelve, "canvas")
    (tmp_path / "inbox").mkdir()
    first, _ = twelve.downloads()
    path = platforms.canvas(tmp_path / "inbox" / "submissions.zip", first)
    report = collect(unit.root, unit.id, [tmp_path / "inbox"])
    assert report.counts == {"refused": len(first)} and counting(unit) == {}
    [sentence] = {row.details[0] for row in report.refused}
    assert "if submissions.zip is a platform's download, collect it by itself" in sentence
    assert collect(unit.root, unit.id, [path]).refused == ()


def counting_of(report: Receipt) -> list[str]:
    return [row.student for row in report.rows if row.outcome == "taken"]


def test_one_student_of_an_unknown_platform_needs_no_list(unit: Unit, tmp_path: Path) -> None:
    """A folder for each student, an archive for each, or one file alone."""
    data = notebooks(unit)
    path = one_zip(tmp_path / "class.zip", {"ada/a.ipynb": data[0], "bo/a.ipynb": data[1]})
    alone = one_zip(tmp_path / "carl.zip", {"a.ipynb": data[2]})
    file = tmp_path / "eva.ipynb"
    file.write_bytes(data[3])
    report = collect(unit.root, unit.id, [path, alone, file])
    assert report.refused == () and {"ada", "bo", "eva"} <= set(counting(unit))
    assert len(counting(unit)) == 4


def test_files_of_the_platform_are_left_alone(unit: Unit, tmp_path: Path) -> None:
    """An index, a table of grades, texts for comments: no exit status 1 for those."""
    twelve = a_class_of_12(notebooks(unit))
    write_lists(unit, twelve, "sakai")
    for platform, count in (("d2l", 1), ("sakai", 1 + 3 * 10), ("blackboard", 15)):
        write = {"d2l": platforms.d2l, "sakai": platforms.sakai}.get(platform, platforms.blackboard)
        first = twelve.downloads()[0] if platform == "sakai" else list(twelve.handed)
        report = collect(unit.root, unit.id, [write(tmp_path / f"{platform}.zip", first)])
        assert report.refused == () and report.counts["left alone"] == count, platform


def test_an_unpacked_download_may_be_named_file_by_file(unit: Unit, tmp_path: Path) -> None:
    """As a shell lists what is in a folder: the index is the platform's there, too."""
    twelve = a_class_of_12(notebooks(unit))
    for platform in ("d2l", "ilias"):
        write_lists(unit, twelve, platform)
        archive = getattr(platforms, platform)(tmp_path / f"{platform}.zip", twelve.handed)
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(tmp_path / platform)
        [folder] = (tmp_path / platform).iterdir()
        report = collect(unit.root, unit.id, sorted(folder.iterdir()))
        assert report.refused == () and counting(unit) == twelve.expected, platform


def test_a_pdf_in_place_of_a_notebook_is_refused_everywhere(unit: Unit, tmp_path: Path) -> None:
    """What a student submitted is not among the files of the platform."""
    person = Handed("Ada", "Doe", 1, b"%PDF-1.7", "work.pdf")
    for number, write in enumerate(
        (platforms.canvas, platforms.moodle, platforms.blackboard, platforms.d2l, platforms.sakai)
    ):
        report = collect(unit.root, unit.id, [write(tmp_path / f"{number}.zip", [person])])
        assert [row.outcome for row in report.rows if row.student] == ["refused"]


def test_blackboards_text_tells_whose_file_it_is(unit: Unit, tmp_path: Path) -> None:
    """Where the class list has names only, and where a user's name holds the sign that separates."""
    data = notebooks(unit)
    start = "Unit_1_{}_attempt_2024-03-05-10-30-00"
    members: dict[str, bytes | str] = {}
    for i, (user, name) in enumerate((("j_doe", "Jane Doe"), ("b_doe", "Bob Doe"))):
        members[f"{start.format(user)}.txt"] = f"Name: {name} ({user})\nAssignment: Unit_1\n"
        members[f"{start.format(user)}_x.ipynb"] = data[i]
    path = one_zip(tmp_path / "g.zip", members)
    collect(unit.root, unit.id, [path])
    assert set(counting(unit)) == {"j_doe", "b_doe"}
    (unit.root / "roster.csv").write_text("email,name\njane@x,Jane Doe\nbob@x,Bob Doe\n")
    collect(unit.root, unit.id, [path])
    assert {"jane@x", "bob@x"} <= set(counting(unit))


def test_a_students_own_timestamp_counts_for_nothing(unit: Unit, tmp_path: Path) -> None:
    """In an archive that a student uploads, nobody but the student has written it."""
    inner = one_zip(
        tmp_path / "mine.zip",
        {"x.ipynb": notebooks(unit)[0], "timestamp.txt": "2020-01-01 00:00:00 UTC"},
    )
    person = Handed("Ada", "Doe", 1, inner.read_bytes(), "mine.zip")
    for write in (platforms.canvas, platforms.sakai):
        collect(unit.root, unit.id, [write(tmp_path / "c.zip", [person])])
    assert {time for _, time in counting(unit).values()} == {platforms.WHEN}


def test_a_renamed_later_attempt_counts_on_canvas(unit: Unit, tmp_path: Path) -> None:
    """Canvas counts up versions of one name; over all names its attachments count up."""
    data = notebooks(unit)
    old = one_zip(tmp_path / "a.zip", {"doeada_12_500_work-1.ipynb": data[0]})
    new = one_zip(tmp_path / "b.zip", {"doeada_LATE_12_600_final.ipynb": data[1]})
    for paths in ([old], [new], [old]):
        collect(unit.root, unit.id, paths)
    assert [content for content, _ in counting(unit).values()] == [data[1]]


def test_gradescopes_list_is_read_to_the_letter() -> None:
    """Names of tests and times of older attempts are in later sections; names may be quoted."""
    text = """---
submission_1:
  :submitters:
  - :name: 'Carl O''Neill'
    :sid: '7'
    :email: c@x.edu
  - :name: "Ada Doe"
    :sid: ''
    :email: a@x.edu
  :created_at: 2024-03-05 10:30:00.000000000 Z
  :results:
    tests:
    - :name: test 1
  :history:
  - :id: 9
    :created_at: 2020-01-01 00:00:00.0 Z
    :name: somebody else
"""
    [clue] = gradescope_list(Opened(("e.zip", "submission_metadata.yml"), text.encode())).values()
    assert [(m.name, m.keys) for m in clue.members] == [
        ("Carl O'Neill", ("7", "c@x.edu")),
        ("Ada Doe", ("a@x.edu",)),
    ]
    assert clue.sent == datetime(2024, 3, 5, 10, 30, tzinfo=UTC)


def test_lists_that_are_made_to_be_slow_state_nothing() -> None:
    """Megabytes of blanks: each pattern looks at a line once."""
    text = f"submission_1:\n  :submitters:\n{' ' * 2_000_000}x\n  - :name: Ada\n"
    [clue] = gradescope_list(Opened(("e.zip", "submission_metadata.yml"), text.encode())).values()
    assert clue.name == "Ada"
    blackboard = Opened(
        ("e.zip", "x_attempt_2024-03-05-10-30-00.txt"), b"Name:" + b" " * 4000 + b"(x"
    )
    assert stated_in(blackboard) == {}


def test_the_receipt_names_the_group(unit: Unit, tmp_path: Path) -> None:
    """In the table and as JSON."""
    twelve = a_class_of_12(notebooks(unit))
    write_lists(unit, twelve, "gradescope")
    report = collect(unit.root, unit.id, EXPORTS["gradescope"](tmp_path, unit, twelve))
    plain = json.loads(json.dumps(report.to_plain()))
    rows = [row for row in plain["rows"] if row["group"] and row["outcome"] == "taken"]
    assert [row["student"] for row in rows] == ["s1010", "s1011"]
    assert all("group: s1010, s1011, s1012" in row["details"] for row in rows)
