"""Hints on request: the next step for the mistake that was found, from the idea to the place.

A hint belongs to the misconception behind the first finding of the latest check. It shows neither
the solution nor anything of the hidden checks, which this process does not have.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from kerascheck.feedback.misconceptions import Misconception, misconception_of
from kerascheck.feedback.panel import marked_up
from kerascheck.feedback.progress import Checked, Session
from kerascheck.feedback.style import STYLE, accent
from kerascheck.judge.verdict import NOT_ATTEMPTED, Finding


def hint(session: Session, function: Any, names: Sequence[str]) -> tuple[str, str]:
    """The next hint for a function known by `names`, as HTML and as text."""
    checked = next((found for name in names if (found := session.of(name))), [])
    if not checked:
        shown = names[0] if names and names[0] else "it"
        return _page(f"Hint on {shown}", ["Run its check first: hints explain its findings."])
    exercise = checked[-1].verdict.exercise
    if any(item.function is not function for item in checked):
        return _page(
            f"Hint on {exercise}",
            ["The function has changed since its last check. Run the check again, then ask."],
        )
    wrong = [item for item in checked if not item.verdict.passed]
    if not wrong:
        lines = [
            "Its visible checks pass, so there is no mistake to give a hint on.",
            "The grader's hidden checks use other arguments. Does your code use any number that "
            "should be an argument?",
        ]
        return _page(f"Hint on {exercise}", lines)
    return _about(session, exercise, wrong[0])


def _about(session: Session, exercise: str, checked: Checked) -> tuple[str, str]:
    finding = checked.verdict.findings[0]
    entry = misconception_of(finding)
    where = finding.part if finding.place is None else finding.place.role
    step = session.next_step(exercise, entry.id, str(where), str(finding.property))
    number = min(step + 1, len(entry.hints))
    return _page(
        f"Hint {number} of {len(entry.hints)} on {exercise}", _lines(step, entry, finding, exercise)
    )


def _lines(step: int, entry: Misconception, finding: Finding, exercise: str) -> list[str]:
    lines = [f"{entry.title}."]
    if step == 0:
        lines.append(entry.explanation)
    lines.append(entry.hint(step, finding))
    if step + 1 < len(entry.hints):
        lines.append("Ask again for the next step.")
    else:
        lines.append(f"To reread: {entry.where(exercise)}.")
    return lines


def _page(title: str, lines: Sequence[str]) -> tuple[str, str]:
    head, *rest = lines
    body = "".join(f"<p>{marked_up(line)}</p>" for line in rest)
    rich = (
        f"<style>{STYLE}</style>"
        f'<div class="rc-panel" role="group" style="{accent(NOT_ATTEMPTED)}" aria-label="Hint">'
        f'<div class="rc-head"><span>{escape(title)}</span></div>'
        f'<p class="rc-first">{marked_up(head)}</p>{body}</div>'
    )
    return rich, "\n".join([f"{title}: {head}", *(f"  {line}" for line in rest)])
