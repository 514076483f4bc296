"""Export scores to learning management systems, and hand back pages in the form that they take.

    kerasgrader export canvas --to canvas.csv
    kerasgrader feedback unit1-residual-networks --zip canvas

The exporters are plug-ins of `nbgrader export` too. Every number comes from the gradebook. Students who
cannot be matched, or have no score yet, are reported and not left out.
"""

from kerasgrader.export.exercises import ExerciseExport
from kerasgrader.export.platforms import (
    BlackboardExport,
    BrightspaceExport,
    CanvasExport,
    MoodleExport,
)

EXPORTERS = {
    "canvas": CanvasExport,
    "moodle": MoodleExport,
    "brightspace": BrightspaceExport,
    "blackboard": BlackboardExport,
    "exercises": ExerciseExport,
}

__all__ = [
    "EXPORTERS",
    "BlackboardExport",
    "BrightspaceExport",
    "CanvasExport",
    "ExerciseExport",
    "MoodleExport",
]
