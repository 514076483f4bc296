"""The one writer of a grading run: points into the gradebook, pages into their place, then the ledger.

nbgrader writes a submission's files into a staging folder; only when all of them are there do they take the
place of the earlier ones. So whatever goes wrong, and whenever, earlier marks and pages stand until there
are new ones, and the next run does what is left to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from nbformat import NotebookNode
from traitlets.config import Config

from kerascheck.judge.verdict import Verdict
from kerasgrader.course.attempt_rules import EVERYTHING, shown_at
from kerasgrader.course.class_list import on_roster
from kerasgrader.course.course import Unit, load_course
from kerasgrader.course.deadlines import Lateness
from kerasgrader.course.extensions import EXTENSIONS
from kerasgrader.course.times import UNSTATED
from kerasgrader.errors import GraderError, GraderFault, SubmissionError, named, one_line
from kerasgrader.execution.job import Executed, Job
from kerasgrader.files import remove_folder
from kerasgrader.grading.ledger import Ledger, looks_of, submissions
from kerasgrader.grading.options import Options
from kerasgrader.grading.results import Graded, graded_by_a_person, graded_from, same
from kerasgrader.marking import gradebook as scores
from kerasgrader.marking.attempts import note_outcome, store
from kerasgrader.marking.comments import (
    SharedComment,
    comments_file,
    load_comments,
    shown_digest,
)
from kerasgrader.marking.consistency import must_be_in_order
from kerasgrader.marking.gradebook import Person, Submission
from kerasgrader.marking.late_policy import late_policy
from kerasgrader.marking.lateness import Times, follow_due_dates, lateness
from kerasgrader.marking.nbgrader import Staging, gradebook_file, in_gradebook, update_penalty
from kerasgrader.marking.page import SHOWING
from kerasgrader.marking.steps import RESOURCE, Prepared, leave_ungraded
from kerasgrader.repair.reading import read_bytes, submitted_file
from kerasgrader.repair.restoration import Repaired
from kerasgrader.repair.timestamps import timestamp_of

LEFT = (
    "not in the class: neither in the gradebook nor on the roster. "
    "Enter the student, or remove the submission"
)


@dataclass(frozen=True)
class Submitted:
    """A repaired submission with its job. digest: of everything that was submitted. first: the result of
    the whole notebook, and the verdicts on it, once they are known; then the job is a second look."""

    student: str
    digest: str
    repaired: Repaired
    job: Job
    first: Executed | None = None
    verdicts: dict[str, Verdict] | None = None


class Writer:
    """Writes the marks and pages of one unit. sandbox: which layers of the seal its kernels must have."""

    def __init__(self, unit: Unit, config: Config, options: Options, sandbox: str) -> None:
        self.unit, self.config, self.options, self.sandbox = unit, config, options, sandbox
        self.now = options.now or datetime.now(UTC)
        # How they look before they are read: what is changed after that is for the next run.
        dates = [unit.root / name for name in ("course.toml", EXTENSIONS)]
        self.looks = {file: looks_of(file) for file in (*dates, comments_file(unit))}
        self.policy = late_policy(config, unit.root)
        self.looks |= {file: looks_of(file) for file in self.policy.files}
        self.ledger = Ledger(unit, options)
        self.staging = Staging(config, unit)
        self.course = load_course(unit.root)
        self.comments: tuple[SharedComment, ...] = ()
        self.before: dict[str, Submission] = {}
        self.late: dict[str, Lateness] = {}
        self.people: dict[str, Person] = {}
        self.notes: list[str] = []

    def state(self, student: str | None = None) -> dict[str, Submission]:
        """The unit's submissions in the gradebook: all, or one student's. Raises GraderFault."""
        with in_gradebook(self.config) as gradebook:
            return scores.submissions(gradebook, self.unit.id, student)

    def up_to_date(self, students: Sequence[str], source: NotebookNode) -> Iterator[Graded]:
        """The students who need not be graded, after their marks and pages follow the gradebook.

        Nothing is executed. Before the first write it is known that course, gradebook, late policy and
        comments are in order. source: the unit's. Raises CourseError, GraderFault.
        """
        times = self._times(students)
        with in_gradebook(self.config) as gradebook:
            self.before = scores.submissions(gradebook, self.unit.id)
            self.people = scores.people(gradebook)
            must_be_in_order(gradebook, self.unit, source, self.before)
            worth = sum(scores.tests(gradebook, self.unit.id).values())
            self.late = lateness(gradebook, self.course, self.unit, times)
        rest = {name: self.late[name].rest for name in students if name in self.late}
        self.policy.must_work({name: seconds for name, seconds in rest.items() if seconds}, worth)
        self.comments = load_comments(self.unit)
        with in_gradebook(self.config) as gradebook:
            self.notes += follow_due_dates(gradebook, self.course)
        listed = on_roster(self.unit.root)
        for student in students:
            if self._left(student, listed):
                self.ledger.note(student, LEFT)
                yield Graded(student, problem=LEFT, sandbox=self.sandbox)
                continue
            try:
                entry = None if self.options.force else self.ledger.entry(student)
            except OSError as error:
                yield self.problem(student, error)
                continue
            there = self.before.get(student)
            if entry is None or there is None or not same(entry.graded.automatic, there.automatic):
                continue
            late = self.late.get(student, Lateness())
            if (self._shown(there, late), self.policy.digest) == (entry.shown, entry.policy):
                yield entry.graded
            else:
                yield self._update(entry.graded, times.get(student))

    def _times(self, students: Sequence[str]) -> Times:
        """When these students have submitted, as far as their files say."""
        times = {}
        for student in students:
            with suppress(OSError):  # which is reported in its turn
                times[student] = timestamp_of(self.unit.submitted(student), self.unit.zone)[0]
        return times

    def _shown(self, there: Submission, late: Lateness) -> str:
        """A digest of all that the student's page shows, beside the verdicts."""
        return shown_digest(self.unit, there, late, self.comments, self.now)

    def _showing(self, late: Lateness) -> str:
        return shown_at(self.unit.before_due, late, self.now)

    def _left(self, student: str, listed: frozenset[str] | None) -> bool:
        """Whether a student is not in the class any more, or never was, though there is a submission.

        A student whom nobody has entered anywhere is new, and nbgrader enters them.
        """
        if student in self.people or student in (listed or ()):
            return False
        return listed is not None or (bool(self.people) and self.ledger.was_known(student))

    def _update(self, graded: Graded, sent: datetime | None) -> Graded:
        """Have time, penalty and page follow what a person changed: points, dates, the late policy."""
        student = graded.student
        try:
            with in_gradebook(self.config) as gradebook:
                scores.set_time(gradebook, self.unit.id, student, sent)
            update_penalty(self.config, self.unit, student)
            return self._publish(student, self.ledger.graded_submission(student) or "", "updated")
        except Exception as error:
            return self.problem(student, named(error))

    def remember_files(self, students: Sequence[str]) -> None:
        """Remember what the ledger's entries of these students, who all have marks, are in step with.

        Nothing, if a person has changed something since the run began: the next one looks at everybody.
        """
        file = gradebook_file(self.config)
        if file is None or not {*students} >= {*submissions(self.unit)}:
            self.ledger.remember_files(None)
            return
        looks = {file: looks_of(file), **self.looks}
        with in_gradebook(self.config) as gradebook:
            there = scores.submissions(gradebook, self.unit.id)
            late = lateness(gradebook, self.course, self.unit, {})
        in_step = all(
            one in there and self._in_step(one, there[one], late[one]) for one in students
        )
        # What will be shown later changes no file when its time comes.
        in_step = in_step and all(self._showing(late[one]) == EVERYTHING for one in students)
        self.ledger.remember_files(looks if in_step else None)

    def _in_step(self, student: str, there: Submission, late: Lateness) -> bool:
        """Whether the student's entry, and the page if there is one, are as the gradebook has it."""
        entry = self.ledger.entry(student)
        if entry is None or not entry.shown:
            return entry is not None and entry.graded.score == there.score
        return entry.shown == self._shown(there, late)

    def write(self, submitted: Submitted, prepared: Prepared, how: str) -> Graded:
        """Write the marks and the page of a submission that was executed."""
        student = submitted.student
        try:
            same_answer = self.ledger.graded_submission(student) == submitted.digest
            if (
                student not in self.people
            ):  # so that it is known, should they leave, that they were there
                with in_gradebook(self.config) as gradebook:
                    gradebook.update_or_create_student(student)
            self.ledger.begin(student)
            if timestamp_of(self.unit.submitted(student))[0] is None:
                with in_gradebook(self.config) as gradebook:
                    scores.set_time(gradebook, self.unit.id, student, None)
            self.staging.autograde(student, {RESOURCE: prepared})
            before = self.before.get(student)
            if same_answer and before is not None:
                with in_gradebook(self.config) as gradebook:
                    scores.keep_as_looked_at(gradebook, self.unit.id, before)
            return self._publish(student, submitted.digest, how)
        except Exception as error:
            return self.problem(student, named(error))

    def _publish(self, student: str, digest: str, how: str) -> Graded:
        """Write the page of a student who has marks, and then the ledger. Raises GraderError, OSError.

        digest: of the submission. What a person changes meanwhile is seen by the next run.
        """
        with in_gradebook(self.config) as gradebook:
            [there] = scores.submissions(gradebook, self.unit.id, student).values()
            late = lateness(gradebook, self.course, self.unit, {}, student)[student]
        if self.options.feedback:
            self.staging.feedback(student, {SHOWING: self._showing(late)})
        self.staging.publish(student)
        sent, remark = timestamp_of(self.unit.submitted(student), self.unit.zone)
        graded = graded_from(
            self.unit,
            there,
            how=how,
            sandbox=self.sandbox,
            remark=remark,
            late=late,
            zoneless=sent is not None and sent.tzinfo is UNSTATED,
        )
        shown = self._shown(there, late) if self.options.feedback else ""
        self._note_outcome(student, graded.penalty)
        self.ledger.write(graded, digest, shown, self.policy.digest)
        return graded

    def _note_outcome(self, student: str, penalty: float = 0.0, problem: str = "") -> None:
        """Note what became of the attempt in submitted/. Raises GraderError, OSError."""
        sent = timestamp_of(self.unit.submitted(student), self.unit.zone)[0]
        data = read_bytes(submitted_file(self.unit, student))
        name = store(self.unit, student, data, sent)
        note_outcome(self.unit, student, name, datetime.now(UTC), penalty, problem)

    def _as_in_gradebook(self, old: Graded) -> Graded:
        """Earlier marks with the score that the gradebook has now, if that can be had."""
        with suppress(GraderFault):
            for there in self.state(old.student).values():
                look, awaits = there.to_look_at, there.awaits
                penalty = there.penalty
                return replace(old, score=there.score, penalty=penalty, look=look, awaits=awaits)
        return old

    def problem(self, student: str, error: Exception) -> Graded:
        """Report a problem. Only a submission that is itself refused loses earlier marks and pages, and
        even then a person's points stand."""
        problem = one_line(error)
        if isinstance(error, SubmissionError):
            with suppress(GraderError, OSError):  # there is no file that could be an attempt
                self._note_outcome(student, problem=problem)
        before = self.before.get(student)
        by_hand = before is not None and any(score.by_hand for score in before.scores)
        if by_hand or not isinstance(error, SubmissionError):
            old = self.ledger.stand(student, problem)
            if old is not None:
                return self._as_in_gradebook(old)
        self.ledger.refuse(student, problem, known=student in self.people)
        with in_gradebook(self.config) as gradebook:
            leave_ungraded(gradebook, self.unit, student)
        for folder in (self.unit.autograded(student), self.unit.feedback(student)):
            with suppress(OSError):
                remove_folder(folder)
        there = self.state(student).get(student)
        if there is not None and there.graded:
            return graded_by_a_person(there, problem)
        return Graded(student, problem=problem, sandbox=self.sandbox)
