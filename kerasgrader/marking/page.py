"""The steps of nbgrader's feedback that are ours: what a page shows beside the graded notebook.

In their order: dates, with the other attempts; outcomes of questions, and comments, a person's and those
for everybody with the same mistake; the head, whose page it is and of which attempt.

A page that all of a group see (`VIEWERS`) shows of these what is the same for all of them: no extension,
comment or attempt of one member. One that may not show everything yet (`SHOWING`) gets a few words for each
exercise, and nothing of the notebook.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
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
from kerascheck.judge.verdict import Verdict
from kerasgrader.course.attempt_rules import ASPECTS, EVERYTHING, least_of, shown_at
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
HEAD = "kerasgrader_head"  # this, and what follows, in nbconvert's resources
VIEWERS = "kerasgrader_viewers"  # who see the page: without it, its student alone
SHOWING = "kerasgrader_showing"  # how much it shows: without it, what is allowed at this time
BRIEF = "kerasgrader_brief"  # what a page shows that may not show everything


class ShowDates(NbGraderPreprocessor):
    """For the page of a student: deadlines, late days, the penalty with its reason, and other attempts."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        names = resources["nbgrader"]
        unit, viewers = unit_of(self, resources), _viewers(resources)
        course, lines, showing = load_course(unit.root), [], []
        with Gradebook(names["db_url"]) as gradebook:
            for one in viewers:
                late = lateness(gradebook, course, unit, {}, one)[one]
                penalty = gradebook.find_submission(unit.id, one).late_submission_penalty
                lines.append(late.sentences(penalty or 0.0))
                showing.append(shown_at(unit.before_due, late, datetime.now(UTC)))
        resources.setdefault(SHOWING, least_of(showing))
        nb.metadata[DEADLINE] = _same_for_all(lines)
        if ATTEMPT in nb.metadata:
            nb.metadata[ATTEMPTS] = other_attempts(unit, viewers, nb.metadata[ATTEMPT])
        return nb, resources


class PageFacts(NbGraderPreprocessor):
    """After nbgrader's GetGrades: puts the facts into the notebook's metadata, for the template."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        names, unit = resources["nbgrader"], unit_of(self, resources)
        found, shared = [], []
        with (
            Gradebook(names["db_url"]) as gradebook,
            published.about(unit.id, unit.package),  # whose misconceptions are named
        ):
            comments = load_comments(unit)
            for one in _viewers(resources):
                [there] = submissions(gradebook, unit.id, one).values()
                found.append(there)
                shared.append(comments_on(unit, there, read_record(unit, one), comments))
        there = found[0]
        scores = {score.test: score for score in there.scores}
        for cell in nb.cells:
            name = grade_id_of(cell)
            if name is not None:
                own = [[text] if (text := (f.comments or {}).get(name)) else [] for f in found]
                cell.metadata["nbgrader"]["comment"] = next(iter(_same_for_all(own)), None)
                score = scores.get(name)
                asked = score is not None and score.question
                outcome = score.outcome if score is not None and asked else ""
                texts = _same_for_all([of_one.get(name, []) for of_one in shared])
                cell.metadata[SHOWN] = {"outcome": outcome, "comments": texts}
        nb.metadata[AWAITS] = {score.exercise: score.of for score in there.scores if score.awaits}
        return nb, resources


class PageHead(NbGraderPreprocessor):
    """A step of `nbgrader generate_feedback`: puts what the page's head shows into `resources`."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        names, unit = resources["nbgrader"], unit_of(self, resources)
        viewers = _viewers(resources)
        with Gradebook(names["db_url"]) as gradebook:
            everybody = [people(gradebook, one)[one].name for one in viewers]
            submitted = gradebook.find_submission(unit.id, names["student"]).timestamp
        others = {attempt["number"] for attempt in nb.metadata.get(ATTEMPTS, [])}
        time = None if submitted is None else submitted.replace(tzinfo=UTC).astimezone(unit.zone)
        resources[HEAD] = {
            "names": everybody,
            "students": viewers,
            "title": unit.title,
            "unit": unit.id,
            "attempt": next(number for number in count(1) if number not in others),
            "attempts": len(others) + 1,
            "submitted": "" if time is None else with_offset(time, unit.zone),
            "palette": variables(":root"),
            "machine_time": "" if time is None else time.isoformat(timespec="seconds"),
        }
        if resources[SHOWING] != EVERYTHING:
            record = read_record(unit, names["student"])
            verdicts = {} if record is None else record.verdicts
            resources[BRIEF] = _brief(verdicts, resources[SHOWING] == ASPECTS)
            dates = nb.metadata.get(DEADLINE, [])
            nb.cells, nb.metadata = [], NotebookNode({DEADLINE: dates})  # no template shows more
        return nb, resources


def _brief(verdicts: Mapping[str, Verdict], aspects: bool) -> list[dict[str, str]]:
    """Each exercise in a word: passed or not; with `aspects`, in what it loses points."""
    found = []
    for verdict in verdicts.values():
        lost = [aspect.name for aspect in verdict.aspects if aspect.points < aspect.of - 1e-6]
        word = verdict.outcome if aspects or verdict.passed else "not passed yet"
        found.append(
            {
                "exercise": verdict.exercise,
                "outcome": word,
                "lost": ", ".join(lost) if aspects else "",
            }
        )
    return found


def _viewers(resources: dict) -> list[str]:
    """Who see the page: its student first."""
    student = resources["nbgrader"]["student"]
    return [student, *(one for one in resources.get(VIEWERS, ()) if one != student)]


def _same_for_all(texts: Sequence[Sequence[str]]) -> list[str]:
    """What is in each of these lists."""
    return [text for text in texts[0] if all(text in others for others in texts)]


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
