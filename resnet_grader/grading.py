"""A class at a time: executions side by side, then one writer for the gradebook.

Executing is the expensive part and touches nothing shared but the store of results; writing marks is
cheap and is left to nbgrader's own Autograde, which finds every execution in the store.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import nbformat
from nbgrader.api import MissingEntry
from traitlets.config import Config

from resnet_course.verdict import MIME
from resnet_grader.course import Unit, load_course
from resnet_grader.errors import CourseError, GraderError, SubmissionError
from resnet_grader.execution import Execute
from resnet_grader.kernel.provisioner import SealedKernel
from resnet_grader.nbgrader_course import autograde, feedback, load_config, open_gradebook
from resnet_grader.nonce import seed_of
from resnet_grader.reading import read_submission
from resnet_grader.reference import reference_tests
from resnet_grader.restoration import restore
from resnet_grader.ungraded import leave_ungraded

LONGEST_PROBLEM = 400
GLOB_PROBLEM = (
    "the student's folder has *, ?, [ or ] in its name, which nbgrader cannot take: rename it"
)


@dataclass(frozen=True)
class Result:
    """One exercise of one student: an outcome and points."""

    exercise: str
    outcome: str
    points: float
    of: float


@dataclass(frozen=True)
class Graded:
    """One submission after grading: its results, or the reason why it has no marks.

    sandbox: which layers of the seal its kernel had to have.
    """

    student: str
    results: tuple[Result, ...] = ()
    problem: str | None = None
    sandbox: str = "full"

    @property
    def points(self) -> float:
        return sum(result.points for result in self.results)

    @property
    def of(self) -> float:
        return sum(result.of for result in self.results)


Progress = Callable[[str], None]


def submissions(unit: Unit) -> list[str]:
    """The students who handed in something for the unit."""
    folder = unit.root / "submitted"
    return sorted(path.parent.name for path in folder.glob(f"*/{unit.id}") if path.is_dir())


def grade(
    root: Path,
    unit_id: str,
    students: Sequence[str] = (),
    workers: int | None = None,
    with_feedback: bool = True,
    sandbox: str | None = None,
    progress: Progress = lambda line: None,
) -> list[Graded]:
    """Grade the submissions of a unit and write marks, `autograded/` and feedback.

    A submission that cannot be graded is in the result with the reason and stops nobody else.
    sandbox: in place of the one that the course's configuration sets. Raises CourseError when the course
    itself is not in order, GraderFault when there is no kernel to be had.
    """
    root = root.resolve()
    unit, config = load_course(root).unit(unit_id), configuration(root, sandbox)
    chosen = list(students) or submissions(unit)
    if not chosen:
        raise CourseError(f"nothing was handed in for {unit.id}: {root / 'submitted'} is empty")
    _must_be_released(unit, config)
    reference_tests(unit, Execute(config=config), seed_of(unit))
    problems = {name: GLOB_PROBLEM for name in chosen if set(name) & set("*?[]")}
    runnable = [name for name in chosen if name not in problems]
    problems |= _execute_all(unit, runnable, workers, sandbox, progress)
    graded = []
    for student in chosen:
        graded.append(_write_marks(unit, config, student, problems.get(student), with_feedback))
        progress(f"marked {student}")
    return graded


def configuration(root: Path, sandbox: str | None) -> Config:
    """nbgrader_config.py of the course in `root`, with another `sandbox` if one is given."""
    config = load_config(root)
    if sandbox is not None:
        config.SealedKernel.sandbox = sandbox
    return config


def _execute_all(
    unit: Unit,
    students: Sequence[str],
    workers: int | None,
    sandbox: str | None,
    progress: Progress,
) -> dict[str, str]:
    """Fill the store of executions, several at a time; the problems met, by student."""
    workers = workers or len(os.sched_getaffinity(0))
    problems: dict[str, str] = {}
    left = list(students)
    while left:
        problem_of = _execute_in_one_pool(unit, left, workers, sandbox, progress)
        left = [student for student in left if student not in problem_of]
        problems |= {student: why for student, why in problem_of.items() if why}
        if left and workers == 1:
            # Alone in its pool, the first one left is the one whose process ended.
            problems[left.pop(0)] = "the process that ran the notebook was ended from outside"
        elif left:
            progress("a worker ended; going on one at a time")
        workers = 1
    return problems


def _execute_in_one_pool(
    unit: Unit, students: Sequence[str], workers: int, sandbox: str | None, progress: Progress
) -> dict[str, str | None]:
    """Execute until done, or until a worker dies: the problem, or None, of each that was finished."""
    finished: dict[str, str | None] = {}
    # Each worker is a fresh process: nbgrader changes the folder and the environment it works in.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(_execute, str(unit.root), unit.id, s, sandbox): s for s in students}
        for done in as_completed(waiting):
            error = done.exception()
            if isinstance(error, BrokenProcessPool):
                continue
            finished[waiting[done]] = None if error is None else _one_line(error)
            progress(f"ran {len(finished)} of {len(students)}: {waiting[done]}")
    return finished


def _one_line(error: BaseException) -> str:
    """An error's message as one line without control characters: parts of it may be a student's."""
    return "".join(c if c.isprintable() else " " for c in str(error))[:LONGEST_PROBLEM]


def _execute(root: str, unit_id: str, student: str, sandbox: str | None) -> None:
    logging.disable(logging.CRITICAL)
    unit = load_course(Path(root)).unit(unit_id)
    submitted = read_submission(submitted_file(unit, student))
    restored, _ = restore(submitted, nbformat.read(unit.source_file, as_version=4))
    execute = Execute(config=configuration(unit.root, sandbox))
    execute.executed(restored, unit, seed_of(unit), again_if_noted=True)


def submitted_file(unit: Unit, student: str) -> Path:
    """Where the student's notebook lies. Raises SubmissionError if there is none of its name."""
    folder = unit.root / "submitted" / student / unit.id
    path = folder / f"{unit.notebook}.ipynb"
    if not path.is_file():
        there = ", ".join(sorted(item.name for item in folder.glob("*"))) or "nothing"
        raise SubmissionError(f"there is no {path.name} in the submission; it holds {there}")
    return path


def _write_marks(
    unit: Unit, config: Config, student: str, problem: str | None, with_feedback: bool
) -> Graded:
    sandbox = SealedKernel(config=config).sandbox
    if problem is None:
        try:
            autograde(config, unit, student)
            if with_feedback:
                feedback(config, unit, student)
            return Graded(student, results_of(unit, student), sandbox=sandbox)
        except GraderError as error:
            problem = _one_line(error)
    _take_back(unit, config, student)
    return Graded(student, problem=problem, sandbox=sandbox)


def _take_back(unit: Unit, config: Config, student: str) -> None:
    """Marks and pages of an earlier grading must not stand for a submission that has none."""
    with open_gradebook(config) as gradebook:
        leave_ungraded(gradebook, unit.notebook, unit.id, student)
    for folder in ("autograded", "feedback"):
        shutil.rmtree(unit.root / folder / student / unit.id, ignore_errors=True)


def results_of(unit: Unit, student: str) -> tuple[Result, ...]:
    """The verdicts in a student's autograded notebook, which only the judge writes."""
    path = unit.root / "autograded" / student / unit.id / f"{unit.notebook}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    verdicts = [
        output.data[MIME]
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
        for output in cell.get("outputs", [])
        if MIME in output.get("data", {})
    ]
    return tuple(Result(v["exercise"], v["outcome"], v["points"], v["of"]) for v in verdicts)


def _must_be_released(unit: Unit, config: Config) -> None:
    with open_gradebook(config) as gradebook:
        try:
            gradebook.find_notebook(unit.notebook, unit.id)
        except MissingEntry:
            raise CourseError(
                f"the gradebook does not know {unit.id}: run `make build` "
                f"(or `nbgrader generate_assignment {unit.id}`) first"
            ) from None
