"""Record of graded submissions, so that unchanged work is not graded again. Imports nothing heavy.

An entry is written after everything else of a submission (scores, autograded/, feedback/), so it
means that all of that is there. Entries are small JSON files, one per student, written atomically.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from kerasgrader.course.course import Unit
from kerasgrader.course.seed import seed_of
from kerasgrader.course.versions import code_digest, versions
from kerasgrader.files import digest_of, write_atomically
from kerasgrader.grading.options import Options
from kerasgrader.grading.results import Graded, Marks, Result
from kerasgrader.marking.record import read_record


class Ledger:
    """The entries of one unit for grading with these `options`."""

    def __init__(self, unit: Unit, options: Options) -> None:
        self.unit, self.options = unit, options
        self.context = _context(unit, options)
        self.folder = unit.grader_folder / "graded"

    def all_unchanged(self, students: Sequence[str]) -> Marks | None:
        """The results of a class if neither it nor the gradebook's file has changed, else None."""
        started = time.monotonic()
        if self.options.force or not students or not self._gradebook_as_remembered():
            return None
        graded = []
        for student in students:
            found = self.unchanged(student)
            if found is None:
                return None
            graded.append(found)
        return Marks(self.unit.id, tuple(graded), time.monotonic() - started)

    def remember_gradebook(self, students: Sequence[str], file: Path | None) -> None:
        """Store the state of the gradebook's file, now that it has the scores of these students.

        Only if these are all students: nobody has checked the scores of others. file: None for a
        database that is not a file, which only a query can examine.
        """
        remembered = None
        if file is not None and set(students) >= set(submissions(self.unit)):
            remembered = {"file": str(file), "looks": _looks(file)}
        write_atomically(self.folder.parent / "gradebook.json", json.dumps(remembered))

    def _gradebook_as_remembered(self) -> bool:
        try:
            remembered = json.loads((self.folder.parent / "gradebook.json").read_text("utf-8"))
            return remembered["looks"] == _looks(Path(remembered["file"]))
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def unchanged(self, student: str) -> Graded | None:
        """The student's result, if the submission and all its score depends on are unchanged."""
        try:
            entry = json.loads(self._path(student).read_text("utf-8"))
            depends_on = entry["student"], entry["context"], entry["submission"]
            results = tuple(Result.of_plain(result) for result in entry["results"])
            graded = Graded(student, results, None, "unchanged", entry["sandbox"], entry["remark"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None  # never graded, or damaged: then graded again
        if depends_on != (student, self.context, submission_digest(self.unit, student)):
            return None
        pages = [self.unit.autograded(student) / f"{self.unit.notebook}.ipynb"]
        if self.options.feedback:
            pages.append(self.unit.feedback(student) / f"{self.unit.notebook}.html")
        there = read_record(self.unit, student) is not None and all(p.is_file() for p in pages)
        return graded if there else None

    def write(self, graded: Graded, submission: str) -> None:
        """Store a student's result for the submission with this digest."""
        entry = {
            "student": graded.student,
            "context": self.context,
            "submission": submission,
            "sandbox": graded.sandbox,
            "remark": graded.remark,
            "results": [asdict(result) for result in graded.results],
        }
        write_atomically(self._path(graded.student), json.dumps(entry, sort_keys=True))

    def forget(self, student: str) -> None:
        """Record that the student is not graded."""
        self._path(student).unlink(missing_ok=True)

    def refuse(self, student: str, problem: str) -> None:
        """Record that the student is not graded, with the reason, which the report repeats."""
        self.forget(student)
        entry = {"student": student, "problem": problem}
        with suppress(
            OSError
        ):  # a full disk may be the very problem, and it is printed in any case
            write_atomically(self._path(student), json.dumps(entry, sort_keys=True))

    def problem(self, student: str) -> str | None:
        """Why the student had no score when the unit was last graded; None if nothing is known."""
        return self._kept(student, "problem")

    def graded_submission(self, student: str) -> str | None:
        """The digest of the submission that has the student's score; None if nothing is known."""
        return self._kept(student, "submission")

    def _kept(self, student: str, key: str) -> str | None:
        try:
            entry = json.loads(self._path(student).read_text("utf-8"))
            return entry.get(key) if entry["student"] == student else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def _path(self, student: str) -> Path:
        return self.folder / f"{hashlib.sha256(student.encode()).hexdigest()[:32]}.json"


def submissions(unit: Unit) -> list[str]:
    """The students who submitted something for the unit."""
    folder = unit.root / "submitted"
    return sorted(path.parent.name for path in folder.glob(f"*/{unit.id}") if path.is_dir())


def _looks(file: Path) -> list[int]:
    status = file.stat()
    return [status.st_mtime_ns, status.st_size, status.st_ino]


def _context(unit: Unit, options: Options) -> str:
    """A digest of all that the scores of a unit depend on besides the submissions."""
    files = [unit.root / "course.toml", unit.root / "nbgrader_config.py", unit.source_file]
    files += unit.released_files().values()
    inputs = [digest_of(files, unit.root), seed_of(unit), options.sandbox]
    parts = [inputs, code_digest(unit.package), versions(unit.modules)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def submission_digest(unit: Unit, student: str) -> str:
    """A digest of everything that a student submitted for the unit."""
    folder = unit.submitted(student)
    return digest_of((path for path in folder.rglob("*") if path.is_file()), folder)
