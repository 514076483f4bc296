"""Put the parts of a notebook in the order of its source, with the student's own cells around them.

A notebook in order is left unchanged. Otherwise as many parts as possible keep their places, and
the others are moved to theirs; the student's own cells stay where they are, except for definitions
that come too late for the answer that needs them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kerasgrader.repair.outline import Outline, Part
from kerasgrader.repair.pieces import Piece
from kerasgrader.repair.statements import Statement, binds, needs, statements


@dataclass(frozen=True, eq=False)
class Entry:
    """A place in the notebook. part: its part of the outline. piece: what was submitted for it."""

    piece: Piece | None
    part: Part | None

    @property
    def is_raw(self) -> bool:
        """Whether it is a cell that is neither code nor prose."""
        return self.piece is not None and self.piece.cell_type == "raw"

    @property
    def code(self) -> str:
        """The code that will run here."""
        if self.part is not None and (not self.part.is_answer or self.piece is None):
            return self.part.cell.source if self.part.cell.cell_type == "code" else ""
        assert self.piece is not None
        is_code = self.piece.is_code if self.part is None else self.part.cell.cell_type == "code"
        return self.piece.source if is_code else ""


def in_order(
    entries: Sequence[Entry], outline: Outline, required: Sequence[Part], notes: list[str]
) -> list[Entry]:
    """All required parts in the order of the source, with missing ones inserted."""
    there = {e.part.position: e for e in entries if e.part is not None and e.part in required}
    staying = _longest_rise(
        [position for e in entries if (position := _position(e, required)) >= 0]
    )
    if len(staying) < len(there):
        notes.append("cells were out of order: they are back in the order of the course")
        # In a notebook out of order, cells that others need come before any of the student's.
        staying -= {part.position for part in required if part.kind in ("locked", "given")}
    result = [e for e in entries if _position(e, required) < 0 or _position(e, required) in staying]
    for part in required:
        if part.position in staying:
            continue
        entry = there.get(part.position)
        if entry is None:
            entry = Entry(None, part)
            if part.is_answer:
                notes.append(f"the answer cell {part.grade_id!r} is missing")
            else:
                notes.append(f"cell {part.cell.id!r} was missing and is put back")
        early = part.kind in ("locked", "given") or entry.piece is None and part.kind == "exercise"
        result.insert(_place(result, part, required, early), entry)
    return result


def bring_forward(entries: Sequence[Entry], outline: Outline, notes: list[str]) -> list[Entry]:
    """Move definitions that an answer needs, but that come after its test, before the answer."""
    result = list(entries)
    for exercise in outline.exercises:
        test = outline.test_of(exercise)
        here = next((e for e in result if e.part is exercise), None)
        limit = next((e for e in result if test is not None and e.part is test), None)
        if here is None or here.piece is None or limit is None:
            continue
        wanted = set(needs(here.code))
        while True:
            end = result.index(limit)
            wanted -= {name for entry in result[:end] for name in binds(entry.code)}
            found = _late(result, end, wanted)
            if found is None:
                break
            index, statement = found
            _take_out(result, index, statement)
            piece = Piece("code", statement.text)
            result.insert(result.index(here), Entry(piece, None))
            wanted |= needs(statement.text)
            names = ", ".join(sorted(statement.binds))
            notes.append(f"{names} was defined too late for {exercise.grade_id!r}: it is moved up")
    return result


def _late(entries: Sequence[Entry], end: int, wanted: set[str]) -> tuple[int, Statement] | None:
    """The student's own definition of a wanted name: after `end`, or in a cell that is not code."""
    for index, entry in enumerate(entries):
        piece = entry.piece
        if entry.part is not None or piece is None or (index < end and piece.is_code):
            continue
        for statement in statements(piece.source) or ():
            if statement.binds & wanted:
                return index, statement
    return None


def _take_out(entries: list[Entry], index: int, statement: Statement) -> None:
    piece = entries[index].piece
    assert piece is not None
    left = [s.text for s in statements(piece.source) or () if s is not statement]
    if left:
        entries[index] = Entry(replace(piece, source="\n\n".join(left)), None)
    else:
        del entries[index]


def _position(entry: Entry, required: Sequence[Part]) -> int:
    if entry.part is None or entry.part not in required:
        return -1
    return entry.part.position


def _place(entries: Sequence[Entry], part: Part, required: Sequence[Part], early: bool) -> int:
    """The index of a part: between the required parts around it, and by the prose in between."""
    before = [i for i, e in enumerate(entries) if 0 <= _position(e, required) < part.position]
    after = [i for i, e in enumerate(entries) if _position(e, required) > part.position]
    low = before[-1] + 1 if before else 0
    high = next((i for i in after if i >= low), len(entries))
    known = [
        (index, entries[index].part.position)  # type: ignore[union-attr]
        for index in range(low, high)
        if entries[index].part is not None
    ]
    if early:
        return max((index + 1 for index, at in known if at < part.position), default=low)
    return min((index for index, at in known if at > part.position), default=high)


def _longest_rise(positions: Sequence[int]) -> set[int]:
    """A longest increasing subsequence of distinct numbers."""
    tails: list[int] = []
    chains: list[list[int]] = []
    for position in positions:
        at = bisect_left(tails, position)
        chain = [*(chains[at - 1] if at else []), position]
        tails[at:] = [position, *tails[at + 1 :]]
        chains[at:] = [chain, *chains[at + 1 :]]
    return set(chains[-1]) if chains else set()
