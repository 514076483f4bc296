"""The forms in which learning platforms give a class's submissions to an instructor.

The naming schemes are public: `kerasgrader.intake.platforms` names the source of each. No export here was
made by a real platform.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
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
DOWNLOADED = datetime(2024, 4, 1, 8, 0, 0)
TWELVE = (  # two namesakes, some not in Latin letters
    ("Ada", "Doe"),
    ("Bo", "Li"),
    ("Carl", "O'Neill"),
    ("Ada", "Doe"),
    ("Anne-Marie", "van der Berg"),
    ("Zoé", "Nuñez"),
    ("Мария", "Иванова"),
    ("小明", "王"),
    ("प्रिया", "शर्मा"),
    ("محمد", "علي"),
    ("Jürgen", "Świątek"),
    ("Eva", "Smith"),
)


@dataclass(frozen=True)
class Handed:
    """A file that a student hands in. number: the platform's. mates: who hands it in with them. team: the
    name of their group. attempt: counts up from 1."""

    first: str
    last: str
    number: int
    data: bytes
    file: str = "residual_networks.ipynb"
    when: datetime = WHEN
    mates: tuple[Handed, ...] = field(default=(), repr=False)
    team: str = ""
    attempt: int = 1

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


@dataclass(frozen=True)
class Twelve:
    """A class of 12. handed: the files of all attempts, each once. own: whether one of the group hands in
    alone later. expected: what counts for each student, by id: content and time."""

    people: tuple[Handed, ...]
    handed: tuple[Handed, ...]
    expected: dict[str, tuple[bytes, datetime]]

    def downloads(self) -> tuple[list[Handed], list[Handed]]:
        """Two downloads from a platform that gives the newest attempt only: an early and a late one."""
        return [h for h in self.handed if h.attempt == 1], self._newest()

    def _newest(self) -> list[Handed]:
        newest = {h.id: h for h in self.handed}
        return list(newest.values())


def a_class_of_12(data: Sequence[bytes], alone_later: bool = True) -> Twelve:
    """Two attempts of some, the second one late; a group of three, of which one hands in alone later.

    data: 18 notebooks. alone_later: whether the platform lets a member of a group do so.
    """
    notebooks = iter(data)
    people = tuple(Handed(*name, 1001 + i, b"") for i, name in enumerate(TWELVE))
    first, *mates = people[9:]
    together = replace(first, data=next(notebooks), mates=tuple(mates), team="Team 7")
    handed = [together]
    expected = {person.id: (together.data, WHEN) for person in people[9:]}
    for i, person in enumerate(people[:9]):
        handed.append(replace(person, data=next(notebooks), when=WHEN + timedelta(minutes=i)))
        if i % 2:
            late = WHEN + timedelta(days=2, hours=i)
            handed.append(replace(person, data=next(notebooks), when=late, attempt=2))
        expected[person.id] = (handed[-1].data, handed[-1].when)
    if alone_later:
        later = WHEN + timedelta(days=1)
        alone = replace(mates[1], data=next(notebooks), when=later, attempt=2)
        handed.append(alone)
        expected[alone.id] = (alone.data, later)
    return Twelve(people, tuple(handed), expected)


def groups_csv(path: Path, handed: Iterable[Handed]) -> Path:
    """The groups as a teacher writes them down."""
    lines = ["group,student_id"]
    for item in handed:
        lines += [f"{item.team},{one.id}" for one in (item, *item.mates) if item.team]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def roster_csv(path: Path, students: Iterable[Handed], moodle: bool = False) -> Path:
    """The students as nbgrader exports them. moodle: with the numbers of Moodle's grading worksheet."""
    lines = ["id,first_name,last_name,email,lms_user_id" + ",identifier" * moodle]
    lines += [
        f"{s.id},{s.first},{s.last},{s.id}@school.edu,{s.number}"
        + f",Participant {70000 + s.number}" * moodle
        for s in students
    ]
    path.write_text("\n".join(dict.fromkeys(lines)) + "\n", "utf-8")
    return path


def canvas(path: Path, handed: Iterable[Handed]) -> Path:
    """Canvas's "download submissions": one folder, the student in each file's name, or the group."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, item in enumerate(handed):
            name = "".join(c for c in f"{item.last}{item.first}".lower() if c not in " '-")
            name = item.team.lower().replace(" ", "") or name
            late = "LATE_" if number % 7 == 3 or item.when > WHEN + timedelta(hours=1) else ""
            attachment = 90000 + number + 1000 * item.attempt
            _add(archive, f"{name}_{late}{item.number}_{attachment}_{item.file}", item)
    return path


def moodle(path: Path, handed: Iterable[Handed]) -> Path:
    """Moodle's: a folder for each participant; where there are teams, with the team's name in front."""
    handed = list(handed)
    teams = any(item.team for item in handed)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for item in handed:
            for one in (item, *item.mates):
                team = f"{item.team or 'Default group'}-" if teams else ""
                folder = f"{team}{one.first} {one.last}_{70000 + one.number}_assignsubmission_file_"
                _add(archive, f"{folder}/{item.file}", item)
    return path


def blackboard(path: Path, handed: Iterable[Handed]) -> Path:
    """Blackboard's "assignment file download": all attempts, each with a text about it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for item in handed:
            start = f"Unit_1_{item.id}_attempt_{item.when:%Y-%m-%d-%H-%M-%S}"
            about = f"Name: {item.first} {item.last} ({item.id})\nAssignment: Unit_1\nFiles:\n"
            _add(archive, f"{start}.txt", replace(item, data=about.encode(), when=DOWNLOADED))
            _add(archive, f"{start}_{item.file}", replace(item, when=DOWNLOADED))
    return path


def d2l(path: Path, handed: Iterable[Handed]) -> Path:
    """Brightspace's: a folder for each attempt, and an index."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Unit 1/index.html", "<html>Unit 1</html>")
        for item in handed:
            hour = item.when.hour % 12 or 12
            time = f"{item.when:%b} {item.when.day}, {item.when:%Y} {hour}{item.when:%M %p}"
            folder = f"{item.number}-99 - {item.first} {item.last} - {time}"
            _add(archive, f"Unit 1/{folder}/{item.file}", replace(item, when=DOWNLOADED))
    return path


def ilias(path: Path, handed: Iterable[Handed]) -> Path:
    """ILIAS's: a folder for each participant, in one for each team; names in ASCII."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for item in handed:
            names = (
                f"{item.last}_{item.first}".encode("ascii", "replace").decode().replace("?", "x")
            )
            team = f"{item.team}/" if item.team else ""
            folder = f"Abgaben/{team}{names}_{item.id}_{item.number}"
            name = f"{folder}/{item.when:%Y%m%d%H%M%S}_{item.file}"
            _add(archive, name, replace(item, when=DOWNLOADED))
    return path


def sakai(path: Path, handed: Iterable[Handed]) -> Path:
    """Sakai's "download all": a folder for each student or group, with the time in a file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Unit 1/grades.csv", '"Unit 1","Points"\n\nDisplay ID,ID,Last Name\n')
        for item in handed:
            people = (item, *item.mates)
            folder = "Unit 1/" + "; ".join(f"{one.last}, {one.first}({one.id})" for one in people)
            archive.writestr(f"{folder}/timestamp.txt", f"{item.when:%Y-%m-%dT%H:%M:%SZ}")
            archive.writestr(f"{folder}/comments.txt", "")
            archive.writestr(f"{folder}/feedbackText.html", "")
            name = f"{folder}/Submission attachment(s)/{item.file}"
            _add(archive, name, replace(item, when=DOWNLOADED))
    return path


def gradescope(path: Path, handed: Iterable[Handed]) -> Path:
    """Gradescope's: numbered folders, and a list that says whose they are."""
    lines = ["---"]
    with zipfile.ZipFile(path, "w") as archive:
        for item in handed:
            folder = f"submission_{item.number + 5}"
            _add(archive, f"assignment_1_export/{folder}/{item.file}", item)
            lines += [f"{folder}:", "  :submitters:"]
            for one in (item, *item.mates):
                lines += [f"  - :name: {one.first} {one.last}", f"    :sid: '{one.id}'"]
                lines += [f"    :email: {one.id}@school.edu"]
            lines += [f"  :created_at: {item.when:%Y-%m-%d %H:%M:%S}.000000000 Z", "  :score: 0.0"]
            lines += ["  :history:", "  - :id: 1", "    :created_at: 2020-01-01 00:00:00.0 Z"]
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
        (folder / name / "user_info.json").write_text('{"username": "somebody"}')
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
        (folder / f"{item.number}-{item.attempt}.eml").write_bytes(message.as_bytes())
    return folder


def _add(archive: zipfile.ZipFile, name: str, item: Handed) -> None:
    info = zipfile.ZipInfo(name, item.when.timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, item.data)
