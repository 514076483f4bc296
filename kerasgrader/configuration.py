"""Configure nbgrader for a course: its nbgrader_config.py calls this before its own settings."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from traitlets.config import Config

from kerasgrader.course.course import load_course
from kerasgrader.marking.nbgrader import leave_other_files
from kerasgrader.repair.timestamps import forgive_bad_timestamps, read_times_as_written


def configure(c: Config, root: Path) -> None:
    """Fill the configuration `c` of nbgrader for the course in `root`. Raises CourseError."""
    course = load_course(root)
    c.CourseDirectory.course_id = course.name

    # A garbled timestamp.txt costs nobody any points.
    forgive_bad_timestamps()

    # CEST is not UTC, and a time without a zone is the course's.
    read_times_as_written(course.zone)

    # A student's other files stay where they were submitted.
    leave_other_files()

    # A submission in the exchange counts for the account that owns it. Its links are not followed.
    c.ExchangeFactory.collect = "kerasgrader.intake.exchange.Collect"

    # A submission is repaired before it runs, and judged afterwards.
    c.Autograde.exporter_class = "kerasgrader.repair.reading.SubmissionExporter"
    c.Autograde.sanitize_preprocessors = [
        "kerasgrader.marking.steps.Repair",
        "nbgrader.preprocessors.OverwriteKernelspec",
        "nbgrader.preprocessors.OverwriteCells",
    ]
    c.Autograde.autograde_preprocessors = [
        "kerasgrader.marking.steps.Execute",
        "kerasgrader.marking.steps.Mark",
        "nbgrader.preprocessors.IgnorePattern",
        "nbconvert.preprocessors.ClearMetadataPreprocessor",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "kerasgrader.marking.late_policy.AssignPenalty",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]

    # Seconds for one cell.
    c.Execute.timeout = 60
    c.Execute.shutdown_kernel = "immediate"

    # A feedback page begins with whose it is, which attempt, and when it was due.
    c.GenerateFeedback.preprocessors = [
        "nbgrader.preprocessors.GetGrades",
        "kerasgrader.marking.page.ShowDates",
        "kerasgrader.marking.page.PageFacts",
        "kerasgrader.marking.page.PageHead",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    ]

    # Feedback shows the answer and its verdict: no hidden tests, nothing that a student's code printed.
    c.HTMLExporter.extra_template_basedirs = template_folders()


def template_folders() -> list[str]:
    """The folders of page templates: our feedback page, under nbgrader's own name for it, then
    nbgrader's other pages, without which its formgrader does not start."""
    nbgrader = find_spec("nbgrader")
    assert nbgrader is not None and nbgrader.origin is not None
    formgrader = Path(nbgrader.origin).parent / "server_extensions" / "formgrader" / "templates"
    return [str(Path(__file__).parent / "templates"), str(formgrader)]
