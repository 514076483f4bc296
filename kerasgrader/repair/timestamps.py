"""When a submission was submitted: nbgrader's timestamp.txt, which may hold anything."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from kerasgrader.errors import one_line

TIMESTAMP = "timestamp.txt"
LONGEST_TIME = 100  # characters


def time_of(text: str) -> datetime | None:
    """A time as nbgrader reads it from timestamp.txt; None if it is none."""
    text = text.strip()
    if not 0 < len(text) < LONGEST_TIME:
        return None
    try:
        return parse_utc(text).replace(tzinfo=UTC)
    except (ValueError, OverflowError, TypeError, AttributeError, ArithmeticError):
        return None


def timestamp_of(folder: Path) -> tuple[datetime | None, str | None]:
    """The time that a submission's folder says, and what is wrong with what it says."""
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
    """Have nbgrader go on where a timestamp.txt cannot be read, which else costs that student the marks.

    nbgrader makes its CourseDirectory itself and takes no other class, hence the method is replaced.
    """
    CourseDirectory.get_existing_timestamp = _existing_timestamp


def _existing_timestamp(self: CourseDirectory, dest_path: str) -> datetime | None:
    time, problem = timestamp_of(Path(dest_path))
    if problem is not None:
        self.log.warning("%s: %s", dest_path, problem)
    return time.replace(tzinfo=None) if time is not None else None
