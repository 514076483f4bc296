"""Labels for layers that nobody had to name, so that a finding can say which one it means.

Where an exercise asks for no names, diagnosis still needs to call the fourth convolution something,
in the reference and in the student's network alike. Names that a student chose freely give way.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from resnet_course.graph import Graph, Layer


def labelled(graph: Graph) -> Graph:
    """The same graph without its names, every layer that has weights called ``Conv2D no. 4``."""
    counts: Counter[str] = Counter()
    layers = []
    for layer in graph.layers:
        label = None
        if layer.weights:
            counts[layer.kind] += 1
            label = f"{_spoken(layer)} no. {counts[layer.kind]}"
        layers.append(replace(layer, name=label))
    return replace(graph, name=None, layers=tuple(layers))


def _spoken(layer: Layer) -> str:
    return f"{layer.kind} call" if "recorded" in layer.settings else layer.kind
