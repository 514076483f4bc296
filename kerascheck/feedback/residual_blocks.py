"""Boxes of a drawing: each is a layer or, in a large network, a whole residual block.

A block is recognised by its structure, not by its names: an addition, all layers between it and the
one layer through which all of its inputs have passed, and the ReLU that follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kerascheck.evidence.graph import Graph, Layer

FOLD_FROM = 40
MOST_IN_BLOCK = 100
LONGEST_NAME = 40  # characters of a layer's name that count for the name of its block
JOINS = ("Add",)


@dataclass(frozen=True)
class Box:
    """One box: its layers in topological order, and the ids of the parts that feed it."""

    id: str
    kind: str
    name: str | None
    detail: str
    shape: tuple[int | None, ...]
    inputs: tuple[str, ...]
    members: tuple[Layer, ...]

    @property
    def is_block(self) -> bool:
        return len(self.members) > 1

    @property
    def projection(self) -> str:
        """The kernel size of the convolution on a block's shortcut, as ``1×1``; "" without one."""
        inside = {member.id: member for member in self.members}
        join = next(member for member in self.members if member.kind in JOINS)
        paths = [_path_up(inside, source) for source in join.inputs]
        shortest = min(reversed(paths), key=len)  # the shortcut usually comes second
        sizes = [x.settings["kernel_size"] for x in shortest if "kernel_size" in x.settings]
        return _extent(sizes[0]) if sizes else ""


def size_in_words(graph: Graph) -> str:
    """How many layers a network has: ``10 layers and the input``, counted alike everywhere."""
    inputs = sum(layer.kind == "InputLayer" for layer in graph.layers)
    calls = sum(layer.recorded for layer in graph.layers)
    layers = len(graph.layers) - inputs - calls
    words = [f"{layers} layer{'s' * (layers != 1)}"]
    words += [f"{calls} call{'s' * (calls != 1)} of blocks"] * bool(calls)
    words += {0: [], 1: ["the input"]}.get(inputs, [f"{inputs} inputs"])
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def parts_of(graph: Graph) -> tuple[list[Box], bool]:
    """The parts of a graph in topological order, and whether blocks were folded into them."""
    if len(graph.layers) < FOLD_FROM:
        return [_single(layer, layer.inputs) for layer in graph.layers], False
    home: dict[str, tuple[Layer, ...]] = {}
    for members in _blocks(graph):
        home.update({layer.id: members for layer in members})
    parts: list[Box] = []
    for layer in graph.layers:
        members = home.get(layer.id, (layer,))
        if layer is not members[-1]:
            continue
        inside = {member.id for member in members}
        sources = [i for member in members for i in member.inputs if i not in inside]
        inputs = tuple(dict.fromkeys(home[i][-1].id if i in home else i for i in sources))
        parts.append(_single(layer, inputs) if len(members) == 1 else _block(members, inputs))
    return parts, True


def readable_shape(shape: Sequence[int | None]) -> str:
    """A shape without its batch axis: ``8×8×512``."""
    return "×".join("?" if size is None else str(size) for size in shape[1:]) or "scalar"


def _blocks(graph: Graph) -> list[tuple[Layer, ...]]:
    """The layers of every residual block that can be one box; blocks do not overlap."""
    entry = _entries(graph)
    consumers: dict[str, list[Layer]] = {layer.id: [] for layer in graph.layers}
    for layer in graph.layers:
        for source in layer.inputs:
            consumers[source].append(layer)
    found: list[tuple[Layer, ...]] = []
    used: set[str] = set()
    for join in graph.layers:
        start = entry.get(join.id)
        if join.kind not in JOINS or start is None or len(join.inputs) < 2:
            continue
        between = _between(graph.by_id, join, start)
        if len(between) > MOST_IN_BLOCK:
            continue
        inside = between | {join.id}
        after = consumers[join.id]
        last = join.id
        if len(after) == 1 and after[0].kind == "ReLU" and join.id not in graph.outputs:
            last = after[0].id
            inside.add(last)
        leaks = any(
            identity != last
            and (identity in graph.outputs or any(c.id not in inside for c in consumers[identity]))
            for identity in inside
        )
        if leaks or inside & used:
            continue
        used |= inside
        found.append(tuple(layer for layer in graph.layers if layer.id in inside))
    return found


def _entries(graph: Graph) -> dict[str, str | None]:
    """For each layer the nearest one through which every path to it leads (None at an input)."""
    entry: dict[str, str | None] = {}
    depth: dict[str, int] = {}
    for layer in graph.layers:
        common: str | None = layer.inputs[0] if layer.inputs else None
        for other in layer.inputs[1:]:
            common = _meeting(entry, depth, common, other)
        entry[layer.id] = common
        depth[layer.id] = 0 if common is None else depth[common] + 1
    return entry


def _meeting(
    entry: Mapping[str, str | None], depth: Mapping[str, int], a: str | None, b: str | None
) -> str | None:
    while a != b:
        if a is None or b is None:
            return None
        if depth[a] >= depth[b]:
            a = entry[a]
        else:
            b = entry[b]
    return a


def _between(layers: Mapping[str, Layer], join: Layer, start: str) -> set[str]:
    found: set[str] = set()
    waiting = [identity for identity in join.inputs if identity != start]
    while waiting and len(found) <= MOST_IN_BLOCK:
        identity = waiting.pop()
        if identity not in found:
            found.add(identity)
            waiting += [source for source in layers[identity].inputs if source != start]
    return found


def _path_up(inside: Mapping[str, Layer], start: str) -> list[Layer]:
    """The layers from `start` up to the first that is not inside, by first inputs."""
    path = []
    while start in inside:
        path.append(inside[start])
        start = inside[start].inputs[0] if inside[start].inputs else ""
    return path


def _block(members: tuple[Layer, ...], inputs: tuple[str, ...]) -> Box:
    inside = {member.id for member in members}
    join = next(member for member in members if member.kind in JOINS)
    identity = any(source not in inside for source in join.inputs)
    return Box(
        id=members[-1].id,
        kind="identity block" if identity else "convolutional block",
        name=shared_name([member.name for member in members if member.name]),
        detail="",
        shape=members[-1].shape,
        inputs=inputs,
        members=members,
    )


def shared_name(names: Sequence[str]) -> str | None:
    """The name of a block: the longest text that the names of its layers share.

    A last word that continues differently in some names, or identifies a single layer, is left out:
    ``res2a_branch2a`` and ``bn2a_branch2b`` share ``2a``. None if they share nothing.
    """
    if not names:
        return None
    first = min(names, key=len)[:LONGEST_NAME]
    pieces = (first[i:j] for i in range(len(first)) for j in range(i + 1, len(first) + 1))
    shared = max((p for p in pieces if all(p in name for name in names)), key=len, default="")
    rests = [name[name.index(shared) + len(shared) :] for name in names]
    if len(names) == 1 or not all(rest[:1] in ("", "_") for rest in rests):
        shared = shared.rpartition("_")[0]
    return shared.strip("_") or None


def box_of_layer(layer: Layer) -> Box:
    """The box of one layer."""
    return _single(layer, layer.inputs)


def _single(layer: Layer, inputs: tuple[str, ...]) -> Box:
    return Box(layer.id, layer.kind, layer.name, _detail(layer), layer.shape, inputs, (layer,))


def _detail(layer: Layer) -> str:
    """The settings that a reader looks for first, in a few words."""
    settings = layer.settings
    if "recorded" in settings:
        return ", ".join(f"{key}={settings[key]}" for key in settings if key != "recorded")
    words = []
    if "kernel_size" in settings:
        words.append(_extent(settings["kernel_size"]))
    if "pool_size" in settings:
        words.append(_extent(settings["pool_size"]))
    if "filters" in settings:
        words.append(f"{settings['filters']} filters")
    if "units" in settings:
        words.append(f"{settings['units']} units")
    if "strides" in settings and settings["strides"] is not None:
        words.append(f"stride {_extent(settings['strides'], single=True)}")
    if "padding" in settings:
        words.append(str(settings["padding"]))
    if "axis" in settings and layer.kind == "BatchNormalization":
        words.append(f"axis {settings['axis']}")
    if settings.get("activation") not in (None, "linear"):
        words.append(str(settings["activation"]))
    return ", ".join(words)


def _extent(value: Any, single: bool = False) -> str:
    """``3×3`` for [3, 3]; a lone 3 where `single` and both are equal."""
    if not isinstance(value, list | tuple) or not value:
        return str(value)
    if single and all(item == value[0] for item in value):
        return str(value[0])
    return "×".join(str(item) for item in value)
