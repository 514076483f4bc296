"""course.toml as data, and where the files of a unit lie."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from kerasgrader.errors import CourseError

CHECKS = ("kerascheck.check", "kerascheck.probes.probes")  # what every unit's kernels import


@dataclass(frozen=True)
class Unit:
    """One unit: an nbgrader assignment with one notebook."""

    root: Path
    id: str
    lesson: str
    notebook: str
    title: str
    minutes: int
    dataset: str
    modules: tuple[str, ...] = ()  # that its kernels import beforehand

    @property
    def lesson_file(self) -> Path:
        return self.root / "lessons" / self.lesson

    @property
    def source_file(self) -> Path:
        return self.root / "source" / self.id / f"{self.notebook}.ipynb"

    @property
    def release_file(self) -> Path:
        return self.root / "release" / self.id / f"{self.notebook}.ipynb"

    def released_files(self) -> dict[str, Path]:
        """What students get beside the notebook, by its path below their folder."""
        folder = self.release_file.parent
        return {
            str(path.relative_to(folder)): path
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix != ".ipynb"
        }

    @property
    def grader_folder(self) -> Path:
        """Beside the gradebook: the nonce, the reference evidence. Never shown to a student."""
        return self.root / ".kerasgrader" / self.id


@dataclass(frozen=True)
class Course:
    """The whole course.

    package: the course's own Python package, "" where it has none. preload: its modules that every kernel
    imports before it is sealed. install: what pip fetches the student package by, "" for a wheel beside
    the notebook alone.
    repository: "owner/name" on GitHub, "" while there is none.
    """

    name: str
    title: str
    install: str
    repository: str
    units: tuple[Unit, ...]
    package: str = ""
    preload: tuple[str, ...] = ()

    def unit(self, unit_id: str) -> Unit:
        """The unit of this id. Raises CourseError."""
        for unit in self.units:
            if unit.id == unit_id:
                return unit
        known = ", ".join(unit.id for unit in self.units)
        raise CourseError(f"course.toml has no unit {unit_id!r}; it has {known}")


def load_course(root: Path) -> Course:
    """Read course.toml in `root`. Raises CourseError."""
    path = root / "course.toml"
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        course = {**table["course"], "preload": tuple(table["course"].get("preload", ()))}
        modules = (*CHECKS, *course["preload"])
        units = tuple(Unit(root=root.resolve(), modules=modules, **unit) for unit in table["unit"])
        return Course(**course, units=units)
    except FileNotFoundError:
        raise CourseError(
            f"there is no course.toml in {root}: is this the course's folder?"
        ) from None
    except KeyError as error:
        raise CourseError(f"{path}: there is no {error}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError) as error:
        raise CourseError(f"{path}: {error}") from None
