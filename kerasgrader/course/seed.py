"""The grading seed: a secret from which every probe of a unit draws its inputs while grading.

It is drawn once per course and unit, and stored beside the gradebook. It never enters a process
that runs student code: only a value derived from it does.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from kerasgrader.course.course import Unit
from kerasgrader.files import write_atomically


def seed_of(unit: Unit) -> str:
    """The seed of the unit's probes. Draws the grading seed if there is none yet."""
    path = _path(unit)
    if not path.exists():
        renew(unit)
    secret = path.read_text("ascii").strip()
    return hashlib.sha256(f"{secret}\n{unit.id}".encode()).hexdigest()


def renew(unit: Unit) -> None:
    """Draw a new grading seed: every submission of the unit is then executed again."""
    write_atomically(_path(unit), secrets.token_hex(32) + "\n")  # readable by its owner only


def _path(unit: Unit) -> Path:
    return unit.grader_folder / "seed"
