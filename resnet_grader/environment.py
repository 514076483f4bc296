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
    return digest_of([*package.glob("*.py"), *package.glob("probing/*.py")])


@cache
def code_digest() -> str:
    """A digest of both packages, with everything that feedback pages are made of."""
    packages = (HERE, HERE.parent / "resnet_course")
    suffixes = (".py", ".j2", ".html", ".css", ".json")
    return digest_of(
        path for package in packages for path in package.rglob("*") if path.suffix in suffixes
    )


def digest_of(paths: Iterable[Path]) -> str:
    """A digest of the names and contents of files."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
