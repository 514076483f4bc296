"""Put a page where `nbgrader fetch_feedback` looks for it: in the exchange, under its submission's secret.

Students cannot list the folder that holds the pages of all: without the secret nobody knows a file's name.
"""

from __future__ import annotations

from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeReleaseFeedback
from nbgrader.utils import notebook_hash
from traitlets.config import Config

from kerasgrader.course.course import Unit
from kerasgrader.files import publish_file

SECRET = "submission_secret.txt"


def release_page(config: Config, unit: Unit, student: str) -> bool:
    """Release a student's page, as it is now, if it can be fetched; returns whether. Raises OSError."""
    folder = unit.feedback(student)
    page, secret = folder / f"{unit.notebook}.html", folder / SECRET
    coursedir = CourseDirectory(config=config)
    releasing = ExchangeReleaseFeedback(coursedir=coursedir, config=config)
    exchange = Path(releasing.root) / coursedir.course_id
    if not (page.is_file() and secret.is_file() and exchange.is_dir()):
        return False  # it did not come through the exchange
    text = secret.read_text("utf-8", "replace")
    if not text:
        return False
    releasing.init_dest()  # creates the folder as nbgrader has it
    name = notebook_hash(secret=text, notebook_id=unit.notebook)
    publish_file(Path(releasing.dest_path) / f"{name}.html", page.read_bytes())
    return True
