"""Builders that write their blocks out: which two networks are compared then.

A wiring probe puts recorders in the place of the blocks. A builder that makes the layers of a block itself
never calls them, and its network has nothing in common with the reference's calls. It is judged by
what it builds: against the reference's whole network.
"""

from __future__ import annotations

from kerascheck.evidence.evidence import Evidence
from kerascheck.evidence.graph import Graph


def compared(reference: Evidence, actual: Evidence | None) -> tuple[Evidence, Evidence | None]:
    """The two sides to compare: as recorded, or the whole networks if blocks are written out."""
    if reference.whole is None or reference.graph is None:
        return reference, actual
    if actual is None or actual.graph is None or _own(actual.graph) <= _own(reference.graph):
        return reference, actual
    if not any(layer.recorded for layer in actual.graph.layers):
        return reference.whole, actual
    return (reference, actual) if actual.whole is None else (reference.whole, actual.whole)


def called(reference: Evidence) -> tuple[str, ...]:
    """The names of the blocks that the reference calls, in the order of their first calls."""
    layers = () if reference.graph is None else reference.graph.layers
    return tuple(dict.fromkeys(layer.kind for layer in layers if layer.recorded))


def _own(graph: Graph) -> int:
    """How many layers with weights a builder makes itself."""
    return sum(layer.weighted and not layer.recorded for layer in graph.layers)
