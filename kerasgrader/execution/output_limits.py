"""Limits on a kernel's messages: sizes of output and evidence, and well-formed messages only.

The format of evidence is `kerascheck.evidence`; the size of one message is limited by `kernel.manager`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbformat.validator import isvalid

from kerascheck.evidence.evidence import EVIDENCE_MIME

OUTPUT_MESSAGES = ("stream", "display_data", "execute_result", "error", "update_display_data")
DEEPEST_MESSAGE = 40


@dataclass(frozen=True)
class OutputLimits:
    """output, evidence: characters of each cell. outputs: how many of each cell.
    notebook: characters of a whole notebook, output and evidence together."""

    output: int
    evidence: int
    outputs: int
    notebook: int


class Incoming:
    """Accepts or refuses one notebook's messages.

    notes: receives a sentence for each refusal.
    """

    def __init__(self, limits: OutputLimits, notes: list[str]) -> None:
        self.limits = limits
        self.notes = notes
        self.kept = 0
        self.begin_cell()

    def begin_cell(self) -> None:
        """Count the following messages for another cell."""
        self.kept_of_cell = {"output": 0, "evidence": 0}

    def admits(self, message: dict, cell: NotebookNode) -> bool:
        """Whether to accept a message: it may become an output of the cell, or is not an output."""
        if message["msg_type"].startswith("comm_"):
            return False  # widgets have no place in grading
        if message["msg_type"] not in OUTPUT_MESSAGES:
            return True
        content = message["content"]
        data = content.get("data", {})
        if deeper_than(content, DEEPEST_MESSAGE) or not isinstance(data, dict):
            self._note("a cell sent a malformed message; it is dropped")
            return False
        evidence = message["msg_type"] == "display_data" and EVIDENCE_MIME in data
        kind = "evidence" if evidence else "output"
        limit = self.limits.evidence if evidence else self.limits.output
        size = len(json.dumps(content, default=str))
        self.kept += size
        full = self.kept > self.limits.notebook or len(cell.outputs) >= self.limits.outputs
        if full or self.kept_of_cell[kind] + size > limit:
            if self.kept_of_cell[kind] <= limit:
                self._note(f"a cell wrote more than {limit} characters; the rest is dropped")
            self.kept_of_cell[kind] = limit + 1
            return False
        self.kept_of_cell[kind] += size
        return True

    def _note(self, what: str) -> None:
        """Add the note once: a cell may cause it a million times."""
        if what not in self.notes:
            self.notes.append(what)


def drop_malformed_outputs(nb: NotebookNode) -> bool:
    """Drop outputs that a kernel can send but nbformat would refuse to write; whether any were."""
    dropped = False
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        if type(cell.execution_count) is not int:
            cell.execution_count = None
        valid = [output for output in cell.outputs if _can_be_written(output)]
        dropped = dropped or len(valid) < len(cell.outputs)
        cell.outputs = valid
    return dropped


def _can_be_written(output: NotebookNode) -> bool:
    """Whether an output has the right format, and its texts can be written: no lone surrogates."""
    try:
        json.dumps(output, ensure_ascii=False).encode("utf-8")
    except (UnicodeEncodeError, TypeError, ValueError):
        return False
    return isvalid(output, ref="output", version=4)


def deeper_than(value: Any, depth: int) -> bool:
    """Whether lists and objects are nested more than `depth` levels. Needs no deep stack itself."""
    level = [value]
    for _ in range(depth):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return False
    return True
