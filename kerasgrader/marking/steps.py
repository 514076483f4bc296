"""nbgrader's steps, in the order in which a submission passes them: Repair, Execute, Mark.

Each is an adapter: it finds out which submission nbgrader works on, calls a plain function, and puts the
result where nbgrader looks for it. `kerasgrader grade` has repaired and executed a submission before it
calls nbgrader, and passes on what it has (`Prepared`). Under the formgrader's button no step has help.

A fault is never a zero: should a step fail, the submission has no points, or those that it had.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from platform import python_version
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets.config import Configurable

from kerascheck import published
from kerascheck.judge.verdict import Verdict
from kerasgrader.course.course import Unit, load_course
from kerasgrader.course.seed import seed_of
from kerasgrader.course.versions import environment_versions, version
from kerasgrader.errors import GraderFault, SubmissionError
from kerasgrader.execution.job import Executed
from kerasgrader.execution.plan import Plan
from kerasgrader.execution.runner import NotebookRunner
from kerasgrader.marking.attempts import ATTEMPT, group_of, note_verdicts, store
from kerasgrader.marking.gradebook import people
from kerasgrader.marking.record import Record, forget_record, write_record
from kerasgrader.marking.reference import TestCell, reference_tests
from kerasgrader.marking.second_look import best
from kerasgrader.repair.reading import read_bytes, submitted_file
from kerasgrader.repair.restoration import Repaired, repaired
from kerasgrader.repair.timestamps import timestamp_of

RESOURCE = "kerasgrader"  # nbconvert passes `resources` from step to step; this is our part of them
REPAIRS = "kerasgrader_repairs"  # in the metadata of a marked notebook: what its page shows
GROUP = "kerasgrader_group"
ENVIRONMENT = "kerasgrader_environment"


@dataclass
class Prepared:
    """What is known of a submission so far."""

    plan: Plan
    repaired: Repaired
    tests: Mapping[str, TestCell] | None = None
    executed: Executed | None = None
    verdicts: dict[str, Verdict] | None = None  # on what was executed, before any second look

    def __deepcopy__(self, memo: dict) -> Prepared:
        return self  # nbconvert copies its resources; nobody changes what is in here


class Repair(NbGraderPreprocessor):
    """The first step of nbgrader's sanitising: a submission, in whatever state, that can be run."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        with ungraded_if_refused(self, resources):
            found = _prepared(self, resources).repaired
        for note in found.notes:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], note)
        return found.notebook, resources


class Execute(NotebookRunner):
    """In place of nbgrader's own step: a sealed kernel, limits, and a cache of results."""

    def preprocess(
        self, nb: NotebookNode, resources: dict | None = None, km: Any = None
    ) -> tuple[NotebookNode, dict]:
        assert resources is not None
        with ungraded_if_refused(self, resources):
            found = _prepared(self, resources)
            if found.executed is None or not _is_of(found.executed, nb):
                found.executed, found.verdicts = found.plan.executed(nb), None
        for cell, executed in zip(nb.cells, found.executed.notebook.cells, strict=True):
            if "nbgrader" in cell.metadata:  # by its checksum nbgrader knows an answer that is none
                executed.metadata["nbgrader"] = cell.metadata["nbgrader"]
        nb.cells = found.executed.notebook.cells
        return nb, resources


class Mark(NbGraderPreprocessor):
    """After Execute: replaces the outputs of test cells by verdicts, whose points nbgrader reads."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        with ungraded_if_refused(self, resources):
            found = _prepared(self, resources)
            if found.executed is None:
                raise GraderFault("the notebook was not executed, so there is nothing to judge")
            unit = found.plan.unit
            tests = reference_tests(found.plan) if found.tests is None else found.tests
            with published.about(
                unit.id, unit.package
            ):  # whose misconceptions explain its findings
                marked = best(found.plan, found.executed, tests, found.verdicts)
            notes = (*found.repaired.notes, *found.executed.notes, *marked.notes)
            record = Record(marked.verdicts, found.executed.seconds, notes, marked.irregular)
            write_record(unit, resources["nbgrader"]["student"], record)
            attempt = _note_attempt(unit, resources["nbgrader"]["student"], marked.verdicts)
            group = _group_in_words(unit, resources["nbgrader"])
        nb.cells, nb.metadata[REPAIRS] = marked.notebook.cells, list(notes)
        nb.metadata[ATTEMPT] = attempt
        nb.metadata[GROUP] = group
        nb.metadata[ENVIRONMENT] = environment_of(unit)
        return nb, resources


def environment_of(unit: Unit) -> str:
    """What a unit's notebooks are graded with, for their pages: names and versions."""
    found = {
        "tensorflow": version("tensorflow"),
        "keras": version("keras"),
        "numpy": version("numpy"),
    }
    found = {"Python": python_version(), **found, **environment_versions(unit.environment)}
    return ", ".join(f"{name} {text}" for name, text in found.items())


def _note_attempt(unit: Unit, student: str, verdicts: Mapping[str, Verdict]) -> str:
    """Store the present attempt with its verdicts; returns its name. Raises OSError."""
    data = read_bytes(submitted_file(unit, student))
    name = store(unit, student, data, timestamp_of(unit.submitted(student), unit.zone)[0])
    note_verdicts(unit, student, name, verdicts)
    return name


def _group_in_words(unit: Unit, names: Mapping[str, Any]) -> list[str]:
    """The names of all for whom it was submitted, if that is not one student. Raises OSError."""
    group = group_of(unit, names["student"])
    if not group:
        return []
    with Gradebook(names["db_url"]) as gradebook:
        known = people(gradebook)
    return [known[one].name if one in known else one for one in group]


def _prepared(step: Configurable, resources: dict) -> Prepared:
    """What is known of the submission that nbgrader works on. Raises GraderError, OSError."""
    if RESOURCE not in resources:
        unit = unit_of(step, resources)
        plan = Plan(unit, seed_of(unit), NotebookRunner(parent=step.parent))
        path = submitted_file(unit, resources["nbgrader"]["student"])
        resources[RESOURCE] = Prepared(plan, repaired(path, plan.source))
    return resources[RESOURCE]


def _is_of(executed: Executed, nb: NotebookNode) -> bool:
    """Whether this is the result of this notebook: its tests are those of the gradebook, which may be older
    than those of the source, from which the result is."""
    return [cell.source for cell in executed.notebook.cells] == [cell.source for cell in nb.cells]


def unit_of(step: Configurable, resources: dict[str, Any]) -> Unit:
    """The unit that `resources` names, in the course that `step` is configured for."""
    root = Path(CourseDirectory(parent=step).root)
    return load_course(root).unit(resources["nbgrader"]["assignment"])


@contextmanager
def ungraded_if_refused(step: Configurable, resources: dict) -> Iterator[None]:
    """For a step: should it refuse the submission, that loses the points which an earlier one may have had.

    Whatever else goes wrong is not the submission's fault, and takes nothing away.
    """
    try:
        yield
    except SubmissionError:
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as gradebook:
            leave_ungraded(gradebook, unit_of(step, resources), names["student"])
        raise


def leave_ungraded(gradebook: Gradebook, unit: Unit, student: str) -> None:
    """Take back automatic scores and verdicts, and mark the submission as needing manual grading."""
    forget_record(unit, student)
    try:
        submission = gradebook.find_submission_notebook(unit.notebook, unit.id, student)
    except MissingEntry:
        return
    for grade in submission.grades:
        grade.auto_score = None
        grade.needs_manual_grade = True
    submission.late_submission_penalty = None
    gradebook.db.commit()
