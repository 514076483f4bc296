"""Writes to stderr, which makes a zero of any test in stock nbgrader.

Afterwards: the marks are those of the same answers without it.
"""

import os
import sys

get_ipython().events.register("pre_run_cell", lambda info: os.write(2, b"an innocent warning\n"))
get_ipython().events.register("post_run_cell", lambda result: print("warning", file=sys.stderr))
