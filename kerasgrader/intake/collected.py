"""What was collected before: the notebooks in submitted/, and in .kerasgrader/ how they came there.

nbgrader's folders hold a notebook and its time. What else decides between attempts is in collected.json; a
notebook that is not the one recorded there was put into submitted/ by other means, and counts as it is.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path
from typing import Any

from kerasgrader.course.course import Unit
from kerasgrader.errors import SubmissionError
from kerasgrader.files import write_atomically
from kerasgrader.intake.attempts import Attempt, time_in, times_of
from kerasgrader.intake.platforms import Clue
from kerasgrader.intake.recognition import Recogniser
from kerasgrader.intake.unpacking import Opened
from kerasgrader.repair.reading import read_bytes
from kerasgrader.repair.timestamps import timestamp_of

COUNTED = ("number", "version", "series")  # of a clue: what the platform counts up


class Collected:
    """The submissions of one unit that were collected before. zone: of times that state none, now."""

    def __init__(self, unit: Unit, recogniser: Recogniser, zone: tzinfo) -> None:
        self.unit, self.recogniser, self.zone = unit, recogniser, zone
        self.records: dict[str, dict[str, Any]] = {}
        try:
            self.records = json.loads(self._file.read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            pass

    @property
    def _file(self) -> Path:
        return self.unit.grader_folder / "collected.json"

    def attempt(self, student: str) -> Attempt | None:
        """The student's submission that is in submitted/ already; None if there is none."""
        folder = self.unit.submitted(student)
        path = folder / f"{self.unit.notebook}.ipynb"
        try:
            data = read_bytes(path)
        except (OSError, SubmissionError):
            return None
        recognised = self.recogniser.recognise(data, path.name)
        attempt = Attempt(
            Opened((student, path.name), modified=path.stat().st_mtime),
            student,
            Clue("submitted", (student,), None, student),
            recognised,
            hashlib.sha256(data).hexdigest(),
            recognised.problem,
            kept=True,
        )
        record = self.records.get(student)
        if record is None or record["digest"] != attempt.digest:
            sent, _ = timestamp_of(folder, self.zone)
            return replace(attempt, clue=replace(attempt.clue, sent=sent))
        sent, was = time_in(record, self.zone)
        later = (sent - was).total_seconds() if sent is not None and was is not None else 0.0
        since = record.get("since", 0.0)
        counted = {name: record[name] for name in COUNTED if name in record}
        return replace(
            attempt,
            clue=replace(attempt.clue, sent=sent, **counted),
            found=replace(attempt.found, modified=record["modified"]),
            group=tuple(record.get("group", ())),
            by=record.get("by", ""),
            since=since + later if since else since,
            was=was,
        )

    def put(self, attempt: Attempt) -> None:
        """Record an attempt that has been written into submitted/, or whose time has."""
        before = self.records.get(attempt.student, {}) if attempt.kept else {}
        self.records[attempt.student] = {
            "digest": attempt.digest,
            "file": before.get("file", attempt.found.where),
            **times_of(attempt),
            "modified": attempt.found.modified,
            "group": list(attempt.group),
            "by": attempt.by,
            "since": attempt.since,
            **{name: getattr(attempt.clue, name) for name in COUNTED},
        }

    def put_since(self, attempt: Attempt) -> None:
        """Record what is now known of the mate who submitted what is there already."""
        if attempt.by and attempt.student in self.records:
            self.records[attempt.student]["since"] = attempt.since

    def write(self) -> None:
        """Write the records. Raises OSError."""
        write_atomically(self._file, json.dumps(self.records, indent=1, sort_keys=True) + "\n")
