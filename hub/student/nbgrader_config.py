"""nbgrader's settings for students: the assignment list, Validate, and `nbgrader` in a terminal."""

import os

c = get_config()  # noqa: F821  (nbgrader provides it)

c.CourseDirectory.course_id = os.environ["RESNET_COURSE_ID"]
c.Exchange.root = os.environ["RESNET_COURSE_EXCHANGE"]
c.Authenticator.plugin_class = "nbgrader.auth.JupyterHubAuthPlugin"

# Validate runs the cells that are graded, not the training.
c.Execute.skip_cells_with_tag = "ungraded"
c.Execute.timeout = 120
