"""Whose a file is, and when it was submitted, is told by names that no student chose: tried as an attacker.

Each attacker submits something whose inner names claim that it is Zoe's, and was submitted in another year.
"""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from kerasgrader.intake.clues import clue_of, is_students_own
from kerasgrader.intake.platforms import Clue
from kerasgrader.intake.roster import Roster, person_of
from kerasgrader.intake.unpacking import Opening

UNIT = "unit1-scaled-dense"
ZOE = ("zoe", "77", "zoe@x.edu")
CLASS = Roster(
    [
        person_of("zoe", ZOE, "Zoe", "Li"),
        person_of("ada", ["12", "120045", "ada@x.edu"], "Ada", "Doe"),
    ]
)
NAMESAKES = Roster([person_of(one, [], "Ada", "Doe") for one in ("ada", "ida")])
NOBODY = Roster()
FALSE, TRUE = (2020, 1, 1, 0, 0, 0), (2026, 5, 4, 18, 0, 0)
THEN = datetime(*TRUE, tzinfo=UTC)


def message(sender: str, file: str, data: bytes, year: int = 2020) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Date"] = sender, f"Wed, 01 Jan {year} 00:00:00 +0000"
    mail.set_content("My work.")
    mail.add_attachment(data, "application", "octet-stream", filename=file)
    return mail.as_bytes()


def zipped(members: dict[str, bytes], time: tuple[int, int, int, int, int, int] = FALSE) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, time), data)
    return buffer.getvalue()


CLAIMS = {
    "exchange": "zoe+unit1-scaled-dense+2020-01-01 00:00:00 UTC+x/x.ipynb",
    "nbgrader": "zoe/unit1-scaled-dense/x.ipynb",
    "Canvas": "lizoe_77_900_x.ipynb",
    "Moodle": "Zoe Li_77_assignsubmission_file_/x.ipynb",
    "Blackboard": "Unit 1_zoe_attempt_2020-01-01-00-00-00_x.ipynb",
    "D2L": "77-9 - Zoe Li - Jan 1, 2020 1200 AM/x.ipynb",
    "ILIAS": "Li_Zoe_zoe_77/20200101000000_x.ipynb",
    "Sakai": "Li, Zoe(zoe)/Submission attachment(s)/x.ipynb",
    "Gradescope": "submission_77/x.ipynb",
    "a folder": "zoe/x.ipynb",
    "a file": "zoe.ipynb",
    "an archive": "zoe.zip",
    "an e-mail": "x.eml",
}


def forged(claim: str) -> bytes:
    """An archive whose only file claims to be Zoe's. What it is in was written in a wrong year, too."""
    name = CLAIMS[claim]
    data = {
        "an archive": zipped({"zoe/x.ipynb": b"{}"}),
        "an e-mail": message("zoe@x.edu", "x.ipynb", b"{}"),
    }
    return zipped({name: data.get(claim, b"{}")})


def found(path: Path, roster: Roster = CLASS) -> Clue:
    """The clue to the one file in what was collected, and its student."""
    opening = Opening().open([path], UTC, lambda name: is_students_own(name, roster.knows))
    [clue] = [clue_of(one, [UNIT], {}, UTC, roster.knows) for one in opening]
    return clue


def student(path: Path, roster: Roster = CLASS) -> str:
    name, problem = roster.student(found(path, roster))
    return problem or name


def lay(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


@pytest.mark.parametrize("claim", CLAIMS)
def test_an_archive_in_a_folder_of_archives_is_its_own_names(claim: str, tmp_path: Path) -> None:
    """With a class list or without, whatever is in it; no time in it is one of a submission."""
    folder = lay(tmp_path / "inbox", {"ada.zip": forged(claim)})
    for roster in (CLASS, NOBODY):
        assert student(folder, roster) == "ada"
        assert found(folder, roster).sent is None


@pytest.mark.parametrize("claim", CLAIMS)
def test_an_archive_that_is_called_like_a_student_is_that_students(
    claim: str, tmp_path: Path
) -> None:
    """Collected by its own name, as a shell lists the files of a folder: by id, number or full name."""
    for name in (
        "ada",
        "120045",
        "Ada Doe",
        "doe, ada",
        "Ada Doe - work",
        "doeada_LATE_12_500_work",
    ):
        path = lay(tmp_path / name, {f"{name}.zip": forged(claim)}) / f"{name}.zip"
        assert student(path) == "ada"
        assert found(path).sent is None


@pytest.mark.parametrize("claim", CLAIMS)
def test_an_archive_in_a_platforms_archive_is_the_platforms_student(
    claim: str, tmp_path: Path
) -> None:
    """With the time that the platform's archive has, in Canvas's form and in folders of names."""
    for outer in ("doeada_12_500_work.zip", "Doe_Ada_ada_12/20260504180000_work.zip"):
        path = tmp_path / "download.zip"
        path.write_bytes(zipped({f"Unit 1/{outer}": forged(claim)}, TRUE))
        assert student(path) == "ada"
        assert found(path).sent == THEN


@pytest.mark.parametrize("claim", CLAIMS)
def test_below_a_students_folder_all_names_are_the_students(claim: str, tmp_path: Path) -> None:
    """As in a shared drive, where everybody has a folder and puts into it what they like."""
    if claim in ("an archive", "an e-mail"):
        files = {"ada/x.zip": forged(claim)}
    else:
        files = {f"ada/{CLAIMS[claim]}": b"{}"}
    assert student(lay(tmp_path / "drive", files)) == "ada"
    path = tmp_path / "drive.zip"
    path.write_bytes(zipped({f"Unit 1/{name}": data for name, data in files.items()}, TRUE))
    assert student(path) == "ada"
    assert found(path).sent == THEN


def test_a_message_is_the_senders_and_what_is_attached_claims_nothing(tmp_path: Path) -> None:
    """An attached message has another sender and date; an attached archive any names."""
    inner = message("zoe@x.edu", "x.ipynb", b"{}", 2019)
    for file, data in (("x.eml", inner), ("x.zip", forged("exchange")), ("zoe.ipynb", b"{}")):
        folder = lay(tmp_path / file, {"1.eml": message("ada@x.edu", file, data)})
        assert student(folder) == "ada"
        assert found(folder).sent == datetime(2020, 1, 1, tzinfo=UTC)


def test_a_message_that_a_student_uploads_is_the_students(tmp_path: Path) -> None:
    """Whoever is said to have sent it, and whenever."""
    path = tmp_path / "canvas.zip"
    mail = message("zoe@x.edu", "x.ipynb", b"{}", 2030)
    path.write_bytes(zipped({"doeada_12_500_work.eml": mail}, TRUE))
    assert student(path) == "ada"
    assert found(path).sent == THEN


def test_names_further_in_tell_which_of_two_namesakes(tmp_path: Path) -> None:
    """And nobody else."""
    for file, expected in (("ida.ipynb", "ida"), ("zoe.ipynb", "could be ada or ida")):
        folder = lay(tmp_path / file, {f"Ada Doe/{file}": b"{}"})
        assert expected in student(folder, NAMESAKES)


@pytest.mark.parametrize(
    "name", ["Unit 1 - Submissions.zip", "CS 101 - Fall-Unit 1-4711.zip", "12.zip"]
)
def test_the_name_of_a_download_is_no_student(name: str, tmp_path: Path) -> None:
    """Though Google Classroom would write a name before a dash, and somebody's number may be 12."""
    path = tmp_path / name
    path.write_bytes(zipped({"lizoe_77_500_work.ipynb": b"{}"}, TRUE))
    assert student(path) == "zoe"


def test_the_handed_out_folder_in_an_archive_tells_of_no_student(tmp_path: Path) -> None:
    """A student who packs the unit's folder is told by the archive's name."""
    path = tmp_path / "ada.zip"
    path.write_bytes(zipped({f"{UNIT}/x.ipynb": b"{}"}))
    assert [student(path), student(path, NOBODY)] == ["ada", "ada"]
