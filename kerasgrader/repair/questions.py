"""Find the answers to questions that stand beside their cells.

An answer in prose has no names by which it could be recognised. Where a question's own cell has no answer,
or is gone, the student's prose in its place is the answer: a person reads it in any case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nbformat import NotebookNode

from kerasgrader.course.lessons import grade_id_of, is_question
from kerasgrader.repair.outline import Outline, Part
from kerasgrader.repair.pieces import Piece

PASTED = "](attachment:"


def with_answers_beside(pieces: list[Piece], outline: Outline, notes: list[str]) -> list[Piece]:
    """The pieces, with prose beside each question in prose that has no answer as its answer."""
    for question in outline.questions:
        own = [piece for piece in pieces if piece.claim == question.grade_id]
        answered = any(not outline.is_stub(question, piece.source) for piece in own)
        beside = [] if answered else _beside(pieces, question, outline)
        if beside:
            text = "\n\n".join(piece.source for piece in beside)
            answer = replace(beside[0], cell_type="markdown", source=text, claim=question.grade_id)
            gone = [*own, *beside[1:]]
            pieces = [answer if p is beside[0] else p for p in pieces if p not in gone]
            notes.append(
                f"the answer {question.grade_id!r} is in another cell beside it: it counts"
            )
    return pieces


def images_left_out(cells: Sequence[NotebookNode]) -> list[str]:
    """A note for each answer with an image that was pasted into it: only text is used of a submission."""
    return [
        f"the image in the answer {grade_id_of(cell)!r} is not kept: describe it in words"
        for cell in cells
        if is_question(cell) and PASTED in cell.source
    ]


def _beside(pieces: Sequence[Piece], question: Part, outline: Outline) -> list[Piece]:
    """The student's own prose between the parts of the notebook that stand around a question in prose."""
    if question.cell.cell_type != "markdown":
        return []
    at = [_position(piece, outline) for piece in pieces]
    first = max((i + 1 for i, place in enumerate(at) if 0 <= place < question.position), default=0)
    later = (i for i, place in enumerate(at) if place > question.position and i >= first)
    between = pieces[first : next(later, len(pieces))]
    given = {part.cell.id for part in outline.parts}  # prose of the course, edited
    return [
        piece
        for piece in between
        if _position(piece, outline) < 0
        and not piece.is_code
        and not outline.is_stub(question, piece.source)
        and piece.identity not in given
    ]


def _position(piece: Piece, outline: Outline) -> int:
    """The position of the part that a piece is; -1 for one of the student's own."""
    part = outline.by_grade_id.get(piece.claim or "") or piece.released
    return -1 if part is None else part.position
