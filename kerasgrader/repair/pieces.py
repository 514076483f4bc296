"""Divide a submission into pieces, and recognise which part of the outline each piece is.

Most cells are one piece. An answer that was split into several cells is joined; a cell with more
than one part of the outline (two answers, an answer and its test) is cut between statements.

Long, because each way in which cells come to be split or merged is a step here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nbformat import NotebookNode

from kerasgrader.course.lessons import grade_id_of, without_carried
from kerasgrader.repair.outline import Outline, Part
from kerasgrader.repair.statements import (
    Statement,
    binds,
    ends_in_return,
    fragments,
    imports_beyond,
    is_code,
    is_open,
    legible,
    statements,
)

MOST_TORN = 6  # cells that one answer may have been split into


@dataclass(frozen=True, eq=False)
class Piece:
    """claim: the grade id of its cell, if the outline has it. identity: its cell's id.

    released: the part of the outline that it repeats, word for word. found: whether its claim was
    derived from the names that it defines.
    """

    cell_type: str
    source: str
    claim: str | None = None
    identity: str | None = None
    released: Part | None = None
    found: bool = False

    @property
    def is_code(self) -> bool:
        return self.cell_type == "code"

    @property
    def is_own(self) -> bool:
        """Whether it is code that the student wrote."""
        return self.is_code and self.released is None


def pieces_of(submitted: NotebookNode, outline: Outline, notes: list[str]) -> list[Piece]:
    """The pieces of a submission, in its order; repairs are added to `notes`."""
    pieces = [_piece(cell, outline) for cell in submitted.cells]
    pieces = list(_retyped(pieces, outline, notes))
    pieces = list(_joined(pieces, outline, notes))
    pieces = list(_cut(pieces, outline, notes))
    return _adopted(pieces, outline, notes)


def _piece(cell: NotebookNode, outline: Outline) -> Piece:
    cell_type = cell.cell_type if cell.cell_type in ("code", "markdown") else "raw"
    source = legible(without_carried(_text(cell.get("source"))), cell_type)
    identity = cell.get("id") if isinstance(cell.get("id"), str) else None
    claim = grade_id_of(cell)
    question = outline.question(claim or identity)
    if question is not None:  # nothing but its name tells what it is
        return Piece(question.cell.cell_type, source, question.grade_id, identity)
    released = outline.released_as(cell_type, source)
    return Piece(
        cell_type, source, claim if claim in outline.by_grade_id else None, identity, released
    )


def _text(source: Any) -> str:
    text = source if isinstance(source, str) else ""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates cannot be written


def _retyped(pieces: Iterable[Piece], outline: Outline, notes: list[str]) -> Iterator[Piece]:
    """Turn answers and tests that became prose back into code."""
    pieces = list(pieces)
    present = frozenset(name for piece in pieces if piece.is_code for name in binds(piece.source))
    for piece in pieces:
        if not piece.is_code and outline.question(piece.claim) is None:
            part = outline.by_grade_id.get(piece.claim or "")
            defines = binds(piece.source) & outline.names
            piece = replace(piece, source=legible(piece.source, "code"))
            as_code = outline.released_as("code", piece.source)
            claimed = part is not None and part.cell.cell_type == "code"
            if (defines and (claimed or not defines <= present)) or (
                as_code is not None and as_code.grade_id is not None
            ):
                what = ", ".join(sorted(defines)) or (as_code and as_code.grade_id) or ""
                notes.append(f"the cell of {what} had become text and is code again")
                yield replace(piece, cell_type="code", released=as_code)
                continue
        yield piece


def _joined(pieces: Sequence[Piece], outline: Outline, notes: list[str]) -> Iterator[Piece]:
    """Join the cells of an answer that was split into several."""
    index = 0
    while index < len(pieces):
        piece, count = pieces[index], 1
        names = binds(piece.source) & outline.names if piece.is_own else frozenset()
        claimed = outline.by_grade_id.get(piece.claim or "")
        if not names and piece.is_own and claimed in outline.exercises:
            names = claimed.names
        merged: Piece | None = None
        if names and is_open(piece.source):
            start, merged = _without_merged(piece, outline)
            following = pieces[index + 1 : index + MOST_TORN]
            count = _torn_into([start, *following], not is_code(start.source))
        if count > 1:
            piece = start
            notes.append(f"{', '.join(sorted(names))} was split into {count} cells, now joined")
            rest = [p for p in pieces[index + 1 : index + count] if p.is_own and p.source.strip()]
            text = "\n".join(p.source for p in (piece, *rest))
            piece = replace(piece, source=text, released=None)
        yield piece
        if count > 1 and merged is not None:
            notes.append(
                f"a cell held {', '.join(sorted(names))} and {merged.claim}: it is divided"
            )
            yield merged
        index += count


def _without_merged(piece: Piece, outline: Outline) -> tuple[Piece, Piece | None]:
    """The beginning of an answer, and a cell of the course that was merged to its end, if there is one."""
    for part in outline.by_grade_id.values() if not is_code(piece.source) else ():
        text = part.released.strip()
        if part.kind in ("locked", "test") and piece.source.rstrip().endswith(f"\n{text}"):
            claim = None if piece.claim == part.grade_id else piece.claim
            start = piece.source.rstrip().removesuffix(text).rstrip("\n")
            merged = Piece("code", part.released, part.grade_id, released=part)
            return replace(piece, source=start, claim=claim), merged
    return piece, None


def _torn_into(pieces: Sequence[Piece], broken: bool) -> int:
    """How many of the first pieces belong together.

    The lines that follow must not be code by themselves, or must belong inside a function:
    indented, with a `return`.
    """
    text, best = pieces[0].source, 1
    for count, piece in enumerate(pieces[1:], start=2):
        source = piece.source
        if not source.strip():
            text += "\n" + source
            continue
        if not piece.is_own or piece.claim not in (None, pieces[0].claim):
            break
        indented = source.strip("\n")[0].isspace()
        same = piece.claim is not None
        if not (indented or broken):
            break
        text = f"{text}\n{source}"
        if is_code(text) and (broken or (indented and (same or ends_in_return(source)))):
            best = count
            broken = False
    return best


def _cut(pieces: Sequence[Piece], outline: Outline, notes: list[str]) -> Iterator[Piece]:
    """Cut cells that hold more than one part of the outline, if a part is nowhere else."""
    whole = {piece.released.position for piece in pieces if piece.released is not None}
    whole |= {outline.by_grade_id[piece.claim].position for piece in pieces if piece.claim}
    missing = [
        part
        for part in outline.parts
        if part.kind in ("locked", "test", "given")
        and part.cell.cell_type == "code"
        and part.position not in whole
    ]
    homes = _homes(pieces, outline)
    for piece in pieces:
        if not piece.is_own:
            yield piece
            continue
        at_home = [e for e in outline.exercises if homes.get(e.position) is piece]
        claimed = outline.by_grade_id.get(piece.claim or "")
        if claimed is not None and claimed.kind == "question":  # a person reads all of it
            yield from (
                replace(piece, claim=e.grade_id, identity=None, found=True) for e in at_home
            )
            yield piece
            continue
        if claimed is None or claimed.kind == "exercise":
            found = _stretches(piece, at_home, missing)
        else:  # students may add nothing else to a locked cell or a test, but imports to a locked one
            found = _stretches(replace(piece, claim=None), at_home, [*missing, claimed])
            found = [stretch for stretch in found if stretch.claim and not stretch.released]
            found.append(replace(piece, source=claimed.released, released=claimed))
            if claimed.kind == "locked" and (
                added := imports_beyond(piece.source, claimed.released)
            ):
                found.append(Piece("code", added, None))
        if len(found) < 2:
            yield from found
            continue
        names = [_called(stretch) for stretch in found]
        notes.append(f"a cell held {' and '.join(dict.fromkeys(names))}: it is divided")
        yield from found


def _adopted(pieces: list[Piece], outline: Outline, notes: list[str]) -> list[Piece]:
    """Join an answer without an end to an end in another place, if there is one of each."""
    ends = [p for p in pieces if p.is_own and p.source.strip("\n")[:1].isspace()]
    ends = [piece for piece in ends if ends_in_return(piece.source)]
    open_ended = []
    for exercise in outline.exercises if ends else ():
        mine = [p for p in pieces if p.claim == exercise.grade_id and p.is_own and p not in ends]
        mine = [p for p in mine if exercise.names & binds(p.source) and is_open(p.source)]
        open_ended += [(piece, exercise) for piece in mine]
    for piece, exercise in open_ended:
        fitting = [end for end in ends if end.claim in (None, exercise.grade_id)]
        if len(fitting) == 1 and (len(open_ended) == 1 or fitting[0].claim is not None):
            end = fitting[0]
            text = f"{piece.source}\n{end.source}"
            if is_code(text):
                notes.append(f"{exercise.grade_id} was split into 2 cells, now joined")
                whole = replace(piece, source=text)
                return [whole if p is piece else p for p in pieces if p is not end]
    return pieces


def _homes(pieces: Sequence[Piece], outline: Outline) -> dict[int, Piece]:
    """For each exercise the piece that defines it.

    Of several, the last one that claims to; else the last one before the test; else the last one.
    """
    homes: dict[int, Piece] = {}
    for exercise in outline.exercises:
        test = outline.test_of(exercise)
        tested = next((p for p in pieces if test is not None and _is(p, test)), None)
        before = pieces[: pieces.index(tested)] if tested is not None else pieces
        defining = [
            piece
            for piece in pieces
            if piece.is_own
            and exercise.names & binds(piece.source)
            and not outline.is_stub(exercise, piece.source)
        ]
        claiming = [piece for piece in defining if piece.claim == exercise.grade_id]
        if defining:
            in_time = [piece for piece in defining if piece in before]
            homes[exercise.position] = (claiming or in_time or defining)[-1]
    return homes


def _stretches(piece: Piece, at_home: Sequence[Part], missing: Sequence[Part]) -> list[Piece]:
    """The piece, cut before each further exercise, and around the parts that are missing elsewhere.

    Code before the first exercise goes with it; code between two goes with the one before.
    """
    todo = _without_stubs(statements(piece.source) or fragments(piece.source), at_home)
    stretches: list[tuple[str | None, Part | None, list[Statement]]] = []
    while todo:
        part = next((part for part in missing if _begins_with(todo, part)), None)
        if part is not None:
            length = len(statements(part.released) or ())
            stretches.append((part.grade_id, part, todo[:length]))
            todo = todo[length:]
            continue
        statement = todo.pop(0)
        exercise = next((e.grade_id for e in at_home if e.names & statement.binds), None)
        label, released, held = stretches[-1] if stretches else (None, None, [])
        if not stretches or released is not None or (exercise and label not in (None, exercise)):
            stretches.append((exercise, None, [statement]))
        else:
            held.append(statement)
            stretches[-1] = (label or exercise, None, held)
    if len(stretches) < 2:
        label = (stretches[0][0] if stretches else None) or piece.claim
        return [replace(piece, claim=label, found=label != piece.claim)]
    own = [index for index, (_, released, _) in enumerate(stretches) if released is None]
    if own and piece.claim not in [label for label, _, _ in stretches]:
        label, _, held = stretches[own[0]]
        stretches[own[0]] = (label or piece.claim, None, held)
    made = []
    for label, released, held in stretches:
        text = "\n\n".join(statement.text for statement in held)
        keeps = piece.identity if label is not None and label == piece.claim else None
        made.append(Piece("code", text, label, keeps, released, found=label != piece.claim))
    return made


def _without_stubs(found: Sequence[Statement], at_home: Sequence[Part]) -> list[Statement]:
    """The statements without released stubs of exercises that the same cell answers."""
    left = list(found)
    for exercise in at_home:
        stubs = {s.meaning for s in statements(exercise.released) or () if s.binds & exercise.names}
        defining = [s for s in left if s.binds & exercise.names]
        if any(s.meaning not in stubs for s in defining):
            left = [s for s in left if s not in defining or s.meaning not in stubs]
    return left


def _begins_with(todo: Sequence[Statement], part: Part) -> bool:
    """Whether the next statements mean the same as a released cell."""
    said = statements(part.released)
    if not said or len(said) > len(todo):
        return False
    return all(a.meaning == b.meaning for a, b in zip(said, todo, strict=False))


def _is(piece: Piece, part: Part) -> bool:
    return piece.released is part or piece.claim == part.grade_id


def _called(piece: Piece) -> str:
    unnamed = "code of the course" if piece.released is not None else "code of your own"
    return unnamed if piece.claim is None else piece.claim
