"""The late policy: nbgrader's plug-in that takes points off late submissions, and the step that asks it.

nbgrader finds a plug-in in the course's folder, since it puts the folder in which it was started on
Python's path. `course_importable` does the same, wherever the grader was started.
"""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import BasePlugin
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config

from kerasgrader.course.course import load_course
from kerasgrader.errors import CourseError, one_line
from kerasgrader.files import digest_of
from kerasgrader.marking.lateness import lateness


@dataclass(frozen=True)
class LatePolicy:
    """A plug-in, ready to be called. files: its code, as far as it is the course's own. digest: of that."""

    plugin: BasePlugin
    files: tuple[Path, ...]
    digest: str

    def must_work(self, late: Mapping[str, float], points: float) -> None:
        """Try the policy on the students who are late by so many seconds. Raises CourseError.

        points: those that the unit gives.
        """
        for student, seconds in late.items():
            try:
                penalty = self.plugin.late_submission_penalty(student, points, seconds)
                if penalty is not None and not 0 <= float(penalty) < math.inf:
                    raise ValueError(f"a penalty is a number of points from 0 on, not {penalty}")
            except Exception as error:
                raise CourseError(
                    f"the late policy {type(self.plugin).__name__} fails for {student}, who is "
                    f"{seconds:.0f} seconds late: {type(error).__name__}: {one_line(error)}. Correct "
                    "it, and grade again"
                ) from error


def late_policy(config: Config, root: Path) -> LatePolicy:
    """The late policy that the course in `root` is configured with. Raises CourseError."""
    value = config.AssignLatePenalties.get("plugin_class")
    try:
        if isinstance(value, str):
            import_module(value.rpartition(".")[0])  # whose own error says more than nbgrader's
        step = AssignLatePenalties(config=config)
        step.init_plugin()
    except Exception as error:  # the plug-in's own code, among others
        raise CourseError(
            f"the late policy {value!r} of nbgrader_config.py cannot be used: "
            f"{type(error).__name__}: {one_line(error)}"
        ) from error
    files = set(root.glob("*.py"))  # it may import another one
    with suppress(TypeError, OSError):
        files.add(Path(inspect.getfile(type(step.plugin_inst))))
    own = sorted(file for file in files if file.is_file())
    digests = [digest_of([file], file.parent) for file in own]
    digest = " ".join([type(step.plugin_inst).__qualname__, *digests])
    return LatePolicy(step.plugin_inst, tuple(own), digest)


class AssignPenalty(AssignLatePenalties):
    """In place of nbgrader's own step: the late policy sees what no rule of the course covers."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        names = resources["nbgrader"]
        course = load_course(Path(CourseDirectory(parent=self).root))
        unit = course.unit(names["assignment"])
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


@contextmanager
def course_importable(root: Path) -> Iterator[None]:
    """Let the course's configuration import what is in its folder, after all that is installed.

    Files of the folder are forgotten afterwards: they may change before the next run, or be another
    course's.
    """
    sys.path.append(str(root))
    try:
        yield
    finally:
        sys.path.remove(str(root))
        for name, module in list(sys.modules.items()):
            if _file_of(module, root) is not None:
                del sys.modules[name]


def _file_of(module: object, root: Path) -> Path | None:
    """The file of a module that is a single file in the course's folder."""
    file = getattr(module, "__file__", None)
    path = Path(file) if isinstance(file, str) else None
    return path if path is not None and path.parent == root else None
