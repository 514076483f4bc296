"""Running a notebook: from a sanitised notebook to one whose test cells hold evidence.

The kernel works in a folder of its own, which holds the released files of the unit and is destroyed
afterwards; it gets the seed and nothing else of the grader's. Whatever the student's code does (dies,
never ends, prints without end) is noted in the notebook and costs that student alone. That a kernel
cannot be started is a fault of the grader's.

Executions are pure, so their results are kept, by content, in a `Store`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path
from resource import RLIMIT_AS, setrlimit
from subprocess import DEVNULL
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from nbformat import NotebookNode, ValidationError
from nbformat.validator import isvalid
from nbgrader.preprocessors import Execute as NbGraderExecute
from traitlets import Integer

from resnet_course.check import SEED_VARIABLE
from resnet_course.evidence import MIME
from resnet_grader.course import Unit
from resnet_grader.errors import GraderFault
from resnet_grader.lessons import UNGRADED
from resnet_grader.nonce import seed_of
from resnet_grader.store import Store
from resnet_grader.ungraded import ungraded_unless_done
from resnet_grader.units import unit_of

EXECUTED = "resnet_grader"
# What nbclient and nbformat stumble with over messages that no honest kernel sends.
STUDENTS_DOING = (AttributeError, KeyError, TypeError, ValueError, RecursionError, ValidationError)
OUTPUT_MESSAGES = ("stream", "display_data", "execute_result", "error", "update_display_data")
SKIP = "skip-execution"
ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
PACKAGES = ("tensorflow", "keras", "numpy", "ipykernel", "nbclient")


DEEPEST_MESSAGE = 40


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

    memory_limit = Integer(
        10 * 2**30, help="Bytes of memory (address space) that the kernel may take."
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
        limits = {
            name: getattr(self, name)
            for name in (
                "timeout",
                "notebook_timeout",
                "grace",
                "memory_limit",
                "output_limit",
                "evidence_limit",
                "outputs_limit",
                "notebook_limit",
            )
        }
        cells = [[cell.cell_type, cell.source, _grade_id(cell)] for cell in nb.cells]
        versions = [sys.version, *(f"{name} {version(name)}" for name in PACKAGES)]
        parts = [cells, source_text, seed, versions, limits, _code_digest()]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def run(self, nb: NotebookNode, unit: Unit, seed: str, skipped: set[str]) -> NotebookNode:
        """A copy of `nb`, executed here and now but for the `skipped` cells. Raises GraderFault."""
        nb = nbformat.from_dict(json.loads(json.dumps(nb)))
        notes: list[str] = []
        self.started, self.notes, self.seed = time.monotonic(), notes, seed
        self.kernel_ready, self.kept_characters = False, 0
        folder = Path(tempfile.mkdtemp(prefix="resnet-course-"))
        try:
            _copy_released_files(unit, folder)
            last_test = max((i for i, cell in enumerate(nb.cells) if _graded(cell)), default=None)
            for index, cell in enumerate(nb.cells):
                over = last_test is not None and index > last_test
                if skipped and (over or cell.source.strip() in skipped):
                    cell.metadata["tags"] = [SKIP]
            where = {"metadata": {"path": str(folder)}}
            self.home = str(folder)
            try:
                super().preprocess(nb, where)
            except _Stopped:
                pass
            except DeadKernelError:
                notes.append("the kernel died while it ran this notebook")
            except CellTimeoutError:
                notes.append("the kernel stopped answering while it ran this notebook")
            except Exception as error:
                if not (self.kernel_ready and isinstance(error, STUDENTS_DOING)):
                    raise GraderFault(
                        f"the notebook could not be run: {type(error).__name__}: {error}"
                    ) from error
                notes.append(f"the kernel sent what cannot be read ({type(error).__name__})")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        for cell in nb.cells:
            cell.metadata.pop("tags", None)
        if drop_malformed_outputs(nb):
            notes.append(
                "a cell sent outputs that are not in the format of notebooks; they are dropped"
            )
        nb.metadata[EXECUTED] = {"executed": True, "notes": notes}
        return nb

    def start_new_kernel(self, **kwargs: Any) -> None:
        environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
        environment |= {
            SEED_VARIABLE: self.seed,
            "HOME": self.home,
            "IPYTHONDIR": self.home,
            "MPLCONFIGDIR": self.home,
            "TMPDIR": self.home,
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": "-1",
        }
        # What the kernel's process prints beside the protocol is nobody's, and may be endless.
        super().start_new_kernel(
            env=environment,
            stdout=DEVNULL,
            stderr=DEVNULL,
            preexec_fn=partial(setrlimit, RLIMIT_AS, (self.memory_limit, self.memory_limit)),
            **kwargs,
        )

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, index: int
    ) -> tuple[NotebookNode, dict]:
        self.kernel_ready = True
        spent = time.monotonic() - self.started
        if spent > self.notebook_timeout:
            self.notes.append(f"the notebook took more than {self.notebook_timeout} seconds")
            raise _Stopped
        self.characters = {"output": 0, "evidence": 0}
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
        """As nbclient does it, but for outputs beyond the limits, which are dropped and noted."""
        if msg["msg_type"] in OUTPUT_MESSAGES:
            content = msg["content"]
            data = content.get("data", {})
            if deeper_than(content, DEEPEST_MESSAGE) or not isinstance(data, dict):
                self.notes.append("a cell sent a message that makes no sense; it is dropped")
                return None
            evidence = msg["msg_type"] == "display_data" and MIME in data
            kind = "evidence" if evidence else "output"
            limit = self.evidence_limit if evidence else self.output_limit
            size = len(json.dumps(content, default=str))
            self.kept_characters += size
            full = self.kept_characters > self.notebook_limit
            full = full or len(cell.outputs) >= self.outputs_limit
            if full or self.characters[kind] + size > limit:
                if self.characters[kind] <= limit:
                    self.notes.append(
                        f"a cell wrote more than {limit} characters; the rest is dropped"
                    )
                self.characters[kind] = limit + 1
                return None
            self.characters[kind] += size
        elif msg["msg_type"].startswith("comm_"):
            return None  # widgets have no place in grading
        return super().process_message(msg, cell, cell_index)

    def _answers(self) -> bool:
        async def ask() -> None:
            await self.kc.kernel_info(reply=True, timeout=self.grace)

        try:
            run_sync(ask)()
        except TimeoutError:
            return False
        return True


def drop_malformed_outputs(nb: NotebookNode) -> bool:
    """Leave out what nbformat would refuse to write, which a kernel can send; whether there was any."""
    dropped = False
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        if type(cell.execution_count) is not int:
            cell.execution_count = None
        valid = [output for output in cell.outputs if isvalid(output, ref="output", version=4)]
        dropped = dropped or len(valid) < len(cell.outputs)
        cell.outputs = valid
    return dropped


def deeper_than(value: Any, depth: int) -> bool:
    """Whether lists and objects are nested more than `depth` levels. Needs no deep stack itself."""
    level = [value]
    for _ in range(depth):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
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


def _copy_released_files(unit: Unit, folder: Path) -> None:
    released = unit.release_file.parent
    for path in sorted(released.rglob("*")):
        if path.is_file() and path.suffix != ".ipynb":
            target = folder / path.relative_to(released)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _code_digest() -> str:
    """A digest of the student package, whose probes make the evidence."""
    package = Path(__file__).parent.parent / "resnet_course"
    digest = hashlib.sha256()
    for path in sorted([*package.glob("*.py"), *package.glob("probing/*.py")]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
