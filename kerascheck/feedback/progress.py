"""Progress board of a unit: its exercises, their points, and the results of visible checks.

The build publishes the list of exercises; the session remembers the checks as long as the kernel
lives, and a file beside the notebook their outcomes for longer. The board mentions the hidden checks
and never promises a score.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

from kerascheck.evidence.evidence import Evidence
from kerascheck.feedback.progress_file import Earlier, Results, earlier
from kerascheck.feedback.style import STYLE, SYMBOLS, accent
from kerascheck.feedback.wording import number
from kerascheck.judge.verdict import INCORRECT, NOT_ATTEMPTED, PASSED, Verdict
from kerascheck.published import Exercise, PublishedUnit, units

UNCHECKED = "not checked yet"
EARLIER = "{outcome} (earlier)"


@dataclass(frozen=True)
class Checked:
    """The latest visible check of one call: the function, the verdict, and the evidence."""

    function: Any
    verdict: Verdict
    reference: Evidence
    evidence: Evidence


class Session:
    """The checks in this kernel, the latest last, and the number of hints on each mistake.

    earlier: the results of checks in earlier kernels, which newer ones replace. complete: the units
    whose card was shown.
    """

    def __init__(self, known: Results | None = None) -> None:
        self.earlier: Results = known or {}
        self.checked: dict[tuple[str, str], Checked] = {}
        self.hints: dict[tuple[str, ...], int] = {}
        self.complete: set[str] = set()

    def recall(self, boards: Iterable[PublishedUnit]) -> None:
        """Take the results of earlier kernels in these units from the files beside the notebook."""
        self.earlier = {
            key: result for unit in boards for key, result in earlier(unit.unit).items()
        }

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
    results = [result for call in line.calls if (result := _result(line.exercise, call, session))]
    if not results:
        return UNCHECKED, 0.0
    if len(results) < len(line.calls):
        open_ones = [result.outcome for result in results if result.outcome != PASSED]
        return (open_ones[0] if open_ones else INCORRECT), 0.0
    worst = next((result for result in results if result.outcome != PASSED), results[0])
    return worst.outcome, min(result.share for result in results) * line.points


def next_exercise(board: PublishedUnit, session: Session) -> Exercise | None:
    """The first exercise whose visible checks do not all pass; None if there is none."""
    lines = board.exercises
    return next((line for line in lines if outcome_of(line, session)[0] != PASSED), None)


def points_of(board: PublishedUnit, session: Session) -> tuple[float, float]:
    """The points that the visible checks of a unit earn, and all that there are."""
    earned = sum(outcome_of(line, session)[1] for line in board.exercises)
    return earned, sum(line.points for line in board.exercises)


def _result(exercise: str, call: str, session: Session) -> Earlier | None:
    """The result of one visible check: of this kernel, or of an earlier one."""
    checked = session.checked.get((exercise, call))
    if checked is None:
        return session.earlier.get((exercise, call))
    return Earlier(checked.verdict.outcome, checked.verdict.share)


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
    if outcome != UNCHECKED and not session.of(line.exercise):
        outcome = EARLIER.format(outcome=outcome)
    return mark, line.exercise, shown, outcome


def _foot(board: PublishedUnit, session: Session) -> list[str]:
    total, most = points_of(board, session)
    hidden = sum(line.hidden for line in board.exercises)
    foot = [
        f"{number(total)} of {number(most)} points on the visible checks. The grader also runs "
        f"{hidden} hidden checks, with other arguments: they decide your score."
    ]
    following = next_exercise(board, session)
    if following is not None:
        name = following.exercise
        foot.append(
            f"Next: {name}. If the message of its check is unclear, call check.hint({name})."
        )
    else:
        foot.append("Every visible check passes. check.card() shows your card.")
    return foot
