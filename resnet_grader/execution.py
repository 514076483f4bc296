"""Running a notebook: from a sanitised notebook to one whose test cells hold evidence.

The kernel (see `resnet_grader.kernel`) gets copies of the unit's released files and the seed, and nothing
else of the grader's. Whatever the student's code does (dies, never ends, prints without end) is noted in
the notebook and costs that student alone. That there is no kernel to be had is a fault of the grader's.

Executions are pure, so their results are kept, by content, in a `Store`.
"""

from __future__ import annotations

import hashlib
import json
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
from zmq import ZMQError

from resnet_course.check import SEED_VARIABLE
from resnet_grader.course import Unit
from resnet_grader.environment import probes_digest, versions
from resnet_grader.errors import GraderFault, one_line
from resnet_grader.incoming import Incoming, OutputLimits, drop_malformed_outputs
from resnet_grader.job import Job
from resnet_grader.kernel import KERNEL_NAME
from resnet_grader.kernel.limits import GIB
from resnet_grader.kernel.manager import ImpatientManager
from resnet_grader.kernel.provisioner import SealedKernel
from resnet_grader.nonce import seed_of
from resnet_grader.salvage import READING, REPAIRS
from resnet_grader.skipping import is_test, skipping, ungraded_cells
from resnet_grader.store import Store
from resnet_grader.ungraded import ungraded_unless_done
from resnet_grader.units import unit_of

EXECUTED = "resnet_grader"
# What nbclient and nbformat stumble with over messages that no honest kernel sends.
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
    """The rest of the notebook is not worth running: the reason is noted."""


class Execute(NbGraderExecute):
    """nbgrader's Execute step, in a private folder, with limits, remembering its results."""

    test_timeout = Integer(
        15,
        help="Seconds that a test may take, of those that a cell may: solutions take less than one. "
        "An endless loop costs no more than this.",
    ).tag(config=True)

    notebook_timeout = Integer(
        600, help="Seconds that a whole notebook may take; what has not run by then is not run."
    ).tag(config=True)

    grace = Integer(
        5, help="Seconds that a kernel has to answer again after a cell was interrupted."
    ).tag(config=True)

    overload = Float(
        2.0,
        help="Processes per core that want to run, from which on this machine counts as overloaded: what "
        "runs out of time then is run again, alone.",
    ).tag(config=True)

    output_limit = Integer(
        1_000_000, help="Characters of output that are kept of each cell, evidence not counted."
    ).tag(config=True)

    evidence_limit = Integer(
        8_000_000, help="Characters of evidence that are kept of each cell."
    ).tag(config=True)

    outputs_limit = Integer(1000, help="Outputs that are kept of each cell.").tag(config=True)

    notebook_limit = Integer(
        40_000_000, help="Characters of output and evidence that are kept of a whole notebook."
    ).tag(config=True)

    @property
    def output_limits(self) -> OutputLimits:
        """What a notebook may send, as set."""
        return OutputLimits(
            self.output_limit, self.evidence_limit, self.outputs_limit, self.notebook_limit
        )

    now: Job  # that is being done
    kernel: SealedKernel  # its kernel

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("kernel_manager_class", ImpatientManager)
        super().__init__(**settings)

    @default("kernel_name")
    def _kernel_name_default(self) -> str:
        return KERNEL_NAME

    def preprocess(
        self, nb: NotebookNode, resources: dict | None = None, km: Any = None
    ) -> tuple[NotebookNode, dict]:
        assert resources is not None
        # Executions are kept and shared; what was mended is this submission's alone.
        repairs = nb.metadata.pop(REPAIRS, [])
        nb.metadata.pop(READING, None)
        with ungraded_unless_done(resources):
            unit = unit_of(self, resources)
            executed = self.executed(nb, unit, seed_of(unit))
        # ClearMetadata and the writer go on with the very object they know.
        nb.cells, nb.metadata = executed.cells, executed.metadata
        nb.metadata[REPAIRS] = repairs
        return nb, resources

    def executed(
        self, nb: NotebookNode, unit: Unit, seed: str, again_if_noted: bool = False
    ) -> NotebookNode:
        """The notebook `nb` of `unit`, run under `seed`, from the store if it is there.

        again_if_noted: run it again if something went wrong the last time. Raises GraderFault when it
        could not be run at all.
        """
        job, store = self.job(nb, unit, seed), store_of(unit)
        kept = store.get(job.key)
        if kept is None or (again_if_noted and kept.metadata[EXECUTED]["notes"]):
            kept = self.run(job)
            store.put(job.key, kept)
        return kept

    def job(self, nb: NotebookNode, unit: Unit, seed: str, everything: bool = False) -> Job:
        """What is to be done to execute `nb`, as plain data.

        everything: also what the source marks as not needed for grading.
        """
        source_text = unit.source_file.read_text("utf-8")
        cells = [[cell.cell_type, cell.source, _grade_id(cell)] for cell in nb.cells]
        files = {name: path.read_bytes() for name, path in unit.released_files().items()}
        contents = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        parts = [cells, source_text, contents, seed, versions(), probes_digest(), self.limits()]
        source = nbformat.reads(source_text, as_version=4)
        notebook = nb if everything else skipping(nb, ungraded_cells(source))
        return Job(
            key=hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest(),
            notebook=json.dumps(notebook),
            seed=seed,
            files=files,
            settings={name: dict(self.config[name]) for name in SETTINGS if name in self.config},
            versions=versions(),
        )

    def limits(self) -> dict[str, Any]:
        """All limits of an execution, as JSON."""
        kernel = SealedKernel(config=self.config)
        return {
            "timeouts": [self.timeout, self.test_timeout, self.notebook_timeout, self.grace],
            "outputs": asdict(self.output_limits),
            "kernel": [kernel.sandbox, asdict(kernel.limits)],
        }

    def run(self, job: Job) -> NotebookNode:
        """The job's notebook, executed here and now.

        Raises GraderFault when there is no kernel to be had, at the second attempt.
        """
        try:
            return self._run(job)
        except GraderFault as fault:
            self.log.warning("%s: trying once more", fault)
            return self._run(job)

    def _run(self, job: Job) -> NotebookNode:
        nb = nbformat.from_dict(json.loads(job.notebook))
        notes: list[str] = []
        self.started, self.notes, self.now = time.monotonic(), notes, job
        self.kernel_ready = self.out_of_time = False
        self.incoming = Incoming(self.output_limits, notes)
        try:
            super().preprocess(nb, {"metadata": {}})
        except _Stopped:
            pass
        except DeadKernelError:
            notes.append(self._why_it_died())
        except CellTimeoutError:
            self.out_of_time = True
            notes.append("the kernel stopped answering while it ran this notebook")
        except Exception as error:
            if not (self.kernel_ready and isinstance(error, STUDENTS_DOING)):
                raise GraderFault(
                    f"the notebook could not be run: {type(error).__name__}: {one_line(error)}"
                ) from error
            notes.append(f"the kernel sent what cannot be read ({type(error).__name__})")
        for cell in nb.cells:
            cell.metadata.pop("tags", None)
        if drop_malformed_outputs(nb):
            notes.append(
                "a cell sent outputs that are not in the format of notebooks; they are dropped"
            )
        hurried = self.out_of_time and not job.alone and overloaded(self.overload)
        seconds = round(time.monotonic() - self.started, 2)
        nb.metadata[EXECUTED] = {"notes": notes, "hurried": hurried, "seconds": seconds}
        return nb

    def _why_it_died(self) -> str:
        over = self.kernel.over or {}
        limit = over.get("limit")
        if not over or limit == "machine":
            raise GraderFault("the kernel was ended, for this machine is short of memory")
        if limit == "memory":
            return f"it used more than {self.kernel.limits.memory / GIB:.1f} GiB of memory"
        if limit == "wall":
            self.out_of_time = True
            return f"it did not end within {self.notebook_timeout} seconds"
        return "the kernel died while it ran this notebook"

    def start_new_kernel(self, **kwargs: Any) -> None:
        longest = self.notebook_timeout + self.grace + self.startup_timeout
        super().start_new_kernel(
            env={**os.environ, SEED_VARIABLE: self.now.seed},
            files=self.now.files,
            wall_limit=longest,
            **kwargs,
        )
        self.kernel = self.km.provisioner
        if self.kernel.sandbox != "full":
            self.log.warning("sandbox=%s: the kernel is not wholly sealed", self.kernel.sandbox)

    def _get_timeout(self, cell: NotebookNode | None) -> int | None:
        """Seconds that a cell may take: no more than are left to the notebook."""
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
        self.timed_out, allowed = False, self._get_timeout(cell)
        result = super().preprocess_cell(cell, resources, index)
        if self.timed_out:
            self.out_of_time = True
            what = "a test" if is_test(cell) else "a cell"
            self.notes.append(f"{what} took more than {allowed} seconds and was interrupted")
            if not self._answers():
                self.notes.append("the kernel did not answer after the interruption")
                raise _Stopped
        return result

    def on_cell_executed(self, **kwargs: Any) -> None:
        reply = kwargs["execute_reply"]["content"]
        self.timed_out = reply.get("ename") == self.error_on_timeout["ename"]
        super().on_cell_executed(**kwargs)

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> Any:
        """As nbclient does it, but for what is too much or makes no sense, which is dropped."""
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


def store_of(unit: Unit) -> Store:
    """Where the executed notebooks of a unit are kept."""
    return Store(unit.grader_folder / "executed")


def hurried(nb: NotebookNode) -> bool:
    """Whether an executed notebook ran out of time while its machine had more to do than it can."""
    return bool(nb.metadata[EXECUTED]["hurried"])


def overloaded(per_core: float) -> bool:
    """Whether more processes than that have wanted to run on each core in the last minute."""
    return os.getloadavg()[0] > per_core * len(os.sched_getaffinity(0))


def _grade_id(cell: NotebookNode) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")
