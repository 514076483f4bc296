"""Marks for learning management systems, as plug-ins of `nbgrader export`.

    nbgrader export --exporter=resnet_grader.export.CanvasExport --to canvas.csv
    nbgrader export --exporter=resnet_grader.export.MoodleExport --to moodle.csv
    nbgrader export --exporter=resnet_grader.export.ExerciseExport --to exercises.csv

Every number is the gradebook's. Who cannot be matched, or has no marks yet, is named and not left out.
"""

from resnet_grader.export.exercises import ExerciseExport
from resnet_grader.export.platforms import CanvasExport, MoodleExport

__all__ = ["CanvasExport", "ExerciseExport", "MoodleExport"]
