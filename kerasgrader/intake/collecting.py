"""Collect files into submitted/: open, recognise and match all of them, write the newest attempts.

A submission is written as it was submitted, byte for byte, under the names that nbgrader expects;
it is repaired when it is graded (`kerasgrader.repair`). Every attempt is stored in attempts/.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path

from traitlets.config import Config

from kerasgrader.course.class_list import ROSTER
from kerasgrader.course.course import Course, Unit, load_course
from kerasgrader.course.times import UNSTATED, at, stored
from kerasgrader.errors import named, one_line
from kerasgrader.files import only_grader, write_atomically
from kerasgrader.grading.ledger import submissions, unread_in
from kerasgrader.intake.attempts import Attempt, chosen, in_known_zone, of_groups
from kerasgrader.intake.clues import clue_of, is_students_own
from kerasgrader.intake.collected import Collected
from kerasgrader.intake.companions import GRADESCOPE_LIST, stated_in, stated_time
from kerasgrader.intake.given_names import remember_given_names
from kerasgrader.intake.groups import Groups, groups_of, in_words
from kerasgrader.intake.matching import Claim, Matching, Seen
from kerasgrader.intake.platforms import Clue
from kerasgrader.intake.receipt import Receipt, Row
from kerasgrader.intake.recognition import Recognised, Recogniser, left_alone, other_file
from kerasgrader.intake.roster import Roster, enter_names, gradebook_roster, read_roster
from kerasgrader.intake.unpacking import Opened, Opening
from kerasgrader.marking.attempts import redate, store
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from kerasgrader.repair.reading import read_bytes
from kerasgrader.repair.timestamps import TIMESTAMP, timestamp_of

# Where a timestamp.txt is the platform's or the instructor's, and not among a student's own files.
WITH_TIMESTAMP = ("nbgrader", "exchange", "Sakai", "folder")


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
    roster = _roster(config, root, roster_file)
    groups = groups_of(course, root, unit.id, roster)
    with (
        tempfile.TemporaryDirectory(prefix="kerasgrader-") as spool,
        nullcontext() if dry_run else only_grader(root, say),
    ):
        intake = _Intake(course, unit, config, Path(spool), zone or course.zone)
        receipt, students = intake.run(paths, roster, groups, dry_run)
        if not dry_run:
            with open_gradebook(config) as gradebook:
                enter_names(gradebook, (roster.people[one] for one in students & {*roster.people}))
        return receipt


class _Intake:
    """One run of `collect`. zone: of times that state none."""

    def __init__(
        self, course: Course, unit: Unit, config: Config, spool: Path, zone: tzinfo
    ) -> None:
        self.unit, self.spool, self.zone = unit, spool, zone
        self.units = {unit.id for unit in course.units}
        self.opening = Opening(config=config)
        self.recogniser = Recogniser(course, unit.id)
        self.times: dict[tuple[str, ...], str] = {}
        self.stated: dict[tuple[str, ...], Clue] = {}
        self.rows: list[Row] = []

    def run(
        self, paths: Sequence[Path], roster: Roster, groups: Groups, dry_run: bool
    ) -> tuple[Receipt, set[str]]:
        """Run all steps in order. Returns the students whose files were taken, too."""
        known = roster.knows
        inspected = list(self._inspected(paths, lambda name: is_students_own(name, known)))
        seen = [
            Seen(one, recognised, digest, clue_of(one, self.units, self.stated, self.zone, known))
            for one, recognised, digest in inspected
        ]
        attempts = list(self._attempts(seen, Matching(seen, roster, groups)))
        students = {attempt.student for attempt in attempts if attempt.problem is None}
        before = Collected(self.unit, self.recogniser, self.zone)
        kept = [
            attempt for name in sorted(students) if (attempt := before.attempt(name)) is not None
        ]
        moved = {attempt.student: attempt for attempt in kept if attempt.was is not None}
        attempts = [in_known_zone(attempt, kept) for attempt in attempts]
        everything = of_groups([*attempts, *kept, *self._shared(kept, groups)])
        counting = chosen(everything)
        attempts = [attempt for attempt in everything if not (attempt.kept or attempt.here)]
        written: set[str] = set()
        for attempt in attempts:
            self.rows.append(self._row(attempt, counting, written))
        if not dry_run:
            for attempt in (*attempts, *moved.values()):
                if attempt.problem is None and attempt.student in moved:
                    self._redate(attempt, moved[attempt.student])
            for attempt in attempts:
                if attempt.problem is None:
                    self._store(attempt, counting[attempt.student])
            for _, attempt in sorted(counting.items()):
                if attempt.kept and attempt.was is None:
                    before.put_since(attempt)
                    continue
                if not attempt.kept:
                    self._store(attempt, attempt)
                self._write(attempt, moved.get(attempt.student))
                before.put(attempt)
            before.write()
            remember_given_names(self.unit, attempts)
        there = {*submissions(self.unit), *counting}
        missing = tuple(sorted(set(roster.people) - there))
        rows = tuple(sorted(self.rows, key=lambda row: (row.student, row.file, row.outcome)))
        unread = tuple(line for line in unread_in(self.unit, counting))
        zoneless = any(a.sent is not None and a.sent.tzinfo is UNSTATED for a in attempts)
        return Receipt(self.unit.id, rows, missing, dry_run, unread, zoneless), students

    def _inspected(
        self, paths: Sequence[Path], own: Callable[[str], bool]
    ) -> Iterator[tuple[Opened, Recognised, str]]:
        """Inspect every file that may be a submission; the bytes of notebooks are in the spool. own: see
        `Opening.open`."""
        for found in self.opening.open(paths, self.zone, own):
            name = found.names[-1]
            if name.casefold() == TIMESTAMP and found.problem is None:
                self.times[found.names[:-1]] = found.data.decode("utf-8", "replace")
            self.stated |= stated_in(found)
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
            yield replace(found, data=b""), recognised, digest

    def _recognised(self, data: bytes, name: str) -> Recognised:
        try:
            return self.recogniser.recognise(data, name)
        except Exception as error:  # whatever is in one file, the others are collected
            return Recognised(problem=f"{name}: {one_line(named(error))}")

    def _attempts(self, seen: Sequence[Seen], matching: Matching) -> Iterator[Attempt]:
        """The attempts of all students: one for each whom a file counts for."""
        for item in seen:
            if matching.is_companion(item):
                self.rows.append(Row(item.found.where, "", "left alone", item.clue.layout))
                continue
            clue, timestamp = self._timed(item.clue)
            problem = item.recognised.problem
            if problem is None and clue.unit not in (None, self.unit.id):
                problem = f"it was submitted for {clue.unit}"
            claims = matching.claims(item)
            for claim in claims if problem is None else claims[:1]:
                yield self._attempt(replace(item, clue=clue), claim, problem, timestamp)

    def _shared(self, kept: Sequence[Attempt], groups: Groups) -> Iterator[Attempt]:
        """What is in submitted/ already, as attempts of the mates of those who submitted it."""
        for attempt in kept:
            mates = [mate for mate in groups.mates(attempt.student) if mate != attempt.student]
            if mates and not attempt.by:
                path = self.unit.submitted(attempt.student) / f"{self.unit.notebook}.ipynb"
                (self.spool / attempt.digest).write_bytes(read_bytes(path))
                shared = replace(attempt, by=attempt.student, kept=False, here=True, was=None)
                group = groups.mates(attempt.student)
                yield from (replace(shared, student=mate, group=group) for mate in mates)

    def _attempt(
        self, seen: Seen, claim: Claim, problem: str | None, timestamp: str | None
    ) -> Attempt:
        return Attempt(
            seen.found,
            claim.student,
            seen.clue,
            seen.recognised,
            seen.digest,
            problem or claim.problem,
            claim.group,
            claim.by,
            timestamp=timestamp,
        )

    def _timed(self, clue: Clue) -> tuple[Clue, str | None]:
        """The clue with its time in the zone of this collection, if it states none, or with the time in the
        platform's timestamp.txt; and what is wrong with that file, or with the time in a name."""
        if clue.sent is not None and clue.sent.tzinfo is UNSTATED:
            clue = replace(clue, sent=at(clue.sent.replace(tzinfo=None), self.zone))
        unread = f"its time cannot be read, so it has none: {clue.unread}" if clue.unread else None
        if clue.layout not in WITH_TIMESTAMP:
            return clue, unread
        text = self.times.get(clue.folder)
        if text is None:
            return clue, unread
        time = stated_time(text, self.zone)
        if time is not None:
            return replace(clue, sent=time), None
        said = one_line(ValueError(text))[:40]
        return clue, f"its {TIMESTAMP} holds no time ({said!r}): left out"

    def _row(self, attempt: Attempt, counting: dict[str, Attempt], written: set[str]) -> Row:
        """The outcome for a file. written: the students from whom a file has been taken."""
        repairs = attempt.recognised.repairs
        details = [*repairs, *([attempt.timestamp] if attempt.timestamp else [])]
        if attempt.group:
            details.insert(0, in_words(attempt.group))
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
            same_one = "it is the same file as another"
            own = f"{attempt.by} submitted it, and {attempt.student} another one"
            newer = own if attempt.by and best is not None and not best.by else "another one counts"
            details = [same_one if same else newer]
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
            attempt.group,
        )

    def _store(self, attempt: Attempt, best: Attempt) -> None:
        """Store a file as an attempt; what is in submitted/ already, with the time that it has there."""
        there = best if best.kept and best.digest == attempt.digest else attempt
        data = (self.spool / attempt.digest).read_bytes()
        store(self.unit, attempt.student, data, there.sent, attempt.group, attempt.by)

    def _redate(self, attempt: Attempt, moved: Attempt) -> None:
        """Give an attempt its time in the zone that is known now. moved: the one in submitted/."""
        was = moved.was.tzinfo if moved.was is not None else None
        if was is not None and attempt.sent is not None:
            redate(self.unit, attempt.student, attempt.digest, was, attempt.sent)

    def _write(self, attempt: Attempt, moved: Attempt | None) -> None:
        """Write an attempt into submitted/. moved: the one that is there, if its time is read again."""
        folder = self.unit.submitted(attempt.student)
        path = folder / f"{self.unit.notebook}.ipynb"
        if not attempt.kept:
            if path.exists():  # which somebody may have put there by hand
                there = timestamp_of(folder, self.zone)[0] if moved is None else moved.sent
                store(self.unit, attempt.student, path.read_bytes(), there)
            write_atomically(path, (self.spool / attempt.digest).read_bytes())
        timestamp = folder / TIMESTAMP
        if attempt.sent is not None:
            write_atomically(timestamp, stored(attempt.sent) + "\n")
        else:
            timestamp.unlink(missing_ok=True)


def _roster(config: Config, root: Path, roster_file: Path | None) -> Roster:
    """The class list: the file that is named, or the course's, or nbgrader's own table."""
    if roster_file is None and (root / ROSTER).is_file():
        roster_file = root / ROSTER
    if roster_file is not None:
        return read_roster(roster_file)
    with open_gradebook(config) as gradebook:
        return gradebook_roster(gradebook)
