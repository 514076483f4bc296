"""Whose fault an error is that ends an execution: the kernel's, which sent nonsense, or the grader's."""

from __future__ import annotations

import traceback

from nbformat import ValidationError
from zmq import ZMQError

# What nbclient and the libraries under it raise over messages that no honest kernel sends,
UNREADABLE = (
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    ValidationError,
    ZMQError,
)
# where they read them.
READERS = (
    "nbclient",
    "nbformat",
    "zmq",
    "jupyter_client.adapter",
    "jupyter_client.asynchronous",
    "jupyter_client.channels",
    "jupyter_client.client",
    "jupyter_client.jsonutil",
    "jupyter_client.session",
)
OURS = ("kerasgrader", "nbgrader", "jupyter_client")


def is_unreadable_message(error: BaseException) -> bool:
    """Whether an error was raised by what reads a kernel's messages, and not by the grader's own code that
    it has called, or that has called something else."""
    if not isinstance(error, UNREADABLE):
        return False
    for frame, _ in reversed([*traceback.walk_tb(error.__traceback__)]):
        module = f"{frame.f_globals.get('__name__', '')}."
        if module.startswith(tuple(f"{name}." for name in READERS)):
            return True
        if module.startswith(tuple(f"{name}." for name in OURS)):
            return False
    return False
