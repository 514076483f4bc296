"""Put the cells of a submission back in order, before any of it runs.

nbgrader finds exercises and tests by metadata in the student's file. Here that metadata comes from
the source again: a cell's role, points and lock are never taken from a submission. Tags, which can
make a cell skip its execution, are dropped.

    submission -> pieces (`kerasgrader.repair.pieces`) -> chosen parts -> in order -> cells
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from kerasgrader.course.lessons import UNGRADED
from kerasgrader.repair.ordering import Entry, bring_forward, in_order
from kerasgrader.repair.outline import Outline, Part, outline_of, plain
from kerasgrader.repair.pieces import Piece, pieces_of
from kerasgrader.repair.questions import images_left_out, with_answers_beside
from kerasgrader.repair.reading import read_submission
from kerasgrader.repair.salvage import bare_cell, good_id
from kerasgrader.repair.statements import binds, is_code


@dataclass(frozen=True)
class Repaired:
    """A submission that can be run, and notes on its repairs."""

    notebook: NotebookNode
    notes: tuple[str, ...]


def repaired(path: Path, source: NotebookNode) -> Repaired:
    """The submission at `path`, repaired for this source. Raises SubmissionError, OSError."""
    submitted, reading = read_submission(path)
    notebook, notes = restore(submitted, source)
    return Repaired(notebook, (*reading, *notes))


def restore(submitted: NotebookNode, source: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """The submission with the source's metadata and locked cells, and notes on repairs.

    Answers are found by their grade id, or else by the names they define, anywhere in the notebook; those
    to questions also by their place. Of several, the last one that is an answer counts; the others stay as
    plain cells, and so do imports that were added to a locked one. A missing locked cell or test is put
    back in its place; a missing answer counts as not attempted.
    """
    outline, notes = outline_of(source), list[str]()
    pieces = with_answers_beside(pieces_of(submitted, outline, notes), outline, notes)
    entries = _chosen(pieces, outline, notes)
    entries = in_order(entries, outline, _required(entries, outline), notes)
    entries = bring_forward(entries, outline, notes)
    cells = [_cell(entry, outline) for entry in entries if entry.part or not entry.is_raw]
    _make_ids_unique(cells)
    notes += images_left_out(cells)
    kernelspec = copy.deepcopy(source.metadata.kernelspec)
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec})
    return notebook, list(dict.fromkeys(notes))


def _chosen(pieces: Sequence[Piece], outline: Outline, notes: list[str]) -> list[Entry]:
    """The pieces, each with its part of the outline; no part occurs twice."""
    chosen: dict[int, Piece] = {}
    dropped: set[Piece] = set()
    for grade_id, part in outline.by_grade_id.items():
        candidates = [p for p in pieces if p.claim == grade_id or p.released is part]
        if not candidates:
            continue
        best = max(_worth(piece, part, outline) for piece in candidates)
        taken = [piece for piece in candidates if _worth(piece, part, outline) == best][-1]
        chosen[part.position] = taken
        others = [piece for piece in candidates if piece is not taken]
        for other in others:
            if not part.is_answer or outline.is_stub(part, other.source):
                dropped.add(other)
            elif plain(other.source) == plain(taken.source):
                dropped.add(other)
        if others:
            last = taken is candidates[-1] and part.is_answer
            which = "the last one counts" if last else "one of them counts"
            notes.append(f"cell {grade_id!r} occurs twice: {which}")
        elif part.is_answer and taken.found:
            notes.append(f"the answer {grade_id!r} was recognised by the names it defines")
    parts = {piece: outline.parts[position] for position, piece in chosen.items()}
    entries = []
    for piece in pieces:
        known = parts.get(piece)
        if known is None and piece.released is not None and piece.released.grade_id is None:
            known = piece.released
        if piece not in dropped:
            entries.append(Entry(piece, known))
    return entries


def _worth(piece: Piece, part: Part, outline: Outline) -> tuple[int, bool]:
    """The rank of a piece as an answer: an answer first, then any other text, then nothing."""
    if not part.is_answer or outline.is_stub(part, piece.source):
        return 0, False
    if part.kind == "question":
        return 1, False
    return 1 + bool(part.names & binds(piece.source)), is_code(piece.source)


def _required(entries: Iterable[Entry], outline: Outline) -> list[Part]:
    """The parts that a notebook must have: those that nbgrader knows, and given code that runs."""
    there = {entry.part.position for entry in entries if entry.part is not None}
    ids = {entry.piece.identity for entry in entries if entry.piece is not None}
    required = []
    for part in outline.parts:
        given = part.kind == "given" and UNGRADED not in part.cell.metadata.get("tags", [])
        changed = part.position not in there and part.cell.id in ids
        if part.grade_id is not None or (given and not changed):
            required.append(part)
    return required


def _cell(entry: Entry, outline: Outline) -> NotebookNode:
    piece, part = entry.piece, entry.part
    if part is not None and not part.is_answer:
        return copy.deepcopy(part.cell)
    if part is None:
        assert piece is not None
        return bare_cell(piece.cell_type, piece.source, piece.identity)
    answer = piece.source if piece is not None and piece.source.strip() else part.released
    if part.kind == "question" and outline.is_stub(part, answer):
        answer = part.released  # to the letter: nbgrader compares
    made = bare_cell(part.cell.cell_type, answer, part.cell.id)
    made.metadata = copy.deepcopy(part.cell.metadata)
    return made


def _make_ids_unique(cells: list[NotebookNode]) -> None:
    """Graded cells keep the source's ids; a cell of the student's that repeats one gets another."""
    taken = {cell.metadata.nbgrader.grade_id for cell in cells if "nbgrader" in cell.metadata}
    for index, cell in enumerate(cells):
        if "nbgrader" in cell.metadata:
            cell["id"] = cell.metadata.nbgrader.grade_id
        elif not good_id(cell.id) or cell.id in taken:
            cell["id"] = f"submitted-{index}"
        taken.add(cell["id"])
