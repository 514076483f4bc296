"""Progress board of a unit: its exercises, their points, and the results of visible checks.

The build publishes the list of exercises; the session remembers the checks as long as the kernel
lives. The board mentions the hidden checks and never promises a score.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from kerascheck.evidence.evidence import Evidence
from kerascheck.feedback.style import STYLE, SYMBOLS, accent
from kerascheck.feedback.wording import number
from kerascheck.judge.verdict import INCORRECT, NOT_ATTEMPTED, PASSED, Verdict
from kerascheck.published import Exercise, PublishedUnit, units

UNCHECKED = "not checked yet"


@dataclass(frozen=True)
class Checked:
    """The latest visible check of one call: the function, the verdict, and the evidence."""

    function: Any
    verdict: Verdict
    reference: Evidence
    evidence: Evidence


class Session:
    """The checks in this kernel, the latest last, and the number of hints on each mistake."""

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
        """Count a hint on this mistake, and return how many were given before."""
        step = self.hints.get(mistake, 0)
        self.hints[mistake] = step + 1
        return step


SESSION = Session()


def boards_of(names: Iterable[str]) -> list[PublishedUnit]:
    """The units that contain exercises of these names; all known units if none does."""
    known, there = set(names), units()
    found = [unit for unit in there if known & {item.exercise for item in unit.exercises}]
    return found or list(there)


def outcome_of(line: Exercise, session: Session) -> tuple[str, float]:
    """The outcome of an exercise by its visible checks, and the points that they earn."""
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


def text(board: PublishedUnit, session: Session) -> str:
    """The board for a terminal."""
    rows = [_row(line, session) for line in board.exercises]
    wide = max(len(row[1]) for row in rows)
    lines = [f"{board.title}"]
    lines += [
        f"  {mark} {name:<{wide}}  {points:>12}  {outcome}" for mark, name, points, outcome in rows
    ]
    return "\n".join([*lines, *(f"  {line}" for line in _foot(board, session))])


def html(board: PublishedUnit, session: Session) -> str:
    """The board for a page."""
    rows = "".join(
        f"<tr><td aria-hidden='true'>{mark}</td><td class='rc-name'><code>{escape(name)}</code></td>"
        f"<td>{escape(points)}</td><td>{escape(outcome)}</td></tr>"
        for mark, name, points, outcome in (_row(line, session) for line in board.exercises)
    )
    foot = "".join(f"<p>{escape(line)}</p>" for line in _foot(board, session))
    return (
        f"<style>{STYLE}</style>"
        f'<div class="rc-panel" role="group" style="{accent(NOT_ATTEMPTED)}" aria-label="Progress">'
        f'<div class="rc-head"><span>{escape(board.title)}</span></div>'
        '<div class="rc-wide" role="group" tabindex="0" aria-label="Exercises">'
        '<table class="rc-board"><thead><tr><th></th><th>exercise</th><th>visible checks</th>'
        f"<th>outcome</th></tr></thead><tbody>{rows}</tbody></table></div>{foot}</div>"
    )


def _row(line: Exercise, session: Session) -> tuple[str, str, str, str]:
    outcome, points = outcome_of(line, session)
    mark = SYMBOLS.get(outcome, SYMBOLS[NOT_ATTEMPTED])
    shown = f"{number(points)} of {number(line.points)}"
    return mark, line.exercise, shown, outcome


def _foot(board: PublishedUnit, session: Session) -> list[str]:
    states = [(line, *outcome_of(line, session)) for line in board.exercises]
    total, most = sum(points for *_, points in states), sum(line.points for line in board.exercises)
    hidden = sum(line.hidden for line in board.exercises)
    open_lines = [line for line, outcome, _ in states if outcome != PASSED]
    foot = [
        f"{number(total)} of {number(most)} points on the visible checks. The grader also runs "
        f"{hidden} hidden checks, with other arguments: they decide your score."
    ]
    if open_lines:
        name = open_lines[0].exercise
        foot.append(
            f"Next: {name}. If the message of its check is unclear, call check.hint({name})."
        )
    else:
        foot.append("Every visible check passes.")
    return foot
