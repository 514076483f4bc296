"""Names that platforms gave to submissions, by student: pages are returned under the same names.

A platform matches what is uploaded by the ids in these names. They are stored beside the gradebook when
a class is collected, for every platform that a student used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerasgrader.course.course import Unit
from kerasgrader.files import write_atomically
from kerasgrader.intake.attempts import Attempt


@dataclass(frozen=True)
class GivenName:
    """A file's path on a platform. names: its parts, outermost first, archives included. keys: the
    platform's ids of the student, which are in one of them."""

    names: tuple[str, ...]
    keys: tuple[str, ...] = ()


def remember_given_names(unit: Unit, attempts: Iterable[Attempt]) -> None:
    """Store the path of each student's newest file from each platform. Raises OSError.

    The newest counts whether it can be graded or not: it is what the platform shows as submitted.
    """
    known = _stored(unit)
    for attempt in attempts:
        if attempt.student and attempt.clue.sure:
            newest = known.setdefault(attempt.student, {})
            entry, before = _entry(attempt), newest.get(attempt.clue.layout)
            if before is None or before["rank"] <= entry["rank"]:
                newest[attempt.clue.layout] = entry
    text = json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    write_atomically(_path(unit), text)


def given_names(unit: Unit, layout: str) -> dict[str, GivenName]:
    """The path of each student's newest file from a platform, by student.

    layout: the platform, as in `Clue.layout`.
    """
    return {
        student: GivenName(tuple(newest[layout]["names"]), tuple(newest[layout]["keys"]))
        for student, newest in _stored(unit).items()
        if layout in newest
    }


def _entry(attempt: Attempt) -> dict[str, Any]:
    sent = attempt.sent.timestamp() if attempt.sent is not None else 0.0
    rank = [attempt.clue.number, attempt.clue.version, sent, attempt.problem is None]
    return {"names": attempt.found.names, "keys": attempt.clue.keys, "rank": rank}


def _stored(unit: Unit) -> dict[str, dict[str, Any]]:
    try:
        return json.loads(_path(unit).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def _path(unit: Unit) -> Path:
    return unit.grader_folder / "given_names.json"
