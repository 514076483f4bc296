"""Submission times, from nbgrader's timestamp.txt, which may hold anything."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from kerasgrader.errors import one_line

TIMESTAMP = "timestamp.txt"
LONGEST_TIME = 100  # characters


def time_of(text: str) -> datetime | None:
    """A time as nbgrader reads it from timestamp.txt; None if the text is not a time."""
    text = text.strip()
    if not 0 < len(text) < LONGEST_TIME:
        return None
    try:
        return parse_utc(text).replace(tzinfo=UTC)
    except (ValueError, OverflowError, TypeError, AttributeError, ArithmeticError):
        return None


def with_offset(time: datetime) -> str:
    """A time for people: "30 November 2026, 23:59 +00:00". time: with a time zone."""
    return f"{time:%-d %B %Y, %H:%M} {time.isoformat()[-6:]}"


def timestamp_of(folder: Path) -> tuple[datetime | None, str | None]:
    """The time in a submission's timestamp.txt, and the problem with that file, if any."""
    path = folder / TIMESTAMP
    if not path.is_file():
        return None, None
    with path.open("rb") as file:
        text = file.read(LONGEST_TIME * 4).decode("utf-8", "replace")
    time = time_of(text)
    if time is not None:
        return time, None
    said = one_line(ValueError(text[:40])) if text.strip() else "nothing"
    return None, f"{TIMESTAMP} holds no time ({said}): it counts as submitted without one"


def forgive_bad_timestamps() -> None:
    """Have nbgrader go on despite a bad timestamp.txt, which would cost that student all points.

    nbgrader creates its CourseDirectory itself and accepts no other class: replace the method.
    """
    CourseDirectory.get_existing_timestamp = _existing_timestamp


def _existing_timestamp(self: CourseDirectory, dest_path: str) -> datetime | None:
    time, problem = timestamp_of(Path(dest_path))
    if problem is not None:
        self.log.warning("%s: %s", dest_path, problem)
    return time.replace(tzinfo=None) if time is not None else None
