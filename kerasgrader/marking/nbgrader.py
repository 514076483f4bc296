"""Run nbgrader from Python: its configuration and its converters, one assignment at a time."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbgrader.api
from nbgrader.api import (
    Assignment,
    Grade,
    Gradebook,
    MissingEntry,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SAWarning
from traitlets.config import Config, ConfigFileNotFound, PyFileConfigLoader

from kerasgrader.course.course import Unit
from kerasgrader.errors import CourseError, GraderFault


def load_config(root: Path) -> Config:
    """nbgrader_config.py of the course in `root`. Raises CourseError."""
    try:
        config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    except ConfigFileNotFound:
        raise CourseError(f"there is no nbgrader_config.py in {root}") from None
    except SyntaxError as error:
        raise CourseError(f"{root / 'nbgrader_config.py'}: {error}") from None
    config.CourseDirectory.root = str(root)
    return config


def open_gradebook(config: Config) -> Gradebook:
    """The course's gradebook, for use in a `with` statement."""
    coursedir = CourseDirectory(config=config)
    with _scripts_on_path(), _engines_kept():
        return Gradebook(coursedir.db_url, coursedir.course_id)


def gradebook_file(config: Config) -> Path | None:
    """The file of an SQLite gradebook; None for any other database."""
    url = make_url(CourseDirectory(config=config).db_url)
    return Path(url.database) if url.drivername.startswith("sqlite") and url.database else None


def marks_in_gradebook(config: Config, unit: Unit) -> dict[str, float]:
    """The sum of each student's automatic scores in the gradebook; NaN if one is missing."""
    sums: dict[str, float] = {}
    with open_gradebook(config) as gradebook:
        rows = (
            gradebook.db.query(SubmittedAssignment.student_id, Grade.auto_score)
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .filter(Assignment.name == unit.id)
        )
        for student, score in rows:
            sums[student] = sums.get(student, 0.0) + (float("nan") if score is None else score)
    return sums


def must_be_released(config: Config, unit: Unit) -> None:
    """Raise CourseError if the gradebook does not know the unit."""
    with open_gradebook(config) as gradebook:
        try:
            gradebook.find_notebook(unit.notebook, unit.id)
        except MissingEntry:
            raise CourseError(
                f"the gradebook does not know {unit.id}: run `make build` "
                f"(or `nbgrader generate_assignment {unit.id}`) first"
            ) from None


def release(config: Config, unit: Unit) -> None:
    """Run `nbgrader generate_assignment` and overwrite its earlier output. Raises CourseError."""
    _run(GenerateAssignment, config, unit, ".", lambda why: CourseError(f"{unit.id}: {why}"))


def autograde(config: Config, unit: Unit, student: str, resources: Mapping[str, Any]) -> None:
    """Run `nbgrader autograde` for one submission. Raises GraderFault with the reason.

    resources: for its steps, added to nbgrader's own among nbconvert's resources.
    """
    _run(_AutogradeOne, config, unit, student, GraderFault, resources)


def feedback(config: Config, unit: Unit, student: str) -> None:
    """Run `nbgrader generate_feedback` for one submission. Raises GraderFault with the reason."""
    _run(_FeedbackOne, config, unit, student, GraderFault)


def _run(
    converter: type[BaseConverter],
    config: Config,
    unit: Unit,
    student: str,
    problem: Callable[[str], Exception],
    resources: Mapping[str, Any] | None = None,
) -> None:
    coursedir = CourseDirectory(config=config, assignment_id=unit.id, student_id=student)
    app = converter(coursedir=coursedir, config=config)
    app.force = True
    if resources is not None:
        app.resources = resources
    messages = _Messages()
    log = app.log
    log.addHandler(messages)
    before, propagate, here = log.level, log.propagate, os.getcwd()
    log.propagate = False
    try:
        with _scripts_on_path(), _engines_kept(), warnings.catch_warnings():
            # nbgrader's own warning, about objects that it adds to the session a moment later.
            warnings.simplefilter("ignore", SAWarning)
            app.start()
    except NbGraderException as error:
        raise problem(messages.reason() or str(error)) from None
    finally:
        log.removeHandler(messages)
        log.setLevel(before)
        log.propagate = propagate
        os.chdir(here)


class _OneSubmission(BaseConverter):
    """A converter for one student: nbgrader reads ids as patterns, and some hold *, ?, [ or ]."""

    def init_notebooks(self) -> None:
        name = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        found = sorted(str(path) for path in Path(name).glob("*.ipynb"))
        if not found:
            super().init_notebooks()
        else:
            self.assignments: dict[str, list[str]] = {name: found}


class _AutogradeOne(_OneSubmission, Autograde):
    resources: Mapping[str, Any] = {}

    def init_single_notebook_resources(self, notebook_filename: str) -> dict[str, Any]:
        return super().init_single_notebook_resources(notebook_filename) | self.resources


class _FeedbackOne(_OneSubmission, GenerateFeedback):
    pass


@contextmanager
def _scripts_on_path() -> Iterator[None]:
    """Put `alembic`, which lies beside our Python, on PATH: nbgrader creates gradebooks with it."""
    before = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


@contextmanager
def _engines_kept() -> Iterator[None]:
    """Share one database engine, which compiles each statement only once: nbgrader opens the
    gradebook nine times per submission. Connections are still closed each time."""
    before = nbgrader.api.create_engine
    nbgrader.api.create_engine = _engine
    try:
        yield
    finally:
        nbgrader.api.create_engine = before


_engine = lru_cache(maxsize=4)(create_engine)


class _Messages(logging.Handler):
    """Collects the errors that nbgrader logs, to find the reason for a failure in them."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())

    def reason(self) -> str | None:
        """The message of the exception in the last traceback, if there is one."""
        for text in reversed(self.texts):
            if text.startswith("Traceback"):
                for line in reversed(text.strip().splitlines()):
                    if not line.startswith(" ") and ": " in line:
                        return line.split(": ", 1)[1]
        return self.texts[0] if self.texts else None
