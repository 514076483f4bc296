"""Readers of `tf.data` pipelines and generators: they give plain values that the judge can compare.

The shuffled order of a pipeline is not compared, only the properties that all correct pipelines
share: every element occurs once, with its own label, in batches of these sizes; whether the order
changes from epoch to epoch, and whether it is the same when the pipeline is built again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

import numpy as np

from kerascheck.probes.given.functions import CountedReader
from kerascheck.probes.given.predictor import Predictor

MOST_BATCHES = 200
MOST_ITEMS = 200
EPOCHS = 60  # to start, to see which images may come first
SMALL, FURTHER = 10, 12  # up to so many images, this many further epochs are compared
FEW = 4  # of which each comes first in some epoch
KEY = 8  # numbers of an image that identify it, with its label

Parts = Iterator[tuple[str, Any]]


def is_stream(result: Any) -> bool:
    """Whether a returned value is a pipeline or a generator."""
    return isinstance(result, Iterator) or is_pipeline(result)


def described(
    result: Any, name: str, again: Callable[[], Any], arguments: Sequence[Any]
) -> list[tuple[str, Any]]:
    """Names and values that describe a stream. `again` builds it again, from the same arguments."""
    if is_pipeline(result):
        return list(_pipeline(result, name, again, arguments[0] if arguments else None))
    return list(_generator(result, name, arguments))


def is_pipeline(result: Any) -> bool:
    tensorflow = sys.modules.get("tensorflow")  # without the import there is no pipeline
    return tensorflow is not None and isinstance(result, tensorflow.data.Dataset)


@dataclass(frozen=True)
class _Epoch:
    """One pass: columns (images, labels, ...) with a row for each image, and the batch sizes."""

    columns: list[np.ndarray]
    sizes: list[int]

    def order(self) -> list[int]:
        """The rows in an order that depends on their contents alone: two images may be alike by chance."""
        images, *others = (column.reshape(len(column), -1) for column in self.columns)
        numbers = [images[:, :KEY].tolist(), *(other.tolist() for other in others)]
        keys = list(zip(*numbers, strict=True))
        return sorted(range(len(keys)), key=keys.__getitem__)

    def together(self) -> set[tuple[int, ...]]:
        """The sets of rows, by their place in `order`, that share a batch."""
        place = {row: index for index, row in enumerate(self.order())}
        ends = np.cumsum([0, *self.sizes])
        return {
            tuple(sorted(place[row] for row in range(start, end) if row in place))
            for start, end in zip(ends, ends[1:], strict=False)
        }

    def neighbours(self, other: _Epoch) -> str:
        """Whether rows follow one another as in another epoch, from wherever it starts."""
        mine, theirs = (set(pairwise(epoch._places())) for epoch in (self, other))
        if len(mine) < SMALL:
            return "too few to tell"
        return "the same" if len(mine & theirs) > len(mine) / 2 else "others"

    def _places(self) -> list[int]:
        """For each row its place in `order`."""
        return np.argsort(self.order()).tolist()

    def same(self, other: _Epoch) -> bool:
        return len(self.columns) == len(other.columns) and all(
            np.array_equal(a, b) for a, b in zip(self.columns, other.columns, strict=True)
        )


def _pipeline(dataset: Any, name: str, again: Callable[[], Any], given: Any) -> Parts:
    first, second = _epoch(dataset), _epoch(dataset)
    later = [second]
    if first.columns and len(first.columns[0]) <= SMALL:  # where two epochs may be alike by chance
        later += [_epoch(dataset) for _ in range(FURTHER)]
    if len({len(column) for column in first.columns}) > 1:
        yield f"{name}: what it is", "a tf.data.Dataset whose elements are no batches"
        return
    yield f"{name}: what it is", "a tf.data.Dataset"
    yield f"{name}: batch sizes", np.array(sorted(first.sizes, reverse=True), int)
    if not first.columns:
        return
    yield f"{name}: types", ", ".join(_type(column) for column in first.columns)
    fixed = all(first.same(epoch) for epoch in later)
    yield f"{name}: order of the next epoch", "the same" if fixed else "another"
    same_batches = all(first.together() == epoch.together() for epoch in later)
    yield (
        f"{name}: batches of the next epoch",
        "the same images together" if same_batches else "made anew",
    )
    yield f"{name}: neighbours in the next epoch", first.neighbours(second)
    order_of_reading = "as it is asked for" if _is_in_order(dataset) else "whichever is faster"
    yield f"{name}: order of reading", order_of_reading
    may_come_first = "the same" if fixed else _first_pictures(dataset, given, len(first.columns[0]))
    yield f"{name}: first image of an epoch", may_come_first
    other = again()
    remade = is_pipeline(other) and first.same(_epoch(other)) and second.same(_epoch(other))
    yield f"{name}: order when made again", "the same" if remade else "another"
    order = first.order()
    yield f"{name}: order", ", ".join(map(str, np.argsort(order))) if fixed else "random"
    for index, column in enumerate(first.columns):
        yield f"{name}[{index}]", column[order]


def _is_in_order(dataset: Any) -> bool:
    """Whether no step of a pipeline, nor its options, lets elements overtake one another."""
    import tensorflow

    if dataset.options().deterministic is False:
        return False
    ignored = 1  # states such as a shuffle's are no part of the graph
    text = tensorflow.raw_ops.DatasetToGraphV2(
        input_dataset=dataset._variant_tensor, external_state_policy=ignored
    )
    graph = tensorflow.compat.v1.GraphDef.FromString(text.numpy())
    inner = (node for function in graph.library.function for node in function.node_def)
    return all(node.attr["deterministic"].s != b"false" for node in (*graph.node, *inner))


def _epoch(dataset: Any) -> _Epoch:
    import tensorflow

    batches = []
    for element in islice(iter(dataset), MOST_BATCHES):
        parts = [np.asarray(part) for part in tensorflow.nest.flatten(element)]
        batches.append([part[np.newaxis] if part.ndim == 0 else part for part in parts])
    if not batches:
        return _Epoch([], [])
    columns = [np.concatenate(parts) for parts in zip(*batches, strict=True)]
    return _Epoch(columns, [len(batch[0]) for batch in batches])


def _first_pictures(dataset: Any, given: Any, count: int) -> str:
    """Whether any image may come first: with a buffer that is too small, only the first few may."""
    import tensorflow

    seen = set()
    for element in dataset.take(1).repeat(EPOCHS):
        first = np.asarray(tensorflow.nest.flatten(element)[0])
        seen.add(np.asarray(first[0] if first.ndim else first).tobytes())
    last = [row.tobytes() for row in given[-count // 5 :]] if isinstance(given, np.ndarray) else []
    if last and count > EPOCHS and not seen.intersection(last):
        return "one of the same few"  # by chance in one of 600,000 cases
    if count <= FEW:  # by chance in one of 30 million cases
        return "any" if len(seen) == count else "not every one"
    return "any" if len(seen) > min(count, EPOCHS) / 2 else "one of the same few"


def _type(column: np.ndarray) -> str:
    return "whole numbers" if column.dtype.kind in "iu" else str(column.dtype)


def _generator(generator: Any, name: str, arguments: Sequence[Any]) -> Parts:
    """Also tells how far the generator had come when it gave its answers: it should be lazy."""
    yield f"{name}: what it is", "a generator"
    predictors = [a for a in arguments if isinstance(a, Predictor)]
    readers = [a for a in arguments if isinstance(a, CountedReader)]
    items, read = [], []
    for item in islice(generator, 1):
        items.append(item)
        read.append([reader.calls for reader in readers])
    for predictor in predictors:
        calls = "at most one" if len(predictor.sizes) <= 1 else "several"
        yield f"{name}: calls of predict before the first answer", calls
    for item in islice(generator, MOST_ITEMS):
        items.append(item)
        read.append([reader.calls for reader in readers])
    if readers and read:
        yield f"{name}: images read before each answer", np.array(read)
    yield f"{name}: answers", len(items)
    for predictor in predictors:
        yield f"{name}: most images in a call of predict", max(predictor.sizes, default=0)
    rows = [item if isinstance(item, tuple | list) else (item,) for item in items]
    for index in range(min((len(row) for row in rows), default=0)):
        yield from _column([row[index] for row in rows], f"{name}[{index}]")


def _column(values: list[Any], name: str) -> Parts:
    """Texts as one text, numbers as one array, and the positions of None."""
    nothing = [index for index, value in enumerate(values) if value is None]
    there = [value for value in values if value is not None]
    if nothing or not there:
        yield f"{name}: None in places", ", ".join(map(str, nothing))
    if not there:
        return
    if all(isinstance(value, str) for value in there):
        yield name, ", ".join(there)
    elif len({np.shape(value) for value in there}) == 1:
        yield name, np.stack([np.asarray(value) for value in there])
    else:
        yield name, f"<{len(there)} of different shapes>"
