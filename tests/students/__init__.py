"""The catalogue of answers to the units' exercises, and the demo class that is made of those to unit 1.

Everything here is data; this module reads it and turns the reference's cells into a student's. It knows
nothing of Keras or of notebooks.

wrong/*.toml       answers with one mistake each: edits of the reference, and what they must cost
equivalent/*.py    right answers written differently: definitions that replace the reference's
hostile/*.py       attacks: a cell of its own, changes to the metadata of others (METADATA), or both;
                   STALLS = True says that its kernel goes on until the time is up
class.toml         the demo class, and special answers (half finished, endless ...) that only it needs

An answer is known by its path: ``wrong/resnet50:average_pool_unnamed``, ``equivalent/one_loop``,
``hostile/forged_evidence``, ``special/endless``. Whatever is malformed, unknown or does not fit raises
CatalogueError: an answer that is skipped would be a check that cannot fail.
"""

from __future__ import annotations

import ast
import re
import textwrap
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from kerascheck.judge.places import Place
from kerascheck.judge.verdict import NAMES, RULES, SHAPES, VALUES, Finding
from kerasgrader.course.course import Course, load_course
from kerasgrader.course.lessons import compile_lesson

HERE = Path(__file__).parent
ASPECTS = (NAMES, SHAPES, VALUES)
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?^ *### END SOLUTION$", re.DOTALL | re.MULTILINE)

Edit = tuple[str, str, int]


class CatalogueError(ValueError):
    """An entry of the catalogue is malformed, unknown, or does not fit the reference."""


def exercises_of(course: Course) -> dict[str, dict[str, str]]:
    """For each unit (the beginning of its id) its exercises in order, and the function each defines."""
    return {
        unit.id.partition("-")[0]: {
            cell.metadata.nbgrader.grade_id: _function_in(cell.source, cell.id)
            for cell in compile_lesson(unit.lesson_file).cells
            if cell.metadata.get("nbgrader", {}).get("solution")
        }
        for unit in course.units
    }


def _function_in(source: str, exercise: str) -> str:
    """The function that the cell of an exercise defines: the one of its name, capitals apart."""
    names = [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    found = [name for name in names if name.lower() == exercise.lower()] or names[-1:]
    if not found:
        raise CatalogueError(f"the lesson's cell {exercise!r} defines no function")
    return found[0]


EXERCISES = exercises_of(load_course(HERE.parents[1]))
FUNCTIONS = EXERCISES["unit1"]


@dataclass(frozen=True)
class Answer:
    """What one student did to the reference's notebook.

    path: its identity. story: what happened, in one sentence. edits: for each exercise, texts to
    replace (old, new, how often old must occur). rewrites: for each exercise, the whole cell.
    unsolved: exercises left as they were released. cell: a further cell, before the tests.
    metadata: for each cell (by grade id) what is merged into its metadata; None deletes the cell.
    loses: of a wrong answer, the aspects that it must lose, and no other. finding, layer, part: the rule
    that must be among the findings, and what it must be about: the layer, by its name or as a
    place, or the part of the returned value. stalls: whether its kernel goes on until the time is up.
    """

    path: str
    story: str
    edits: Mapping[str, tuple[Edit, ...]] = field(default_factory=dict)
    rewrites: Mapping[str, str] = field(default_factory=dict)
    unsolved: tuple[str, ...] = ()
    cell: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    exercise: str | None = None
    loses: tuple[str, ...] = ()
    finding: str | None = None
    layer: str | Place | None = None
    part: str | None = None
    stalls: bool = False

    def __str__(self) -> str:
        return self.path

    def is_named_by(self, finding: Finding) -> bool:
        """Whether this is the finding that the catalogue asks for."""
        place = finding.place
        right_layer = self.layer is None or (
            place is not None and self.layer in (place.name, place.role)
        )
        right_part = self.part is None or finding.part == self.part
        return finding.rule == self.finding and right_layer and right_part

    @property
    def unit(self) -> str:
        """The unit whose exercises it answers; attacks are aimed at unit 1."""
        touched = {*self.edits, *self.rewrites, *self.unsolved}
        return next((u for u, e in EXERCISES.items() if touched & e.keys()), "unit1")


@dataclass(frozen=True)
class Student:
    """One student of the demo class, with the answers that are in the notebook submitted."""

    id: str
    name: str
    story: str
    answers: tuple[Answer, ...]


@cache
def catalogue() -> Mapping[str, Answer]:
    """All answers by path."""
    found: dict[str, Answer] = {}
    for answer in (*wrong(), *equivalent(), *hostile(), *special()):
        if answer.path in found:
            raise CatalogueError(f"{answer.path} occurs twice")
        found[answer.path] = answer
    return found


@cache
def wrong() -> tuple[Answer, ...]:
    """Answers with one mistake each."""
    return tuple(
        _wrong_answer(table, exercise)
        for exercises in EXERCISES.values()
        for exercise in exercises
        for table in _tables(HERE / "wrong" / f"{exercise}.toml", "answer")
    )


@cache
def equivalent() -> tuple[Answer, ...]:
    """Right answers, written differently."""
    return tuple(_equivalent_answer(path) for path in sorted((HERE / "equivalent").glob("*.py")))


@cache
def hostile() -> tuple[Answer, ...]:
    """Attacks. Each goes into a notebook whose identity block is wrong."""
    return tuple(_hostile_answer(path) for path in sorted((HERE / "hostile").glob("*.py")))


@cache
def special() -> tuple[Answer, ...]:
    """Answers that cannot be run beside others: unfinished, endless, deadly, flooding."""
    return tuple(_special_answer(table) for table in _tables(HERE / "class.toml", "special"))


@cache
def students() -> tuple[Student, ...]:
    """The demo class."""
    made = []
    for table in _tables(HERE / "class.toml", "student"):
        _only(table, {"id", "name", "story", "answers"}, f"student {table.get('id')}")
        answers = tuple(answer_at(path) for path in table["answers"])
        made.append(Student(table["id"], table["name"], table["story"], answers))
    ids = [student.id for student in made]
    if len(set(ids)) != len(ids):
        raise CatalogueError("two students have one id")
    return tuple(made)


def answer_at(path: str) -> Answer:
    """The answer of this path. Raises CatalogueError if there is none."""
    if path not in catalogue():
        raise CatalogueError(f"there is no answer {path!r}")
    return catalogue()[path]


def solve(cells: Mapping[str, str], answers: Iterable[Answer | str]) -> dict[str, str]:
    """The cells of a student who gave these answers, and the reference's where none is given.

    cells: the reference's source for each exercise (other keys are left alone). A hostile answer adds
    a cell under its own path, which belongs right before the first test; its metadata are the caller's
    to apply. Raises CatalogueError when an edit does not fit or two answers claim one cell.
    """
    result = dict(cells)
    rewritten: dict[str, str] = {}
    for answer in (answer_at(a) if isinstance(a, str) else a for a in answers):
        for exercise in (*answer.edits, *answer.rewrites, *answer.unsolved):
            if exercise not in cells:
                raise CatalogueError(f"{answer}: there is no cell {exercise!r}")
            if exercise in rewritten:
                raise CatalogueError(f"{answer}: {exercise} is {rewritten[exercise]}'s already")
            rewritten[exercise] = answer.path
        for exercise, edits in answer.edits.items():
            result[exercise] = _edited(cells[exercise], edits, answer)
        result.update(answer.rewrites)
        for exercise in answer.unsolved:
            result[exercise] = _unsolved(cells[exercise], answer)
        if answer.cell:
            result[answer.path] = answer.cell
    return result


def _edited(source: str, edits: Sequence[Edit], answer: Answer) -> str:
    for old, new, count in edits:
        if source.count(old) != count:
            raise CatalogueError(
                f"{answer}: should occur {count} times, occurs {source.count(old)} times:\n{old}"
            )
        source = source.replace(old, new)
    return source


def _unsolved(source: str, answer: Answer) -> str:
    """The cell as nbgrader releases it."""
    released, count = SOLUTION.subn(lambda found: textwrap.indent(STUB, found[1]), source)
    if not count:
        raise CatalogueError(f"{answer}: the cell has no solution to take out")
    return released


def _wrong_answer(table: Mapping[str, Any], exercise: str) -> Answer:
    path = f"wrong/{exercise}:{table.get('name')}"
    _only(
        table, {"name", "story", "exercise", "change", "loses", "finding"}, path, {"layer", "part"}
    )
    _known([table["exercise"]], [exercise], path)
    _known(table["loses"], ASPECTS, path)
    _known([table["finding"]], RULES, path)
    if not table["loses"]:
        raise CatalogueError(f"{path}: a wrong answer must lose something")
    return Answer(
        path=path,
        story=table["story"],
        edits={exercise: _edits(table["change"], path)},
        exercise=exercise,
        loses=tuple(aspect for aspect in ASPECTS if aspect in table["loses"]),
        finding=table["finding"],
        layer=_layer(table.get("layer"), path),
        part=table.get("part"),
    )


def _special_answer(table: Mapping[str, Any]) -> Answer:
    path = f"special/{table.get('name')}"
    _only(table, {"name", "story"}, path, {"change", "unsolved", "stalls"})
    changes = table.get("change", {})
    unsolved = tuple(table.get("unsolved", ()))
    _known([*changes, *unsolved], FUNCTIONS, path)
    if not changes and not unsolved:
        raise CatalogueError(f"{path}: changes nothing")
    edits = {exercise: _edits(change, path) for exercise, change in changes.items()}
    stalls = bool(table.get("stalls"))
    return Answer(path, table["story"], edits=edits, unsolved=unsolved, stalls=stalls)


def _equivalent_answer(path: Path) -> Answer:
    source, tree, story = _module(path)
    names = {
        function: exercise
        for exercises in EXERCISES.values()
        for exercise, function in exercises.items()
    }
    cells: dict[str, str] = {}
    start = tree.body[0].end_lineno or 0
    for statement in tree.body[1:]:
        if isinstance(statement, ast.FunctionDef) and statement.name in names:
            end = statement.end_lineno or 0
            cells[names[statement.name]] = _lines(source, start, end)
            start = end
    if not cells:
        raise CatalogueError(f"equivalent/{path.stem}: defines none of {', '.join(names)}")
    if _lines(source, start, len(source.splitlines())):
        raise CatalogueError(f"equivalent/{path.stem}: ends in something else than an answer")
    return Answer(path=f"equivalent/{path.stem}", story=story, rewrites=cells)


def _hostile_answer(path: Path) -> Answer:
    source, tree, story = _module(path)
    header: dict[str, Any] = {"METADATA": {}, "STALLS": False}
    start = tree.body[0].end_lineno or 0
    for statement in tree.body[1:]:
        if not (isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) in header):
            break
        header[ast.unparse(statement.targets[0])] = ast.literal_eval(statement.value)
        start = statement.end_lineno or 0
    cell = _lines(source, start, len(source.splitlines()))
    metadata, stalls = header["METADATA"], header["STALLS"]
    if not cell and not metadata:
        raise CatalogueError(f"hostile/{path.stem}: does nothing")
    return Answer(
        f"hostile/{path.stem}", story, cell=cell or None, metadata=metadata, stalls=stalls
    )


def _module(path: Path) -> tuple[str, ast.Module, str]:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    story = ast.get_docstring(tree)
    if not story:
        raise CatalogueError(f"{path.parent.name}/{path.stem}: should begin with a docstring")
    return source, tree, story.splitlines()[0]


def _lines(source: str, start: int, end: int) -> str:
    return "\n".join(source.splitlines()[start:end]).strip("\n")


def _layer(value: Any, path: str) -> str | Place | None:
    """A layer by its name, or as a place: kind, name, number, recorded, and what it comes after."""
    if value is None or isinstance(value, str):
        return value
    if not isinstance(value, dict):
        raise CatalogueError(f"{path}: no layer: {value!r}")
    _only(value, {"kind"}, path, {"name", "number", "recorded", "after"})
    after = tuple(_layer(source, path) for source in value.get("after", ()))
    return Place(**{**value, "after": after})


def _edits(change: Sequence[Sequence[Any]], path: str) -> tuple[Edit, ...]:
    return tuple(_edit(entry, path) for entry in change)


def _edit(entry: Sequence[Any], path: str) -> Edit:
    match entry:
        case [str(old), str(new)] if old != new:
            return old, new, 1
        case [str(old), str(new), int(count)] if old != new and count > 0:
            return old, new, count
    raise CatalogueError(f"{path}: not [old, new] or [old, new, count]: {entry!r}")


def _tables(path: Path, key: str) -> Iterator[Mapping[str, Any]]:
    with path.open("rb") as file:
        document = tomllib.load(file)
    _known(
        document, ("answer",) if path.parent.name == "wrong" else ("special", "student"), path.name
    )
    yield from document[key]


def _only(
    table: Mapping[str, Any], needed: set[str], path: str, optional: Iterable[str] = ()
) -> None:
    missing, extra = needed - table.keys(), table.keys() - needed - set(optional)
    if missing or extra:
        raise CatalogueError(f"{path}: missing {sorted(missing)}, unknown {sorted(extra)}")


def _known(found: Iterable[str], known: Iterable[str], path: str) -> None:
    unknown = set(found) - set(known)
    if unknown:
        raise CatalogueError(f"{path}: unknown: {', '.join(sorted(unknown))}")
