"""Prepare the machine for the Hub: accounts, the course's folder, the exchange.

Everything here can be repeated at any time. Private files are tested as each student: if any of
them can be read, the Hub does not start.
"""

from __future__ import annotations

import base64
import json
import os
import pwd
import secrets
import stat
import subprocess
import sys
from collections.abc import Callable

from hub.classroom import ROOT, Classroom
from hub.looking import OPEN, look_as_students, rights_of
from kerasgrader.course.course import load_course
from kerasgrader.errors import CourseError, GraderFault

Say = Callable[[str], None]

MOST_MISSING_NAMED = 5


def prepare(classroom: Classroom, say: Say) -> None:
    """Prepare the machine for the class. Raises CourseError or GraderFault with what to do."""
    if classroom.apart:
        _make_accounts(classroom, say)
        _close_this_folder(say)
    _make_folders(classroom)
    _bring_course_up_to_date(classroom, say)
    if classroom.apart:
        look_as_students(classroom)
    else:
        _draw_password(classroom)


def _make_accounts(classroom: Classroom, say: Say) -> None:
    known = {entry.pw_name for entry in pwd.getpwall()}
    classroom.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    if classroom.account not in known:
        home = classroom.folder / "account"
        options = ["--system", "--user-group", "--shell", "/usr/sbin/nologin"]
        _make_account(classroom.account, *options, "--create-home", "--home-dir", str(home))
    new = [name for name in classroom.people if name not in known]
    for name in new:
        _make_account(name, "--user-group", "--create-home", "--shell", "/bin/bash")
    for name in (*classroom.people, classroom.account):
        os.chmod(pwd.getpwnam(name).pw_dir, 0o700)
    if new:
        more = f" and {len(new) - MOST_MISSING_NAMED} more" if len(new) > MOST_MISSING_NAMED else ""
        say(
            f"Accounts created, without passwords: {', '.join(new[:MOST_MISSING_NAMED])}{more}. "
            "Set one for each (passwd NAME, or chpasswd for many), or choose another authenticator."
        )


def _make_account(name: str, *options: str) -> None:
    done = subprocess.run(["useradd", *options, name], capture_output=True, text=True)
    if done.returncode:
        raise GraderFault(f"the account {name} could not be created: {done.stderr.strip()}")


def _close_this_folder(say: Say) -> None:
    """Close this folder to others: the lessons, the sources and the tests hold the solutions."""
    closed = []
    for path in sorted(ROOT.iterdir()):
        mode = path.lstat().st_mode
        if path.name not in OPEN and not path.is_symlink() and mode & stat.S_IRWXO:
            path.chmod(stat.S_IMODE(mode) & ~stat.S_IRWXO)
            closed.append(path.name)
    if closed:
        say(f"Closed to others in {ROOT}: {', '.join(closed)}")


def _make_folders(classroom: Classroom) -> None:
    """Create the folders that lie in root's own; the owner of the course creates those below."""
    for folder, mode, owned in (
        (classroom.folder, 0o755 if classroom.apart else 0o700, False),
        (classroom.state, 0o700, False),
        (classroom.course_folder, 0o700, True),
        (classroom.exchange, 0o1777, False),
        (classroom.exchange / classroom.course, 0o755, True),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        if folder.is_symlink():
            raise CourseError(f"{folder} is a link: put the folder itself there")
        if owned and classroom.apart:
            account = pwd.getpwnam(classroom.account)
            os.chown(folder, account.pw_uid, account.pw_gid, follow_symlinks=False)
        folder.chmod(mode)


def _bring_course_up_to_date(classroom: Classroom, say: Say) -> None:
    """Pass sources and settings to the owner of the course's folder."""
    files = {
        "course.toml": (ROOT / "course.toml").read_bytes(),
        "nbgrader_config.py": _settings(classroom).encode(),
    }
    for unit in load_course(ROOT).units:
        if not unit.source_file.is_file():
            raise CourseError(f"there is no source/{unit.id}: run `make build` first")
        for path in unit.source_file.parent.rglob("*"):
            if path.is_file():
                files[str(path.relative_to(ROOT))] = path.read_bytes()
    what = {
        "files": {name: base64.b64encode(content).decode() for name, content in files.items()},
        "students": list(classroom.students),
        "exchange": str(classroom.exchange / classroom.course),
    }
    if not (classroom.course_folder / "gradebook.db").exists():
        say("Building the release for students; the first time this takes half a minute ...")
    done = subprocess.run(
        [sys.executable, "-m", "hub.releasing", str(classroom.course_folder)],
        cwd=ROOT,
        env={"PATH": os.defpath, "HOME": str(classroom.folder)},
        input=json.dumps(what),
        capture_output=True,
        text=True,
        **(rights_of(classroom.account) if classroom.apart else {}),
    )
    if done.returncode:
        raise GraderFault(f"the course's folder could not be updated: {done.stderr.strip()[-400:]}")


def _settings(classroom: Classroom) -> str:
    """nbgrader_config.py of the course, with the exchange added."""
    lines = [
        (ROOT / "nbgrader_config.py").read_text("utf-8"),
        f"c.Exchange.root = {str(classroom.exchange)!r}",
    ]
    if not classroom.apart:
        lines.append("c.ExchangeCollect.check_owner = False  # there is only one account")
    return "\n".join(lines) + "\n"


def _draw_password(classroom: Classroom) -> None:
    file = classroom.state / "password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(9) + "\n")
