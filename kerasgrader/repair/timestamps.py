"""What `nbgrader submit` writes beside a notebook: above all its time, in timestamp.txt, which may hold
anything."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from pathlib import Path

import nbgrader.apps.api
import nbgrader.apps.zipcollectapp
import nbgrader.exchange.default.collect
import nbgrader.utils
from nbgrader.coursedir import CourseDirectory

from kerasgrader.course.course import load_course
from kerasgrader.course.times import LONGEST_TIME, UNSTATED, time_of
from kerasgrader.errors import one_line

TIMESTAMP = "timestamp.txt"
# What `nbgrader submit` writes beside a notebook; without the first two no feedback is given back.
FOR_FEEDBACK = (TIMESTAMP, "submission_secret.txt")
WRITTEN_BY_SUBMIT = (*FOR_FEEDBACK, "user_info.json")
READERS = (
    nbgrader.utils,
    nbgrader.apps.api,
    nbgrader.apps.zipcollectapp,
    nbgrader.exchange.default.collect,
)


def timestamp_of(folder: Path, zone: tzinfo = UNSTATED) -> tuple[datetime | None, str | None]:
    """The time in a submission's timestamp.txt, and the problem with that file, if any.

    zone: of a time that states none. Raises OSError.
    """
    path = folder / TIMESTAMP
    if not path.is_file():
        return None, None
    with path.open("rb") as file:
        text = file.read(LONGEST_TIME * 4).decode("utf-8", "replace")
    time = time_of(text, zone)
    if time is not None:
        return time, None
    said = one_line(ValueError(text[:40])) if text.strip() else "nothing"
    return None, f"{TIMESTAMP} holds no time ({said}): it counts as submitted without one"


def read_times_as_written(zone: tzinfo) -> None:
    """Have nbgrader read times with their zone, and in `zone` if they state none.

    Its own reader takes CEST for UTC, and -03 for three seconds.
    """

    def parse_utc(text: str | datetime | None) -> datetime | None:
        if not isinstance(text, str):
            return _naive(text)
        time = time_of(text, zone)
        if time is None:
            raise ValueError(f"{one_line(ValueError(text))[:LONGEST_TIME]!r} is not a time")
        return _naive(time)

    for module in READERS:
        module.parse_utc = parse_utc


def forgive_bad_timestamps() -> None:
    """Have nbgrader go on despite a bad timestamp.txt, which would cost that student all points.

    nbgrader creates its CourseDirectory itself and accepts no other class: replace the method.
    """
    CourseDirectory.get_existing_timestamp = _existing_timestamp


def _existing_timestamp(self: CourseDirectory, dest_path: str) -> datetime | None:
    zone = load_course(Path(self.root)).zone
    time, problem = timestamp_of(Path(dest_path), zone)
    if problem is not None:
        self.log.warning("%s: %s", dest_path, problem)
    return _naive(time)


def _naive(time: datetime | None) -> datetime | None:
    """A time as nbgrader stores it: in UTC, without saying so."""
    if time is None or time.tzinfo is None:
        return time
    return time.astimezone(UTC).replace(tzinfo=None)
