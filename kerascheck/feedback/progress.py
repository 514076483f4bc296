"""The board of a unit: its exercises, their points, and what visible checks have shown of them.

What a unit consists of is made by the build (`published/boards/`), what has been checked is kept in
memory for as long as the kernel lives. Hidden checks are named as hidden: a board never promises a mark.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from html import escape
from importlib import resources
from typing import Any

from kerascheck.evidence.evidence import Evidence
from kerascheck.feedback.panel import COLOURS, MARKS, STYLE
from kerascheck.feedback.wording import number
from kerascheck.judge.verdict import INCORRECT, NOT_ATTEMPTED, PASSED, Verdict

UNCHECKED = "not checked yet"


@dataclass(frozen=True)
class Line:
    """One exercise: its points, the calls of its visible checks, and how many are hidden."""

    exercise: str
    points: float
    calls: tuple[str, ...]
    hidden: int


@dataclass(frozen=True)
class Board:
    """One unit."""

    unit: str
    title: str
    lines: tuple[Line, ...]

    def to_text(self) -> str:
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def of_text(cls, text: str) -> Board:
        value = json.loads(text)
        lines = (Line(**{**line, "calls": tuple(line["calls"])}) for line in value["lines"])
        return cls(value["unit"], value["title"], tuple(lines))


@dataclass(frozen=True)
class Checked:
    """The latest visible check of one call: the function, what came of it, and from which evidence."""

    function: Any
    verdict: Verdict
    reference: Evidence
    evidence: Evidence


class Session:
    """What was checked in this kernel, the latest last, and which hints were given."""

    def __init__(self) -> None:
        self.checked: dict[tuple[str, str], Checked] = {}
        self.hints: dict[tuple[str, ...], int] = {}

    def keep(self, call: str, checked: Checked) -> None:
        key = checked.verdict.exercise, call
        self.checked.pop(key, None)
        self.checked[key] = checked

    def of(self, exercise: str) -> list[Checked]:
        return [item for (name, _), item in self.checked.items() if name == exercise]

    def next_step(self, *mistake: str) -> int:
        """How many hints were given on this mistake before; counts this one."""
        step = self.hints.get(mistake, 0)
        self.hints[mistake] = step + 1
        return step


SESSION = Session()


@cache
def boards() -> tuple[Board, ...]:
    """The boards of all units that the package knows, by the names of their files."""
    folder: Any = resources.files("resnet_course") / "published" / "boards"
    files = sorted(folder.iterdir(), key=lambda item: item.name)
    return tuple(Board.of_text(file.read_text("utf-8")) for file in files)


def points_of(exercise: str, call: str) -> float | None:
    """What an exercise is worth, where this call is one of its graded checks."""
    for board in boards():
        for line in board.lines:
            if line.exercise == exercise and call in line.calls:
                return line.points
    return None


def boards_of(names: Iterable[str]) -> list[Board]:
    """The boards of the units that exercises of these names belong to; all where none does."""
    known = set(names)
    found = [b for b in boards() if known & {line.exercise for line in b.lines}]
    return found or list(boards())


def outcome_of(line: Line, session: Session) -> tuple[str, float]:
    """How an exercise stands by its visible checks, and the points that they show."""
    found: Mapping[str, Checked] = {
        call: item for (name, call), item in session.checked.items() if name == line.exercise
    }
    verdicts = [found[call].verdict for call in line.calls if call in found]
    if not verdicts:
        return UNCHECKED, 0.0
    outcomes = [verdict.outcome for verdict in verdicts if not verdict.passed]
    if not outcomes and len(verdicts) < len(line.calls):
        outcomes = [INCORRECT]
    share = min(verdict.points / verdict.of for verdict in verdicts)
    if len(verdicts) < len(line.calls):
        share = 0.0
    return (outcomes[0] if outcomes else PASSED), share * line.points


def text(board: Board, session: Session) -> str:
    """The board for a terminal."""
    rows = [_row(line, session) for line in board.lines]
    wide = max(len(row[1]) for row in rows)
    lines = [f"{board.title}"]
    lines += [
        f"  {mark} {name:<{wide}}  {points:>12}  {outcome}" for mark, name, points, outcome in rows
    ]
    return "\n".join([*lines, *(f"  {line}" for line in _foot(board, session))])


def html(board: Board, session: Session) -> str:
    """The board for a page."""
    rows = "".join(
        f"<tr><td aria-hidden='true'>{mark}</td><td><code>{escape(name)}</code></td>"
        f"<td>{escape(points)}</td><td>{escape(outcome)}</td></tr>"
        for mark, name, points, outcome in (_row(line, session) for line in board.lines)
    )
    foot = "".join(f"<p>{escape(line)}</p>" for line in _foot(board, session))
    return (
        f"<style>{STYLE}</style>"
        f'<section class="rc-panel" style="--rc:{COLOURS[NOT_ATTEMPTED]}" aria-label="Progress">'
        f'<div class="rc-head"><span>{escape(board.title)}</span></div>'
        '<table class="rc-board"><thead><tr><th></th><th>exercise</th><th>visible checks</th>'
        f"<th>outcome</th></tr></thead><tbody>{rows}</tbody></table>{foot}</section>"
    )


def _row(line: Line, session: Session) -> tuple[str, str, str, str]:
    outcome, points = outcome_of(line, session)
    mark = MARKS.get(outcome, MARKS[NOT_ATTEMPTED])
    shown = f"{number(points)} of {number(line.points)}"
    return mark, line.exercise, shown, outcome


def _foot(board: Board, session: Session) -> list[str]:
    states = [(line, *outcome_of(line, session)) for line in board.lines]
    total, most = sum(points for *_, points in states), sum(line.points for line in board.lines)
    hidden = sum(line.hidden for line in board.lines)
    open_lines = [line for line, outcome, _ in states if outcome != PASSED]
    foot = [
        f"{number(total)} of {number(most)} points, as far as the visible checks show. The grader "
        f"runs {hidden} hidden checks as well, with other arguments: they decide your mark."
    ]
    if open_lines:
        name = open_lines[0].exercise
        foot.append(
            f"Next: {name}. If its check says what you cannot place, ask check.hint({name})."
        )
    else:
        foot.append("Every visible check passes.")
    return foot
