"""The conditions under which every probe runs: Keras's defaults, seeded streams, the CPU."""

from __future__ import annotations

import inspect
import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from typing import Any

import keras

from kerascheck.evidence.evidence import SIGNATURE, Evidence
from kerascheck.probes.given.arguments import Seed
from kerascheck.probes.settings import default_settings
from kerascheck.probes.weights import random_for

MOST_PARAMETERS = 16


@contextmanager
def conditions(seed: Seed, text: str) -> Iterator[None]:
    """The same conditions for everybody, whatever the session has set; restored afterwards."""
    with default_settings(), _seeded(seed, text), keras.device("cpu:0"):
        yield


def blank(probe: str, function: Any, text: str) -> Evidence:
    """The evidence of a probe before anything is recorded."""
    return Evidence(
        call=text,
        probe=probe,
        exercise=str(getattr(function, "__name__", "?"))[:200],
        status="ok",
        facts=_parameters(function),
        versions={"keras": keras.__version__, keras.backend.backend(): _backend_version()},
    )


def _parameters(function: Any) -> dict[str, list[str]]:
    """The parameters of a function, as it is written; nothing for one that takes any."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return {}
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return {}
    shown = [
        ("*, " if p.kind is p.KEYWORD_ONLY else "")
        + (p.name if p.default is p.empty else f"{p.name}={p.default!r}")
        for p in parameters
        if p.kind is not p.VAR_KEYWORD
    ]
    return {SIGNATURE: [text[:200] for text in shown[:MOST_PARAMETERS]]}


@contextmanager
def _seeded(seed: Seed, text: str) -> Iterator[None]:
    """Seed the stream of Keras's default seeds, and restore the student's stream afterwards."""
    state = random.getstate()
    random.seed(int(random_for(seed.text, text, "default seeds").integers(2**62)))
    try:
        yield
    finally:
        random.setstate(state)


@cache
def _backend_version() -> str:
    return version(keras.backend.backend())
