"""course.toml as data, and the paths of a unit's files."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from kerascheck.judge.judge import SHARES
from kerascheck.published import BESIDE, FOLDER
from kerasgrader.course.versions import folder_of
from kerasgrader.errors import CourseError

CHECKS = ("kerascheck.check", "kerascheck.probes.probes")  # imported by the kernels of every course
LOADER = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
FILE_NAME = re.compile(r"[\w][\w.-]*")
KINDS = {"str": "a string", "int": "a whole number", "tuple[str, ...]": "a list of strings"}


@dataclass(frozen=True)
class Course:
    """The whole course, as defined in course.toml.

    environment: the packages that students' notebooks may import besides those of the course, as pip
    calls them: installed where they are graded.
    package: the course's own Python package, "" if it has none: data sets, misconceptions,
    published checks. preload: modules that every kernel imports before it is sealed. distribution:
    the name of its wheel. install: its requirement for pip, "" for the repository's. repository:
    "owner/name" on GitHub, "" if there is none. shares: each aspect's share
    of an exercise's points. datasets: the loader of each data set, "module:function", by name.
    """

    name: str
    title: str
    package: str = ""
    preload: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    distribution: str = "kerascheck"
    install: str = ""
    repository: str = ""
    shares: Mapping[str, float] = field(default_factory=lambda: dict(SHARES))
    datasets: Mapping[str, str] = field(default_factory=dict)
    units: tuple[Unit, ...] = ()

    @property
    def install_from(self) -> str:
        """What pip installs the course from: as it is told, else the repository's main branch; or ""."""
        # As an archive: laptops with Windows seldom have git.
        archive = f"https://github.com/{self.repository}/archive/refs/heads/main.zip"
        return self.install or (archive if self.repository else "")

    def unit(self, unit_id: str) -> Unit:
        """The unit of this id. Raises CourseError."""
        for unit in self.units:
            if unit.id == unit_id:
                return unit
        known = ", ".join(unit.id for unit in self.units)
        raise CourseError(f"course.toml has no unit {unit_id!r}; it has {known}")


@dataclass(frozen=True)
class Unit:
    """One unit: an nbgrader assignment with one notebook. minutes: the time that a student needs.

    dataset: the name of its data set, "" for none. package, modules, environment, shares: those of
    the course.
    """

    root: Path
    id: str
    lesson: str
    notebook: str
    title: str
    minutes: int
    dataset: str = ""
    package: str = ""
    modules: tuple[str, ...] = CHECKS
    environment: tuple[str, ...] = ()
    shares: Mapping[str, float] = field(default_factory=lambda: dict(SHARES))

    @property
    def lesson_file(self) -> Path:
        return self.root / "lessons" / self.lesson

    @property
    def source_file(self) -> Path:
        return self.root / "source" / self.id / f"{self.notebook}.ipynb"

    @property
    def release_file(self) -> Path:
        return self.root / "release" / self.id / f"{self.notebook}.ipynb"

    @property
    def published_file(self) -> Path:
        """The published checks: in the course's package, or beside the source if it has none."""
        if not self.package:
            return self.source_file.with_name(BESIDE)
        here = self.root.joinpath(*self.package.split("."))
        package = here if here.is_dir() else folder_of(self.package)
        return package / FOLDER / f"{self.id}.json"

    def released_files(self) -> dict[str, Path]:
        """The files that students get beside the notebook, by path below their folder."""
        folder = self.release_file.parent
        return {
            str(path.relative_to(folder)): path
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix != ".ipynb"
        }

    def submitted(self, student: str) -> Path:
        """The folder of a student's submission."""
        return self.root / "submitted" / student / self.id

    def autograded(self, student: str) -> Path:
        """The folder of a student's graded notebook."""
        return self.root / "autograded" / student / self.id

    def feedback(self, student: str) -> Path:
        """The folder of a student's feedback page."""
        return self.root / "feedback" / student / self.id

    def attempts(self, student: str) -> Path:
        """The folder of all that a student has submitted."""
        return self.root / "attempts" / student / self.id

    @property
    def grader_folder(self) -> Path:
        """Beside the gradebook: the grading seed, cached results, verdicts. Never shown to a student."""
        return self.root / ".kerasgrader" / self.id


def load_course(root: Path) -> Course:
    """Read course.toml in `root`. Raises CourseError, with a clause for each problem."""
    path = root / "course.toml"
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise CourseError(
            f"there is no course.toml in {root}: is this the course's folder?"
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CourseError(f"{path}: {error}") from None
    problems = list(_problems(table))
    if problems:
        raise CourseError(f"{path}: {'; '.join(problems)}")
    course = {name: _as_field(value) for name, value in table["course"].items()}
    shares = {name: float(share) for name, share in table.get("shares", SHARES).items()}
    preload = course.get("preload", ())
    common = {
        "root": root.resolve(),
        "package": course.get("package", ""),
        "modules": (*CHECKS, *preload),
        "environment": course.get("environment", ()),
        "shares": shares,
    }
    units = tuple(Unit(**common, **unit) for unit in table["unit"])
    return Course(**course, shares=shares, datasets=table.get("datasets", {}), units=units)


def _as_field(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


OF_COURSE = (
    "name",
    "title",
    "package",
    "preload",
    "environment",
    "distribution",
    "install",
    "repository",
)
OF_UNIT = ("id", "lesson", "notebook", "title", "minutes", "dataset")


def _problems(table: dict[str, Any]) -> Iterator[str]:
    """All problems of a course.toml, a clause each."""
    yield from _unknown(table, ("course", "shares", "datasets", "unit"), "it")
    course, units = table.get("course"), table.get("unit")
    if not isinstance(course, dict):
        yield "it needs a table [course] with name and title"
    else:
        yield from _wrong_fields(course, Course, OF_COURSE, "[course]")
    yield from _wrong_shares(table.get("shares", SHARES))
    datasets = table.get("datasets", {})
    yield from _wrong_datasets(datasets)
    if not isinstance(units, list) or not units:
        yield "it needs at least one [[unit]]"
        return
    for number, unit in enumerate(units, 1):
        where = f"[[unit]] no. {number}"
        if not isinstance(unit, dict):
            yield f"{where} must be a table"
            continue
        yield from _wrong_fields(unit, Unit, OF_UNIT, where)
        for name in ("id", "lesson", "notebook"):
            value = unit.get(name)
            if isinstance(value, str) and not FILE_NAME.fullmatch(value):
                yield f"{where}: {name} = {value!r} must be a plain name: files are named after it"
        dataset = unit.get("dataset", "")
        if dataset and (not isinstance(datasets, dict) or dataset not in datasets):
            known = ", ".join(datasets) if isinstance(datasets, dict) and datasets else "none"
            yield f"{where}: there is no data set {dataset!r}; [datasets] has {known}"
    for name in ("id", "notebook"):
        values = [unit.get(name) for unit in units if isinstance(unit, dict)]
        for value in sorted({str(v) for v in values if v is not None and values.count(v) > 1}):
            yield f"two units have the {name} {value!r}"


def _wrong_fields(
    table: dict[str, Any], of: type, allowed: tuple[str, ...], where: str
) -> Iterator[str]:
    yield from _unknown(table, allowed, where)
    for item in fields(of):
        if item.name not in allowed:
            continue
        if item.name not in table:
            if item.default is MISSING:
                yield f"{where} needs {item.name}, {KINDS[str(item.type)]}"
        elif not _is(table[item.name], str(item.type)):
            yield f"{where}: {item.name} = {table[item.name]!r} must be {KINDS[str(item.type)]}"


def _is(value: Any, kind: str) -> bool:
    if kind == "int":
        return type(value) is int and value > 0
    if kind == "str":
        return isinstance(value, str)
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _unknown(table: dict[str, Any], allowed: tuple[str, ...], where: str) -> Iterator[str]:
    for name in table:
        if name not in allowed:
            yield f"{where} has an unknown key {name!r}; it may have {', '.join(allowed)}"


def _wrong_shares(shares: Any) -> Iterator[str]:
    good = isinstance(shares, dict) and all(
        type(value) in (int, float) and value >= 0 for value in shares.values()
    )
    if not good or shares.keys() != SHARES.keys() or abs(sum(shares.values()) - 1) > 1e-6:
        yield f"[shares] needs {', '.join(SHARES)}, numbers whose sum is 1"


def _wrong_datasets(datasets: Any) -> Iterator[str]:
    if not isinstance(datasets, dict):
        yield '[datasets] must be a table: name = "module:function"'
        return
    for name, loader in datasets.items():
        if not isinstance(loader, str) or not LOADER.fullmatch(loader):
            yield f'[datasets]: {name} = {loader!r} must be "module:function"'
