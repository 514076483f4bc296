"""How nbgrader works in this course. `nbgrader autograde` and the formgrader's button use it as it is."""

from pathlib import Path

from resnet_grader.course import load_course
from resnet_grader.feedback import TEMPLATES
from resnet_grader.timestamps import forgive_bad_timestamps

c = get_config()  # noqa: F821  (nbgrader provides it)

c.CourseDirectory.course_id = load_course(Path(__file__).parent).name

# A garbled timestamp.txt costs nobody the marks.
forgive_bad_timestamps()

# What lies in the exchange counts for whoever put it there, and is copied without following links.
c.ExchangeFactory.collect = "resnet_grader.exchange.Collect"

# A submission is put in order before it runs, and judged after it ran.
c.Autograde.exporter_class = "resnet_grader.reading.SubmissionExporter"
c.Autograde.sanitize_preprocessors = [
    "resnet_grader.restoration.Restore",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
]
c.Autograde.autograde_preprocessors = [
    "resnet_grader.execution.Execute",
    "resnet_grader.judging.Judge",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Seconds for one cell.
c.Execute.timeout = 60
c.Execute.shutdown_kernel = "immediate"

# Feedback shows the answer and its verdict: no hidden tests, nothing that a student's code printed.
c.HTMLExporter.extra_template_basedirs = TEMPLATES
