"""The way of the evidence: what a kernel can write into it, and what the grader reads."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from kerasgrader.execution.evidence_pipe import EvidencePipe

LIMIT = 1000


@pytest.fixture
def ends() -> Iterator[tuple[EvidencePipe, int]]:
    read, write = os.pipe()
    pipe = EvidencePipe(read, LIMIT)
    os.close(read)
    yield pipe, write
    os.close(write)
    pipe.close()


def test_evidence_is_a_line_of_json(ends: tuple[EvidencePipe, int]) -> None:
    """In the order in which it was written; a cell's begins with the cell."""
    pipe, write = ends
    os.write(write, b'{"early": true}\n')
    pipe.begin_cell()
    assert pipe.was_early
    for number in range(2):
        os.write(write, json.dumps({"call": number}).encode() + b"\n")
    pipe.read()
    assert pipe.arrived == 2
    assert pipe.evidence() == ([{"call": 0}, {"call": 1}], False)
    pipe.begin_cell()
    assert not pipe.was_early and pipe.evidence() == ([], False)


@pytest.mark.parametrize(
    "line",
    [
        b"[1]",
        b"no json",
        b"\xff\xfe",
        b'{"a": ' * 200,
        b'{"a": ' * 50 + b"1" + b"}" * 50,
        b"9" * 900,
    ],
)
def test_anything_else_is_strange(line: bytes, ends: tuple[EvidencePipe, int]) -> None:
    """It does no harm to what is well formed."""
    pipe, write = ends
    os.write(write, line[:900] + b'\n{"call": 1}\n')
    pipe.read()
    assert pipe.evidence() == ([{"call": 1}], True)


def test_a_line_that_ended_with_its_kernel_is_nothing(ends: tuple[EvidencePipe, int]) -> None:
    """Whatever killed the kernel in the middle of it."""
    pipe, write = ends
    os.write(write, b'{"call": 1}\n{"call": 2, "out')
    pipe.read()
    assert pipe.evidence() == ([{"call": 1}], False)


def test_a_flood_counts_for_nothing(ends: tuple[EvidencePipe, int]) -> None:
    """Whatever was among it; and it is read, so that the kernel is not held up."""
    pipe, write = ends
    os.write(write, b'{"call": 1}\n' + b"x" * 30_000)
    pipe.read()
    assert pipe.is_flooded and pipe.evidence() == ([], True)
    os.write(write, b"x" * 30_000)
