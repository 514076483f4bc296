"""lessons/ -> source/ -> release/, and the published evidence of the visible checks."""

from __future__ import annotations

import os
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests
from traitlets.config import Config

from resnet_course.evidence import Evidence
from resnet_course.inputs import CLASSIC
from resnet_course.judge import judge
from resnet_course.published import read, write
from resnet_grader.course import Unit
from resnet_grader.errors import CourseError
from resnet_grader.execution import EXECUTED, Execute
from resnet_grader.kernel.layers import strongest_sandbox
from resnet_grader.lessons import compile_lesson, notebook_text
from resnet_grader.nbgrader_course import load_config, release
from resnet_grader.reference import evidence_in

PUBLISHED = Path("resnet_course") / "published"


def build(unit: Unit) -> list[Path]:
    """Make everything that is generated of a unit; returns the files. Raises CourseError."""
    config = load_config(unit.root)
    source = compile_lesson(unit.lesson_file)
    _write(unit.source_file, notebook_text(source))
    release(config, unit)
    return [unit.source_file, unit.release_file, publish(unit, source, config)]


def publish(unit: Unit, source: NotebookNode, config: Config) -> Path:
    """Run the visible checks on the solution and keep what they find.

    A file that still agrees with the solution, within the judge's tolerance and made by the same
    versions, is left as it is: the last digits of floating-point numbers differ between processors.
    """
    path = unit.root / PUBLISHED / f"{unit.notebook}.json"
    fresh = visible_evidence(unit, source, config)
    if not path.exists() or not agree(read(path.read_text("utf-8")), fresh):
        _write(path, write(fresh))
    return path


def visible_evidence(unit: Unit, source: NotebookNode, config: Config) -> list[Evidence]:
    """The evidence of every visible check of the solution, on the classic inputs."""
    visible = nbformat.from_dict(source)
    visible, _ = ClearHiddenTests(enforce_metadata=False).preprocess(visible, {})
    visible.cells = [cell for cell in visible.cells if "nbgrader" in cell.metadata]
    # Nothing is skipped: a check of the whole network is not graded, but it is published.
    config = deepcopy(config)
    config.SealedKernel.sandbox = strongest_sandbox()  # it is the course's own code that runs
    execute = Execute(config=config)
    executed = execute.run(execute.job(visible, unit, CLASSIC, everything=True))
    notes = executed.metadata[EXECUTED]["notes"]
    evidence = [item for cell in executed.cells for item in evidence_in(cell)]
    # An error that a function should raise is what check.values looks at.
    right = {"ok": ("block", "model", "wiring", "values"), "error": ("values",)}
    failed = [
        f"{item.exercise}: {item.error}"
        for item in evidence
        if item.probe not in right.get(item.status, ())
    ]
    errors = [
        f"cell {cell.id!r}: {output.ename}: {output.evalue}"
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    if notes or failed or errors or not evidence:
        reasons = "; ".join([*notes, *failed, *errors]) or "it has no visible checks"
        raise CourseError(f"{unit.lesson_file}: {reasons}")
    return evidence


def agree(old: list[Evidence], new: list[Evidence]) -> bool:
    """Whether two lists of evidence say the same to the judge."""
    if [(e.exercise, e.call, e.versions) for e in old] != [
        (e.exercise, e.call, e.versions) for e in new
    ]:
        return False
    if [e.graph for e in old] != [e.graph for e in new]:
        return False
    return all(judge("", 1, [(a, b)]).passed for a, b in zip(old, new, strict=True))


def _write(path: Path, text: str) -> None:
    if path.exists() and path.read_text("utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(text, "utf-8")
    os.replace(fresh, path)
