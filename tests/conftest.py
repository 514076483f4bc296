"""What several files of tests share: one Hub with one class, since it takes half a minute to start."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.hub_world import HubWorld, why_not

CLASS_SIZE = 50


@pytest.fixture(scope="session")
def hub() -> Iterator[HubWorld]:
    reason = why_not()
    if reason:
        pytest.skip(reason)
    prefix = f"rc{os.getpid()}"
    names = [f"{prefix}s{i:02}" for i in range(CLASS_SIZE)]
    with HubWorld(names, [f"{prefix}teacher"]) as world:
        yield world
