"""Test what each student can read, write and run on this machine, as that student."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from hub.classroom import ROOT, Classroom
from kerasgrader.errors import GraderFault

# Entries of this folder for students, who run programs, import resnet_course and read settings.
OPEN = {".venv", "hub", "kerascheck", "kerasgrader", "resnet_course"}
IMPORTS = "from importlib.util import find_spec; find_spec('resnet_course').origin"


def look_as_students(classroom: Classroom) -> None:
    """Raise GraderFault if a student can read private files or write here, or cannot run Python."""
    homes = {name: Path(pwd.getpwnam(name).pw_dir) for name in classroom.people}
    for student in classroom.students:
        others = [home for name, home in homes.items() if name != student]
        found = _as_another(student, [*private_paths(classroom), *others])
        if found:
            raise GraderFault(f"{student} can {', '.join(found[:5])}: correct the permissions")
    for student in classroom.students[:1]:
        _can_run_python(student)


def private_paths(classroom: Classroom) -> list[Path]:
    """The paths that no student may read."""
    here = [path for path in sorted(ROOT.iterdir()) if path.name not in OPEN]
    return [*here, classroom.course_folder, classroom.state, classroom.folder / "account"]


def rights_of(name: str) -> dict:
    """The arguments of `subprocess` that run a program as this account, with no other's rights."""
    account = pwd.getpwnam(name)
    groups = os.getgrouplist(name, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": groups}


def _can_run_python(student: str) -> None:
    try:
        done = subprocess.run(
            [sys.executable, "-c", IMPORTS],
            cwd="/",
            env={"PATH": os.defpath},
            capture_output=True,
            text=True,
            **rights_of(student),
        )
        said = done.stderr.strip()[-200:]
    except PermissionError as error:
        said = str(error)
    if said:
        raise GraderFault(
            f"{student} cannot run {sys.executable} and import resnet_course: put {ROOT}, and the Python "
            f"of its .venv, where everybody can read them: not in /root or a home ({said})"
        )


def _as_another(name: str, private: Sequence[Path]) -> list[str]:
    """What this account can do but must not, tested in a fork that switches to it."""
    rights = rights_of(name)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups(rights["extra_groups"])
            os.setgid(rights["group"])
            os.setuid(rights["user"])
            os.write(writing, json.dumps(_wrongs(private)[:5]).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return json.loads(said or '["not be asked"]')


def _wrongs(private: Sequence[Path]) -> list[str]:
    found = [f"read {path}" for path in private if _open_to_us(path)]
    here = [ROOT, *(ROOT / name for name in sorted(OPEN))]
    return found + [f"write into {path}" for path in here if os.access(path, os.W_OK)]


def _open_to_us(path: Path) -> bool:
    return os.access(path, os.R_OK) or os.access(path, os.X_OK)
