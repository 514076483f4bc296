"""How tests are shared out among processes: a file at a time, the longest first.

A file's tests stay together, for they share what takes long to make. Those of `LONGEST` share nothing and
go one by one.
"""

from __future__ import annotations

import pytest

LONGEST = "test_notebooks"
LONG = (LONGEST, "test_class", "test_grading")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG)

    items.sort(key=place)
    for item in items:
        if item.path.stem != LONGEST:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
