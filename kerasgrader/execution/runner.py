"""Run a repaired notebook, so that its test cells hold evidence.

The kernel (see `kerasgrader.kernel`) gets copies of the unit's released files and the seed, and
nothing else of the grader's. If the student's code crashes, never ends or prints without end, that
is noted in the result and costs that student alone. A kernel that does not start is a fault of the
grader.
"""

from __future__ import annotations

import json
import logging
import os
import time
from dataclasses import asdict
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from nbformat import NotebookNode, ValidationError
from nbgrader.preprocessors import Execute as NbGraderExecute
from traitlets import Float, Integer, default
from traitlets.config import Config
from zmq import ZMQError

from kerascheck.check import SEED_VARIABLE
from kerasgrader.course.lessons import grade_id_of
from kerasgrader.course.versions import differences, versions
from kerasgrader.errors import GraderFault, one_line
from kerasgrader.execution.job import Executed, Job
from kerasgrader.execution.output_limits import Incoming, OutputLimits, drop_malformed_outputs
from kerasgrader.execution.selection import is_test
from kerasgrader.kernel import KERNEL_NAME
from kerasgrader.kernel.limits import GIB
from kerasgrader.kernel.manager import ImpatientManager
from kerasgrader.kernel.provisioner import SealedKernel

# Errors of nbclient and nbformat over messages that no honest kernel sends.
STUDENTS_DOING = (
    AssertionError,
    AttributeError,
    KeyError,
    RuntimeError,
    TypeError,
    ValueError,
    ValidationError,
    ZMQError,
)
# The parts of a configuration that say how a notebook is executed.
SETTINGS = ("Execute", "ExecutePreprocessor", "NotebookClient", "SealedKernel")


class _Stopped(Exception):
    """The rest of the notebook is not run: the reason is noted."""


class NotebookRunner(NbGraderExecute):
    """nbclient as nbgrader configures it (`c.Execute`), in a sealed kernel, with limits."""

    test_timeout = Integer(
        15,
        help="Seconds that a test may take, within a cell's limit: solutions take less than one. "
        "An endless loop costs no more than this.",
    ).tag(config=True)

    notebook_timeout = Integer(
        600, help="Seconds that a whole notebook may take; cells that are left by then do not run."
    ).tag(config=True)

    grace = Integer(
        5, help="Seconds that a kernel has to answer again after a cell was interrupted."
    ).tag(config=True)

    overload = Float(
        2.0,
        help="Runnable processes per core above which this machine counts as overloaded: a "
        "notebook that runs out of time then is run again, alone.",
    ).tag(config=True)

    output_limit = Integer(
        1_000_000, help="Characters of output that are stored for each cell, evidence not counted."
    ).tag(config=True)

    evidence_limit = Integer(
        8_000_000, help="Characters of evidence that are stored for each cell."
    ).tag(config=True)

    outputs_limit = Integer(1000, help="Outputs stored for each cell.").tag(config=True)

    notebook_limit = Integer(
        40_000_000, help="Characters of output and evidence that are stored for a whole notebook."
    ).tag(config=True)

    @property
    def output_limits(self) -> OutputLimits:
        """The limits on a notebook's messages, as configured."""
        return OutputLimits(
            self.output_limit, self.evidence_limit, self.outputs_limit, self.notebook_limit
        )

    now: Job  # the one that is being executed
    kernel: SealedKernel  # its kernel
    cell: NotebookNode  # the one that runs
    allowed: int | None  # seconds that it may take

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("kernel_manager_class", ImpatientManager)
        super().__init__(**settings)

    @default("kernel_name")
    def _kernel_name_default(self) -> str:
        return KERNEL_NAME

    def limits(self) -> dict[str, Any]:
        """All limits of an execution, as JSON."""
        kernel = SealedKernel(config=self.config)
        return {
            "timeouts": [self.timeout, self.test_timeout, self.notebook_timeout, self.grace],
            "outputs": asdict(self.output_limits),
            "kernel": [kernel.sandbox, asdict(kernel.limits)],
        }

    @property
    def settings(self) -> dict[str, dict[str, Any]]:
        """The sections of the configuration that say how a notebook is executed, as plain data."""
        return {name: dict(self.config[name]) for name in SETTINGS if name in self.config}

    def run(self, job: Job) -> Executed:
        """Execute a job here and now.

        Raises GraderFault if no kernel starts, even at the second attempt.
        """
        try:
            return self._run(job)
        except GraderFault as fault:
            self.log.warning("%s: trying once more", fault)
            return self._run(job)

    def _run(self, job: Job) -> Executed:
        nb = nbformat.from_dict(json.loads(job.notebook))
        notes: list[str] = []
        self.started, self.notes, self.now = time.monotonic(), notes, job
        self.kernel_ready = self.out_of_time = False
        self.slow: dict[str, int] = {}
        self.incoming = Incoming(self.output_limits, notes)
        try:
            super().preprocess(nb, {"metadata": {}})
        except _Stopped:
            pass
        except DeadKernelError:
            notes.append(self._why_it_died())
        except CellTimeoutError:
            self.out_of_time = True
            self._note_slow()
            notes.append("the kernel stopped answering while it ran this notebook")
        except Exception as error:
            if not (self.kernel_ready and isinstance(error, STUDENTS_DOING)):
                raise GraderFault(
                    f"the notebook could not be run: {type(error).__name__}: {one_line(error)}"
                ) from error
            notes.append(f"the kernel sent an unreadable message ({type(error).__name__})")
        for cell in nb.cells:
            cell.metadata.pop("tags", None)
        if drop_malformed_outputs(nb):
            notes.append(
                "a cell sent outputs that are not in the format of notebooks; they are dropped"
            )
        hurried = self.out_of_time and not job.alone and overloaded(self.overload)
        seconds = round(time.monotonic() - self.started, 2)
        return Executed(nb, tuple(notes), hurried, seconds, self.slow)

    def _why_it_died(self) -> str:
        over = self.kernel.over or {}
        limit = over.get("limit")
        if not over or limit == "machine":
            raise GraderFault("the kernel was killed, since this machine is short of memory")
        if limit == "memory":
            return f"it used more than {self.kernel.limits.memory / GIB:.1f} GiB of memory"
        if limit == "wall":
            self.out_of_time = True
            return f"it did not end within {self.notebook_timeout} seconds"
        return "the kernel died while it ran this notebook"

    def start_new_kernel(self, **kwargs: Any) -> None:
        longest = self.notebook_timeout + self.grace + self.startup_timeout
        super().start_new_kernel(
            modules=self.now.modules,
            variables={SEED_VARIABLE: self.now.seed},
            env=dict(os.environ),
            files=self.now.files,
            wall_limit=longest,
            **kwargs,
        )
        self.kernel = self.km.provisioner
        if self.kernel.sandbox != "full":
            self.log.warning("sandbox=%s: the kernel is not wholly sealed", self.kernel.sandbox)

    def _get_timeout(self, cell: NotebookNode | None) -> int | None:
        """Seconds that a cell may take: no more than the notebook has left."""
        left = self.notebook_timeout - (time.monotonic() - self.started)
        limits = [left, self.timeout or left]
        if cell is not None and is_test(cell):
            limits.append(self.test_timeout or left)
        return max(1, int(min(limits)))

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, index: int
    ) -> tuple[NotebookNode, dict]:
        self.kernel_ready = True
        spent = time.monotonic() - self.started
        if spent > self.notebook_timeout:
            self.out_of_time = True
            self.notes.append(f"the notebook took more than {self.notebook_timeout} seconds")
            raise _Stopped
        self.incoming.begin_cell()
        self.timed_out, self.cell = False, cell
        self.allowed = self._get_timeout(cell)
        result = super().preprocess_cell(cell, resources, index)
        if self.timed_out:
            self.out_of_time = True
            self._note_slow()
            what = "a test" if is_test(cell) else "a cell"
            self.notes.append(f"{what} took more than {self.allowed} seconds and was interrupted")
            if not self._answers():
                self.notes.append("the kernel did not answer after the interruption")
                raise _Stopped
        return result

    def _note_slow(self) -> None:
        """Note that the present cell was interrupted."""
        grade_id = grade_id_of(self.cell)
        if grade_id is not None:
            self.slow[grade_id] = self.allowed or 0

    def on_cell_executed(self, **kwargs: Any) -> None:
        reply = kwargs["execute_reply"]["content"]
        self.timed_out = reply.get("ename") == self.error_on_timeout["ename"]
        super().on_cell_executed(**kwargs)

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> Any:
        """Process a message as nbclient does, or drop it if it is malformed or beyond a limit."""
        if self.incoming.admits(msg, cell):
            return super().process_message(msg, cell, cell_index)
        return None

    def _answers(self) -> bool:
        async def ask() -> None:
            await self.kc.kernel_info(reply=True, timeout=self.grace)

        try:
            run_sync(ask)()
        except TimeoutError:
            return False
        return True


def overloaded(per_core: float) -> bool:
    """Whether more processes per core than this were runnable in the last minute."""
    return os.getloadavg()[0] > per_core * len(os.sched_getaffinity(0))


def do(job: Job) -> str:
    """Execute a job in this process; return the result as JSON. Raises GraderFault."""
    here = versions(job.modules)
    if dict(job.versions) != here:
        raise GraderFault(differences(job.versions, here))
    logging.disable(logging.CRITICAL)  # nbclient logs each time-out; here it is noted
    try:
        settings = {name: Config(section) for name, section in job.settings.items()}
        return json.dumps(NotebookRunner(config=Config(settings)).run(job).to_plain())
    finally:
        logging.disable(logging.NOTSET)
