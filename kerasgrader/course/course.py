"""course.toml as data, and the paths of a unit's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from kerascheck.judge.judge import SHARES
from kerascheck.published import BESIDE, FOLDER
from kerasgrader.course.attempt_rules import EVERYTHING, AttemptRules
from kerasgrader.course.course_file import problems_of, table_of
from kerasgrader.course.deadlines import LateRules
from kerasgrader.course.times import UNSTATED, deadline_of, zone_named
from kerasgrader.course.versions import folder_of
from kerasgrader.errors import CourseError

CHECKS = ("kerascheck.check", "kerascheck.probes.probes")  # imported by the kernels of every course


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
    timezone: an IANA name, "" for none. late: the rules for late submissions. watch: those for attempts.
    """

    name: str
    title: str
    package: str = ""
    preload: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    distribution: str = "kerascheck"
    install: str = ""
    repository: str = ""
    timezone: str = ""
    late: LateRules = LateRules()
    watch: AttemptRules = AttemptRules()
    shares: Mapping[str, float] = field(default_factory=lambda: dict(SHARES))
    datasets: Mapping[str, str] = field(default_factory=dict)
    units: tuple[Unit, ...] = ()

    @property
    def zone(self) -> tzinfo:
        """The zone of times that state none, and of those that people see."""
        return zone_named(self.timezone) if self.timezone else UNSTATED

    @property
    def dates_without_zone(self) -> bool:
        """Whether a due date is written without an offset, and the course has no zone."""
        dues = [unit.due_time for unit in self.units]
        return any(due is not None and due.tzinfo is UNSTATED for due in dues)

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

    dataset: the name of its data set, "" for none. due: a date and a time, "" if only the gradebook has
    one. package, modules, environment, shares, timezone: those of the course. before_due: what pages show
    before the date.
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
    due: str = ""
    timezone: str = ""
    before_due: str = EVERYTHING

    @property
    def zone(self) -> tzinfo:
        """The zone of times that state none."""
        return zone_named(self.timezone) if self.timezone else UNSTATED

    @property
    def due_time(self) -> datetime | None:
        """When it is due, as course.toml has it."""
        return deadline_of(self.due, self.zone) if self.due else None

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
    table = table_of(root)
    problems = list(problems_of(table, Course, Unit))
    if problems:
        raise CourseError(f"{root / 'course.toml'}: {'; '.join(problems)}")
    course = {name: _as_field(value) for name, value in table["course"].items()}
    shares = {name: float(share) for name, share in table.get("shares", SHARES).items()}
    preload = course.get("preload", ())
    watch = AttemptRules(**table.get("watch", {}))
    common = {
        "root": root.resolve(),
        "package": course.get("package", ""),
        "modules": (*CHECKS, *preload),
        "environment": course.get("environment", ()),
        "shares": shares,
        "timezone": course.get("timezone", ""),
        "before_due": watch.before_due,
    }
    units = tuple(Unit(**common, **unit) for unit in table["unit"])
    late = LateRules(**table.get("late", {}))
    datasets = table.get("datasets", {})
    return Course(**course, shares=shares, datasets=datasets, units=units, late=late, watch=watch)


def _as_field(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
