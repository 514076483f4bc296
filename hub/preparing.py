"""What the machine needs before the Hub can start: accounts, the course's folder, the exchange.

Everything here can be done again at any time. What a student must not read is looked at as a student:
if any of it can be read, the Hub does not start.
"""

from __future__ import annotations

import filecmp
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from hub.classroom import ROOT, Classroom
from hub.looking import OPEN, look_as_students, rights_of
from resnet_grader.course import load_course
from resnet_grader.errors import CourseError, GraderFault

Say = Callable[[str], None]

MOST_MISSING_NAMED = 5


def prepare(classroom: Classroom, say: Say) -> None:
    """Make the machine ready for the class. Raises CourseError or GraderFault with what to do."""
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
            f"Accounts made, without a password: {', '.join(new[:MOST_MISSING_NAMED])}{more}. Give them "
            "one each (passwd NAME, or chpasswd for many), or choose another authenticator."
        )


def _make_account(name: str, *options: str) -> None:
    done = subprocess.run(["useradd", *options, name], capture_output=True, text=True)
    if done.returncode:
        raise GraderFault(f"the account {name} could not be made: {done.stderr.strip()}")


def _close_this_folder(say: Say) -> None:
    """The lessons, the sources and the tests hold the solutions: nobody else may read them."""
    closed = []
    for path in sorted(ROOT.iterdir()):
        mode = path.lstat().st_mode
        if path.name not in OPEN and not path.is_symlink() and mode & stat.S_IRWXO:
            path.chmod(stat.S_IMODE(mode) & ~stat.S_IRWXO)
            closed.append(path.name)
    if closed:
        say(f"Closed to others in {ROOT}: {', '.join(closed)}")


def _make_folders(classroom: Classroom) -> None:
    course = classroom.exchange / classroom.course
    # Everybody may write into the exchange and its inbound folder, and nobody may list the latter or
    # remove what is another's: hence the sticky bits, which nbgrader by itself does not set.
    for folder, mode, owned in (
        (classroom.folder, 0o755, False),
        (classroom.state, 0o700, False),
        (classroom.course_folder, 0o700, True),
        (classroom.exchange, 0o1777, False),
        (course, 0o755, True),
        (course / "outbound", 0o755, True),
        (course / "inbound", 0o3733, True),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        if owned:
            _give(classroom, folder)
        folder.chmod(mode)


def _bring_course_up_to_date(classroom: Classroom, say: Say) -> None:
    """Copy the sources and the settings into the course's folder; make what is to be released of them."""
    folder, changed = classroom.course_folder, []
    for unit in load_course(ROOT).units:
        source, copy = unit.source_file.parent, folder / "source" / unit.id
        if not source.is_dir():
            raise CourseError(f"there is no source/{unit.id}: run `make build` first")
        if not _same(source, copy) or not (folder / "release" / unit.id).is_dir():
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(source, copy)
            changed.append(unit.id)
    shutil.copy(ROOT / "course.toml", folder)
    (folder / "nbgrader_config.py").write_text(_settings(classroom), "utf-8")
    for path in (folder, folder / "course.toml", folder / "nbgrader_config.py"):
        _give(classroom, path)
    for path in (folder / "source").rglob("*"):
        _give(classroom, path)
    _give(classroom, folder / "source")
    if changed:
        say("Making what students get; the first time this takes half a minute ...")
        command = [sys.executable, "-m", "hub.releasing", str(folder), *changed]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={"PATH": os.defpath, "HOME": str(classroom.folder)},
            capture_output=True,
            text=True,
            **(rights_of(classroom.account) if classroom.apart else {}),
        )
        if done.returncode:
            raise GraderFault(f"{' '.join(command)}: {done.stderr.strip()[-400:]}")


def _settings(classroom: Classroom) -> str:
    """nbgrader_config.py of the course, which knows the exchange too."""
    lines = [
        (ROOT / "nbgrader_config.py").read_text("utf-8"),
        f"c.Exchange.root = {str(classroom.exchange)!r}",
    ]
    if not classroom.apart:
        lines.append("c.ExchangeCollect.check_owner = False  # there is but one account")
    return "\n".join(lines) + "\n"


def _same(one: Path, other: Path) -> bool:
    if not other.is_dir():
        return False
    names = {path.name for path in one.iterdir()}
    if names != {path.name for path in other.iterdir()}:
        return False
    return not any(filecmp.cmpfiles(one, other, names, shallow=False)[1:])


def _give(classroom: Classroom, path: Path) -> None:
    if classroom.apart:
        account = pwd.getpwnam(classroom.account)
        os.chown(path, account.pw_uid, account.pw_gid)


def _draw_password(classroom: Classroom) -> None:
    file = classroom.state / "password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(9) + "\n")
