"""Run a repaired notebook, so that its test cells hold evidence.

The kernel (see `kerasgrader.kernel`) gets copies of the unit's released files and the seed, and
nothing else of the grader's. If the student's code crashes, never ends or prints without end, that
costs the cell that did it: the rest runs in another kernel (see `passes`). A kernel that does not
start is a fault of the grader.

Time is the kernel's own (see `time_limit`): processor time, and time spent asleep. The whole notebook has
`notebook_timeout` of it, in all its kernels together; the tests that are left have their shares kept
for them, and other cells take from the rest.

Long, because it is one class: nbclient's, with each limit as a setting.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import time
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import nbformat
from nbclient.exceptions import DeadKernelError
from nbclient.util import run_sync
from nbformat import NotebookNode
from nbgrader.preprocessors import Execute as NbGraderExecute
from traitlets import Integer, default
from traitlets.config import Config

from kerascheck import published
from kerascheck.check import PIPE_VARIABLE, SEED_VARIABLE, WHOLE_VARIABLE
from kerascheck.evidence.evidence import (
    ENDED,
    EVIDENCE_MIME,
    NOT_RUN,
    PROBE_SECONDS,
    TOO_MUCH_MEMORY,
    TOO_SLOW,
)
from kerasgrader.course.lessons import grade_id_of, is_question, is_test
from kerasgrader.course.versions import differences, versions
from kerasgrader.errors import GraderFault, one_line
from kerasgrader.execution.evidence_pipe import EvidencePipe
from kerasgrader.execution.faults import is_unreadable_message
from kerasgrader.execution.incoming import Incoming, OutputLimits, drop_malformed_outputs, once
from kerasgrader.execution.job import Executed, Job, Stop
from kerasgrader.execution.passes import Passes, Piece, definitions
from kerasgrader.execution.selection import imports_for, quoted
from kerasgrader.execution.time_limit import TimeLimit
from kerasgrader.kernel import KERNEL_NAME
from kerasgrader.kernel.inside.stand_ins import LONGEST_LINE, NOTHING
from kerasgrader.kernel.limits import GIB
from kerasgrader.kernel.manager import ImpatientManager
from kerasgrader.kernel.provisioner import SealedKernel

NOTHING_HERE = re.compile(rf"^.{{1,{LONGEST_LINE}}} {NOTHING}$", re.MULTILINE)
ANSI = re.compile(r"\x1b\[[0-9;]*m")
LINE = re.compile(r"Cell In\[\d+\], line (\d{1,6})")
NO_MODULE = re.compile(r"^No module named '([\w.]{1,100})'", re.MULTILINE)
LONGEST_TEXT = 100_000  # characters of a cell's output in which they are looked for
STRETCH = 6  # a notebook may take so many times its own time on the wall, on a machine that is busy
MOST_KERNELS = 40  # of one notebook
# What a note tells of a cell that is no test.
REASONS = {
    TOO_SLOW: "took longer than {:g} seconds and was stopped",
    TOO_MUCH_MEMORY: "used more than {:g} GiB of memory: the rest of the notebook ran without that",
    ENDED: "ended the kernel: the rest of the notebook ran in another one",
    NOT_RUN: "was not run: the notebook had used up its time",
}
ERRORS = {
    TOO_SLOW: "TimeoutError",
    TOO_MUCH_MEMORY: "MemoryError",
    ENDED: "RuntimeError",
    NOT_RUN: "TimeoutError",
}
# The parts of a configuration that say how a notebook is executed.
SETTINGS = ("Execute", "ExecutePreprocessor", "NotebookClient", "SealedKernel")


class NotebookRunner(NbGraderExecute):
    """nbclient as nbgrader configures it (`c.Execute`), in a sealed kernel, with limits."""

    test_timeout = Integer(
        PROBE_SECONDS,
        help="Seconds of a kernel's own that a probe of a test may take: solutions take less than "
        "one. An endless loop costs no more than this.",
    ).tag(config=True)

    notebook_timeout = Integer(
        600,
        help="Seconds of its kernels' own that a whole notebook may take; cells that are left by "
        "then do not run.",
    ).tag(config=True)

    grace = Integer(
        5, help="Seconds that a kernel has to answer again after a cell was interrupted."
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
    passes: Passes  # which of its cells run in this kernel
    kernel: SealedKernel
    pipe: EvidencePipe | None = None
    index: int  # of the cell that runs
    piece: Piece  # of it
    done: int  # the last statement of it that has run in this kernel
    allowed: int  # seconds that it may take
    limit: TimeLimit | None

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("kernel_manager_class", ImpatientManager)
        settings.setdefault("raise_on_iopub_timeout", False)  # no evidence comes that way
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
        self.now, self.passes = job, Passes(nb.cells)
        self.notes: list[str] = []
        self.irregular: list[str] = []
        self.incoming = Incoming(self.output_limits, self.notes, self.irregular)
        self.spent, self.hurried = 0.0, False
        started = time.monotonic()
        for _ in range(MOST_KERNELS):
            self._run_in_a_kernel(nb)
            if self.passes.over:
                break
        self.passes.not_run(Stop(NOT_RUN))
        for index, stop in self.passes.stops.items():
            if not is_test(nb.cells[index]):
                nb.cells[index].outputs.insert(0, as_error(stop))
        for cell in nb.cells:
            cell.metadata.pop("tags", None)
        if drop_malformed_outputs(nb):
            self.notes.append("a cell's output cannot be stored: it is left out")
        seconds = round(time.monotonic() - started, 2)
        stops = {
            grade_id: stop
            for index, stop in self.passes.stops.items()
            if (grade_id := grade_id_of(nb.cells[index])) is not None
        }
        return Executed(nb, tuple(self.notes), self.hurried, seconds, stops, tuple(self.irregular))

    def _run_in_a_kernel(self, nb: NotebookNode) -> None:
        """Run what is left, until all has run or the kernel is lost."""
        self.index, self.limit = -1, None
        self.passes.begin()
        try:
            super().preprocess(nb, {"metadata": {}})
            self.passes.not_run(Stop(NOT_RUN))
        except DeadKernelError as error:
            if self.index < 0:
                raise GraderFault("the kernel ended before it ran anything") from error
            self._lost(self._why_it_died())
        except Exception as error:
            if self.index < 0 or not is_unreadable_message(error):
                raise GraderFault(
                    f"the notebook could not be run: {type(error).__name__}: {one_line(error)}"
                ) from error
            once(self.irregular, f"a cell sent an unreadable message ({type(error).__name__})")
            self._lost(Stop(ENDED))
        finally:
            if self.pipe is not None:
                self.pipe.close()
                self.pipe = None

    def _lost(self, stop: Stop) -> None:
        """The kernel is gone, with the cell that ran."""
        if stop.kind == NOT_RUN:
            self.passes.not_run(stop)
        else:
            self._stop(stop)

    def _stop(self, stop: Stop) -> None:
        """Note that the present cell did not run to its end."""
        cell = self.nb.cells[self.index]
        line = line_of_error(cell) if self.interrupted else None
        self.done = self.passes.stopped(self.index, stop, self.piece, line)
        if not is_test(cell):
            once(self.notes, f"{quoted(cell)} {REASONS[stop.kind].format(stop.limit)}")

    def _why_it_died(self) -> Stop:
        if self.interrupted:
            return Stop(TOO_SLOW, self.allowed)
        over = self.kernel.over or {}
        limit = over.get("limit")
        if not over or limit == "machine":
            raise GraderFault("the kernel was killed, since this machine is short of memory")
        if limit == "memory":
            return Stop(TOO_MUCH_MEMORY, round(self.kernel.limits.memory / GIB, 1))
        if limit == "wall":
            self.hurried = True
            return Stop(NOT_RUN)
        return Stop(ENDED)

    def start_new_kernel(self, **kwargs: Any) -> None:
        longest = STRETCH * self.notebook_timeout + self.grace + self.startup_timeout
        super().start_new_kernel(
            modules=self.now.modules,
            variables={SEED_VARIABLE: self.now.seed}
            | ({WHOLE_VARIABLE: "1"} if self.now.reference else {}),
            env=dict(os.environ),
            files=self.now.files,
            wall_limit=longest,
            hidden=(published.FOLDER,),
            pipe_variable=PIPE_VARIABLE,
            **kwargs,
        )
        self.kernel = self.km.provisioner
        assert self.kernel.pipe is not None
        self.pipe = EvidencePipe(self.kernel.pipe, self.evidence_limit)
        if self.kernel.sandbox != "full":
            self.log.warning("sandbox=%s: the kernel is not wholly sealed", self.kernel.sandbox)

    def _get_timeout(self, cell: NotebookNode | None) -> int | None:
        """None for cells: `limit` ends them."""
        return self.startup_timeout if cell is None else None

    def time_for(self, cell: NotebookNode) -> float:
        """Seconds of its own that a cell may take; less than one if there is no time left."""
        left = self.notebook_timeout - self.spent
        if is_test(cell):
            return min(left, self.test_timeout or left)
        # Cells of the course and of exercises need next to nothing.
        if grade_id_of(cell) is None or is_question(cell):
            left -= self.passes.tests_left * (self.test_timeout or 0)
        return min(left, self.timeout or left)

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, index: int
    ) -> tuple[NotebookNode, dict]:
        if cell.cell_type == "code":
            self.done = -1
            while (piece := self.passes.piece(index, self.done)) is not None:
                self._run_cell(cell, piece, resources, index)
                if is_test(cell) or self.piece.last is None and not self.interrupted:
                    break  # otherwise what is left of it is worth running in this kernel, too
            if not is_test(cell) and index not in self.passes.stops and failed(cell):
                self._run_definitions(cell, resources, index)
        return cell, resources

    def _run_definitions(self, cell: NotebookNode, resources: dict, index: int) -> None:
        """After an error (a file that is not here, say): what the cell defines is worth having."""
        source, shown = definitions(cell.source), cell.outputs
        if source:
            self._run_cell(cell, Piece(source), resources, index)
            cell.outputs = shown

    def _run_cell(self, cell: NotebookNode, piece: Piece, resources: dict, index: int) -> None:
        """Run a piece of this cell, if there is time for it."""
        self.index, self.piece, source = index, piece, piece.text
        self.allowed, self.limit = round(self.time_for(cell)), None
        if piece.last is not None:  # it has had a cell's time before
            self.allowed = min(self.allowed, self.test_timeout or self.allowed)
            self.done = piece.last
        if self.allowed < 1:
            self._stop(Stop(NOT_RUN))
            return
        self.incoming.begin_cell()
        assert self.pipe is not None
        self.pipe.begin_cell()
        if self.pipe.was_early:
            once(self.irregular, "evidence came while no test ran")
        if is_test(cell):
            source = imports_for(cell, self.nb.cells) + source
        shown, cell.source = cell.source, source
        self._display_id_map.clear()  # outputs of a cell that runs again are gone
        try:
            super().preprocess_cell(cell, resources, index)
        finally:
            cell.source = shown
            self._take_evidence(cell)

    @property
    def interrupted(self) -> bool:
        """Whether the present cell took longer than it may."""
        return self.limit is not None and self.limit.interrupted

    def _take_evidence(self, cell: NotebookNode) -> None:
        """Put the evidence that has arrived among the outputs of its cell."""
        assert self.pipe is not None
        self.pipe.read()
        found, strange = self.pipe.evidence()
        if self.pipe.is_flooded or not self.incoming.has_room_for(self.pipe.size):
            found = []
            once(self.irregular, "a cell flooded the grader with evidence")
        elif strange:
            once(self.irregular, "something else than evidence came in its place")
        for missing in () if is_test(cell) else missing_modules(cell):
            once(
                self.notes,
                f"{quoted(cell)} needs {missing}, which is not installed where it is graded",
            )
        for line in NOTHING_HERE.findall("".join(texts_of(cell))[:LONGEST_TEXT]):
            once(self.notes, line)
        cell.outputs += [
            nbformat.v4.new_output("display_data", data={EVIDENCE_MIME: each}) for each in found
        ]

    async def async_execute_cell(self, cell: NotebookNode, *args: Any, **kw: Any) -> NotebookNode:
        """As nbclient does, under the limits of time."""
        assert self.pipe is not None and self.km is not None
        self.limit = TimeLimit(self.km, self.kernel, self.pipe, self.allowed, self.grace)
        watch = asyncio.ensure_future(self._watch(self.limit, is_test(cell)))
        loop = asyncio.get_running_loop()
        loop.add_reader(self.pipe.descriptor, self.pipe.read)
        try:
            done = await super().async_execute_cell(cell, *args, **kw)
        finally:
            loop.remove_reader(self.pipe.descriptor)
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
            self.spent += self.limit.spent
        self.passes.ran(self.index)
        if self.interrupted:
            self._stop(Stop(TOO_SLOW, self.allowed))
        return done

    execute_cell = run_sync(async_execute_cell)

    async def _watch(self, limit: TimeLimit, by_probe: bool) -> None:
        """Watch over a cell; should that fail, its kernel ends: nothing runs without a limit."""
        try:
            await limit.watch(by_probe)
        except Exception:
            await self.kernel.kill()
            raise

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> Any:
        """Process a message as nbclient does, or drop it if it is malformed or beyond a limit."""
        if self.incoming.admits(msg, cell):
            return super().process_message(msg, cell, cell_index)
        return None


def as_error(stop: Stop) -> NotebookNode:
    """Why a cell did not run to its end, as an output of it: what it should have defined may be missing."""
    what = REASONS[stop.kind].format(stop.limit).partition(":")[0]
    return nbformat.v4.new_output(
        "error", ename=ERRORS[stop.kind], evalue=f"the cell {what}", traceback=[]
    )


def failed(cell: NotebookNode) -> bool:
    """Whether a cell ended with an error."""
    return any(out.output_type == "error" for out in cell.get("outputs", []))


def line_of_error(cell: NotebookNode) -> int | None:
    """The line of a cell at which it ended with an error, as its traceback tells."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            text = ANSI.sub("", "\n".join(map(str, output.get("traceback", [])))[:LONGEST_TEXT])
            found = LINE.search(text)
            return None if found is None else int(found[1])
    return None


def missing_modules(cell: NotebookNode) -> list[str]:
    """The modules that a cell failed to import, as its error names them."""
    errors = [out.evalue for out in cell.get("outputs", []) if out.output_type == "error"]
    return NO_MODULE.findall("\n".join(map(str, errors))[:LONGEST_TEXT])


def texts_of(cell: NotebookNode) -> list[str]:
    """What a cell printed."""
    streams = [out for out in cell.get("outputs", []) if out.output_type == "stream"]
    return [out.text for out in streams if isinstance(out.text, str)]


def do(job: Job) -> str:
    """Execute a job in this process; return the result as JSON. Raises GraderFault."""
    here = versions(job.modules, job.environment)
    if dict(job.versions) != here:
        raise GraderFault(differences(job.versions, here))
    logging.disable(logging.CRITICAL)  # nbclient logs each time-out; here it is noted
    try:
        settings = {name: Config(section) for name, section in job.settings.items()}
        return json.dumps(NotebookRunner(config=Config(settings)).run(job).to_plain())
    finally:
        logging.disable(logging.NOTSET)
