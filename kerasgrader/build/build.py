"""lessons/ -> source/ -> release/, the published evidence of the visible checks, and the boards."""

from __future__ import annotations

import ast
import re
import textwrap
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests
from traitlets.config import Config

from kerascheck.check import CLASSIC
from kerascheck.evidence.evidence import Evidence
from kerascheck.feedback.progress import Board, Line
from kerascheck.judge.judge import judge
from kerascheck.published import read, write
from kerasgrader.build.setup_cell import with_opening
from kerasgrader.course.course import Unit, load_course
from kerasgrader.course.lessons import compile_lesson, notebook_text
from kerasgrader.errors import CourseError
from kerasgrader.execution.plan import Plan
from kerasgrader.execution.runner import NotebookRunner
from kerasgrader.files import write_atomically
from kerasgrader.kernel.sandbox_layers import strongest_sandbox
from kerasgrader.marking.nbgrader import load_config, release
from kerasgrader.marking.reference import evidence_in

PUBLISHED = Path("resnet_course") / "published"
CHECKS = {f"check.{kind}" for kind in ("block", "model", "wiring", "values")}


def build(unit: Unit) -> list[Path]:
    """Make everything that is generated of a unit; returns the files. Raises CourseError."""
    config = load_config(unit.root)
    source = with_opening(compile_lesson(unit.lesson_file), load_course(unit.root), unit)
    write_atomically(unit.source_file, notebook_text(source))
    release(config, unit)
    return [unit.source_file, unit.release_file, *publish(unit, source, config)]


def publish(unit: Unit, source: NotebookNode, config: Config) -> list[Path]:
    """Run the visible checks on the solution and keep what they find, and which exercises there are.

    A file that still agrees with the solution, within the judge's tolerance and made by the same
    versions, is left as it is: the last digits of floating-point numbers differ between processors.
    """
    path = unit.root / PUBLISHED / f"{unit.notebook}.json"
    executed = visible_checks(unit, source, config)
    fresh = [item for cell in executed.cells for item in evidence_in(cell)]
    if not path.exists() or not agree(read(path.read_text("utf-8")), fresh):
        write_atomically(path, write(fresh))
    board = path.parent / "boards" / path.name
    write_atomically(board, board_of(unit, source, executed).to_text())
    return [path, board]


def board_of(unit: Unit, source: NotebookNode, executed: NotebookNode) -> Board:
    """The exercises of a unit, with their points, visible checks and the number of hidden ones."""
    hidden = {cell.id: hidden_checks(cell.source) for cell in source.cells}
    lines = []
    for cell in executed.cells:
        evidence = evidence_in(cell)
        if cell.metadata.nbgrader.grade and evidence:
            calls = tuple(item.call for item in evidence)
            points = float(cell.metadata.nbgrader.points)
            lines.append(Line(evidence[0].exercise, points, calls, hidden[cell.id]))
    return Board(unit.id, unit.title, tuple(lines))


def hidden_checks(source: str) -> int:
    """How many checks stand between the marks of hidden tests."""
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
    config.SealedKernel.sandbox = strongest_sandbox()  # it is the course's own code that runs
    plan = Plan(unit, CLASSIC, NotebookRunner(config=config))
    result = plan.runner.run(plan.job(visible, everything=True))
    executed, notes = result.notebook, result.notes
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
    return executed


def agree(old: list[Evidence], new: list[Evidence]) -> bool:
    """Whether two lists of evidence say the same to the judge."""
    if [(e.exercise, e.call, e.versions) for e in old] != [
        (e.exercise, e.call, e.versions) for e in new
    ]:
        return False
    if [e.graph for e in old] != [e.graph for e in new]:
        return False
    return all(judge("", 1, [(a, b)]).passed for a, b in zip(old, new, strict=True))
