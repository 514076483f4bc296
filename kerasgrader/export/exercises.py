"""Export every exercise of every student, for any program that reads tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC

from kerasgrader.course.times import with_offset
from kerasgrader.export.base import Assignment, Export
from kerasgrader.export.identities import Identity
from kerasgrader.report.spreadsheet import Value

COLUMNS = (
    "assignment",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "timestamp",
    "exercise",
    "score",
    "max_score",
    "graded_by",
    "assignment_raw_score",
    "late_submission_penalty",
    "assignment_score",
)


class ExerciseExport(Export):
    """One row for each exercise of each student; all repeat values of the whole submission."""

    default_file = "exercises.csv"

    def rows(
        self, people: Sequence[Identity], units: Sequence[Assignment]
    ) -> Iterable[Sequence[Value]]:
        yield COLUMNS
        for unit in units:
            for identity in people:
                yield from self._rows(identity, unit)

    def _rows(self, identity: Identity, unit: Assignment) -> Iterable[Sequence[Value]]:
        person, submission = identity.person, unit.submissions.get(identity.person.id)
        who: list[Value] = [unit.id, person.id, person.last_name, person.first_name, person.email]
        if submission is None:
            nothing = self.score(None)
            for test, of in unit.tests.items():
                yield [*who, None, test, nothing, of, "nothing submitted", nothing, None, nothing]
            return
        time = None
        if submission.submitted is not None:
            time = with_offset(submission.submitted.replace(tzinfo=UTC), unit.zone)
        whole: list[Value] = [submission.points, submission.penalty, self.score(submission)]
        for score in submission.scores:
            by = (
                "nobody yet"
                if score.points is None
                else "a person"
                if score.by_hand
                else "no answer"
                if score.question
                else "the judge"
            )
            raw: list[Value] = whole if submission.graded else [None, submission.penalty, None]
            yield [*who, time, score.test, score.points, score.of, by, *raw]
