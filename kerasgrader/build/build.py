"""Build a unit: lessons/ -> source/ -> release/, and its published checks."""

from __future__ import annotations

import ast
import re
import shutil
import tempfile
import textwrap
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearHiddenTests
from traitlets.config import Config

from kerascheck.check import CLASSIC
from kerascheck.evidence.evidence import Evidence
from kerascheck.evidence.graph import Graph
from kerascheck.judge.judge import SHARES, judge
from kerascheck.published import BESIDE, Exercise, PublishedUnit, edition
from kerasgrader.build.setup_cell import with_opening
from kerasgrader.course.course import Unit, load_course
from kerasgrader.course.lessons import (
    compile_lesson,
    grade_id_of,
    is_question,
    is_test,
    notebook_text,
    predictions,
)
from kerasgrader.errors import CourseError
from kerasgrader.execution.plan import Plan
from kerasgrader.execution.runner import NotebookRunner
from kerasgrader.files import only_grader, publish_file
from kerasgrader.kernel.sandbox_layers import strongest_sandbox
from kerasgrader.marking.consistency import points_must_fit
from kerasgrader.marking.gradebook import submissions
from kerasgrader.marking.nbgrader import in_gradebook, load_config, release
from kerasgrader.marking.reference import evidence_in

CHECKS = {f"check.{kind}" for kind in ("block", "model", "wiring", "values")}


def build(unit: Unit) -> list[Path]:
    """Write all generated files of a unit, and return their paths.

    Everything is generated in a folder of its own first, against a gradebook of its own. What was there
    changes only when nothing can refuse it any more. Raises CourseError: then nothing has changed.
    """
    config = load_config(unit.root)
    source = compile_lesson(unit.lesson_file)
    unit.grader_folder.mkdir(parents=True, exist_ok=True)
    with (
        only_grader(unit.root, lambda line: None),
        tempfile.TemporaryDirectory(prefix="build-", dir=unit.grader_folder) as folder,
    ):
        staged = replace(unit, root=Path(folder))
        if unit.source_file.parent.is_dir():
            shutil.copytree(unit.source_file.parent, staged.source_file.parent)
        publish_file(staged.source_file, notebook_text(source))
        scratch = deepcopy(config)
        scratch.CourseDirectory.root = folder
        scratch.CourseDirectory.db_url = f"sqlite:///{folder}/gradebook.db"
        release(scratch, staged)
        published = published_checks(unit, staged, source, config)
        source = with_opening(source, load_course(unit.root), unit, edition(published.edition))
        publish_file(staged.source_file, notebook_text(source))
        _must_fit(unit, source, config)
        real = deepcopy(scratch)
        real.CourseDirectory.db_url = CourseDirectory(config=config).db_url
        release(real, staged)
        return _publish(unit, staged, published)


def published_checks(
    unit: Unit, staged: Unit, source: NotebookNode, config: Config
) -> PublishedUnit:
    """Run the visible checks on the solution: the evidence for students' checks. Raises CourseError.

    staged: the same unit as it will be. Evidence that still agrees with the solution, within the judge's
    tolerance and from the same versions, is left unchanged: the last digits of floating-point numbers
    differ between processors. Whatever has changed gives the unit's edition the next number.
    """
    executed = visible_checks(staged, source, config)
    released = nbformat.read(staged.release_file, as_version=4)
    fresh = published_unit(unit, source, executed, released)
    if not unit.published_file.exists():
        return replace(fresh, edition=1)
    before = PublishedUnit.of_text(unit.published_file.read_text("utf-8"))
    if agree(before.evidence, fresh.evidence):
        fresh = replace(fresh, evidence=before.evidence)
    same = replace(fresh, edition=before.edition).to_text() == before.to_text()
    return replace(fresh, edition=max(1, before.edition if same else before.edition + 1))


def _must_fit(unit: Unit, source: NotebookNode, config: Config) -> None:
    """Raise CourseError if a person has given more points for a test than it is to be worth."""
    worth = {
        str(grade_id_of(cell)): float(cell.metadata.nbgrader.points)
        for cell in source.cells
        if is_test(cell) or is_question(cell)
    }
    with in_gradebook(config) as gradebook:
        points_must_fit(unit, submissions(gradebook, unit.id), worth)


def _publish(unit: Unit, staged: Unit, published: PublishedUnit) -> list[Path]:
    """Put the generated files into their places, and remove what is not released any more."""
    released = staged.release_file.parent
    if not unit.package:
        publish_file(released / BESIDE, published.to_text())
    publish_file(unit.published_file, published.to_text())
    names = [path.relative_to(released) for path in sorted(released.rglob("*")) if path.is_file()]
    target = unit.release_file.parent
    for path in target.rglob("*"):
        if path.is_file() and path.relative_to(target) not in names:
            path.unlink()
    for name in names:
        publish_file(target / name, (released / name).read_bytes())
    publish_file(unit.source_file, staged.source_file.read_bytes())
    return [unit.source_file, *(target / name for name in names), unit.published_file]


def published_unit(
    unit: Unit, source: NotebookNode, executed: NotebookNode, released: NotebookNode
) -> PublishedUnit:
    """The exercises of a unit with their points and stubs, and the evidence of its visible checks."""
    hidden = {cell.id: hidden_checks(cell.source) for cell in source.cells}
    stubs = stubs_of(released)
    exercises, evidence = [], []
    for cell in executed.cells:
        of_cell = evidence_in(cell)
        evidence += of_cell
        if is_test(cell) and of_cell:
            name = of_cell[0].exercise
            calls = tuple(item.call for item in of_cell)
            points = float(cell.metadata.nbgrader.points)
            exercises.append(Exercise(name, points, calls, hidden[cell.id], *stubs[name]))
    course = load_course(unit.root)
    return PublishedUnit(
        unit.id,
        unit.title,
        tuple(exercises),
        tuple(evidence),
        shares=None if unit.shares == SHARES else unit.shares,
        course=course.title,
        number=1 + [one.id for one in course.units].index(unit.id),
        minutes=unit.minutes,
        notebook=unit.notebook,
        predictions=predictions(unit.lesson_file),
    )


def stubs_of(released: NotebookNode) -> dict[str, tuple[str, str]]:
    """The cell for an answer, by each name that it defines: its id, and its text as students get it."""
    return {
        node.name: (cell.id, cell.source)
        for cell in released.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution")
        for node in ast.parse(cell.source).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


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
    result = plan.runner.run(plan.job(visible, everything=True, reference=True))
    executed = result.notebook
    notes = [*result.notes, *result.irregular]
    notes += [f"cell {cell!r}: {stop.kind}" for cell, stop in result.stops.items()]
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
        raise CourseError(f"{unit.lesson}: {reasons}. Nothing was changed")
    return executed


def _graphs(evidence: Evidence) -> tuple[Graph | None, Graph | None]:
    return evidence.graph, None if evidence.whole is None else evidence.whole.graph


def agree(old: Sequence[Evidence], new: Sequence[Evidence]) -> bool:
    """Whether two lists of evidence are equal to the judge."""
    if [(e.exercise, e.call, e.versions) for e in old] != [
        (e.exercise, e.call, e.versions) for e in new
    ]:
        return False
    if [_graphs(e) for e in old] != [_graphs(e) for e in new]:
        return False
    return all(judge("", 1, [(a, b)]).passed for a, b in zip(old, new, strict=True))
