"""The head of a feedback page: whose it is, of which attempt, and when that was submitted."""

from __future__ import annotations

from datetime import UTC
from itertools import count

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from kerascheck.feedback.style import variables
from kerasgrader.errors import CourseError
from kerasgrader.marking import gradebook as scores
from kerasgrader.marking.steps import ATTEMPTS, unit_of
from kerasgrader.repair.timestamps import with_offset

HEAD = "kerasgrader_head"  # in nbconvert's resources, which the page's template reads


class PageHead(NbGraderPreprocessor):
    """A step of `nbgrader generate_feedback`: puts what the page's head shows into `resources`."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        names = resources["nbgrader"]
        student, assignment = names["student"], names["assignment"]
        with Gradebook(names["db_url"]) as gradebook:
            person = scores.people(gradebook, student)[student]
            submitted = gradebook.find_submission(assignment, student).timestamp
        try:
            title = unit_of(self, resources).title
        except CourseError:  # nbgrader has an assignment that the course does not
            title = assignment
        others = {attempt["number"] for attempt in nb.metadata.get(ATTEMPTS, [])}
        time = None if submitted is None else submitted.replace(tzinfo=UTC)
        resources[HEAD] = {
            "name": person.name,
            "student": student,
            "title": title,
            "unit": assignment,
            "attempt": next(number for number in count(1) if number not in others),
            "attempts": len(others) + 1,
            "submitted": "" if time is None else with_offset(time),
            "palette": variables(":root"),
            "machine_time": "" if time is None else time.isoformat(timespec="seconds"),
        }
        return nb, resources
