"""Test a unit's checks with known answers: wrong ones must lose points, right ones must not.

They are in `answers/<exercise>/`: `wrong.toml` holds edits of the solution, a `right_*.py` replaces
it. Each is submitted in a copy of the course, as a student would submit it, and graded.
"""

from __future__ import annotations

import ast
import copy
import json
import shutil
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from kerascheck.judge.judge import SHARES
from kerasgrader.course.course import Unit, load_course
from kerasgrader.errors import CourseError
from kerasgrader.grading.options import Options
from kerasgrader.grading.run import grade
from kerasgrader.kernel.sandbox_layers import strongest_sandbox
from kerasgrader.marking.nbgrader import load_config, release
from kerasgrader.marking.record import read_record

FIELDS = {"name", "story", "change", "loses"}


@dataclass(frozen=True)
class TriedAnswer:
    """An answer to an exercise. source: its cell's. loses: aspects it must lose, () if right."""

    unit: str
    exercise: str
    name: str
    story: str
    source: str
    loses: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.exercise}-{self.name}"


@dataclass(frozen=True)
class Trial:
    """The result of an answer. problem: how it differs from the expected one; "" if it does not."""

    answer: TriedAnswer
    points: float
    of: float
    problem: str


def answers_of(unit: Unit) -> list[TriedAnswer]:
    """The answers to the exercises of a unit, in the order of the lesson. Raises CourseError."""
    source = _notebook(unit.source_file)
    return [
        answer
        for exercise, solution in _solutions(source).items()
        for answer in _answers(unit, unit.root / "answers" / exercise, exercise, solution)
    ]


def try_answers(root: Path, folder: Path, unit_ids: Sequence[str] = ()) -> list[Trial]:
    """Submit and grade every answer in a copy of the course, created in the empty `folder`.

    Raises CourseError when an answer does not fit the lesson, GraderFault when nothing can be graded.
    """
    course = load_course(root)
    trials = []
    for name in ("course.toml", "nbgrader_config.py"):
        shutil.copy(root / name, folder / name)
    for unit in [course.unit(name) for name in unit_ids] or course.units:
        found = answers_of(unit)
        if not found:
            continue
        shutil.copytree(unit.source_file.parent, folder / "source" / unit.id)
        copied = load_course(folder).unit(unit.id)
        release(load_config(folder), copied)
        for answer in found:
            _submit(copied, answer)
        options = Options(sandbox=strongest_sandbox(), feedback=False)
        problems = {
            item.student: item.problem for item in grade(folder, unit.id, options=options).graded
        }
        trials += [_trial(copied, answer, problems[str(answer)]) for answer in found]
    return trials


def _answers(unit: Unit, folder: Path, exercise: str, solution: str) -> Iterator[TriedAnswer]:
    wrong = folder / "wrong.toml"
    if wrong.is_file():
        for number, table in enumerate(_tables(wrong), 1):
            where = f"{wrong}, answer {number}"
            if set(table) != FIELDS:
                raise CourseError(f"{where} needs {', '.join(sorted(FIELDS))}, and nothing else")
            unknown = {*table["loses"]} - SHARES.keys()
            if unknown or not table["loses"]:
                raise CourseError(f"{where}: loses needs some of {', '.join(SHARES)}")
            source = solution
            for old, new in table["change"]:
                if source.count(old) != 1:
                    raise CourseError(
                        f"{where}: {old!r} occurs {source.count(old)} times in the solution, not once"
                    )
                source = source.replace(old, new)
            loses = tuple(table["loses"])
            yield TriedAnswer(unit.id, exercise, table["name"], table["story"], source, loses)
    for path in sorted(folder.glob("right_*.py")):
        source = path.read_text("utf-8")
        story = ast.get_docstring(ast.parse(source)) or path.stem
        yield TriedAnswer(unit.id, exercise, path.stem, story, source)


def _tables(path: Path) -> list[dict[str, Any]]:
    try:
        return tomllib.loads(path.read_text("utf-8"))["answer"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as error:
        raise CourseError(f"{path}: {error}") from None


def _submit(unit: Unit, answer: TriedAnswer) -> None:
    """Submit the release, solved except for this answer, as a student named after the answer."""
    solutions = _solutions(_notebook(unit.source_file)) | {answer.exercise: answer.source}
    notebook = copy.deepcopy(_notebook(unit.release_file))
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = solutions[cell.metadata.nbgrader.grade_id]
    folder = unit.submitted(str(answer))
    folder.mkdir(parents=True)
    (folder / f"{unit.notebook}.ipynb").write_text(json.dumps(notebook), "utf-8")


def _trial(unit: Unit, answer: TriedAnswer, ungraded: str | None) -> Trial:
    record = read_record(unit, str(answer))
    if ungraded is not None or record is None:
        return Trial(answer, 0, 0, f"it could not be graded: {ungraded}")
    verdicts = list(record.verdicts.values())
    lost = [a.name for v in verdicts for a in v.aspects if a.points < a.of]
    points, of = sum(v.points for v in verdicts), sum(v.of for v in verdicts)
    missing = [name for name in answer.loses if name not in lost]
    surplus = [name for name in lost if name not in answer.loses]
    problem = "; ".join(
        [f"it should lose {name}" for name in missing]
        + [f"it should not lose {name}" for name in surplus]
    )
    return Trial(answer, points, of, problem)


def _solutions(source: NotebookNode) -> dict[str, str]:
    """The solution of each exercise of an instructor's notebook, by grade id."""
    return {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }


def _notebook(path: Path) -> NotebookNode:
    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise CourseError(f"there is no {path}: run `kerasgrader build`") from None
