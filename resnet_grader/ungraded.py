"""A fault is never a zero: a submission that could not be graded waits for a person, visibly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nbgrader.api import Gradebook, MissingEntry


@contextmanager
def ungraded_unless_done(resources: dict) -> Iterator[None]:
    """For a step of nbgrader's: should it fail, the submission loses the marks it may have had."""
    try:
        yield
    except Exception:
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as gradebook:
            leave_ungraded(gradebook, names["notebook"], names["assignment"], names["student"])
        raise


def leave_ungraded(gradebook: Gradebook, notebook: str, assignment: str, student: str) -> None:
    """Take back automatic scores and mark the submission as needing manual grading."""
    try:
        submission = gradebook.find_submission_notebook(notebook, assignment, student)
    except MissingEntry:
        return
    for grade in submission.grades:
        grade.auto_score = None
        grade.needs_manual_grade = True
    gradebook.db.commit()
