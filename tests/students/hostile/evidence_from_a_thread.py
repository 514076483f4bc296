"""Publishes evidence from a thread, for every test, before, while and after it runs.

Afterwards: the marks are no better than those of the same answers without it.
"""

import ast
import json
import os
import threading
import time

from kerascheck import published


def hand_over(value):
    """Write evidence where the checks write theirs."""
    with open(int(os.environ["KERASCHECK_PIPE"]), "wb", closefd=False) as pipe:
        pipe.write(json.dumps(value).encode() + b"\n")


known = {e.exercise: e.to_plain() for unit in published.units() for e in unit.evidence}
wanted = []


def calls(source):
    """The checks in a cell, as evidence names them."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("check."):
            name = ast.unparse(node.args[0])
            shown = [f"{k.arg}={ast.unparse(k.value)}" for k in node.keywords]
            yield name, f"{ast.unparse(node.func)}({', '.join(shown)})"


def remember(info):
    if "check." in info.raw_cell:
        wanted.extend(calls(info.raw_cell))


def publish():
    until = time.monotonic() + 60
    while time.monotonic() < until:
        time.sleep(0.05)
        for name, call in list(wanted):
            if name in known:
                hand_over({**known[name], "call": call})


get_ipython().events.register("pre_run_cell", remember)
threading.Thread(target=publish, daemon=True).start()
