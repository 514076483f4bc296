"""Board of a course: its units in order, the time that each takes, and how far the student has got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from kerascheck.feedback.progress import Session, outcome_of
from kerascheck.feedback.progress_file import latest
from kerascheck.feedback.style import STYLE, accent
from kerascheck.feedback.wording import number
from kerascheck.judge.verdict import NOT_ATTEMPTED, PASSED
from kerascheck.published import PublishedUnit

HEADINGS = ("unit", "time", "exercises that pass", "points on the visible checks")
NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Row:
    """One unit, as the board shows it."""

    unit: PublishedUnit
    passed: int
    points: float

    @property
    def columns(self) -> tuple[str, str, str, str]:
        exercises = self.unit.exercises
        most = sum(line.points for line in exercises)
        return (
            self.unit.title,
            time(self.unit.minutes),
            f"{self.passed} of {len(exercises)}",
            f"{number(self.points)} of {number(most)}",
        )


def rows(units: Sequence[PublishedUnit], folder: Path) -> list[Row]:
    """A row for each unit, with the progress noted in `folder` and in the folders right below it."""
    found = []
    for unit in units:
        session = Session(latest(unit.unit, folder))
        states = [outcome_of(line, session) for line in unit.exercises]
        passed = sum(outcome == PASSED for outcome, _ in states)
        found.append(Row(unit, passed, sum(points for _, points in states)))
    return found


def text(board: Sequence[Row]) -> str:
    """The board for a terminal."""
    lines = [HEADINGS, *(row.columns for row in board)]
    wide = [max(len(line[i]) for line in lines) for i in range(len(HEADINGS))]
    shown = ("  ".join(part.ljust(w) for part, w in zip(line, wide, strict=True)) for line in lines)
    return "\n".join(line.rstrip() for line in shown)


def html(board: Sequence[Row]) -> str:
    """The board for a page."""
    head = "".join(f"<th>{heading}</th>" for heading in HEADINGS)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(part)}</td>' for part in row.columns)}</tr>" for row in board
    )
    return (
        f"<style>{STYLE}</style>"
        f'<div class="rc-panel" role="group" style="{accent(NOT_ATTEMPTED)}" aria-label="Course">'
        f'<table class="rc-board"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def time(minutes: int) -> str:
    """Minutes in words, without a break: "45 min", "1 h", "1 h 30 min"."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else ""]
    return " ".join(filter(None, parts)).replace(" ", NO_BREAK)
