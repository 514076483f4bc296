"""Where the templates of the pages lie: our feedback page, under nbgrader's own name for it, and nbgrader's
own for all the others. nbgrader's formgrader does not start when it cannot find the latter."""

from importlib.util import find_spec
from pathlib import Path

_nbgrader = find_spec("nbgrader")
assert _nbgrader is not None and _nbgrader.origin is not None
FORMGRADER = Path(_nbgrader.origin).parent / "server_extensions" / "formgrader" / "templates"
TEMPLATES = [str(Path(__file__).parent / "templates"), str(FORMGRADER)]
