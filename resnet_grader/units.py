"""Which unit an nbgrader step is working on, told from what nbgrader passes along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Configurable

from resnet_grader.course import Unit, load_course


def unit_of(step: Configurable, resources: dict[str, Any]) -> Unit:
    """The unit that `resources` names, in the course that `step` is configured for."""
    root = Path(CourseDirectory(parent=step).root)
    return load_course(root).unit(resources["nbgrader"]["assignment"])
