"""A graded class as data: what the report says, before it is a page, a table or JSON.

Points come from the gradebook, where a person may have changed them; aspects, outcomes and misconceptions
come from the records of verdicts, which hold nothing of a hidden check but that there was one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import nbformat
from nbgrader.api import Gradebook

from kerascheck.feedback.misconceptions import misconceptions, misconceptions_in
from kerascheck.judge.verdict import Aspect, Verdict
from kerasgrader.course.course import Course, Unit
from kerasgrader.course.deadlines import Lateness, LateRules
from kerasgrader.course.lessons import grade_id_of
from kerasgrader.grading.history import History
from kerasgrader.grading.ledger import Ledger, submissions
from kerasgrader.marking import gradebook as scores
from kerasgrader.marking.attempts import first_passes
from kerasgrader.marking.lateness import lateness
from kerasgrader.marking.questions import AWAITS
from kerasgrader.marking.record import read_record
from kerasgrader.report.changes import Change, changes_of
from kerasgrader.report.remarks import remarks_on

NOT_YET = "it has not been graded yet: run `kerasgrader grade`"


@dataclass(frozen=True)
class ExerciseFacts:
    """One exercise or question of one student. points: as in the gradebook; None where a question awaits
    a person. judged: as the judge gave them."""

    name: str
    test: str
    outcome: str
    points: float | None
    of: float
    judged: float | None = None
    aspects: tuple[Aspect, ...] = ()
    misconceptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Work:
    """One graded submission. late: its dates, and what covers its lateness. seconds: to execute it. before:
    its points before the last change; None for one that was not there. remark: what else a person
    should know. irregular: what no honest notebook does, in sentences."""

    student: str
    name: str
    exercises: tuple[ExerciseFacts, ...]
    points: float
    penalty: float
    score: float
    submitted: str | None = None
    late: Lateness = Lateness()
    seconds: float | None = None
    before: Mapping[str, float] | None = None
    remark: str | None = None
    irregular: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ungraded:
    """One submission without marks, and why."""

    student: str
    name: str
    reason: str


@dataclass(frozen=True)
class Misunderstood:
    """A misconception, in how many exercises of which students it was found."""

    id: str
    title: str
    explanation: str
    reread: str
    students: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def people(self) -> list[str]:
        """The students behind it, each once."""
        return sorted({student for students in self.students.values() for student in students})


@dataclass(frozen=True)
class ClassFacts:
    """A class. since: when the marks were last different; None when they never were. gone: students who
    had marks then and have none now. tries: for each exercise, how many students first passed it at which
    attempt. late: the course's rules."""

    unit: str
    title: str
    made: str
    of: float
    tests: Mapping[str, str]
    works: tuple[Work, ...]
    ungraded: tuple[Ungraded, ...]
    absent: tuple[scores.Person, ...]
    since: str | None = None
    gone: tuple[str, ...] = ()
    tries: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    late: LateRules = LateRules()

    @property
    def names(self) -> dict[str, str]:
        """Everybody's name, by id."""
        everybody: list[Work | Ungraded] = [*self.works, *self.ungraded]
        return {item.student: item.name for item in everybody} | {p.id: p.name for p in self.absent}

    def misunderstood(self) -> list[Misunderstood]:
        """The misconceptions, those of most students first."""
        found: dict[str, dict[str, list[str]]] = {}
        for work in self.works:
            for exercise in work.exercises:
                for entry in exercise.misconceptions:
                    found.setdefault(entry, {}).setdefault(exercise.name, []).append(work.student)
        known = {entry.id: entry for entry in misconceptions()}
        listed = [
            Misunderstood(
                entry,
                known[entry].title,
                known[entry].explanation,
                known[entry].where("` or `".join(students)),
                {exercise: tuple(names) for exercise, names in students.items()},
            )
            for entry, students in found.items()
        ]
        return sorted(listed, key=lambda item: (-len(item.people), item.id))

    def outcomes(self) -> dict[str, dict[str, int]]:
        """For each exercise, how many had which outcome."""
        counts: dict[str, Counter[str]] = {name: Counter() for name in self.tests.values()}
        for work in self.works:
            for exercise in work.exercises:
                counts.setdefault(exercise.name, Counter())[exercise.outcome] += 1
        return {name: dict(count) for name, count in counts.items()}

    def aspects(self) -> dict[str, dict[str, tuple[int, int]]]:
        """For each exercise and aspect, how many earned all of it, and of how many."""
        found: dict[str, dict[str, tuple[int, int]]] = {}
        for work in self.works:
            for exercise in work.exercises:
                for aspect in exercise.aspects:
                    earned, count = found.setdefault(exercise.name, {}).get(aspect.name, (0, 0))
                    whole = aspect.points >= aspect.of - 1e-9
                    found[exercise.name][aspect.name] = (earned + whole, count + 1)
        return {name: found[name] for name in self.tests.values() if name in found}

    def awaiting(self) -> dict[str, list[Work]]:
        """The questions that await a person, and in which submissions."""
        found: dict[str, list[Work]] = {}
        for work in self.works:
            for exercise in work.exercises:
                if exercise.outcome == AWAITS:
                    found.setdefault(exercise.name, []).append(work)
        return found

    def irregular(self) -> list[Work]:
        """The submissions that did what no honest notebook does."""
        return [work for work in self.works if work.irregular]

    def changed(self) -> list[tuple[Work, list[Change]]]:
        """Whose marks are not what they were, and why."""
        listed = []
        for work in self.works:
            changes = changes_of(work)
            if self.since is not None and changes:
                listed.append((work, changes))
        return listed

    def to_plain(self) -> dict[str, Any]:
        """All of it as JSON."""
        plain = asdict(self)
        plain["misconceptions"] = [asdict(item) for item in self.misunderstood()]
        plain["outcomes"], plain["aspects"] = self.outcomes(), self.aspects()
        return plain


def facts_of(
    course: Course, unit: Unit, gradebook: Gradebook, ledger: Ledger, history: History, made: str
) -> ClassFacts:
    """What there is to say of a unit. Raises nothing for what students submitted, whatever it is."""
    late = lateness(gradebook, course, unit, {})
    known, graded = scores.people(gradebook), scores.submissions(gradebook, unit.id)
    there = submissions(unit)
    students = sorted({*there, *graded})
    before = {} if history.before is None else history.before.marks
    works, ungraded, names = [], [], {}
    for student in students:
        submission = graded.get(student)
        name = known.get(student, scores.Person(student)).name
        if submission is None or not submission.graded:
            reason = ledger.problem(student) or NOT_YET
            ungraded.append(Ungraded(student, name, reason))
            continue
        remarks = remarks_on(unit, submission, ledger, known)
        remark = "; ".join(remarks) or None
        work = _work(unit, submission, late[student], before.get(student), remark)
        names.update(
            {exercise.test: exercise.name for exercise in work.exercises if exercise.aspects}
        )
        works.append(work)
    worth = scores.tests(gradebook, unit.id)
    tests = {test: names.get(test, scores.exercise_of(test)) for test in _in_order(unit, worth)}
    return ClassFacts(
        unit=unit.id,
        title=unit.title,
        made=made,
        of=sum(worth.values()),
        tests=tests,
        works=tuple(works),
        ungraded=tuple(ungraded),
        absent=tuple(
            person for student, person in sorted(known.items()) if student not in students
        ),
        since=None if history.before is None else history.now.when,
        gone=tuple(sorted(before.keys() - {work.student for work in works})),
        tries=first_passes(unit, students),
        late=course.late,
    )


def _work(
    unit: Unit,
    submission: scores.Submission,
    late: Lateness,
    before: Mapping[str, float] | None,
    remark: str | None,
) -> Work:
    record = read_record(unit, submission.person.id)
    verdicts = {} if record is None else record.verdicts
    by_test = {score.test: score for score in submission.scores}
    order = _in_order(unit, by_test)
    return Work(
        student=submission.person.id,
        name=submission.person.name,
        exercises=tuple(_exercise(by_test[test], verdicts.get(test)) for test in order),
        points=submission.points,
        penalty=submission.penalty,
        score=submission.score,
        submitted=late.sent or None,
        late=late,
        seconds=None if record is None else record.seconds,
        before=before,
        remark=remark,
        irregular=() if record is None else record.irregular,
    )


def _exercise(score: scores.Score, verdict: Verdict | None) -> ExerciseFacts:
    points = score.points
    if verdict is None:
        return ExerciseFacts(score.exercise, score.test, score.outcome, points, score.of)
    return ExerciseFacts(
        name=verdict.exercise,
        test=score.test,
        outcome=verdict.outcome,
        points=points,
        of=score.of,
        judged=verdict.points,
        aspects=verdict.aspects,
        misconceptions=misconceptions_in(verdict.findings),
    )


def _in_order(unit: Unit, tests: Iterable[str]) -> list[str]:
    """Tests in the order of the lesson; what the lesson does not know comes last."""
    source = nbformat.read(unit.source_file, as_version=4)
    ids = [grade_id_of(cell) for cell in source.cells]
    order = {grade_id: place for place, grade_id in enumerate(ids)}
    return sorted(tests, key=lambda test: (order.get(test, len(ids)), test))
