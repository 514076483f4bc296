"""Build a unit: lessons/ -> source/ -> release/, and its published checks."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests
from traitlets.config import Config

from kerascheck.check import CLASSIC
from kerascheck.evidence.evidence import Evidence
from kerascheck.judge.judge import SHARES, judge
from kerascheck.published import Exercise, PublishedUnit
from kerasgrader.build.setup_cell import with_opening
from kerasgrader.course.course import Unit, load_course
from kerasgrader.course.lessons import compile_lesson, notebook_text
from kerasgrader.errors import CourseError
from kerasgrader.execution.plan import Plan
from kerasgrader.execution.runner import NotebookRunner
from kerasgrader.files import publish_file
from kerasgrader.kernel.sandbox_layers import strongest_sandbox
from kerasgrader.marking.nbgrader import load_config, release
from kerasgrader.marking.reference import evidence_in

CHECKS = {f"check.{kind}" for kind in ("block", "model", "wiring", "values")}


def build(unit: Unit) -> list[Path]:
    """Write all generated files of a unit, and return their paths. Raises CourseError."""
    config = load_config(unit.root)
    source = with_opening(compile_lesson(unit.lesson_file), load_course(unit.root), unit)
    publish_file(unit.source_file, notebook_text(source))
    release(config, unit)
    return [unit.source_file, unit.release_file, *publish(unit, source, config)]


def publish(unit: Unit, source: NotebookNode, config: Config) -> list[Path]:
    """Run the visible checks on the solution, and write the evidence for students' checks.

    Evidence that still agrees with the solution, within the judge's tolerance and from the same
    versions, is left unchanged: the last digits of floating-point numbers differ between
    processors.
    """
    path = unit.published_file
    executed = visible_checks(unit, source, config)
    fresh = published_unit(unit, source, executed)
    if path.exists():
        before = PublishedUnit.of_text(path.read_text("utf-8"))
        if agree(before.evidence, fresh.evidence):
            fresh = replace(fresh, evidence=before.evidence)
    paths = [path] if unit.package else [path, unit.release_file.with_name(path.name)]
    for place in paths:
        publish_file(place, fresh.to_text())
    return paths


def published_unit(unit: Unit, source: NotebookNode, executed: NotebookNode) -> PublishedUnit:
    """The exercises of a unit with their points, and the evidence of the executed visible checks."""
    hidden = {cell.id: hidden_checks(cell.source) for cell in source.cells}
    exercises, evidence = [], []
    for cell in executed.cells:
        of_cell = evidence_in(cell)
        evidence += of_cell
        if cell.metadata.nbgrader.grade and of_cell:
            calls = tuple(item.call for item in of_cell)
            points = float(cell.metadata.nbgrader.points)
            exercises.append(Exercise(of_cell[0].exercise, points, calls, hidden[cell.id]))
    shares = None if unit.shares == SHARES else unit.shares
    return PublishedUnit(unit.id, unit.title, tuple(exercises), tuple(evidence), shares)


def hidden_checks(source: str) -> int:
    """The number of checks between the delimiters of hidden tests."""
    parts = re.split(r"### (?:BEGIN|END) HIDDEN TESTS", source)
    return sum(
        isinstance(node, ast.Call) and ast.unparse(node.func) in CHECKS
        for part in parts[1::2]
        for node in ast.walk(ast.parse(textwrap.dedent(part)))
    )


def visible_checks(unit: Unit, source: NotebookNode, config: Config) -> NotebookNode:
    """The solution's notebook with every visible check run on the classic inputs."""
    visible = nbformat.from_dict(source)
    visible, _ = ClearHiddenTests(enforce_metadata=False).preprocess(visible, {})
    visible.cells = [cell for cell in visible.cells if "nbgrader" in cell.metadata]
    # Nothing is skipped: a check of the whole network is not graded, but it is published.
    config = deepcopy(config)
    config.SealedKernel.sandbox = strongest_sandbox()  # only the course's own code runs
    plan = Plan(unit, CLASSIC, NotebookRunner(config=config))
    result = plan.runner.run(plan.job(visible, everything=True))
    executed, notes = result.notebook, result.notes
    evidence = [item for cell in executed.cells for item in evidence_in(cell)]
    # check.values also examines errors that a function should raise.
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
    return executed


def agree(old: Sequence[Evidence], new: Sequence[Evidence]) -> bool:
    """Whether two lists of evidence are equal to the judge."""
    if [(e.exercise, e.call, e.versions) for e in old] != [
        (e.exercise, e.call, e.versions) for e in new
    ]:
        return False
    if [e.graph for e in old] != [e.graph for e in new]:
        return False
    return all(judge("", 1, [(a, b)]).passed for a, b in zip(old, new, strict=True))
