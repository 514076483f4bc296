"""Sharing out the tests among processes by what they cost, and not by the file that they stand in.

`tests/costs.toml` lists groups of tests with the seconds that they take. The tests of a group run in one
process, one after the other, for they share what is expensive to make; what is not listed is grouped by
file. The dearest group begins first, so that the processes end at about the same time.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

COSTS = Path(__file__).parents[1] / "costs.toml"


@dataclass(frozen=True)
class Group:
    """Tests that one process runs.

    tests: beginnings of their ids, below tests/: a file, a test, or a test with parameters. seconds: of
    processor time, that of the processes that they start included.
    """

    tests: tuple[str, ...]
    seconds: float

    @property
    def name(self) -> str:
        return ", ".join(self.tests)


def groups() -> tuple[Group, ...]:
    """The groups that are listed, the dearest first."""
    listed = tomllib.loads(COSTS.read_text("utf-8"))["group"]
    found = (Group(tuple(entry["tests"]), float(entry["seconds"])) for entry in listed)
    return tuple(sorted(found, key=lambda group: -group.seconds))


def group_of(test: str, listed: Iterable[Group]) -> Group:
    """The group of a test, by the longest of the beginnings that fit; else that of its file."""
    below = test.removeprefix("tests/")
    fitting = [
        (len(one), group) for group in listed for one in group.tests if below.startswith(one)
    ]
    if fitting:
        return max(fitting, key=lambda pair: pair[0])[1]
    return Group((below.partition("::")[0],), 0)


class ByCost(LoadScopeScheduling):
    """pytest-xdist's scheduling of groups, with groups and order from `costs.toml`."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        self.groups = groups()

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid, self.groups).name


def by_cost(items: list[pytest.Item]) -> None:
    """Put the dearest groups first; within a group the order stays."""
    listed = groups()
    items.sort(key=lambda item: -group_of(item.nodeid, listed).seconds)
