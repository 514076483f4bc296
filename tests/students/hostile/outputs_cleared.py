"""Clears what a test has put out, so that a test without output remains."""

from IPython.display import clear_output

get_ipython().events.register("post_run_cell", lambda result: clear_output())
