"""Record of a graded submission, beside the gradebook's points: a JSON file per student and unit.

Written by the step `Mark`, read by the class results and by the report.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerascheck.judge.verdict import Verdict
from kerasgrader.course.course import Unit
from kerasgrader.files import write_atomically


@dataclass(frozen=True)
class Record:
    """verdicts: by the grade id of the test, in the order of the lesson. seconds: execution time.
    repairs: notes on repairs to the submission and on what its cells did, for the student. irregular:
    what no honest notebook does, for the instructor."""

    verdicts: Mapping[str, Verdict]
    seconds: float
    repairs: tuple[str, ...]
    irregular: tuple[str, ...] = ()

    def to_plain(self) -> dict[str, Any]:
        return {
            "verdicts": {test: verdict.to_plain() for test, verdict in self.verdicts.items()},
            "seconds": self.seconds,
            "repairs": list(self.repairs),
            "irregular": list(self.irregular),
        }

    @classmethod
    def from_plain(cls, value: Mapping[str, Any]) -> Record:
        verdicts = {test: Verdict.from_plain(item) for test, item in value["verdicts"].items()}
        irregular = tuple(value.get("irregular", ()))  # which earlier records do not have
        return cls(verdicts, float(value["seconds"]), tuple(value["repairs"]), irregular)


def write_record(unit: Unit, student: str, record: Record) -> None:
    """Store the record of a student's submission. Raises OSError."""
    text = json.dumps({"student": student, **record.to_plain()}, ensure_ascii=False)
    write_atomically(_path(unit, student), text)


def read_record(unit: Unit, student: str) -> Record | None:
    """The record of a student's submission; None if it is missing or unreadable."""
    try:
        value = json.loads(_path(unit, student).read_text("utf-8"))
        return Record.from_plain(value) if value["student"] == student else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def forget_record(unit: Unit, student: str) -> None:
    """Remove the record of a submission that has no verdict any more."""
    _path(unit, student).unlink(missing_ok=True)


def _path(unit: Unit, student: str) -> Path:
    name = hashlib.sha256(student.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return unit.grader_folder / "verdicts" / f"{name}.json"
