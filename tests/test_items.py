"""docs/items.md: every item of the course's sources has cells, and the page is that of the lessons."""

from __future__ import annotations

import tomllib

import pytest

from tests import items


def test_the_page_is_up_to_date() -> None:
    """Each cell that the table names is there, under the id that the table gives."""
    wanted = items.page(items.ITEMS.read_text("utf-8"))
    assert items.PAGE.read_text("utf-8") == wanted, "run .venv/bin/python -m tests.items"


def test_all_items_of_the_five_texts_are_there() -> None:
    """As many as were counted in each of them, none without a cell."""
    texts = tomllib.loads(items.ITEMS.read_text("utf-8"))["text"]
    assert [len(text["items"]) for text in texts] == [43, 40, 39, 26, 30]
    assert all(places for text in texts for _, places in text["items"])


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("1:words that no cell has", "0 cells of unit 1"),
        ("1:import", "[0-9]+ cells of unit 1"),
    ],
)
def test_a_cell_that_is_gone_or_not_the_only_one_is_named(place: str, message: str) -> None:
    """The table cannot point to nothing, or to one of several."""
    with pytest.raises(items.Gone, match=message):
        items.cell_at(place)


@pytest.mark.parametrize(
    ("place", "does"),
    [
        ("1:identity_block", "exercised"),
        ("1:test_identity_block", "checked"),
        ("1:imports", "taught"),
    ],
)
def test_a_cell_s_role_is_told(place: str, does: str) -> None:
    """Prose and given code teach, answers exercise, tests check."""
    assert items.cell_at(place).does == does
