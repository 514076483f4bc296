"""Export scores to learning management systems, with plug-ins of `nbgrader export`.

    nbgrader export --exporter=kerasgrader.export.CanvasExport --to canvas.csv
    nbgrader export --exporter=kerasgrader.export.MoodleExport --to moodle.csv
    nbgrader export --exporter=kerasgrader.export.ExerciseExport --to exercises.csv

Every number comes from the gradebook. Students who cannot be matched, or have no score yet, are
reported and not left out.
"""

from kerasgrader.export.exercises import ExerciseExport
from kerasgrader.export.platforms import CanvasExport, MoodleExport

__all__ = ["CanvasExport", "ExerciseExport", "MoodleExport"]
