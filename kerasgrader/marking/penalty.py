"""nbgrader's steps that depend on dates: the late penalty, and what a page tells of deadlines."""

from __future__ import annotations

from pathlib import Path

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, NbGraderPreprocessor
from traitlets.config import Configurable

from kerasgrader.course.course import Course, Unit, load_course
from kerasgrader.marking.attempts import ATTEMPT, other_attempts
from kerasgrader.marking.lateness import lateness

DEADLINE = "kerasgrader_deadline"  # in the metadata of a notebook, for its page
ATTEMPTS = "kerasgrader_attempts"


class AssignPenalty(AssignLatePenalties):
    """In place of nbgrader's own step: the late policy sees what no rule of the course covers."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        names = resources["nbgrader"]
        course, unit = _course_of(self, names)
        self.init_plugin()
        with Gradebook(names["db_url"]) as gradebook:
            student = names["student"]
            notebook = gradebook.find_submission_notebook(names["notebook"], unit.id, student)
            rest = lateness(gradebook, course, unit, {}, student)[student].rest
            notebook.late_submission_penalty = None
            if rest > 0:
                penalty = self.plugin_inst.late_submission_penalty(student, notebook.score, rest)
                if penalty is not None:
                    notebook.late_submission_penalty = self._check_late_penalty(notebook, penalty)
            gradebook.db.commit()
        return nb, resources


class ShowDates(NbGraderPreprocessor):
    """For the page of a student: deadlines, late days, the penalty with its reason, and other attempts."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        names = resources["nbgrader"]
        course, unit = _course_of(self, names)
        with Gradebook(names["db_url"]) as gradebook:
            student = names["student"]
            found = lateness(gradebook, course, unit, {}, student)[student]
            penalty = gradebook.find_submission(unit.id, student).late_submission_penalty
        nb.metadata[DEADLINE] = found.sentences(penalty or 0.0)
        if ATTEMPT in nb.metadata:
            nb.metadata[ATTEMPTS] = other_attempts(unit, student, nb.metadata[ATTEMPT])
        return nb, resources


def _course_of(step: Configurable, names: dict[str, str]) -> tuple[Course, Unit]:
    course = load_course(Path(CourseDirectory(parent=step).root))
    return course, course.unit(names["assignment"])
