"""class.toml as data: the members of the class, its folders and its ports."""

from __future__ import annotations

import os
import pwd
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from kerasgrader.course.course import load_course
from kerasgrader.errors import CourseError

ROOT = Path(__file__).resolve().parent.parent
CLASS_FILE = "RESNET_COURSE_CLASS"  # the variable that names class.toml to jupyterhub_config.py
ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
FIRST_PERSON = 1000  # Linux gives smaller numbers to accounts of the system
TRY_OUT_FOLDER = ROOT / ".hub"


@dataclass(frozen=True)
class Classroom:
    """One class on one machine.

    watch: whether submissions are graded as soon as they are there. apart: every student has a Linux
    account, and Linux keeps them apart. Needs root; if False, everything runs as the user who started the
    Hub: good for a trial, and for nothing else.
    """

    course: str
    instructors: tuple[str, ...]
    students: tuple[str, ...]
    account: str
    folder: Path
    address: str
    apart: bool
    watch: bool = False

    @property
    def people(self) -> tuple[str, ...]:
        return self.instructors + self.students

    @property
    def course_folder(self) -> Path:
        """nbgrader's course directory: source, gradebook, submissions, marks, feedback."""
        return self.folder / "course"

    @property
    def exchange(self) -> Path:
        return self.folder / "exchange"

    @property
    def state(self) -> Path:
        """The Hub's own database and secrets."""
        return self.folder / "hub"

    @property
    def homes(self) -> Path:
        """The folders of students who have no accounts, and so no homes."""
        return self.folder / "homes"

    @property
    def students_group(self) -> str:
        """The group by which nbgrader recognises the students of the course."""
        return f"nbgrader-{self.course}"

    @property
    def instructors_group(self) -> str:
        return f"formgrade-{self.course}"

    def port(self, offset: int) -> int:
        """The port of the public address (0), or one of those after it: the Hub (1), the proxy's
        interface for the Hub (2), the formgrader (3), the students' pages (4)."""
        return (urlsplit(self.address).port or 8000) + offset


def load_classroom(file: Path | None = None) -> Classroom:
    """The class described in `file` (default: the one that CLASS_FILE names, or hub/class.toml).

    Raises CourseError.
    """
    file = file or Path(os.environ.get(CLASS_FILE, ROOT / "hub" / "class.toml"))
    try:
        said = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CourseError(f"{file}: {error}") from None
    apart = os.geteuid() == 0
    _check_types(said, file)
    try:
        folder = Path(said.pop("folder"))
        classroom = Classroom(
            course=load_course(ROOT).name,
            instructors=tuple(said.pop("instructors")),
            students=tuple(said.pop("students")),
            account=said.pop("account"),
            folder=folder if apart else TRY_OUT_FOLDER,
            address=said.pop("address"),
            apart=apart,
            watch=said.pop("watch", False),
        )
    except KeyError as missing:
        raise CourseError(f"{file} needs {missing.args[0]}") from None
    if said:
        raise CourseError(f"{file} has an unknown key: {', '.join(sorted(said))}")
    _check(classroom, file)
    return classroom


def sockets_of(account: str) -> Path:
    """The folder for the sockets of an account's kernels."""
    return Path(pwd.getpwnam(account).pw_dir) / ".run"


def _check_types(said: dict[str, object], file: Path) -> None:
    for key in ("instructors", "students"):
        names = said.get(key, [])
        if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
            raise CourseError(f'{file}: {key} must be a list of names, as in ["ada", "grace"]')
    for key in ("account", "folder", "address"):
        if not isinstance(said.get(key, ""), str):
            raise CourseError(f"{file}: {key} must be a string, in quotation marks")
    if not isinstance(said.get("watch", False), bool):
        raise CourseError(f"{file}: watch must be true or false")


def _check(classroom: Classroom, file: Path) -> None:
    for name in (*classroom.people, classroom.account):
        if not ACCOUNT.fullmatch(name):
            raise CourseError(
                f"{file}: {name!r} cannot be the name of a Linux account: small letters, digits, _ and -, "
                "with a letter first"
            )
    names = (*classroom.people, classroom.account)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CourseError(f"{file}: {', '.join(twice)} occurs twice")
    if not classroom.folder.is_absolute():
        raise CourseError(f"{file}: folder must begin with /, but is {classroom.folder}")
    try:
        port = urlsplit(classroom.address).port
    except ValueError:
        port = None
    if port is None:
        raise CourseError(f"{file}: address must end with a port, as in http://127.0.0.1:8000")
    if classroom.apart:
        _check_accounts(classroom, file)


def _check_accounts(classroom: Classroom, file: Path) -> None:
    """Refuse accounts of the system: nobody may log in as root, or get /bin as a home."""
    known = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    for name in classroom.people:
        if known.get(name, FIRST_PERSON) < FIRST_PERSON:
            raise CourseError(f"{file}: {name} is an account of the system: choose another name")
    if known.get(classroom.account) == 0:
        raise CourseError(f"{file}: the account that owns the course must not be root's")
