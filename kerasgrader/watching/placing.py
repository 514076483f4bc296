"""Put an attempt into submitted/, where it is graded and counts; the others stay in attempts/."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from kerasgrader.course.course import Unit
from kerasgrader.files import replace_folder
from kerasgrader.marking.attempts import has_content, store
from kerasgrader.repair.timestamps import WRITTEN_BY_SUBMIT, timestamp_of


def is_placed(unit: Unit, student: str, name: str) -> bool:
    """Whether an attempt is what lies in submitted/, with its time. Raises OSError."""
    here, there = unit.submitted(student), unit.attempts(student) / name
    try:
        same = has_content(name, (here / f"{unit.notebook}.ipynb").read_bytes())
    except FileNotFoundError:
        return False
    time = timestamp_of(there, unit.zone)[0]
    return same and (time is None or time == timestamp_of(here, unit.zone)[0])


def place(unit: Unit, student: str, name: str) -> None:
    """Put an attempt into submitted/, in the place of what is there. Raises OSError.

    What is there stays as an attempt, and files that do not belong to one stay where they are. Should this
    be killed, there are the old files, the new ones, or none, which the next start puts right.
    """
    here, there = unit.submitted(student), unit.attempts(student) / name
    notebook = f"{unit.notebook}.ipynb"
    if (here / notebook).is_file():
        data = (here / notebook).read_bytes()
        store(unit, student, data, timestamp_of(here, unit.zone)[0])
    unit.grader_folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=unit.grader_folder, prefix="placing-") as folder:
        new, ours = Path(folder) / "new", {notebook, *WRITTEN_BY_SUBMIT}
        new.mkdir()
        for other in here.iterdir() if here.is_dir() else ():
            if other.is_dir() and not other.is_symlink():
                shutil.copytree(other, new / other.name, symlinks=True)
            elif other.name not in ours:
                shutil.copy2(other, new / other.name, follow_symlinks=False)
        for file in ours:
            if (there / file).is_file():
                shutil.copy2(there / file, new / file)
        replace_folder(new, here)
