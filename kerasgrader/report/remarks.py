"""What an instructor should know of a graded submission beside its points, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kerasgrader.course.course import Unit
from kerasgrader.grading.ledger import Ledger, submission_digest
from kerasgrader.marking.attempts import group_of
from kerasgrader.marking.gradebook import Person, Submission

SINCE = "something else has been submitted since this was graded: run `kerasgrader grade`"


def remarks_on(
    unit: Unit, submission: Submission, ledger: Ledger, known: Mapping[str, Person]
) -> list[str]:
    """The remarks on a submission. known: the class, by id."""
    student = submission.person.id
    remarks = [_look(submission)] if submission.to_look_at else []
    if submission.awaits:
        remarks.append(f"awaits a person: {', '.join(submission.awaits)}, which the score lacks")
    problem, digest = ledger.problem(student), ledger.graded_submission(student)
    if problem is not None:
        remarks.append(f"marks of an earlier grading: {problem}")
    elif digest is not None and _is_another(unit, student, digest):
        remarks.append(SINCE)
    if group := group_of(unit, student):
        remarks.append(_in_words(group, student, known))
    return remarks


def _is_another(unit: Unit, student: str, digest: str) -> bool:
    """Whether something else has been submitted than what has this digest, or cannot be read now."""
    try:
        return unit.submitted(student).is_dir() and digest != submission_digest(unit, student)
    except OSError:
        return True


def _look(submission: Submission) -> str:
    exercises = ", ".join(submission.to_look_at)
    return f"needs a look: points by hand for {exercises} are older than the answer or the verdict"


def _in_words(group: Iterable[str], student: str, known: Mapping[str, Person]) -> str:
    others = (known.get(one, Person(one)).name for one in group if one != student)
    return f"submitted in a group, with {', '.join(others)}"
