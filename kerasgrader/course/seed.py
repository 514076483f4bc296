"""The secret that seeds every probe while grading: one per course and unit, kept beside the gradebook.

The nonce itself never enters a process that runs a student's code: what goes there is derived from it.
"""

from __future__ import annotations

import hashlib
import os
import secrets

from kerasgrader.course.course import Unit


def seed_of(unit: Unit) -> str:
    """The seed of the unit's probes. Draws the nonce when there is none yet."""
    path = unit.grader_folder / "nonce"
    if not path.exists():
        renew(unit)
    nonce = path.read_text("ascii").strip()
    return hashlib.sha256(f"{nonce}\n{unit.id}".encode()).hexdigest()


def renew(unit: Unit) -> None:
    """Draw another nonce: from now on every submission of the unit is executed anew."""
    path = unit.grader_folder / "nonce"
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_hex(32) + "\n")
    os.replace(fresh, path)
