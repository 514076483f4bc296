"""A class at a time: executions side by side, and one writer for the gradebook.

Executing is the expensive part and touches nothing shared: it is done by an executor, and its results go
to the store at once. Writing marks is cheap and is left to nbgrader's own Autograde, which finds every
execution in the store; it goes on while the next notebooks are executed. What a student got is written
into the ledger last, so that a run that is ended in the middle is taken up where it was.
"""

from __future__ import annotations

import json
import shutil
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import nbformat
from traitlets.config import Config

from resnet_course.misconceptions import misconceptions_in
from resnet_course.verdict import MIME
from resnet_grader import scores
from resnet_grader.course import Unit, load_course
from resnet_grader.errors import CourseError, GraderError, GraderFault, one_line
from resnet_grader.execution import EXECUTED, Execute, hurried, store_of
from resnet_grader.executors import Workers, workers
from resnet_grader.history import remember
from resnet_grader.job import Job, do
from resnet_grader.ledger import Ledger, submission_digest, submissions
from resnet_grader.locking import only_grader
from resnet_grader.marks import Graded, Marks, Result
from resnet_grader.nbgrader_course import (
    autograde,
    feedback,
    gradebook_file,
    load_config,
    marks_in_gradebook,
    must_be_released,
    open_gradebook,
)
from resnet_grader.nonce import seed_of
from resnet_grader.options import Options
from resnet_grader.progress import Progress, Tally
from resnet_grader.reading import read_submission, submitted_file
from resnet_grader.reference import reference_notebook, reference_tests
from resnet_grader.restoration import restore
from resnet_grader.timestamps import timestamp_of
from resnet_grader.ungraded import leave_ungraded

JOBS_PER_WORKER = 2  # one that runs, and one that waits, so that no worker ever does
ENDED = "the process that ran the notebook was ended from outside"


def grade(
    root: Path,
    unit_id: str,
    students: Sequence[str] = (),
    options: Options | None = None,
    progress: Progress = lambda tally: None,
) -> Marks:
    """Grade the submissions of a unit and write marks, `autograded/` and feedback.

    A submission that cannot be graded is in the result with the reason and stops nobody else.
    Raises CourseError when the course itself is not in order, GraderFault when there is no kernel to be
    had.
    """
    started, root = time.monotonic(), root.resolve()
    options = options or Options()
    unit, config = load_course(root).unit(unit_id), configuration(root, options.sandbox)
    chosen = list(students) or submissions(unit)
    if not chosen:
        raise CourseError(f"nothing was handed in for {unit.id}: {root / 'submitted'} is empty")
    with only_grader(root, lambda line: progress(Tally(len(chosen), last=line))):
        run = Run(unit, config, options, chosen, progress)
        graded = run.unchanged()
        if len(graded) < len(chosen):
            must_be_released(config, unit)
            with workers(options.workers, options.scheduler) as found:
                run.grade(found)
        try:
            with open_gradebook(config) as gradebook:
                remember(unit, scores.marks(gradebook, unit.id))
        except OSError as error:
            raise GraderFault(
                f"all marks are written, but not what they were before: {error}"
            ) from error
        run.ledger.remember_gradebook(run.students, gradebook_file(config))
    return Marks(unit.id, run.in_order(), time.monotonic() - started)


def configuration(root: Path, sandbox: str | None) -> Config:
    """nbgrader_config.py of the course in `root`, with another `sandbox` if one is given."""
    config = load_config(root)
    if sandbox is not None:
        config.SealedKernel.sandbox = sandbox
    return config


class Run:
    """One grading of some students of a unit."""

    def __init__(
        self,
        unit: Unit,
        config: Config,
        options: Options,
        students: Sequence[str],
        progress: Progress,
    ) -> None:
        self.unit, self.config, self.options = unit, config, options
        self.students, self.progress = list(dict.fromkeys(students)), progress
        self.execute = Execute(config=config)
        self.sandbox = self.execute.limits()["kernel"][0]
        self.seed = seed_of(unit)
        self.store = store_of(unit)
        self.ledger = Ledger(unit, options)
        self.graded: dict[str, Graded] = {}
        self.running: dict[Future[str], tuple[str, Job]] = {}
        self.alone: deque[tuple[str, Job]] = deque()

    def in_order(self) -> tuple[Graded, ...]:
        """What everybody got, in the order of the students."""
        return tuple(self.graded[student] for student in self.students)

    def unchanged(self) -> dict[str, Graded]:
        """Those whose marks stand, since nothing of what they depend on has changed."""
        if not self.options.force:
            known = marks_in_gradebook(self.config, self.unit)
            for student in self.students:
                graded = self.ledger.unchanged(student)
                if graded is not None and known.get(student) == graded.points:
                    self._is_graded(graded)
        return self.graded

    def grade(self, found: Workers) -> None:
        """Grade all the others."""
        self.source = nbformat.read(self.unit.source_file, as_version=4)
        waiting = deque(student for student in self.students if student not in self.graded)
        self._execute_reference(found, waiting)
        while waiting or self.alone or self.running:
            while waiting and len(self.running) < found.at_a_time * JOBS_PER_WORKER:
                self._begin(waiting.popleft(), found)
            if self.alone and not waiting and not self.running:
                self._submit(*self.alone.popleft(), found)
            if self.running:
                self._take_results(found)

    def _execute_reference(self, found: Workers, waiting: deque[str]) -> None:
        """The reference's execution, beside which those of the first students begin.

        Nothing is said of any student before it is known that there are kernels, and a reference.
        """
        job = self.execute.job(reference_notebook(self.unit), self.unit, self.seed)
        kept = self.store.get(job.key)
        if self.options.force or kept is None or kept.metadata[EXECUTED]["notes"]:
            reference = found.executor.submit(do, job)
            self._begin_beside(found, waiting)
            self._keep(job, self._insist(reference, job, found))
        reference_tests(self.unit, self.execute, self.seed)

    def _begin_beside(self, found: Workers, waiting: deque[str]) -> None:
        for student in list(waiting)[: found.at_a_time * JOBS_PER_WORKER]:
            with suppress(GraderError, OSError):  # which is said in its turn
                job = self._job_of(student)
                if self.options.force or self.store.get(job.key) is None:
                    self._submit(student, job, found)
                    waiting.remove(student)

    def _insist(self, future: Future[str], job: Job, found: Workers) -> str:
        """The result of a job of our own: should its worker end, another one tries once more."""
        try:
            return future.result()
        except (BrokenExecutor, CancelledError):
            self._replace(found)
        try:
            return found.executor.submit(do, job).result()
        except (BrokenExecutor, CancelledError) as error:
            raise GraderFault(f"the reference could not be run: {one_line(error)}") from error

    def _begin(self, student: str, found: Workers) -> None:
        """Begin with a student: send the notebook to be executed, or write marks if it is kept."""
        try:
            job = self._job_of(student)
        except (GraderError, OSError) as error:
            self._has_problem(student, one_line(error))
            return
        kept = None if self.options.force else self.store.get(job.key)
        if kept is None:
            self._submit(student, job, found)
        elif hurried(kept):
            self._run_alone(student, job)
        else:
            self._write_marks(student, "kept")

    def _job_of(self, student: str) -> Job:
        submitted = read_submission(submitted_file(self.unit, student))
        restored, _ = restore(submitted, self.source)
        return self.execute.job(restored, self.unit, self.seed)

    def _submit(self, student: str, job: Job, found: Workers) -> None:
        self.running[found.executor.submit(do, job)] = (student, job)
        self._say(f"running {student}")

    def _run_alone(self, student: str, job: Job) -> None:
        """Later, when nothing else of the class runs."""
        self.alone.append((student, replace(job, alone=True)))

    def _take_results(self, found: Workers) -> None:
        """Wait for something to end, and go on with it."""
        ended, _ = wait(self.running, return_when=FIRST_COMPLETED)
        broken = False
        for future in ended:
            student, job = self.running.pop(future)
            error = None if future.cancelled() else future.exception()
            if future.cancelled() or isinstance(error, BrokenExecutor):
                broken = True
                self._worker_ended(student, job)
            elif error is not None:
                self._has_problem(student, one_line(error))
            elif self._keep(job, future.result()):
                self._run_alone(student, job)
            else:
                self._write_marks(student, "executed")
        if broken:
            self._replace(found)

    def _replace(self, found: Workers) -> None:
        """A worker ended, and with it the others: what they ran is run again, one by one."""
        for student, job in self.running.values():
            self._worker_ended(student, job)
        self.running.clear()
        found.replace()

    def _worker_ended(self, student: str, job: Job) -> None:
        """Somebody's notebook ended a worker: once, nobody knows whose; alone, its own."""
        if job.alone:
            self._has_problem(student, ENDED)
        else:
            self._run_alone(student, job)

    def _keep(self, job: Job, result: str) -> bool:
        """Put a result into the store; whether it has to be done again, with the machine to itself."""
        notebook = nbformat.from_dict(json.loads(result))
        self.store.put(job.key, notebook)
        return hurried(notebook)

    def _write_marks(self, student: str, how: str) -> None:
        self.ledger.forget(student)
        try:
            submission = submission_digest(self.unit, student)
            autograde(self.config, self.unit, student)
            if self.options.feedback:
                feedback(self.config, self.unit, student)
            results = results_of(self.unit, student)
            _, remark = timestamp_of(self.unit.root / "submitted" / student / self.unit.id)
            graded = Graded(student, results, how=how, sandbox=self.sandbox, remark=remark)
            self.ledger.write(graded, submission)
        except (GraderError, OSError) as error:
            self._has_problem(student, one_line(error))
        else:
            self._is_graded(graded)

    def _has_problem(self, student: str, problem: str) -> None:
        """Marks and pages of an earlier grading must not stand for a submission that has none."""
        self.ledger.refuse(student, problem)
        with open_gradebook(self.config) as gradebook:
            leave_ungraded(gradebook, self.unit.notebook, self.unit.id, student)
        for folder in ("autograded", "feedback"):
            shutil.rmtree(self.unit.root / folder / student / self.unit.id, ignore_errors=True)
        self._is_graded(Graded(student, problem=problem, sandbox=self.sandbox))

    def _is_graded(self, graded: Graded) -> None:
        self.graded[graded.student] = graded
        self._say(f"{'no marks for' if graded.problem else 'marked'} {graded.student}")

    def _say(self, what: str) -> None:
        problems = sum(graded.problem is not None for graded in self.graded.values())
        tally = Tally(len(self.students), len(self.graded), len(self.running), problems, what)
        self.progress(tally)


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
    return tuple(
        Result(v["exercise"], v["outcome"], v["points"], v["of"], misconceptions_in(v["findings"]))
        for v in verdicts
    )
