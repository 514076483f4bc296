"""Collect files into submitted/: open, recognise and match all of them, write the newest attempts.

A submission is written as it was submitted, byte for byte, under the names that nbgrader expects;
it is repaired when it is graded (`kerasgrader.repair`). Every attempt is stored in attempts/.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path

from traitlets.config import Config

from kerasgrader.course.course import Course, Unit, load_course
from kerasgrader.course.times import UNSTATED, at, stored, time_of
from kerasgrader.errors import SubmissionError, named, one_line
from kerasgrader.files import only_grader, write_atomically
from kerasgrader.grading.ledger import submissions
from kerasgrader.intake.attempts import Attempt, chosen, in_known_zone, time_in, times_of
from kerasgrader.intake.platforms import Clue, clue_of, gradescope_list
from kerasgrader.intake.receipt import Receipt, Row
from kerasgrader.intake.recognition import Recognised, Recogniser, left_alone, other_file
from kerasgrader.intake.roster import Roster, gradebook_roster, read_roster
from kerasgrader.intake.unpacking import Opened, Opening
from kerasgrader.marking.attempts import redate, store
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from kerasgrader.repair.reading import read_bytes
from kerasgrader.repair.timestamps import TIMESTAMP, timestamp_of

GRADESCOPE_LIST = "submission_metadata.yml"


@dataclass(frozen=True)
class _Seen:
    """A file after inspection; its bytes are in the spool."""

    found: Opened
    recognised: Recognised
    digest: str


def collect(
    root: Path,
    unit_id: str,
    paths: Sequence[Path],
    roster_file: Path | None = None,
    zone: tzinfo | None = None,
    dry_run: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> Receipt:
    """Put the submissions in `paths` into submitted/, and report what was done with every file.

    zone: of times that state none (None: the course's). Raises CourseError, and SubmissionError if there is
    too much to open.
    """
    root = root.resolve()
    course, config = load_course(root), load_config(root)
    unit = course.unit(unit_id)
    roster = _roster(config, roster_file)
    with (
        tempfile.TemporaryDirectory(prefix="kerasgrader-") as spool,
        nullcontext() if dry_run else only_grader(root, say),
    ):
        intake = _Intake(course, unit, config, Path(spool))
        return intake.run(paths, roster, zone or course.zone, dry_run)


class _Intake:
    """One run of `collect`."""

    def __init__(self, course: Course, unit: Unit, config: Config, spool: Path) -> None:
        self.unit, self.spool = unit, spool
        self.units = {unit.id for unit in course.units}
        self.opening = Opening(config=config)
        self.recogniser = Recogniser(course, unit.id)
        self.times: dict[tuple[str, ...], str] = {}
        self.gradescope: dict[tuple[str, ...], Clue] = {}
        self.rows: list[Row] = []

    def run(self, paths: Sequence[Path], roster: Roster, zone: tzinfo, dry_run: bool) -> Receipt:
        """Run all steps in order."""
        self.zone = zone
        seen = list(self._seen(paths, zone))
        attempts = [self._attempt(item, roster) for item in seen]
        students = {attempt.student for attempt in attempts if attempt.problem is None}
        kept = [attempt for name in sorted(students) if (attempt := self._kept(name)) is not None]
        attempts = [in_known_zone(attempt, kept) for attempt in attempts]
        counting = chosen([*kept, *attempts])
        known = self._receipts()
        written: set[str] = set()
        for attempt in attempts:
            self.rows.append(self._row(attempt, counting, written))
        if not dry_run:
            for student, attempt in sorted(counting.items()):
                if not attempt.kept or attempt.was is not None:
                    self._write(attempt)
                    known[student] = _receipt(attempt)
            moved = {attempt.student: attempt.was.tzinfo for attempt in kept if attempt.was}
            for attempt in attempts:
                if attempt.problem is None:
                    data = (self.spool / attempt.digest).read_bytes()
                    redate(
                        self.unit, attempt.student, data, moved.get(attempt.student), attempt.sent
                    )
                    store(self.unit, attempt.student, data, attempt.sent)
            self._keep_receipts(known)
        zoneless = any(a.sent is not None and a.sent.tzinfo is UNSTATED for a in attempts)
        there = {*submissions(self.unit), *counting}
        missing = tuple(sorted(set(roster.people) - there))
        rows = tuple(sorted(self.rows, key=lambda row: (row.student, row.file, row.outcome)))
        return Receipt(self.unit.id, rows, missing, dry_run, zoneless)

    def _seen(self, paths: Sequence[Path], zone: tzinfo) -> Iterator[_Seen]:
        """Inspect every file that may be a submission."""
        for found in self.opening.open(paths, zone):
            name = found.names[-1]
            if name.casefold() == TIMESTAMP and found.problem is None:
                self.times[found.names[:-1]] = found.data.decode("utf-8", "replace")
            elif name == GRADESCOPE_LIST and found.problem is None:
                self.gradescope |= gradescope_list(found)
            if left_alone(found.names) or name == GRADESCOPE_LIST:
                self.rows.append(Row(found.where, "", "left alone", ""))
                continue
            digest = hashlib.sha256(found.data).hexdigest()
            if found.problem is not None:
                recognised = Recognised(problem=f"{name}: {found.problem}")
            elif found.suffix == ".ipynb" or found.data.lstrip()[:1] == b"{":
                recognised = self._recognised(found.data, name)
                if recognised.problem is None:
                    (self.spool / digest).write_bytes(found.data)
            else:
                recognised = Recognised(problem=other_file(name, found.data))
            yield _Seen(replace(found, data=b""), recognised, digest)

    def _recognised(self, data: bytes, name: str) -> Recognised:
        try:
            return self.recogniser.recognise(data, name)
        except Exception as error:  # whatever is in one file, the others are collected
            return Recognised(problem=f"{name}: {one_line(named(error))}")

    def _attempt(self, seen: _Seen, roster: Roster) -> Attempt:
        found = seen.found
        clue = clue_of(found, self.units, self.gradescope)
        if clue.sent is not None and clue.sent.tzinfo is UNSTATED:
            clue = replace(clue, sent=at(clue.sent.replace(tzinfo=None), self.zone))
        timestamp = None
        if found.names[:-1] in self.times:
            text = self.times[found.names[:-1]]
            time = time_of(text, self.zone)
            if time is None:
                timestamp = (
                    f"its {TIMESTAMP} holds no time ({one_line(ValueError(text))[:40]!r}): left out"
                )
            else:
                clue = replace(clue, sent=time)
        problem = seen.recognised.problem
        if problem is None and clue.unit not in (None, self.unit.id):
            problem = f"it was submitted for {clue.unit}"
        student, unknown = roster.student(clue)
        return Attempt(
            found, student, clue, seen.recognised, seen.digest, problem or unknown, timestamp
        )

    def _kept(self, student: str) -> Attempt | None:
        """The submission that is in submitted/ already."""
        folder = self.unit.submitted(student)
        path = folder / f"{self.unit.notebook}.ipynb"
        try:
            data = read_bytes(path)
        except (OSError, SubmissionError):
            return None
        recognised = self.recogniser.recognise(data, path.name)
        digest = hashlib.sha256(data).hexdigest()
        clue = Clue("submitted", (student,), None, student)
        found = Opened((student, path.name), modified=path.stat().st_mtime)
        receipt, was = self._receipts().get(student), None
        if receipt is not None and receipt["digest"] == digest:
            sent, was = time_in(receipt, self.zone)
            clue = replace(clue, attempt=receipt["attempt"], sent=sent)
            found = replace(found, modified=receipt["modified"])
        else:
            clue = replace(clue, sent=timestamp_of(folder, self.zone)[0])
        problem = recognised.problem
        return Attempt(found, student, clue, recognised, digest, problem, kept=True, was=was)

    def _row(self, attempt: Attempt, counting: dict[str, Attempt], written: set[str]) -> Row:
        """The outcome for a file. written: the students from whom a file has been taken."""
        repairs = attempt.recognised.repairs
        details = [*repairs, *([attempt.timestamp] if attempt.timestamp else [])]
        if attempt.problem is None and not attempt.recognised.answered:
            details.insert(0, "no exercise is answered: it is the notebook as it was released")
        best = counting.get(attempt.student)
        same = best is not None and best.digest == attempt.digest
        if attempt.problem is not None:
            companion = attempt.recognised.unit is None and attempt.found.suffix != ".ipynb"
            outcome = "left alone" if companion and best is not None else "refused"
            details = [attempt.problem]
        elif best is not attempt and not (same and best is not None and best.kept):
            outcome = "older"
            details = ["it is the same file as another" if same else "another one counts"]
        elif best is not None and best.was is not None and attempt.student not in written:
            outcome, details = "repaired", ["its time is read again, in the zone that is known now"]
            written.add(attempt.student)
        elif best is not attempt or attempt.student in written:
            outcome = "unchanged"
        else:
            outcome = "repaired" if repairs or attempt.timestamp else "taken"
            written.add(attempt.student)
        sent = attempt.sent.isoformat() if attempt.sent is not None else None
        return Row(
            attempt.found.where,
            attempt.student,
            outcome,
            attempt.clue.layout,
            sent,
            tuple(details),
        )

    def _write(self, attempt: Attempt) -> None:
        folder = self.unit.submitted(attempt.student)
        path = folder / f"{self.unit.notebook}.ipynb"
        if attempt.kept:  # only its time is read again
            was = attempt.was.tzinfo if attempt.was else None
            redate(self.unit, attempt.student, path.read_bytes(), was, attempt.sent)
        else:
            if path.exists():  # which somebody may have put there by hand
                there = timestamp_of(folder, self.zone)[0]
                store(self.unit, attempt.student, path.read_bytes(), there)
            write_atomically(path, (self.spool / attempt.digest).read_bytes())
        timestamp = folder / TIMESTAMP
        if attempt.sent is not None:
            write_atomically(timestamp, stored(attempt.sent) + "\n")
        else:
            timestamp.unlink(missing_ok=True)

    def _receipts(self) -> dict[str, dict]:
        """The receipts of submissions that were collected before, by student."""
        try:
            return json.loads((self.unit.grader_folder / "collected.json").read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return {}

    def _keep_receipts(self, receipts: dict[str, dict]) -> None:
        text = json.dumps(receipts, indent=1, sort_keys=True) + "\n"
        write_atomically(self.unit.grader_folder / "collected.json", text)


def _roster(config: Config, roster_file: Path | None) -> Roster:
    if roster_file is not None:
        return read_roster(roster_file)
    with open_gradebook(config) as gradebook:
        return gradebook_roster(gradebook)


def _receipt(attempt: Attempt) -> dict:
    return {
        "digest": attempt.digest,
        "file": attempt.found.where,
        **times_of(attempt),
        "attempt": attempt.clue.attempt,
        "modified": attempt.found.modified,
    }
