"""What a kernel may send: the kinds of messages, their form, their sizes.

Evidence has a way of its own: see `evidence_pipe`. The kernel cuts its output itself (see
`kernel.inside.outgoing`); here is what counts, whatever a kernel sends.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbformat.validator import isvalid

from kerascheck.evidence.evidence import EVIDENCE_MIME
from kerasgrader.execution.selection import quoted

OUTPUT_MESSAGES = ("stream", "display_data", "execute_result", "error", "update_display_data")
DEEPEST_MESSAGE = 40
MOST_SENTENCES = 30


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

    notes: receives a sentence when output is dropped. irregular: when there is something else that
    no honest notebook sends.
    """

    def __init__(self, limits: OutputLimits, notes: list[str], irregular: list[str]) -> None:
        self.limits = limits
        self.notes, self.irregular = notes, irregular
        self.kept = 0
        self.begin_cell()

    def begin_cell(self) -> None:
        """Count the following messages for another cell."""
        self.kept_of_cell = 0

    def has_room_for(self, evidence: int) -> bool:
        """Whether the notebook may have so many more characters of evidence; if so, they are counted."""
        if self.kept + evidence > self.limits.notebook:
            return False
        self.kept += evidence
        return True

    def admits(self, message: dict, cell: NotebookNode) -> bool:
        """Whether to accept a message: it may become an output of the cell, or is not an output."""
        kind, content = message["msg_type"], message["content"]
        if not isinstance(kind, str) or not isinstance(content, dict):
            once(self.irregular, "a cell sent a malformed message")
            return False
        if kind.startswith("comm_"):
            return False  # widgets have no place in grading
        if kind not in OUTPUT_MESSAGES:
            return True
        data = content.get("data", {})
        if deeper_than(content, DEEPEST_MESSAGE) or not isinstance(data, dict):
            once(self.irregular, "a cell sent a malformed message")
            return False
        if EVIDENCE_MIME in data:
            once(self.irregular, "a cell published evidence of its own among its outputs")
            return False
        size = len(json.dumps(content, default=str))
        self.kept += size
        full = self.kept > self.limits.notebook or len(cell.outputs) >= self.limits.outputs
        if full or self.kept_of_cell + size > self.limits.output:
            once(self.notes, f"{quoted(cell)} wrote more than is stored: the rest is dropped")
            self.kept_of_cell = self.limits.output + 1
            return False
        self.kept_of_cell += size
        return True


def once(sentences: list[str], sentence: str) -> None:
    """Add a sentence once, and no more than MOST_SENTENCES: a cell may cause them a million times."""
    if len(sentences) < MOST_SENTENCES and sentence not in sentences:
        sentences.append(sentence)


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
