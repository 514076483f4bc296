"""The results of a class: exercises, submissions, and all of it as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from kerascheck.evidence.evidence import NOT_RUN
from kerascheck.feedback.misconceptions import misconceptions_in
from kerasgrader.course.course import Unit
from kerasgrader.course.deadlines import Lateness
from kerasgrader.errors import GraderFault
from kerasgrader.marking.attempts import group_of
from kerasgrader.marking.record import read_record

if TYPE_CHECKING:  # nbgrader takes a second to import, which an unchanged class need not wait for
    from kerasgrader.marking.gradebook import Score, Submission


@dataclass(frozen=True)
class Result:
    """One exercise of one student: an outcome, and the judge's points. Or one question: the judge has none.

    misconceptions: those behind its findings, ids of the catalogue, each once, the first one first. counts:
    the gradebook's points, where a person has given others than the judge.
    """

    exercise: str
    outcome: str
    points: float
    of: float
    misconceptions: tuple[str, ...] = ()
    counts: float | None = None

    @classmethod
    def of_plain(cls, value: dict[str, Any]) -> Result:
        """A result read from JSON, also from an earlier version of the grader."""
        return cls(**{**value, "misconceptions": tuple(value.get("misconceptions", ()))})


@dataclass(frozen=True)
class Graded:
    """One submission after grading: its results, or the reason why it has no marks.

    how: "executed" now, "kept" (executed before, marks written now), "updated" (marks and page follow the
    gradebook, without a new verdict) or "unchanged" (nothing to do). sandbox: which layers of the seal its
    kernel had to have. remark: what else a person should know. score: the gradebook's total, which
    counts. penalty: taken off it for submitting late. look: exercises that wait for a person. old: why
    these marks are those of an earlier grading. irregular: what no honest notebook does, in sentences;
    it has earned nothing. awaits: questions that no person has graded, whose points are not in the score.
    group: all for whom it was submitted, if that is not one student. late: its dates, and what covers its
    lateness. zoneless: whether its time was read as UTC because nobody has stated a zone.
    """

    student: str
    results: tuple[Result, ...] = ()
    problem: str | None = None
    how: str = "executed"
    sandbox: str = "full"
    remark: str | None = None
    score: float | None = None
    penalty: float = 0.0
    look: tuple[str, ...] = ()
    old: str | None = None
    irregular: tuple[str, ...] = ()
    awaits: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    late: Lateness = Lateness()
    zoneless: bool = False

    @classmethod
    def of_plain(cls, value: dict[str, Any]) -> Graded:
        """A submission read from JSON. Raises KeyError, TypeError."""
        results = tuple(Result.of_plain(result) for result in value["results"])
        lists = {
            name: tuple(value.get(name, ())) for name in ("look", "irregular", "awaits", "group")
        }
        late = Lateness.of_plain(value.get("late"))
        return cls(**{**value, **lists, "late": late, "results": results})

    @property
    def automatic(self) -> float:
        """The sum of the judge's points."""
        return sum(result.points for result in self.results)

    @property
    def points(self) -> float:
        """The points that count: the gradebook's."""
        return self.automatic if self.score is None else self.score

    @property
    def of(self) -> float:
        return sum(result.of for result in self.results)


@dataclass(frozen=True)
class Marks:
    """A class after grading. notes: what else has changed, in sentences."""

    unit: str
    graded: tuple[Graded, ...]
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def problems(self) -> list[Graded]:
        """The submissions without a score, or with that of an earlier grading."""
        return [item for item in self.graded if item.problem or item.old]

    def misconceptions(self) -> dict[str, dict[str, int]]:
        """For each exercise, how many students had each misconception, the most frequent first."""
        found: dict[str, Counter[str]] = {}
        for result in (result for item in self.graded for result in item.results):
            found.setdefault(result.exercise, Counter()).update(result.misconceptions)
        return {exercise: dict(counts.most_common()) for exercise, counts in found.items()}

    def to_plain(self) -> dict[str, Any]:
        """The class as JSON: what `kerasgrader grade --json` writes."""
        submissions = [
            {**asdict(item), "points": item.points, "automatic": item.automatic, "of": item.of}
            if item.problem is None
            else {**asdict(item), **dict.fromkeys(("points", "automatic", "of", "how"))}
            for item in self.graded
        ]
        return {
            "unit": self.unit,
            "seconds": round(self.seconds, 3),
            "submissions": submissions,
            "notes": list(self.notes),
            "misconceptions": self.misconceptions(),
        }


def count(graded: Sequence[Graded], how: str) -> int:
    """How many were graded this way."""
    return sum(item.how == how and item.problem is None for item in graded)


def graded_from(unit: Unit, submission: Submission, **fields: Any) -> Graded:
    """A student's verdicts beside what the gradebook says. Raises GraderFault without verdicts.

    fields: the others of `Graded`.
    """
    student = submission.person.id
    record = read_record(unit, student)
    if record is None:
        raise GraderFault("its verdicts could not be read: grade it again")
    counting = {score.test: score.points for score in submission.scores}
    questions = [score for score in submission.scores if score.question]
    results = tuple(
        Result(
            v.exercise,
            v.outcome,
            v.points,
            v.of,
            misconceptions_in(v.findings),
            None if same(counting.get(test), v.points) else counting.get(test),
        )
        for test, v in record.verdicts.items()
    )
    return Graded(
        student,
        (*results, *map(_of_question, questions)),
        score=submission.score,
        penalty=submission.penalty,
        look=submission.to_look_at,
        awaits=submission.awaits,
        irregular=record.irregular,
        group=group_of(unit, student),
        **fields,
    )


def graded_by_a_person(submission: Submission, problem: str) -> Graded:
    """A refused submission to which a person has given all points. problem: why the judge has none."""
    results = tuple(
        _of_question(score)
        if score.question
        else Result(score.exercise, NOT_RUN, 0.0, score.of, counts=score.points)
        for score in submission.scores
    )
    return Graded(
        submission.person.id,
        results,
        how="old",
        score=submission.score,
        penalty=submission.penalty,
        look=submission.to_look_at,
        awaits=submission.awaits,
        old=problem,
    )


def _of_question(score: Score) -> Result:
    counts = score.points if score.by_hand or score.extra else None
    return Result(score.exercise, score.outcome, 0.0, score.of, counts=counts)


def same(points: float | None, others: float | None) -> bool:
    """Whether two numbers of points are equal but for rounding."""
    return points is not None and others is not None and abs(points - others) < 1e-6
