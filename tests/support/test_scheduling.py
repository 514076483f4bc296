"""How tests are shared out among processes: by groups that belong together, the dearest first."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.scheduling import Group, by_cost, group_of, groups

TESTS = Path(__file__).parents[1]
WHOLE = Group(("test_a.py", "test_b.py::test_of_the_hub"), 60)
APART = Group(("test_a.py::test_long[unit1",), 90)


@pytest.mark.parametrize(
    ("test", "group"),
    [
        ("tests/test_a.py::test_short", WHOLE),
        ("tests/test_b.py::test_of_the_hub[x]", WHOLE),
        ("tests/test_a.py::test_long[unit1-residual-networks]", APART),
        ("tests/test_a.py::test_long[unit2-cats-and-dogs]", WHOLE),
        ("tests/test_b.py::test_other", Group(("test_b.py",), 0)),
    ],
)
def test_a_test_belongs_to_the_longest_beginning_that_fits(test: str, group: Group) -> None:
    """And to the group of its file where none does."""
    assert group_of(test, (WHOLE, APART)) == group


def test_the_dearest_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests of a group stay together in their order; what is not listed comes last."""
    costs = tmp_path / "costs.toml"
    costs.write_text(
        '[[group]]\ntests = ["test_a.py"]\nseconds = 20\n'
        '[[group]]\ntests = ["test_b.py::test_long"]\nseconds = 30\n'
    )
    monkeypatch.setattr("tests.support.scheduling.COSTS", costs)
    names = ["test_c.py::t", "test_a.py::u", "test_b.py::test_long[1]", "test_a.py::t"]
    items = [_Item(f"tests/{name}") for name in names]
    by_cost(items)  # type: ignore[arg-type]
    assert [item.nodeid.removeprefix("tests/") for item in items] == [
        "test_b.py::test_long[1]",
        "test_a.py::u",
        "test_a.py::t",
        "test_c.py::t",
    ]


class _Item:
    def __init__(self, nodeid: str) -> None:
        self.nodeid = nodeid


def test_what_is_listed_is_there() -> None:
    """No group is kept for a test that has another name by now, and none is listed twice."""
    listed = [one for group in groups() for one in group.tests]
    assert len(set(listed)) == len(listed)
    for one in listed:
        file, _, test = one.partition("::")
        tree = ast.parse((TESTS / file).read_text("utf-8"))
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert not test or test.partition("[")[0] in names, one
