"""The steps of nbgrader's feedback that are ours: what a page shows beside the graded notebook.

In their order: dates, with the other attempts; outcomes of questions, and comments, a person's and those
for everybody with the same mistake; the head, whose page it is and of which attempt.
"""

from __future__ import annotations

from datetime import UTC
from itertools import count
from types import CodeType

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from kerascheck import published
from kerascheck.feedback.style import variables
from kerasgrader.course.course import load_course
from kerasgrader.course.lessons import grade_id_of
from kerasgrader.course.times import with_offset
from kerasgrader.marking.attempts import ATTEMPT, other_attempts
from kerasgrader.marking.comments import comments_on, load_comments
from kerasgrader.marking.gradebook import people, submissions
from kerasgrader.marking.lateness import lateness
from kerasgrader.marking.record import read_record
from kerasgrader.marking.steps import unit_of

SHOWN = "kerasgrader"  # in the metadata of a cell: what its page shows
AWAITS = "kerasgrader_awaits"  # this, and what follows, in the metadata of the notebook
DEADLINE = "kerasgrader_deadline"
ATTEMPTS = "kerasgrader_attempts"
HEAD = "kerasgrader_head"  # in nbconvert's resources


class ShowDates(NbGraderPreprocessor):
    """For the page of a student: deadlines, late days, the penalty with its reason, and other attempts."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        names = resources["nbgrader"]
        unit = unit_of(self, resources)
        with Gradebook(names["db_url"]) as gradebook:
            student = names["student"]
            found = lateness(gradebook, load_course(unit.root), unit, {}, student)[student]
            penalty = gradebook.find_submission(unit.id, student).late_submission_penalty
        nb.metadata[DEADLINE] = found.sentences(penalty or 0.0)
        if ATTEMPT in nb.metadata:
            nb.metadata[ATTEMPTS] = other_attempts(unit, student, nb.metadata[ATTEMPT])
        return nb, resources


class PageFacts(NbGraderPreprocessor):
    """After nbgrader's GetGrades: puts the facts into the notebook's metadata, for the template."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        names, unit = resources["nbgrader"], unit_of(self, resources)
        with Gradebook(names["db_url"]) as gradebook:
            [there] = submissions(gradebook, unit.id, names["student"]).values()
        with published.about(unit.id, unit.package):  # whose misconceptions are named
            record = read_record(unit, names["student"])
            shared = comments_on(unit, there, record, load_comments(unit))
        scores = {score.test: score for score in there.scores}
        for cell in nb.cells:
            name = grade_id_of(cell)
            if name is not None:
                cell.metadata["nbgrader"]["comment"] = (there.comments or {}).get(name)
                score = scores.get(name)
                asked = score is not None and score.question
                outcome = score.outcome if score is not None and asked else ""
                cell.metadata[SHOWN] = {"outcome": outcome, "comments": shared.get(name, [])}
        nb.metadata[AWAITS] = {score.exercise: score.of for score in there.scores if score.awaits}
        return nb, resources


class PageHead(NbGraderPreprocessor):
    """A step of `nbgrader generate_feedback`: puts what the page's head shows into `resources`."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        names, unit = resources["nbgrader"], unit_of(self, resources)
        student = names["student"]
        with Gradebook(names["db_url"]) as gradebook:
            person = people(gradebook, student)[student]
            submitted = gradebook.find_submission(unit.id, student).timestamp
        others = {attempt["number"] for attempt in nb.metadata.get(ATTEMPTS, [])}
        time = None if submitted is None else submitted.replace(tzinfo=UTC).astimezone(unit.zone)
        resources[HEAD] = {
            "name": person.name,
            "student": student,
            "title": unit.title,
            "unit": unit.id,
            "attempt": next(number for number in count(1) if number not in others),
            "attempts": len(others) + 1,
            "submitted": "" if time is None else with_offset(time, unit.zone),
            "palette": variables(":root"),
            "machine_time": "" if time is None else time.isoformat(timespec="seconds"),
        }
        return nb, resources


class PageExporter(HTMLExporter):
    """nbconvert's exporter, which compiles the template of pages once, and not for every page."""

    def _create_environment(self) -> Environment:
        environment: Environment = super()._create_environment()
        environment.bytecode_cache = _compiled
        return environment


class _CompiledTemplates(BytecodeCache):
    """What Jinja has compiled in this process, by template and the digest of its source."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.code


_compiled = _CompiledTemplates()
