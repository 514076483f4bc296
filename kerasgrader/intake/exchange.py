"""Collect from nbgrader's exchange, where students can write anything.

nbgrader copies the exchange's inbound folder with the rights of the instructor, and follows links
on the way: one to the instructor's solution would submit that, and one to the gradebook would
publish it. It trusts the user name in a submission's file name, and warns at most. A name that it
cannot read stops the collection for the whole class.

Here a submission counts for the owner of its files, as Linux knows them; links, files of others and
unreadable names are left in place and reported. `nbgrader collect` and the formgrader's button use
this by way of `c.ExchangeFactory.collect` in nbgrader_config.py.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeCollect

from kerasgrader.course.course import load_course
from kerasgrader.course.times import time_of
from kerasgrader.errors import GraderError, SubmissionError, one_line
from kerasgrader.marking.attempts import store
from kerasgrader.repair.reading import read_bytes
from kerasgrader.repair.timestamps import FOR_FEEDBACK, timestamp_of

MOST_FILES, MOST_FOLDERS = 1000, 200
LARGEST_SUBMISSION = 100 * 2**20  # bytes
NOBODY = ""
LONG_AGO = datetime(1970, 1, 1)


class Collect(ExchangeCollect):
    """`nbgrader collect` that trusts nothing in the exchange."""

    src_records: list[dict[str, Any]]

    def init_src(self) -> None:
        super().init_src()
        self.src_records = [record for record in self.src_records if record["username"] != NOBODY]

    def _path_to_record(self, path: str) -> dict[str, Any]:
        """nbgrader's record, or nobody's if that fails: an error would stop the collection."""
        try:
            self.vet(Path(path))
            record: dict[str, Any] = super()._path_to_record(path)
            return record
        except (SubmissionError, OSError) as error:
            self.log.warning("Not collected: %s", _said(path, error))
            return {"username": NOBODY, "filename": "", "timestamp": LONG_AGO}

    def vet(self, path: Path) -> None:
        """Raise SubmissionError unless the folder has a valid name and its student owns it."""
        student, *rest = path.name.rsplit("+", 3)
        if len(rest) != 3 or not student:
            raise SubmissionError("`nbgrader submit` does not write such names")
        if time_of(rest[1]) is None:
            raise SubmissionError("there is no time in its name")
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode):
            raise SubmissionError("it is not a folder")
        if self.check_owner and _name_of(found.st_uid) != student:
            raise SubmissionError(
                f"it is named after {student}, but {_name_of(found.st_uid)} put it there"
            )
        for name in FOR_FEEDBACK:
            if not (path / name).is_file():
                raise SubmissionError(f"there is no {name} in it")

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy one submission: the files that are its owner's, and no links."""
        try:
            self.vet(Path(src))  # it may have been replaced by now
            owner = os.lstat(src).st_uid if self.check_owner else None
            for line in copy_files_of(owner, Path(src), Path(dest)):
                self.log.warning("%s", _said(src, SubmissionError(line)))
        except (SubmissionError, OSError, RecursionError) as error:
            shutil.rmtree(dest, ignore_errors=True)
            self.log.error("Not collected: %s", _said(src, error))
        else:
            self._store(Path(src), Path(dest))

    def _store(self, source: Path, target: Path) -> None:
        """Store what was collected as an attempt, too: the next one will take its place."""
        try:
            unit = load_course(Path(self.coursedir.root)).unit(self.coursedir.assignment_id)
            notebook = target / f"{unit.notebook}.ipynb"
            if notebook.is_file():
                student = source.name.rsplit("+", 3)[0]
                store(unit, student, read_bytes(notebook), timestamp_of(target, unit.zone)[0])
        except (GraderError, OSError) as error:
            self.log.warning(
                "Collected, but not stored in attempts/: %s", _said(str(source), error)
            )


def copy_files_of(owner: int | None, source: Path, target: Path) -> list[str]:
    """Copy the ordinary files of a folder that belong to this account (None: to anybody).

    The files that are checked are those that are copied, even while somebody replaces files by
    links: every file is opened once, below folders that are held open. Returns a sentence for each
    file that was left out. Raises SubmissionError if there is too much.
    """
    left_out: list[str] = []
    folders, files, size = 0, 0, 0

    def unreadable(error: OSError) -> None:
        left_out.append(f"{error.filename} is left out: {error.strerror}")

    for folder, inside, names, handle in os.fwalk(source, onerror=unreadable):
        below = Path(folder).relative_to(source)
        folders += 1
        if folders > MOST_FOLDERS:
            raise SubmissionError(f"it has more than {MOST_FOLDERS} folders")
        (target / below).mkdir(parents=True, exist_ok=True)
        for name in inside:
            if stat.S_ISLNK(os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode):
                left_out.append(f"{below / name} is left out: it is a link")
        for name in names:
            try:
                opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=handle)
            except OSError as error:
                left_out.append(f"{below / name} is left out: {error.strerror}")
                continue
            with open(opened, "rb") as file:
                found = os.fstat(file.fileno())
                if not stat.S_ISREG(found.st_mode) or owner not in (None, found.st_uid):
                    left_out.append(f"{below / name} is left out: it is not this student's")
                    continue
                files, size = files + 1, size + found.st_size
                if files > MOST_FILES or size > LARGEST_SUBMISSION:
                    raise SubmissionError(
                        f"it has more than {MOST_FILES} files or {LARGEST_SUBMISSION >> 20} MiB"
                    )
                (target / below / name).write_bytes(file.read(found.st_size))
    return left_out


def _said(path: str, error: Exception) -> str:
    """One line on a submission in the exchange: names there may hold anything."""
    return one_line(Exception(f"{os.path.basename(path)}: {error}"))


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"the account with the number {uid}"
