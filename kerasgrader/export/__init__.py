"""Marks for learning management systems, as plug-ins of `nbgrader export`.

    nbgrader export --exporter=kerasgrader.export.CanvasExport --to canvas.csv
    nbgrader export --exporter=kerasgrader.export.MoodleExport --to moodle.csv
    nbgrader export --exporter=kerasgrader.export.ExerciseExport --to exercises.csv

Every number is the gradebook's. Who cannot be matched, or has no marks yet, is named and not left out.
"""

from kerasgrader.export.exercises import ExerciseExport
from kerasgrader.export.platforms import CanvasExport, MoodleExport

__all__ = ["CanvasExport", "ExerciseExport", "MoodleExport"]
