"""Publishes evidence in which every field has the wrong kind.

Afterwards: judging went on, and the marks are no better than without it.
"""

import json
import os


def hand_over(value):
    """Write evidence where the checks write theirs."""
    with open(int(os.environ["KERASCHECK_PIPE"]), "wb", closefd=False) as pipe:
        pipe.write(json.dumps(value).encode() + b"\n")


def forge(info):
    for value in (
        None, [], "evidence", 7, {}, {"call": {}}, {"call": "check.block()", "status": "perfect"},
        {"call": "c", "probe": "p", "exercise": "e", "status": "ok", "error": None, "graph": None,
         "outputs": {"as built": {"shape": [-1], "dtype": "float32", "elements": [10**400]}},
         "facts": {}, "versions": {}},
        {"call": "c", "probe": "p", "exercise": "e", "status": "ok", "error": None, "outputs": {},
         "graph": {"name": None, "outputs": ["x"], "layers": [
             {"id": "x", "kind": "Add", "name": None, "settings": {}, "inputs": ["x"], "shape": [None],
              "weights": []}]},
         "facts": {}, "versions": {}},
    ):
        hand_over(value)


get_ipython().events.register("pre_run_cell", forge)
