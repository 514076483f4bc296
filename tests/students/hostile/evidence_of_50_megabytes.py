"""Publishes evidence of fifty megabytes.

Afterwards: what is kept of it is limited, and the marks are no better than without it.
"""

import json
import os


def hand_over(value):
    """Write evidence where the checks write theirs."""
    with open(int(os.environ["KERASCHECK_PIPE"]), "wb", closefd=False) as pipe:
        pipe.write(json.dumps(value).encode() + b"\n")


def forge(info):
    if "check." in info.raw_cell:
        hand_over({"call": "x" * 50_000_000})


get_ipython().events.register("pre_run_cell", forge)
