"""The cell of an exercise as it was given, for a student who wants to begin again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from html import escape

from kerascheck.feedback.panel import marked_up
from kerascheck.feedback.style import STYLE, accent
from kerascheck.judge.verdict import NOT_ATTEMPTED
from kerascheck.published import Exercise, units


def exercise_of(names: Sequence[str]) -> Exercise | None:
    """The exercise of this unit that has one of these names and a stub."""
    known = {item.exercise: item for unit in units() for item in unit.exercises if item.stub}
    return next((known[name] for name in names if name in known), None)


def page(exercise: Exercise | None, names: Sequence[str], replaced: bool) -> tuple[str, str]:
    """What to show, as HTML and as text. replaced: the cell itself holds the stub already."""
    if exercise is None:
        known = ", ".join(item.exercise for unit in units() for item in unit.exercises)
        title, line = f"There is no exercise {names[0]} here", f"The exercises are {known}."
        code = ""
    elif replaced:
        title, code = f"{exercise.exercise} is as it was given", ""
        line = "Undo in this cell (Ctrl-Z) brings your code back."
    else:
        title, code = f"{exercise.exercise}, as it was given", exercise.stub
        line = (
            "Copy this into the exercise's cell. Or write "
            f'`check.reset("{exercise.exercise}")` into that cell, alone, and run it: in JupyterLab '
            "the cell then changes by itself."
        )
    rich = (
        f"<style>{STYLE}</style>"
        f'<div class="rc-panel" role="group" style="{accent(NOT_ATTEMPTED)}" aria-label="Reset">'
        f'<div class="rc-head"><span>{escape(title)}</span></div><p>{marked_up(line)}</p>'
        f"{f'<pre>{escape(code)}</pre>' if code else ''}</div>"
    )
    return rich, "\n\n".join(filter(None, [f"{title}. {line}", code]))


def replace_own_cell(exercise: Exercise) -> bool:
    """Put the stub into the cell that is running, if it is the exercise's own; whether that was done.

    JupyterLab tells a kernel the id of the running cell. Where nobody does, no cell is touched.
    """
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is None or not hasattr(shell, "get_parent"):
        return False
    parent = shell.get_parent() or {}
    if parent.get("metadata", {}).get("cellId") != exercise.cell:
        return False
    shell.set_next_input(exercise.stub, replace=True)
    return True
