"""What results depend on beside their inputs: versions of packages, and this project's own code.

Imports nothing heavy.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("tensorflow", "keras", "numpy", "ipykernel", "nbclient")
HERE = Path(__file__).parent


@cache
def versions() -> dict[str, str]:
    """The versions that decide what a probe finds, by name."""
    return {"python": sys.version.split()[0], **{name: version(name) for name in PACKAGES}} | {
        "resnet_course": probes_digest()[:12]
    }


@cache
def probes_digest() -> str:
    """A digest of the student package's code, whose probes make the evidence."""
    package = HERE.parent / "resnet_course"
    return digest_of([*package.glob("*.py"), *package.glob("probing/*.py")], package)


@cache
def code_digest() -> str:
    """A digest of both packages, with everything that feedback pages are made of."""
    packages = (HERE, HERE.parent / "resnet_course")
    suffixes = (".py", ".j2", ".html", ".css", ".json")
    found = (p for package in packages for p in package.rglob("*") if p.suffix in suffixes)
    return digest_of(found, HERE.parent)


def digest_of(paths: Iterable[Path], base: Path) -> str:
    """A digest of the contents of files, and of where they lie below the folder `base`."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(base)}\0{content}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
