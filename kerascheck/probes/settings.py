"""A session's settings are not the answer's: probes run under Keras's own, and put back what was there.

A notebook may train in mixed precision, compute in float64 or build graphs: its checks judge the same.
"""

from __future__ import annotations

import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import keras
import numpy as np

DTYPE = "float32"
IMAGES = "channels_last"


@contextmanager
def default_settings() -> Iterator[None]:
    """Keras's settings as they are when it is imported; the session's own come back afterwards."""
    config = keras.config
    before = config.floatx(), config.image_data_format(), config.dtype_policy()
    with ExitStack() as settings:
        settings.enter_context(
            np.errstate(divide="warn", over="warn", under="ignore", invalid="warn")
        )
        settings.enter_context(_no_warning_is_an_error())
        settings.enter_context(_eager())
        settings.enter_context(_no_timer())
        config.set_floatx(DTYPE)
        config.set_image_data_format(IMAGES)
        config.set_dtype_policy(DTYPE)
        try:
            yield
        finally:
            config.set_floatx(before[0])
            config.set_image_data_format(before[1])
            config.set_dtype_policy(before[2])


def changed_setting() -> str:
    """What a function has changed of Keras's settings while a probe ran it; "" for nothing.

    What it computes from then on is another precision's, or a graph, and no comparison would be fair.
    """
    config = keras.config
    if keras.backend.backend() == "tensorflow" and not tensorflow_is_eager():
        return "eager execution"
    if config.dtype_policy().name != DTYPE:
        return f"the dtype policy, to {config.dtype_policy().name}"
    return f"floatx, to {config.floatx()}" if config.floatx() != DTYPE else ""


def tensorflow_is_eager() -> bool:
    import tensorflow as tf

    return tf.executing_eagerly()


@contextmanager
def _no_timer() -> Iterator[None]:
    """A timer that an earlier cell has set does not strike meanwhile; it goes on afterwards."""
    if (
        not hasattr(signal, "setitimer")
        or threading.current_thread() is not threading.main_thread()
    ):
        yield
        return
    left, again = signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        yield
    finally:
        if left:
            signal.setitimer(signal.ITIMER_REAL, left, again)


@contextmanager
def _no_warning_is_an_error() -> Iterator[None]:
    with warnings.catch_warnings():
        kept = [entry for entry in warnings.filters if entry[0] != "error"]
        warnings.filters[:] = kept  # type: ignore[index]  # it is a list
        yield


@contextmanager
def _eager() -> Iterator[None]:
    """Operations are run at once, also after `tf.compat.v1.disable_v2_behavior()`.

    TensorFlow has no public way back to eager execution: this is its own tests' way.
    """
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    if tf.executing_eagerly():
        yield
        return
    from tensorflow.python.eager import context

    sizes_are_numbers = isinstance(tf.TensorShape([1])[0], int)
    tf.compat.v1.enable_v2_tensorshape()
    try:
        with context.eager_mode():
            yield
    finally:
        if not sizes_are_numbers:
            tf.compat.v1.disable_v2_tensorshape()
