"""Where the templates of the feedback page lie. They are found under nbgrader's own template name."""

from pathlib import Path

TEMPLATES = [str(Path(__file__).parent / "templates")]
