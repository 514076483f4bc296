"""Replaces the functions that turn evidence into plain data by some that give published evidence.

Afterwards: the marks are no better than those of the same answers without it.
"""

from kerascheck import published
from kerascheck.evidence.evidence import Evidence, Sampled
from kerascheck.evidence.graph import Graph

honest = Evidence.to_plain
known = {e.exercise: honest(e) for unit in published.units() for e in unit.evidence}


def borrowed(self):
    return {**known.get(self.exercise, honest(self)), "call": self.call}


Evidence.to_plain = borrowed
Sampled.of = classmethod(lambda cls, array: cls((1,), "float32", (0.0,)))
Graph.to_plain = lambda self: known["identity_block"]["graph"]
