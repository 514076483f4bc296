"""Published checks: for each unit, what the course's own solution gives for the *visible* checks.

The grader's build writes one file per unit, into the course's own package (`published/`) or, where a course
has none, beside the notebook. It holds nothing about hidden checks but how many there are.

A notebook's first cell tells which unit of which course it is (`begin`). Without that, all courses that
are installed are looked through: each names its package in the entry-point group GROUP.

Each change of a unit's published checks has a number. It and the version of this package are the
unit's *edition*, such as "0.1.0-3": a notebook knows its own, and `older` compares it with the one here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import kerascheck
from kerascheck.evidence.evidence import Evidence

GROUP = "kerascheck.courses"
FOLDER = "published"  # in a course's package
LISTS = ("exercises", "predictions", "evidence")  # of a published unit; the rest is its head
BESIDE = "published.json"  # beside the notebook of a course without a package

UPGRADE = "Run the notebook's first cell: it upgrades the package, or tells how"


class NothingPublished(LookupError):
    """There is no published answer for a check, so it cannot be judged in the notebook."""

    def _render_traceback_(self) -> list[str]:
        """Show one line in IPython instead of a traceback through our frames."""
        return [f"{type(self).__name__}: {self}"]


class OtherArguments(NothingPublished):
    """No check of the notebook has these arguments."""


@dataclass(frozen=True)
class Exercise:
    """One exercise: its points, the calls of its visible checks, and how many checks are hidden.

    cell, stub: the id and the text of the cell for its answer, as released.
    """

    exercise: str
    points: float
    calls: tuple[str, ...]
    hidden: int
    cell: str = ""
    stub: str = ""


@dataclass(frozen=True)
class Prediction:
    """A question before code. choices: text and reason of each. right: the number of the right one."""

    name: str
    question: str
    choices: tuple[tuple[str, str], ...]
    right: int

    @property
    def letters(self) -> str:
        """The letters by which the choices are called."""
        return "abcdefghijklmnopqrstuvwxyz"[: len(self.choices)]


@dataclass(frozen=True)
class PublishedUnit:
    """One unit. shares: of the aspects in the points of an exercise; None for the usual ones.

    edition: a number that grows with each change of what is published; 0 where there is none.
    course: its course's title. number: its place in the course, from 1. minutes: the time that a student
    needs. notebook: the name of its notebook, without the ending.
    """

    unit: str
    title: str
    exercises: tuple[Exercise, ...]
    evidence: tuple[Evidence, ...]
    shares: Mapping[str, float] | None = None
    edition: int = 0
    course: str = ""
    number: int = 0
    minutes: int = 0
    notebook: str = ""
    predictions: tuple[Prediction, ...] = ()

    @property
    def places(self) -> tuple[str, str]:
        """Where its notebook may lie in a student's folder."""
        file = f"{self.notebook}.ipynb"
        return f"{self.unit}/{file}", file

    def find(self, call: str, names: Sequence[str]) -> Evidence | None:
        """The evidence for a check on a function known by one of `names`, or under any name if only one
        exercise has this call."""
        of_call = {item.exercise: item for item in self.evidence if item.call == call}
        for name in names:
            if name in of_call:
                return of_call[name]
        return next(iter(of_call.values())) if len(of_call) == 1 else None

    def points_of(self, exercise: str, call: str) -> float | None:
        """What an exercise is worth, where this call is one of its graded checks."""
        for item in self.exercises:
            if item.exercise == exercise and call in item.calls:
                return item.points
        return None

    def to_text(self) -> str:
        """The text of the unit's file: a line for each exercise and each piece of evidence."""
        head = {name: value for name, value in vars(self).items() if name not in LISTS}
        exercises = ",\n".join(_line(vars(item)) for item in self.exercises)
        evidence = ",\n".join(_line(item.to_plain()) for item in self.evidence)
        predictions = ",\n".join(_line(vars(item)) for item in self.predictions)
        parts = (
            f'{{"head": {_line(head)}',
            f'"exercises": [\n{exercises}\n]',
            *([f'"predictions": [\n{predictions}\n]'] if predictions else []),
            f'"evidence": [\n{evidence}\n]}}\n',
        )
        return ",\n".join(parts)

    @classmethod
    def of_text(cls, text: str) -> PublishedUnit:
        """The unit in the text of its file. Raises ValueError, KeyError, Malformed."""
        value = json.loads(text)
        known = {field.name for field in fields(cls)}  # a newer edition may say more
        return cls(
            **{name: item for name, item in value["head"].items() if name in known},
            exercises=tuple(
                Exercise(**{**item, "calls": tuple(item["calls"])}) for item in value["exercises"]
            ),
            evidence=tuple(Evidence.from_plain(item) for item in value["evidence"]),
            predictions=tuple(
                Prediction(**{**item, "choices": tuple((c, r) for c, r in item["choices"])})
                for item in value.get("predictions", ())
            ),
        )


@dataclass
class Current:
    """Which unit this process is about, and of which package: None while unknown, "" for no package.

    needs: the edition of the notebook, "" while unknown.
    """

    unit: str | None = None
    package: str | None = None
    needs: str = ""


CURRENT = Current()


def begin(unit: str | None = None, package: str | None = None, needs: str = "") -> None:
    """Say which unit this process is about, of which course's package ("" for none), which edition."""
    CURRENT.unit, CURRENT.package, CURRENT.needs = unit, package, needs


@contextmanager
def about(unit: str, package: str) -> Iterator[None]:
    """For as long as it lasts, this process is about this unit: a grader has one after another."""
    before = CURRENT.unit, CURRENT.package, CURRENT.needs
    begin(unit, package)
    try:
        yield
    finally:
        begin(*before)


def packages() -> tuple[str, ...]:
    """The package of the course that this process is about; those of all installed courses if unknown."""
    if CURRENT.package is not None:
        return (CURRENT.package,) if CURRENT.package else ()
    return _installed()


def units() -> tuple[PublishedUnit, ...]:
    """The units that are published here: the current one, or all where nobody has said which that is."""
    # The second place is in the wheel that a standalone notebook carries.
    beside = (Path(BESIDE), resources.files("kerascheck") / BESIDE)
    alone = [unit for place in beside for unit in _beside(place)]
    found = [*alone, *(unit for name in packages() for unit in _in_package(name))]
    chosen = [unit for unit in found if CURRENT.unit in (None, unit.unit)]
    return tuple(chosen or found)


def older(unit: str, package: str, needs: str) -> str:
    """A clause if what is published here is older than a notebook's edition `needs`; "" if it is not."""
    with about(unit, package):
        numbers = [item.edition for item in units() if item.unit == unit]
    here = edition(max(numbers, default=0))
    if not needs or _order(here) >= _order(needs):
        return ""
    return f"your course package ({here}) is older than this notebook ({needs})"


def edition(number: int) -> str:
    """The edition of a unit whose published checks have this number."""
    return f"{kerascheck.__version__}-{number}"


def course_units(folder: Path) -> tuple[PublishedUnit, ...]:
    """All units, in their order, of the courses that have a notebook in `folder`, or else of those that
    this process is about. Those of a course without a package are in the folders of its notebooks."""
    beside = [unit for path in sorted(folder.glob(f"*/{BESIDE}")) for unit in _readable(path)]
    found = [*beside, *(unit for name in packages() for unit in _in_package(name))]
    here = {u.course for u in found if any((folder / place).is_file() for place in u.places)}
    chosen = [unit for unit in found if unit.course in here] or found
    return tuple(sorted(chosen, key=lambda unit: (unit.course, unit.number, unit.unit)))


def find(call: str, names: Sequence[str]) -> tuple[PublishedUnit, Evidence]:
    """The unit and its evidence for a check on a function known by `names`.

    Raises OtherArguments when the arguments are not those of a visible check, and NothingPublished when
    this package is older than the notebook, or they are those of checks in several units.
    """
    found = [(unit, item) for unit in units() if (item := unit.find(call, names)) is not None]
    named = [(unit, item) for unit, item in found if item.exercise in names] or found
    shown = call.replace("(", f"({names[0]}, " if names and names[0] else "(", 1)
    if len(named) > 1:
        titles = " and ".join(unit.title for unit, _ in named)
        raise NothingPublished(
            f"{shown} is a check of {titles}. Run the notebook's first cell, which says which unit this is."
        )
    if not named:
        old = older(CURRENT.unit or "", CURRENT.package or "", CURRENT.needs)
        if old:
            raise NothingPublished(f"No answer is published for {shown}: {old}. {UPGRADE}.")
        raise OtherArguments(
            f"No check of this notebook is `{shown}`: a check compares with the arguments that the "
            "notebook gives it."
        )
    return named[0]


def _order(edition: str) -> tuple[tuple[int, ...], int]:
    """What editions are compared by: the version, then the number of the published checks."""
    version, _, number = edition.rpartition("-")
    return tuple(int(part) for part in re.findall(r"\d+", version)), int(number)


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, allow_nan=False, ensure_ascii=False)


def _readable(path: Path) -> Iterator[PublishedUnit]:
    """The same, if the file is one of ours: in a student's folder there may be others."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        yield from list(_beside(path))


def _beside(path: Any) -> Iterator[PublishedUnit]:
    if path.is_file():
        yield PublishedUnit.of_text(path.read_text("utf-8"))


@cache
def _installed() -> tuple[str, ...]:
    return tuple(sorted({point.value for point in entry_points(group=GROUP)}))


@cache
def _in_package(package: str) -> tuple[PublishedUnit, ...]:
    folder: Any = resources.files(package) / FOLDER
    if not folder.is_dir():
        return ()
    files = sorted(folder.iterdir(), key=lambda item: item.name)
    texts = [file.read_text("utf-8") for file in files if file.name.endswith(".json")]
    return tuple(PublishedUnit.of_text(text) for text in texts)
