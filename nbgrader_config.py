"""How nbgrader works in this course. `nbgrader autograde` and the formgrader's button use it as it is."""

from pathlib import Path

from kerasgrader.configuration import configure

c = get_config()  # noqa: F821  (nbgrader provides it)

configure(c, Path(__file__).parent)

# Settings of your own, for example a late penalty or a longer time limit:
# c.AssignLatePenalties.plugin_class = "late.SubMarks"
# c.Execute.timeout = 120  # seconds for one cell
