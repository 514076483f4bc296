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
import sys
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from nbformat import NotebookNode, ValidationError
from nbgrader.preprocessors import Execute as NbGraderExecute
from traitlets import Integer, default
from zmq import ZMQError

from resnet_course.check import SEED_VARIABLE
from resnet_grader.course import Unit
from resnet_grader.errors import GraderFault
from resnet_grader.incoming import Incoming, OutputLimits, drop_malformed_outputs
from resnet_grader.kernel import KERNEL_NAME
from resnet_grader.kernel.limits import GIB
from resnet_grader.kernel.manager import ImpatientManager
from resnet_grader.kernel.provisioner import SealedKernel
from resnet_grader.lessons import UNGRADED
from resnet_grader.nonce import seed_of
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
SKIP = "skip-execution"
PACKAGES = ("tensorflow", "keras", "numpy", "ipykernel", "nbclient")


class _Stopped(Exception):
    """The rest of the notebook is not worth running: the reason is noted."""


class Execute(NbGraderExecute):
    """nbgrader's Execute step, in a private folder, with limits, remembering its results."""

    notebook_timeout = Integer(
        600, help="Seconds that a whole notebook may take; what has not run by then is not run."
    ).tag(config=True)

    grace = Integer(
        5, help="Seconds that a kernel has to answer again after a cell was interrupted."
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

    kernel: SealedKernel  # of the notebook that is running

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
        with ungraded_unless_done(resources):
            unit = unit_of(self, resources)
            executed = self.executed(nb, unit, seed_of(unit))
        # ClearMetadata and the writer go on with the very object they know.
        nb.cells, nb.metadata = executed.cells, executed.metadata
        return nb, resources

    def executed(
        self, nb: NotebookNode, unit: Unit, seed: str, again_if_noted: bool = False
    ) -> NotebookNode:
        """The notebook `nb` of `unit`, run under `seed`, from the store if it is there.

        again_if_noted: run it again if something went wrong the last time (a time-out, a dead
        kernel), which another load of the machine may mend. Raises GraderFault when it could not be
        run at all.
        """
        source_text = unit.source_file.read_text("utf-8")
        store = Store(unit.grader_folder / "executed")
        key = self.key(nb, source_text, seed)
        kept = store.get(key)
        if kept is None or (again_if_noted and kept.metadata[EXECUTED]["notes"]):
            skipped = ungraded_cells(nbformat.reads(source_text, as_version=4))
            kept = self.run(nb, unit, seed, skipped)
            store.put(key, kept)
        return kept

    def key(self, nb: NotebookNode, source_text: str, seed: str) -> str:
        """A digest of everything that can change the result of an execution."""
        kernel = SealedKernel(config=self.config)
        limits = {
            "timeouts": [self.timeout, self.notebook_timeout, self.grace],
            "outputs": asdict(self.output_limits),
            "kernel": [kernel.sandbox, asdict(kernel.limits)],
        }
        cells = [[cell.cell_type, cell.source, _grade_id(cell)] for cell in nb.cells]
        versions = [sys.version, *(f"{name} {version(name)}" for name in PACKAGES)]
        parts = [cells, source_text, seed, versions, limits, _code_digest()]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def run(self, nb: NotebookNode, unit: Unit, seed: str, skipped: set[str]) -> NotebookNode:
        """A copy of `nb`, executed here and now but for the `skipped` cells.

        Raises GraderFault when there is no kernel to be had, at the second attempt.
        """
        try:
            return self._run(nb, unit, seed, skipped)
        except GraderFault as fault:
            self.log.warning("%s: trying once more", fault)
            return self._run(nb, unit, seed, skipped)

    def _run(self, nb: NotebookNode, unit: Unit, seed: str, skipped: set[str]) -> NotebookNode:
        nb = nbformat.from_dict(json.loads(json.dumps(nb)))
        notes: list[str] = []
        self.started, self.notes, self.seed = time.monotonic(), notes, seed
        self.kernel_ready = False
        self.incoming = Incoming(self.output_limits, notes)
        last_test = max((i for i, cell in enumerate(nb.cells) if _graded(cell)), default=None)
        for index, cell in enumerate(nb.cells):
            over = last_test is not None and index > last_test
            if skipped and (over or cell.source.strip() in skipped):
                cell.metadata["tags"] = [SKIP]
        try:
            super().preprocess(nb, {"metadata": {"path": str(unit.release_file.parent)}})
        except _Stopped:
            pass
        except DeadKernelError:
            notes.append(self._why_it_died())
        except CellTimeoutError:
            notes.append("the kernel stopped answering while it ran this notebook")
        except Exception as error:
            if not (self.kernel_ready and isinstance(error, STUDENTS_DOING)):
                raise GraderFault(
                    f"the notebook could not be run: {type(error).__name__}: {error}"
                ) from error
            notes.append(f"the kernel sent what cannot be read ({type(error).__name__})")
        for cell in nb.cells:
            cell.metadata.pop("tags", None)
        if drop_malformed_outputs(nb):
            notes.append(
                "a cell sent outputs that are not in the format of notebooks; they are dropped"
            )
        nb.metadata[EXECUTED] = {"executed": True, "notes": notes}
        return nb

    def _why_it_died(self) -> str:
        over = self.kernel.over or {}
        limit = over.get("limit")
        if not over or limit == "machine":
            raise GraderFault("the kernel was ended, for this machine is short of memory")
        if limit == "memory":
            return f"it used more than {self.kernel.limits.memory / GIB:.1f} GiB of memory"
        if limit == "wall":
            return f"it did not end within {self.notebook_timeout} seconds"
        return "the kernel died while it ran this notebook"

    def start_new_kernel(self, **kwargs: Any) -> None:
        longest = self.notebook_timeout + self.grace + self.startup_timeout
        super().start_new_kernel(
            env={**os.environ, SEED_VARIABLE: self.seed}, wall_limit=longest, **kwargs
        )
        self.kernel = self.km.provisioner
        if self.kernel.sandbox != "full":
            self.log.warning("sandbox=%s: the kernel is not wholly sealed", self.kernel.sandbox)

    def _get_timeout(self, cell: NotebookNode | None) -> int | None:
        """Seconds that a cell may take: no more than are left to the notebook."""
        left = self.notebook_timeout - (time.monotonic() - self.started)
        return max(1, int(min(self.timeout or left, left)))

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, index: int
    ) -> tuple[NotebookNode, dict]:
        self.kernel_ready = True
        spent = time.monotonic() - self.started
        if spent > self.notebook_timeout:
            self.notes.append(f"the notebook took more than {self.notebook_timeout} seconds")
            raise _Stopped
        self.incoming.begin_cell()
        self.timed_out = False
        result = super().preprocess_cell(cell, resources, index)
        if self.timed_out:
            self.notes.append(f"a cell took more than {self.timeout} seconds and was interrupted")
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


def ungraded_cells(source: NotebookNode) -> set[str]:
    """The sources of the cells that the course's own notebook marks as not needed for grading.

    A cell that a student has changed is not among them, so it runs: it may hold what an answer needs.
    """
    return {
        cell.source.strip() for cell in source.cells if UNGRADED in cell.metadata.get("tags", [])
    }


def _grade_id(cell: NotebookNode) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def _graded(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


def _code_digest() -> str:
    """A digest of the student package, whose probes make the evidence."""
    package = Path(__file__).parent.parent / "resnet_course"
    digest = hashlib.sha256()
    for path in sorted([*package.glob("*.py"), *package.glob("probing/*.py")]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
