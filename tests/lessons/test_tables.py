"""The tables of the lessons, as JupyterLab shows them beside its side bar in a window of 900 pixels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import jupytext
import pytest

from tests.support.course_folder import ROOT

LESSONS = sorted((ROOT / "lessons").glob("unit*.py"))
# Pixels, measured in JupyterLab 4.6: the cell's width, a letter of code, the space around a column's text.
WIDTH, LETTER, SPACE = 470, 8, 14
TABLE = re.compile(r"(?:^\|.*\|$\n?)+", re.MULTILINE)


def tables(path: Path) -> Iterator[list[list[str]]]:
    """The rows of each table, without the line of dashes, and with links as they are read."""
    for cell in jupytext.read(path).cells:
        for table in TABLE.findall(re.sub(r"\]\([^)]*\)", "]", cell.source)):
            rows = [row.strip("|").split("|") for row in table.strip().split("\n")]
            yield [row for row in rows if not set("".join(row)) <= set(":- ")]


def narrowest(rows: list[list[str]]) -> int:
    """The pixels that a table needs when every line is broken wherever it can be."""
    words = [
        max(len(word.strip("*`[]")) for word in re.split(r"\s", " ".join(c)))
        for c in zip(*rows, strict=True)
    ]
    return sum(LETTER * word + SPACE for word in words)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_no_column_of_a_table_is_cut_off(path: Path) -> None:
    """JupyterLab cuts off what does not fit: the names, which stand in the last columns."""
    for rows in tables(path):
        assert len({len(row) for row in rows}) == 1, rows
        assert narrowest(rows) <= WIDTH, rows[0]


def test_a_table_that_is_too_wide_is_noticed() -> None:
    """Seven columns, as unit 1 once had them, do not fit."""
    head = [
        ["first component", "convolution", "filters", "window", "stride", "padding", "conv_name"]
    ]
    assert narrowest(head) > WIDTH
