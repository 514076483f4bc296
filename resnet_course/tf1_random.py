"""The random stream of TensorFlow 1, which produced the outputs of the original assignment (2017).

TensorFlow 1 derived the numbers of an initialiser from a pair of seeds, the graph's (its default was
87654321) and the operation's. Today's TensorFlow still has the operation, so the pair (87654321, 0)
in a fresh graph gives the original numbers of `glorot_uniform(seed=0)`.
Source: `tensorflow/python/framework/random_seed.py` (DEFAULT_GRAPH_SEED) and Glorot & Bengio, 2010.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras


@contextmanager
def tensorflow1_random_stream() -> Iterator[None]:
    """Make `glorot_uniform(seed=0)` draw TensorFlow 1's numbers. Seeds must be whole numbers."""
    original = keras.initializers.GlorotUniform.__call__

    def call(self: Any, shape: Sequence[int], dtype: Any = None) -> Any:
        return keras.ops.convert_to_tensor(_glorot_uniform(tuple(shape), self.seed), dtype)

    keras.initializers.GlorotUniform.__call__ = call
    try:
        yield
    finally:
        keras.initializers.GlorotUniform.__call__ = original


def _glorot_uniform(shape: tuple[int, ...], seed: Any) -> Any:
    import tensorflow as tf

    receptive_field = math.prod(shape[:-2])
    limit = math.sqrt(6 / (receptive_field * (shape[-2] + shape[-1])))
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        return session.run(tf.compat.v1.random_uniform(shape, -limit, limit, seed=int(seed)))
