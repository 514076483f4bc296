"""Versions of packages and digests of our code, on which results depend besides their inputs."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, entry_points
from importlib.metadata import version as version_now
from importlib.util import find_spec
from pathlib import Path

from kerascheck.published import GROUP
from kerasgrader.files import digest_of

PACKAGES = ("tensorflow", "keras", "numpy", "ipykernel", "nbclient")
CHECKS = "kerascheck"
MAKES_EVIDENCE = ("check.py", "evidence", "probes")  # in the checks; the rest judges and displays
MISSING = "missing"
CODE = (".py", ".j2", ".html", ".css", ".json", ".toml")

version = cache(version_now)  # of an installed package: a process keeps what it has imported


def versions(modules: Sequence[str] = (), environment: Sequence[str] = ()) -> dict[str, str]:
    """The versions that determine a notebook's evidence, by name.

    modules: preloaded by the course; a digest of the code of each one's package serves as its
    version, and the packages that it requires count too: an image is what OpenCV makes of a file.
    environment: what students' notebooks may import besides (see `environment_versions`).
    """
    packages = _packages(modules)
    own = {name: _package_digest(name)[:12] for name in packages}
    others = {*PACKAGES, *(name for package in packages for name in _required_by(package))}
    python = sys.version.split()[0]
    known = {name: version(name) for name in sorted(others)}
    return {"python": python, **environment_versions(environment), **known, **own}


def environment_versions(environment: Sequence[str]) -> dict[str, str]:
    """The versions of the packages of a course's environment; MISSING for what is not installed."""
    found = dict.fromkeys(environment, MISSING)
    for name in environment:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


@cache
def code_digest(package: str = "") -> str:
    """A digest of the code behind verdicts and feedback pages: grader, checks, course package."""
    packages = ["kerasgrader", CHECKS, *([package] if package else [])]
    return "".join(digest_of(_code([folder]), folder) for folder in map(folder_of, packages))


def differences(ours: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    """A sentence on the packages whose versions differ on a worker."""
    different = [
        f"{name} {ours.get(name, 'none')} here and {theirs.get(name, 'none')} there"
        for name in sorted({*ours, *theirs})
        if ours.get(name) != theirs.get(name)
    ]
    return f"a worker has other versions: {', '.join(different)}. Install the same on all"


def folder_of(package: str) -> Path:
    """The folder of a package, found without importing it. Raises ModuleNotFoundError."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(f"there is no package {package!r} here")
    return Path(found.submodule_search_locations[0])


@cache
def _required_by(package: str) -> tuple[str, ...]:
    """The packages that an installed course requires without any extra, as far as they are here."""
    found = []
    for point in entry_points(group=GROUP, value=package):
        lines = (point.dist.requires or []) if point.dist is not None else []
        for line in lines:
            name = re.match(r"[\w.-]+", line)
            if name is not None and "extra ==" not in line:
                with suppress(PackageNotFoundError):  # which is for another system, say
                    version(name[0])
                    found.append(name[0])
    return tuple(found)


def _packages(modules: Iterable[str]) -> list[str]:
    return sorted({CHECKS, *(module.partition(".")[0] for module in modules)})


@cache
def _package_digest(package: str) -> str:
    folder = folder_of(package)
    parts = [folder / name for name in MAKES_EVIDENCE] if package == CHECKS else [folder]
    return digest_of((path for path in _code(parts) if path.suffix == ".py"), folder)


def _code(parts: Iterable[Path]) -> Iterator[Path]:
    for part in parts:
        found = part.rglob("*") if part.is_dir() else [part]
        yield from (path for path in found if path.suffix in CODE)
