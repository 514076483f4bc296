"""The shared part of all executions of a unit, computed once: source, files, versions, settings."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

import nbformat
from nbformat import NotebookNode

from kerasgrader.course.course import Unit
from kerasgrader.course.lessons import grade_id_of
from kerasgrader.course.versions import versions
from kerasgrader.errors import CourseError, GraderFault
from kerasgrader.execution.cache import Cache, cache_of
from kerasgrader.execution.job import Executed, Job
from kerasgrader.execution.runner import NotebookRunner
from kerasgrader.execution.selection import skipping, ungraded_cells

RESULT = 3  # the form of a result: another one is not in the cache
HURRIED = "this machine is too busy to run it in its time: grade again when it is not"


@dataclass(frozen=True)
class Plan:
    """How the notebooks of `unit` are executed under `seed`, by `runner`."""

    unit: Unit
    seed: str
    runner: NotebookRunner

    @cached_property
    def source_text(self) -> str:
        try:
            return self.unit.source_file.read_text("utf-8")
        except FileNotFoundError:
            raise CourseError(
                f"{self.unit.id} is not built: there is no {self.unit.source_file}. Run `kerasgrader build`"
            ) from None

    @property
    def source(self) -> NotebookNode:
        """The instructor's notebook without outputs: a new copy each time."""
        source = nbformat.reads(self.source_text, as_version=4)
        for cell in source.cells:
            if cell.cell_type == "code":
                cell.outputs = []
        return source

    @cached_property
    def given(self) -> frozenset[str]:
        """The sources of the code cells of the instructor's notebook."""
        return frozenset(
            cell.source.strip() for cell in self.source.cells if cell.cell_type == "code"
        )

    @property
    def cache(self) -> Cache:
        return cache_of(self.unit)

    def job(self, nb: NotebookNode, everything: bool = False, reference: bool = False) -> Job:
        """The job that executes `nb`.

        everything: also cells that are not needed for grading. reference: `nb` is the course's own.
        """
        cells = [
            [cell.cell_type, cell.source, grade_id_of(cell), cell.metadata.get("tags")]
            for cell in nb.cells
        ]
        parts = [cells, self._common, everything, reference]
        return Job(
            key=hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest(),
            notebook=json.dumps(nb if everything else skipping(nb, self._ungraded)),
            seed=self.seed,
            modules=self.unit.modules,
            environment=self.unit.environment,
            files=self._files,
            settings=self.runner.settings,
            versions=self._versions,
            reference=reference,
        )

    def executed(self, nb: NotebookNode, reference: bool = False) -> Executed:
        """The result for `nb`, from the cache if it is there.

        reference: `nb` is the course's own, to be run again if something went wrong the last time.
        Raises GraderFault if it could not be run at all, or this machine had too little time for it.
        """
        job = self.job(nb, reference=reference)
        result = self.cache.get(job.key)
        if result is None or result.hurried or (reference and result.went_wrong):
            result = self.runner.run(job)
            self.cache.put(job.key, result)
        if result.hurried:
            raise GraderFault(HURRIED)
        return result

    @cached_property
    def _files(self) -> dict[str, bytes]:
        return {name: path.read_bytes() for name, path in self.unit.released_files().items()}

    @cached_property
    def _versions(self) -> dict[str, str]:
        return versions(self.unit.modules, self.unit.environment)

    @cached_property
    def _ungraded(self) -> set[str]:
        return ungraded_cells(self.source)

    @cached_property
    def _common(self) -> str:
        """A digest of all that a result depends on, except the notebook."""
        contents = {name: hashlib.sha256(data).hexdigest() for name, data in self._files.items()}
        limits = self.runner.limits()
        parts = [RESULT, self.source_text, contents, self.seed, self._versions, limits]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
