"""What several files of tests share: a Hub with one class, and the processes that run them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.hub_world import HubWorld, why_not

CLASS_SIZE = 50
ALONE = "test_notebooks"  # its tests have nothing in common and take minutes each
LONG = (ALONE, "test_class", "test_hub", "test_docs", "test_grading")


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


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file's tests stay in one process, and so do all that use the Hub; the longest files begin."""

    def place(item: pytest.Item) -> int:
        return LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG)

    items.sort(key=place)
    for item in items:
        if "hub" in getattr(item, "fixturenames", ()) or item.get_closest_marker("hub"):
            item.add_marker(pytest.mark.xdist_group("hub"))
        elif item.path.stem != ALONE:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
