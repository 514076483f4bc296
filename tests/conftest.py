"""What several files of tests share: a Hub with one class, and the processes that run them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.support.hub_world import HubWorld, why_not

CLASS_SIZE = 50
LONG = ("test_notebooks", "test_class", "test_hub", "test_docs", "test_grading")


@pytest.fixture(scope="session")
def hub() -> Iterator[HubWorld]:
    """A Hub and its class: it takes half a minute to start."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    prefix = f"rc{os.getpid()}"
    names = [f"{prefix}s{i:02}" for i in range(CLASS_SIZE)]
    with HubWorld(names, [f"{prefix}teacher"]) as world:
        yield world


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of files that go to several processes, the longest begin."""

    def place(item: pytest.Item) -> int:
        return LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG)

    items.sort(key=place)
