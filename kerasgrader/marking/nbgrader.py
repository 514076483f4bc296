"""Run nbgrader from Python: its configuration and its converters, one assignment at a time."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbgrader.api
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook, InvalidEntry
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SAWarning, SQLAlchemyError
from traitlets import default
from traitlets.config import Config, ConfigFileNotFound, PyFileConfigLoader

from kerasgrader.course.course import Unit
from kerasgrader.errors import CourseError, GraderError, GraderFault, one_line
from kerasgrader.files import remove_folder, replace_folder
from kerasgrader.marking.late_policy import AssignPenalty, course_importable
from kerasgrader.marking.page import PageExporter
from kerasgrader.repair.timestamps import FOR_FEEDBACK


def load_config(root: Path) -> Config:
    """nbgrader_config.py of the course in `root`. Raises CourseError."""
    file = root / "nbgrader_config.py"
    try:
        with course_importable(root):
            config = PyFileConfigLoader(file.name, path=str(root)).load_config()
    except ConfigFileNotFound:
        raise CourseError(f"there is no nbgrader_config.py in {root}") from None
    except GraderError:
        raise
    except SyntaxError as error:
        raise CourseError(f"{file}: {error}") from None
    except Exception as error:  # it is Python, and can fail in any way
        raise CourseError(f"{file}: {type(error).__name__}: {one_line(error)}") from error
    config.CourseDirectory.root = str(root)
    return config


def open_gradebook(config: Config) -> Gradebook:
    """The course's gradebook, for use in a `with` statement."""
    coursedir = CourseDirectory(config=config)
    with _scripts_on_path(), _engines_kept():
        return Gradebook(coursedir.db_url, coursedir.course_id)


@contextmanager
def in_gradebook(config: Config) -> Iterator[Gradebook]:
    """The course's gradebook, for reading and writing. Raises GraderFault if the database fails."""
    try:
        with open_gradebook(config) as gradebook:
            yield gradebook
    except (SQLAlchemyError, InvalidEntry) as error:
        raise GraderFault(f"the gradebook cannot be used: {one_line(error)}") from error


def gradebook_file(config: Config) -> Path | None:
    """The file of an SQLite gradebook; None for any other database."""
    url = make_url(CourseDirectory(config=config).db_url)
    return Path(url.database) if url.drivername.startswith("sqlite") and url.database else None


def release(config: Config, unit: Unit) -> None:
    """Run `nbgrader generate_assignment` and overwrite its earlier output. Raises CourseError."""
    _run(GenerateAssignment, config, unit, ".", lambda why: CourseError(f"{unit.id}: {why}"))


class Staging:
    """A folder into which nbgrader writes what belongs to a submission, until all of it is there."""

    def __init__(self, config: Config, unit: Unit) -> None:
        self.config, self.unit = config, unit
        self.folder = unit.grader_folder / "staging"
        remove_folder(self.folder)  # of a run that was killed

    def autograde(self, student: str, resources: Mapping[str, Any]) -> None:
        """Run `nbgrader autograde` for one submission. Raises GraderFault with the reason.

        resources: for its steps, added to nbgrader's own among nbconvert's resources.
        """
        _run(_AutogradeOne, self.config, self.unit, student, GraderFault, resources, self._steps())

    def feedback(self, student: str, resources: Mapping[str, Any] | None = None) -> Path:
        """Run `nbgrader generate_feedback` for one submission; returns the page. Raises GraderFault.

        resources: as in `autograde`.
        """
        steps = self._steps()
        if not (self.folder / "autograded" / student / self.unit.id).is_dir():
            del steps["autograded_directory"]  # the verdict is the one that is published already
        _run(_FeedbackOne, self.config, self.unit, student, GraderFault, resources, steps)
        return self.folder / "feedback" / student / self.unit.id / f"{self.unit.notebook}.html"

    def publish(self, student: str) -> None:
        """Put what is there in the place of what was. Raises OSError."""
        for step in ("autograded", "feedback"):
            staged = self.folder / step / student / self.unit.id
            if staged.is_dir():
                replace_folder(staged, self.unit.root / step / student / self.unit.id)

    def _steps(self) -> dict[str, str]:
        below = self.folder.relative_to(self.unit.root)
        return {f"{step}_directory": str(below / step) for step in ("autograded", "feedback")}


def update_penalty(config: Config, unit: Unit, student: str) -> None:
    """Run the step of late penalties alone, for a submission that has its points already.

    Raises GraderFault with the reason.
    """
    names = {"student": student, "assignment": unit.id, "notebook": unit.notebook}
    url = CourseDirectory(config=config).db_url
    step = AssignPenalty(config=config)
    with _quiet(step.log), _as_nbgrader_runs():
        try:
            step.preprocess(new_notebook(), {"nbgrader": {**names, "db_url": url}})
        except Exception as error:  # the policy's own code, among others
            raise GraderFault(
                f"its late penalty: {type(error).__name__}: {one_line(error)}"
            ) from error


def _run(
    converter: type[BaseConverter],
    config: Config,
    unit: Unit,
    student: str,
    problem: Callable[[str], Exception],
    resources: Mapping[str, Any] | None = None,
    folders: Mapping[str, str] | None = None,
) -> None:
    coursedir = CourseDirectory(
        config=config, assignment_id=unit.id, student_id=student, **(folders or {})
    )
    app = converter(coursedir=coursedir, config=config)
    app.force = True
    if resources is not None:
        app.resources = resources
    here = os.getcwd()
    with _quiet(app.log) as messages, _as_nbgrader_runs():
        try:
            app.start()
        except (NbGraderException, OSError) as error:
            raise problem(messages.reason() or one_line(error)) from error
        finally:
            os.chdir(here)


@contextmanager
def _quiet(log: logging.Logger) -> Iterator[_Messages]:
    """Collect what is logged instead of showing it."""
    messages = _Messages()
    before, propagate = log.level, log.propagate
    log.addHandler(messages)
    log.propagate = False
    try:
        yield messages
    finally:
        log.removeHandler(messages)
        log.setLevel(before)
        log.propagate = propagate


@contextmanager
def _as_nbgrader_runs() -> Iterator[None]:
    """The surroundings that nbgrader's own commands have."""
    with _scripts_on_path(), _engines_kept(), warnings.catch_warnings():
        # nbgrader's own warning, about objects that it adds to the session a moment later.
        warnings.simplefilter("ignore", SAWarning)
        yield


class _OneSubmission(BaseConverter):
    """A converter for one student: nbgrader reads ids as patterns, and some hold *, ?, [ or ].

    resources: for the steps, beside nbgrader's own.
    """

    resources: Mapping[str, Any] = {}

    def init_notebooks(self) -> None:
        name = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        found = sorted(str(path) for path in Path(name).glob("*.ipynb"))
        if not found:
            super().init_notebooks()
        else:
            self.assignments: dict[str, list[str]] = {name: found}

    def init_single_notebook_resources(self, notebook_filename: str) -> dict[str, Any]:
        return super().init_single_notebook_resources(notebook_filename) | dict(self.resources)


class _AutogradeOne(_OneSubmission, Autograde):
    pass


class _FeedbackOne(_OneSubmission, GenerateFeedback):
    @default("exporter_class")
    def _page_exporter(self) -> type[HTMLExporter]:
        return PageExporter


def leave_other_files() -> None:
    """Have nbgrader leave a student's other files where they were submitted.

    It copies them to autograded/ and feedback/, where they can stand in the way of its own, and a model of
    300 MB takes that place again. Only nbgrader's own notes on the submission are copied. The kernel has
    never had the others: it gets the released files.
    """
    BaseConverter.init_assignment = _init_assignment


_copy_all = BaseConverter.init_assignment


def _init_assignment(self: BaseConverter, assignment_id: str, student_id: str) -> None:
    if not isinstance(self, Autograde | GenerateFeedback):
        _copy_all(self, assignment_id, student_id)
        return
    source = Path(self._format_source(assignment_id, student_id))
    target = Path(self._format_dest(assignment_id, student_id))
    target.mkdir(parents=True, exist_ok=True)
    for name in FOR_FEEDBACK:
        if (source / name).is_file():
            shutil.copyfile(source / name, target / name)


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
