"""What is read from a file that may be anything, and what is said where nothing can be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import nbgrader.api
import nbgrader.utils
import pytest

from kerasgrader.course.times import UNSTATED, time_of
from kerasgrader.errors import SubmissionError
from kerasgrader.repair.reading import read_submission
from kerasgrader.repair.salvage import (
    LARGEST_FILE,
    LONGEST_SOURCE,
    MOST_CELLS,
    MOST_VALUES,
    notebook_of,
)
from kerasgrader.repair.statements import binds, meaning, needs, statements
from kerasgrader.repair.timestamps import READERS, read_times_as_written, timestamp_of
from tests.support.course_folder import ROOT

CELL = {"cell_type": "code", "source": "x = 1", "metadata": {}}


def sources(data: bytes) -> list[str]:
    return [cell.source for cell in notebook_of(data, "it")[0].cells]


@pytest.mark.parametrize(
    "document",
    [
        {"cells": [CELL]},
        {"cells": [{**CELL, "source": ["x", " = 1"]}], "nbformat": "four", "metadata": 3},
        {"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1"]}]}], "nbformat": 3},
        {
            "cells": [
                CELL,
                3,
                None,
                "x",
                [],
                {"cell_type": "code", "source": "x" * LONGEST_SOURCE + "x"},
            ]
        },
        {"cells": [{"cell_type": "code", "source": "x = 1", "outputs": "none", "id": 3}]},
    ],
)
def test_cells_are_found_in_any_version(document: dict) -> None:
    """Whatever else is in the file."""
    assert sources(json.dumps(document).encode()) == ["x = 1"]


def test_headings_of_old_notebooks_stay_headings() -> None:
    """Format 3 had cells for them."""
    data = json.dumps(
        {"cells": [{"cell_type": "heading", "level": 2, "source": "Blocks"}]}
    ).encode()
    assert sources(data) == ["## Blocks"]


def test_a_notebook_that_is_cut_off_is_read_to_that_place() -> None:
    """With a note that says so."""
    whole = json.dumps({"cells": [CELL] * 3, "metadata": {}}).encode()
    notebook, notes = notebook_of(whole[:-60], "it")
    assert len(notebook.cells) == 2
    assert notes == ("the file is damaged after 2 cells: only these are used",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_any_encoding_is_read(encoding: str) -> None:
    """With letters beyond ASCII."""
    text = json.dumps({"cells": [{**CELL, "source": "# é"}]}, ensure_ascii=False)
    assert sources(text.encode(encoding)) == ["# é"]


def test_too_much_is_refused_before_it_is_parsed() -> None:
    """Values without end need much more memory than their text."""
    bomb = b'{"cells": [' + b"[]," * MOST_VALUES + b"0]}"
    tracemalloc.start()
    try:
        with pytest.raises(SubmissionError, match="more than 1,500,000 values"):
            notebook_of(bomb, "it")
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    """200 MB, of which nothing is looked at; one byte over the limit, too."""
    for size in (200 * 2**20, LARGEST_FILE + 1):
        path = tmp_path / "huge.ipynb"
        with path.open("wb") as file:
            file.truncate(size)
        with pytest.raises(SubmissionError, match="outputs cleared"):
            read_submission(path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """It is not a file."""
    os.mkfifo(tmp_path / "pipe.ipynb")
    with pytest.raises(SubmissionError, match="not a file"):
        read_submission(tmp_path / "pipe.ipynb")


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 10**6,
        b'{"a":' * 10**6,
        b'{"cells": ' + b"[" * 10**6,
        b'{"cells": [' + b'{"a":' * 10**6,
    ],
    ids=["lists", "objects", "lists in cells", "objects in cells"],
)
def test_depth_without_end_is_refused(data: bytes) -> None:
    """It would need a stack without end."""
    with pytest.raises(SubmissionError, match="is not a Jupyter notebook"):
        notebook_of(data, "it")


def test_cells_without_end_are_refused() -> None:
    """They are counted."""
    data = json.dumps({"cells": [CELL] * (MOST_CELLS + 1)}).encode()
    with pytest.raises(SubmissionError, match="5001 cells"):
        notebook_of(data, "it")


@pytest.mark.parametrize("number", ["1" * 5000, "-" + "9" * 10**6])
def test_numbers_without_end_are_refused(number: str) -> None:
    """Python does not read them, and says so in a way of its own."""
    with pytest.raises(SubmissionError, match="is not JSON"):
        notebook_of(b'{"cells": ' + number.encode() + b"}", "it")


@pytest.mark.parametrize(
    "code",
    [
        "x = 0x" + "f" * 9000,
        "-" * 90_000 + "1",
        "a" + ".b" * 90_000,
        "(" * 90_000,
        "\0",
        "x = '\ud800'",
    ],
    ids=[
        "a number too long to print",
        "signs",
        "attributes",
        "brackets",
        "zero",
        "half a character",
    ],
)
def test_code_that_parsers_choke_on_is_code_that_cannot_be_parsed(code: str) -> None:
    """Each was found by throwing rubbish at it."""
    assert statements(code) is None or code.startswith("x = '")
    assert meaning(code) is None or code.startswith("x = '")
    assert binds(code) <= {"x"}
    assert isinstance(needs(code), frozenset)


def test_lines_of_ipython_are_no_obstacle() -> None:
    """Magics and shell commands bind nothing, and do not hide what stands beside them."""
    text = (
        "%%time\n%matplotlib inline\n!pip install x\nhelp?\ndef f():\n    %time g()\n    return h"
    )
    assert binds(text) == {"f"}
    assert needs(text) == {"h"}
    assert statements("%%bash\nls") is None


@pytest.mark.parametrize(
    "text", ["", "soon", "99999999999999", "\0", "2024-13-45", "x" * 10**6, "1 2 3"]
)
def test_a_time_that_is_none_is_none(text: str, tmp_path: Path) -> None:
    """And there is a sentence that says so."""
    assert time_of(text) is None
    (tmp_path / "timestamp.txt").write_text(text)
    time, problem = timestamp_of(tmp_path)
    assert time is None and problem is not None and len(problem) < 200 and problem.isprintable()


def test_nbgrader_reads_times_with_their_zone() -> None:
    """Wherever it reads one, such as a due date that a person types; its own reader takes CEST for UTC."""
    try:
        read_times_as_written(ZoneInfo("Europe/Berlin"))
        for module in READERS:
            read = module.parse_utc
            assert read("2026-07-01 12:00:00 CEST") == datetime(2026, 7, 1, 10)
            assert read("2026-07-01 12:00:00 -03") == datetime(2026, 7, 1, 15)
            assert read("2026-07-01 12:00") == datetime(2026, 7, 1, 10)
            assert read(datetime(2026, 7, 1, 12)) == datetime(2026, 7, 1, 12)
            with pytest.raises(ValueError, match="is not a time"):
                read("2026-07-01 12:00 XYZ")
    finally:
        read_times_as_written(UNSTATED)
    assert nbgrader.api.utils is nbgrader.utils


@pytest.mark.slow
def test_rubbish_does_no_harm() -> None:
    """A short run of the fuzzer, with its limits on time and memory."""
    command = [sys.executable, "-m", "benchmarks.fuzz_intake", "--cases", "40", "--minutes", "60"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "40 cases" in done.stdout
