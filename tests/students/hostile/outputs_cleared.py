"""Clears what a test has put out, so that a test without output remains.

Afterwards: the marks are no better than those of the same answers without it.
"""

from IPython.display import clear_output

get_ipython().events.register("post_run_cell", lambda result: clear_output())
