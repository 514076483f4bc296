"""Record of graded submissions, so that unchanged work is not graded again. Imports nothing heavy.

An entry is written after everything else of a submission (scores, autograded/, feedback/), so it
means that all of that is there. Entries are small JSON files, one per student, written atomically.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from kerasgrader.course.course import Unit
from kerasgrader.course.course_file import settings_without_dates
from kerasgrader.course.seed import seed_of
from kerasgrader.course.versions import code_digest, versions
from kerasgrader.files import digest_of, write_atomically
from kerasgrader.grading.options import Options
from kerasgrader.grading.results import Graded, Marks
from kerasgrader.marking.attempts import group_of
from kerasgrader.marking.record import read_record
from kerasgrader.repair.timestamps import WRITTEN_BY_SUBMIT


@dataclass(frozen=True)
class Entry:
    """A graded submission. shown: the digest of the gradebook's part of its page. policy: the digest of the
    late policy that its penalty follows."""

    graded: Graded
    shown: str
    policy: str


class Ledger:
    """The entries of one unit for grading with these `options`."""

    def __init__(self, unit: Unit, options: Options) -> None:
        self.unit, self.options = unit, options
        self.context = _context(unit, options)

    def all_unchanged(self, students: Sequence[str]) -> Marks | None:
        """The results of a class if neither it nor the gradebook's file has changed, else None."""
        started = time.monotonic()
        if not students or not self._files_as_remembered():
            return None
        entries = self._entries(students)
        if entries is None or (self.options.feedback and not all(one.shown for one in entries)):
            return None
        graded = tuple(entry.graded for entry in entries)
        return Marks(self.unit.id, graded, time.monotonic() - started)

    def nothing_to_execute(self, students: Sequence[str]) -> bool:
        """Whether all these students have verdicts that still hold, whatever the gradebook says."""
        return self._entries(students) is not None

    def _entries(self, students: Sequence[str]) -> list[Entry] | None:
        """The entries of all these students; None if one has none, or a submission cannot be read."""
        found = []
        for student in students:
            with suppress(OSError):  # of a submission: `grade` names it
                entry = None if self.options.force else self.entry(student)
                if entry is not None:
                    found.append(entry)
                    continue
            return None
        return found

    def remember_files(self, looks: Mapping[Path, Sequence[int]] | None) -> None:
        """Store how files looked (`looks_of`) when all entries of the class were in step with them.

        None where nobody knows that: for a database that is not a file, which only a query can examine, or
        if not everybody was looked at.
        """
        remembered = None if looks is None else {str(file): look for file, look in looks.items()}
        write_atomically(self.unit.grader_folder / "gradebook.json", json.dumps(remembered))

    def _files_as_remembered(self) -> bool:
        try:
            remembered = json.loads((self.unit.grader_folder / "gradebook.json").read_text("utf-8"))
            return bool(remembered) and all(
                looks == looks_of(Path(file)) for file, looks in remembered.items()
            )
        except (OSError, ValueError, AttributeError, TypeError):
            return False

    def entry(self, student: str) -> Entry | None:
        """The student's entry, if the submission and all that its verdicts depend on are unchanged.

        Raises OSError if the submission cannot be read.
        """
        try:
            entry = json.loads(self._path(student).read_text("utf-8"))
            depends_on = entry["student"], entry["context"], entry["submission"]
            graded = replace(Graded.of_plain(entry["graded"]), how="unchanged")
            found = Entry(graded, str(entry["shown"]), str(entry["policy"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None  # never graded, or damaged: then graded again
        if depends_on != (student, self.context, submission_digest(self.unit, student)):
            return None
        if found.graded.group != group_of(self.unit, student):
            return None  # its page names the others
        pages = [self.unit.autograded(student) / f"{self.unit.notebook}.ipynb"]
        if self.options.feedback:
            pages.append(self.unit.feedback(student) / f"{self.unit.notebook}.html")
        there = read_record(self.unit, student) is not None and all(p.is_file() for p in pages)
        return found if there else None

    def write(self, graded: Graded, submission: str, shown: str, policy: str) -> None:
        """Store a student's result for the submission with this digest."""
        self._put(
            graded.student,
            {
                "context": self.context,
                "submission": submission,
                "shown": shown,
                "policy": policy,
                "graded": asdict(graded),
            },
        )

    def begin(self, student: str) -> None:
        """Record that the marks of a student in the gradebook are being written: until then they count as
        to be done."""
        self._put(student, {**(self._stored(student) or {}), "context": "", "known": True})

    def stand(self, student: str, problem: str) -> Graded | None:
        """Record that the earlier marks stand, and why; None if there are none."""
        kept = self._stored(student)
        try:
            graded = Graded.of_plain(kept["graded"]) if kept is not None else None
        except (KeyError, TypeError, ValueError):
            return None
        if kept is None or graded is None:
            return None
        with suppress(
            OSError
        ):  # a full disk may be the very problem, and it is printed in any case
            self._put(student, {**kept, "context": "", "problem": problem})
        return replace(graded, how="old", old=problem)

    def refuse(self, student: str, problem: str, known: bool) -> None:
        """Record that the student is not graded, with the reason, which the report repeats.

        known: whether the gradebook knows the student.
        """
        known = known or self.was_known(student)
        self._path(student).unlink(missing_ok=True)
        with suppress(
            OSError
        ):  # a full disk may be the very problem, and it is printed in any case
            self._put(student, {"problem": problem, "known": known})

    def note(self, student: str, problem: str) -> None:
        """Record why a student is not graded, beside what is known of an earlier grading."""
        kept = self._stored(student) or {}
        self._put(student, {**kept, "context": "", "problem": problem})

    def problem(self, student: str) -> str | None:
        """What went wrong when the student was last graded; None if nothing did."""
        return (self._stored(student) or {}).get("problem")

    def graded_submission(self, student: str) -> str | None:
        """The digest of the submission that has the student's score; None if nothing is known."""
        return (self._stored(student) or {}).get("submission")

    def was_known(self, student: str) -> bool:
        """Whether the student has been graded before, or was in the gradebook when that was refused."""
        stored = self._stored(student) or {}
        return "graded" in stored or bool(stored.get("known"))

    def _stored(self, student: str) -> dict[str, Any] | None:
        try:
            entry = json.loads(self._path(student).read_text("utf-8"))
            return entry if entry["student"] == student else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _put(self, student: str, entry: dict[str, Any]) -> None:
        text = json.dumps({**entry, "student": student}, sort_keys=True)
        write_atomically(self._path(student), text)

    def _path(self, student: str) -> Path:
        return _entry_file(self.unit, student)


def page_is_old(unit: Unit, student: str, shown: str) -> bool:
    """Whether a run of `grade` would write another page for a student, as far as its record tells.

    shown: the digest of what the gradebook has for the page now. A page that stands because a newer
    submission cannot be graded is not old.
    """
    try:
        entry = json.loads(_entry_file(unit, student).read_text("utf-8"))
        if entry["shown"] != shown:
            return True
        graded, failed = entry["submission"], "problem" in entry
        return not failed and graded != submission_digest(unit, student)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def submissions(unit: Unit) -> list[str]:
    """The students who submitted something for the unit."""
    folder = unit.root / "submitted"
    return sorted(path.parent.name for path in folder.glob(f"*/{unit.id}") if path.is_dir())


def _entry_file(unit: Unit, student: str) -> Path:
    name = hashlib.sha256(student.encode()).hexdigest()[:32]
    return unit.grader_folder / "graded" / f"{name}.json"


def unread_in(unit: Unit, besides: Iterable[str] = ()) -> list[str]:
    """What lies in submitted/ and is not the unit's notebook of a student: a sentence each.

    besides: the students whose notebook is about to be written.
    """
    found, folder = [], unit.root / "submitted"
    for path in sorted(folder.glob("*")):
        if path.is_file() and not path.name.startswith("."):
            found.append(f"submitted/{path.name} is in no student's folder: collect it")
    for student in sorted({*submissions(unit)} - {*besides}):
        here = unit.submitted(student)
        if not (here / f"{unit.notebook}.ipynb").is_file():
            names = sorted(
                path.name for path in here.iterdir() if path.name not in WRITTEN_BY_SUBMIT
            )
            found.append(
                f"{student} has no {unit.notebook}.ipynb in submitted/, but "
                f"{', '.join(names) or 'nothing'}: have the notebook submitted, or collect it if it is one "
                "of these"
            )
    return found


def looks_of(file: Path) -> list[int]:
    """What tells whether a file has changed; nothing for one that is not there."""
    try:
        status = file.stat()
    except FileNotFoundError:
        return []
    return [status.st_mtime_ns, status.st_size, status.st_ino]


def _context(unit: Unit, options: Options) -> str:
    """A digest of all that the scores of a unit depend on besides the submissions."""
    files = [unit.root / "nbgrader_config.py", unit.source_file]
    files += unit.released_files().values()
    files = [file for file in files if file.is_file()]  # grading names one that is missing
    settings = settings_without_dates(unit.root)
    inputs = [settings, digest_of(files, unit.root), seed_of(unit), options.sandbox]
    parts = [inputs, code_digest(unit.package), versions(unit.modules, unit.environment)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def submission_digest(unit: Unit, student: str) -> str:
    """A digest of everything that a student submitted for the unit."""
    folder = unit.submitted(student)
    return digest_of((path for path in folder.rglob("*") if path.is_file()), folder)
