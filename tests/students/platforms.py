"""The forms in which learning platforms give a class's submissions to an instructor."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

FIRST = ("Ada", "Zoé", "Jürgen", "Anne-Marie", "Óscar", "Li", "Fatima", "Noah", "Ewa", "Kofi")
LAST = (
    "Doe",
    "Nuñez",
    "van der Berg",
    "O'Neill",
    "Świątek",
    "Wang",
    "Haddad",
    "Smith",
    "Łoś",
    "Ba",
)
WHEN = datetime(2024, 3, 5, 10, 30, 0)


@dataclass(frozen=True)
class Handed:
    """A file that a student hands in. number: the platform's."""

    first: str
    last: str
    number: int
    data: bytes
    file: str = "residual_networks.ipynb"
    when: datetime = WHEN

    @property
    def id(self) -> str:
        """The id under which nbgrader knows the student."""
        return f"s{self.number}"


def a_class(size: int, data: Iterable[bytes]) -> list[Handed]:
    """As many students with names of their own, with one notebook each."""
    return [
        Handed(FIRST[i % 10], f"{LAST[i // 10 % 10]} {'abcdefghij'[i // 100]}", 1000 + i, notebook)
        for i, notebook in zip(range(size), data, strict=False)
    ]


def roster_csv(path: Path, students: Iterable[Handed]) -> Path:
    """The students as nbgrader exports them."""
    lines = ["id,first_name,last_name,email,lms_user_id"]
    lines += [f"{s.id},{s.first},{s.last},{s.id}@school.edu,{s.number}" for s in students]
    path.write_text("\n".join(dict.fromkeys(lines)) + "\n", "utf-8")
    return path


def canvas(path: Path, handed: Iterable[Handed]) -> Path:
    """Canvas's "download submissions": one folder, the student in each file's name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, item in enumerate(handed):
            name = "".join(c for c in f"{item.last}{item.first}".lower() if c not in " '-")
            late = "LATE_" if number % 7 == 3 else ""
            _add(archive, f"{name}_{late}{item.number}_{90000 + number}_{item.file}", item)
    return path


def moodle(path: Path, handed: Iterable[Handed]) -> Path:
    """Moodle's: a folder for each participant."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for item in handed:
            folder = f"{item.first} {item.last}_{70000 + item.number}_assignsubmission_file_"
            _add(archive, f"{folder}/{item.file}", item)
    return path


def gradescope(path: Path, handed: Iterable[Handed]) -> Path:
    """Gradescope's: numbered folders, and a list that says whose they are."""
    lines = ["---"]
    with zipfile.ZipFile(path, "w") as archive:
        for item in handed:
            folder = f"submission_{item.number + 5}"
            _add(archive, f"assignment_1_export/{folder}/{item.file}", item)
            lines += [f"{folder}:", "  :submitters:", f"  - :name: {item.first} {item.last}"]
            lines += [f"    :sid: '{item.id}'", f"    :email: {item.id}@school.edu"]
            lines += [f"  :created_at: {item.when:%Y-%m-%d %H:%M:%S}.000000000 Z", "  :score: 0.0"]
        archive.writestr("assignment_1_export/submission_metadata.yml", "\n".join(lines))
    return path


def classroom(folder: Path, handed: Iterable[Handed]) -> Path:
    """A folder with one file for each student, as Google Classroom keeps it in Drive."""
    folder.mkdir(parents=True)
    for item in handed:
        (folder / f"{item.first} {item.last} - {item.file}").write_bytes(item.data)
    return folder


def exchange(folder: Path, unit: str, handed: Iterable[Handed]) -> Path:
    """nbgrader's own exchange, inbound."""
    for item in handed:
        name = f"{item.id}+{unit}+{item.when:%Y-%m-%d %H:%M:%S.%f} UTC+8d7f2a"
        (folder / name).mkdir(parents=True)
        (folder / name / item.file).write_bytes(item.data)
        (folder / name / "timestamp.txt").write_text(f"{item.when:%Y-%m-%d %H:%M:%S.%f} UTC")
    return folder


def emails(folder: Path, handed: Iterable[Handed]) -> Path:
    """Messages with an attachment, as saved from a mail program."""
    folder.mkdir(parents=True)
    for item in handed:
        message = EmailMessage()
        message["From"] = f"{item.first} <{item.id}@school.edu>"
        message["Date"] = format_datetime(item.when)
        message.set_content("Here is my homework.")
        message.add_attachment(item.data, "application", "octet-stream", filename=item.file)
        (folder / f"{item.number}.eml").write_bytes(message.as_bytes())
    return folder


def _add(archive: zipfile.ZipFile, name: str, item: Handed) -> None:
    info = zipfile.ZipInfo(name, item.when.timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, item.data)
