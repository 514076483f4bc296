"""One grading run for a unit: executions in parallel, and what is to be done with each result."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from contextlib import suppress
from dataclasses import replace

from traitlets.config import Config

from kerasgrader.course.course import Unit
from kerasgrader.course.seed import seed_of
from kerasgrader.errors import GraderFault, named, one_line
from kerasgrader.execution.executors import Workers
from kerasgrader.execution.job import Executed, Job
from kerasgrader.execution.plan import HURRIED, Plan
from kerasgrader.execution.runner import NotebookRunner, do
from kerasgrader.grading.ledger import submission_digest
from kerasgrader.grading.options import Options
from kerasgrader.grading.progress import Progress, Tally
from kerasgrader.grading.results import Graded
from kerasgrader.grading.writer import Submitted, Writer
from kerasgrader.marking.reference import TestCell, tests_of
from kerasgrader.marking.second_look import first_look
from kerasgrader.marking.steps import Prepared
from kerasgrader.repair.reading import submitted_file
from kerasgrader.repair.restoration import repaired

JOBS_PER_WORKER = 2  # one that runs, and one that waits, so that no worker is ever idle
ENDED = "the worker process that ran the notebook was killed"


class ClassRun:
    """One grading run for some students of a unit."""

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
        runner = NotebookRunner(config=config)
        self.sandbox = runner.limits()["kernel"][0]
        self.plan = Plan(unit, seed_of(unit), runner)
        self.writer = Writer(unit, config, options, self.sandbox)
        self.tests: dict[str, TestCell] = {}
        self.graded: dict[str, Graded] = {}
        self.running: dict[Future[str], Submitted] = {}
        self.again: deque[Submitted] = deque()  # with the job of a second look
        self.alone: deque[Submitted] = deque()
        self.twins: list[str] = []  # who submitted what is being executed for somebody else
        self.executed: set[str] = set()  # the keys of what this run has executed

    def in_order(self) -> tuple[Graded, ...]:
        """All results, in the order of the students."""
        return tuple(self.graded[student] for student in self.students)

    def bring_up_to_date(self) -> None:
        """Find out who has to be graded; the marks and pages of the others follow the gradebook."""
        for graded in self.writer.up_to_date(self.students, self.plan.source):
            self._is_graded(graded)

    def grade(self, found: Workers) -> None:
        """Grade all the others."""
        waiting = deque(student for student in self.students if student not in self.graded)
        self._execute_reference(found, waiting)
        while waiting or self.again or self.alone or self.running or self.twins:
            while self.again:
                self._go_on(self.again.popleft(), found)
            if not (waiting or self.alone or self.running):
                waiting.extend(self.twins)
                self.twins.clear()
            while waiting and len(self.running) < found.at_a_time * JOBS_PER_WORKER:
                self._begin(waiting.popleft(), found)
            if self.alone and not (waiting or self.again or self.running):
                self._submit(self.alone.popleft(), found)
            if self.running:
                self._take_results(found)

    def _execute_reference(self, found: Workers, waiting: deque[str]) -> None:
        """Execute the reference, and meanwhile the notebooks of the first students.

        No student is reported before it is known that kernels start and that there is a reference.
        """
        job = self.plan.job(self.plan.source, reference=True)
        result = self.plan.cache.get(job.key)
        if self.options.force or result is None or result.went_wrong:
            reference = self._started(job, found)
            self._begin_beside(found, waiting)
            result = self._store(job, self._insist(reference, job, found))
        self.tests = tests_of(self.unit, result)

    def _begin_beside(self, found: Workers, waiting: deque[str]) -> None:
        for student in list(waiting)[: found.at_a_time * JOBS_PER_WORKER]:
            with suppress(Exception):  # which is reported in its turn
                submitted = self._submitted(student)
                key = submitted.job.key
                if self._is_under_way(key):
                    continue
                if self.options.force or self.plan.cache.get(key) is None:
                    self._submit(submitted, found)
                    waiting.remove(student)

    def _insist(self, future: Future[str], job: Job, found: Workers) -> str:
        """The result of the reference's job; if its worker dies, another one tries once more."""
        try:
            return future.result()
        except (BrokenExecutor, CancelledError):
            self._replace(found)
        try:
            return found.executor.submit(do, job).result()
        except (BrokenExecutor, CancelledError) as error:
            raise GraderFault(f"the reference could not be run: {one_line(error)}") from error

    def _begin(self, student: str, found: Workers) -> None:
        """Begin with a student: have the notebook executed, or write points if its result is cached."""
        try:
            submitted = self._submitted(student)
        except Exception as error:
            self._has_problem(student, named(error))
            return
        self._go_on(submitted, found)

    def _go_on(self, submitted: Submitted, found: Workers) -> None:
        """Submit its job, or take the result from the cache."""
        key = submitted.job.key
        if self._is_under_way(key):
            self.twins.append(submitted.student)
            return
        again = self.options.force and key not in self.executed
        result = None if again else self.plan.cache.get(key)
        if result is None:
            self._submit(submitted, found)
        elif result.hurried:
            self._run_alone(submitted)
        else:
            self._take_result(submitted, result, "kept")

    def _is_under_way(self, key: str) -> bool:
        """Whether the same notebook of another student, of one group for instance, is being executed."""
        return any(other.job.key == key for other in (*self.running.values(), *self.alone))

    def _submitted(self, student: str) -> Submitted:
        digest = submission_digest(self.unit, student)
        found = repaired(submitted_file(self.unit, student), self.plan.source)
        return Submitted(student, digest, found, self.plan.job(found.notebook))

    def _submit(self, submitted: Submitted, found: Workers) -> None:
        self.running[self._started(submitted.job, found)] = submitted
        self._say(f"running {submitted.student}")

    def _started(self, job: Job, found: Workers) -> Future[str]:
        """Give a job to the workers."""
        try:
            return found.executor.submit(do, job)
        except BrokenExecutor:  # a worker died while nobody was waiting for it
            self._replace(found)
            return found.executor.submit(do, job)

    def _run_alone(self, submitted: Submitted) -> None:
        """Run it later, when nothing else of the class runs."""
        self.alone.append(replace(submitted, job=replace(submitted.job, alone=True)))

    def _take_results(self, found: Workers) -> None:
        """Wait for an execution to end, and process its result."""
        ended, _ = wait(self.running, return_when=FIRST_COMPLETED)
        broken = False
        for future in ended:
            submitted = self.running.pop(future)
            error = None if future.cancelled() else future.exception()
            if future.cancelled() or isinstance(error, BrokenExecutor):
                broken = True
                self._worker_ended(submitted)
            elif error is not None:
                self._has_problem(submitted.student, GraderFault(one_line(error)))
            else:
                result = self._store(submitted.job, future.result())
                if result.hurried and submitted.job.alone:
                    self._has_problem(submitted.student, GraderFault(HURRIED))
                elif result.hurried:
                    self._run_alone(submitted)
                else:
                    self._take_result(submitted, result, "executed")
        if broken:
            self._replace(found)

    def _replace(self, found: Workers) -> None:
        """Replace all workers after one has died, and run their notebooks again, one by one."""
        for submitted in self.running.values():
            self._worker_ended(submitted)
        self.running.clear()
        found.replace()

    def _worker_ended(self, submitted: Submitted) -> None:
        """Report a notebook that killed its worker; if it did not run alone, first run it alone."""
        if submitted.job.alone:
            self._has_problem(submitted.student, GraderFault(ENDED))
        else:
            self._run_alone(submitted)

    def _store(self, job: Job, result: str) -> Executed:
        """Put a result into the cache."""
        executed = Executed.from_plain(json.loads(result))
        self.plan.cache.put(job.key, executed)
        self.executed.add(job.key)
        return executed

    def _take_result(self, submitted: Submitted, result: Executed, how: str) -> None:
        """Write the points, or first have a second look at exercises that lose some."""
        if submitted.first is None:
            try:
                verdicts, again = first_look(self.plan, result, self.tests)
            except Exception as error:
                self._has_problem(submitted.student, named(error))
                return
            submitted = replace(submitted, first=result, verdicts=verdicts)
            if again is not None:
                self.again.append(replace(submitted, job=again))
                return
        self._write_marks(submitted, how)

    def _write_marks(self, submitted: Submitted, how: str) -> None:
        known = submitted.repaired, self.tests, submitted.first, submitted.verdicts
        self._is_graded(self.writer.write(submitted, Prepared(self.plan, *known), how))

    def _has_problem(self, student: str, error: Exception) -> None:
        self._is_graded(self.writer.problem(student, error))

    def _is_graded(self, graded: Graded) -> None:
        self.graded[graded.student] = graded
        self._say(f"{'no marks for' if graded.problem else 'marked'} {graded.student}")

    def _say(self, what: str) -> None:
        problems = sum(graded.problem is not None for graded in self.graded.values())
        tally = Tally(len(self.students), len(self.graded), len(self.running), problems, what)
        self.progress(tally)
