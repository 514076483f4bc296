"""The grading seed: a secret from which every probe of a unit draws its inputs while grading.

It is drawn once per course and unit, and lies beside the gradebook. It never enters a process that runs
student code: what goes there is derived from it.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from kerasgrader.course.course import Unit
from kerasgrader.files import write_atomically


def seed_of(unit: Unit) -> str:
    """What the unit's probes draw from. Draws the grading seed if there is none yet."""
    path = _path(unit)
    if not path.exists():
        renew(unit)
    secret = path.read_text("ascii").strip()
    return hashlib.sha256(f"{secret}\n{unit.id}".encode()).hexdigest()


def renew(unit: Unit) -> None:
    """Draw another grading seed: from now on every submission of the unit is executed anew."""
    write_atomically(_path(unit), secrets.token_hex(32) + "\n")  # readable for its owner alone


def _path(unit: Unit) -> Path:
    return unit.grader_folder / "seed"
