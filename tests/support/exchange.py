"""An exchange for a course in a test, into which students submit as `nbgrader submit` writes it.

All files belong to the account of the tests, so nobody's ownership is checked.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

import nbformat

from kerasgrader.course.course import Unit
from kerasgrader.course.lessons import grade_id_of
from tests.support.course_folder import configure
from tests.support.small_course import EXERCISE

COURSE_ID = "small"


def add_exchange(unit: Unit) -> Path:
    """Give the course of a unit an exchange; returns its folder."""
    folder = unit.root.parent / f"{unit.root.name}-exchange"
    (folder / COURSE_ID / "inbound").mkdir(parents=True)
    configure(
        unit.root,
        f"c.CourseDirectory.course_id = {COURSE_ID!r}",
        f"c.Exchange.root = {str(folder)!r}",
        "c.ExchangeCollect.check_owner = False",
    )
    return folder


def notebook_with(unit: Unit, answer: str) -> bytes:
    """The released notebook with this answer; as it was released if that is empty."""
    notebook = nbformat.read(unit.release_file, as_version=4)
    for cell in notebook.cells:
        if answer and grade_id_of(cell) == EXERCISE:
            cell.source = answer
    return nbformat.writes(notebook).encode()


def submit_to(exchange: Path, unit: Unit, student: str, answer: str, sent: datetime) -> Path:
    """Submit the released notebook with this answer; returns the folder in the exchange."""
    return submit_notebook(exchange, unit, student, notebook_with(unit, answer), sent)


def submit_notebook(
    exchange: Path, unit: Unit, student: str, notebook: bytes, sent: datetime
) -> Path:
    """Submit a notebook at a time, as its file states it; returns the folder in the exchange."""
    time = f"{sent:%Y-%m-%d %H:%M:%S.%f} UTC"
    secret = hashlib.sha256(f"{student} {time}".encode()).hexdigest()
    folder = exchange / COURSE_ID / "inbound" / f"{student}+{unit.id}+{time}+{secret[:8]}"
    folder.mkdir()
    (folder / f"{unit.notebook}.ipynb").write_bytes(notebook)
    (folder / "timestamp.txt").write_text(time)
    (folder / "submission_secret.txt").write_text(secret)
    return folder


def released_page(exchange: Path, submission: Path, unit: Unit) -> Path:
    """The page of a submission, where `nbgrader fetch_feedback` looks for it."""
    text = (submission / "submission_secret.txt").read_text() + unit.notebook
    name = hashlib.md5(text.encode()).hexdigest()
    return exchange / COURSE_ID / "feedback" / f"{name}.html"
