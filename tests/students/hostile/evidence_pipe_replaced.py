"""Replaces the call that writes evidence by one that writes what is published.

Afterwards: the marks are no better than those of the same answers without it.
"""

import json
import os

from kerascheck import published

pipe, write = int(os.environ["KERASCHECK_PIPE"]), os.write
known = {e.exercise: e.to_plain() for unit in published.units() for e in unit.evidence}


def better(descriptor, data):
    if descriptor == pipe:
        own = json.loads(data)
        forged = {**own, "status": "ok", "error": None, **known.get(own["exercise"], {}), "call": own["call"]}
        with open(pipe, "wb", closefd=False) as file:
            file.write(json.dumps(forged).encode() + b"\n")
        return len(data)
    return write(descriptor, data)


os.write = better
