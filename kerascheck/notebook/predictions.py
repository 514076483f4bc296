"""Questions before code: a student predicts what a cell will show, and is told why it is so.

A question is a panel. With ipywidgets, in a notebook, buttons stand below it; everywhere the same call with
a choice answers it. The answer lies beside the notebook, with the student's progress, and is there again
when the cell runs. It earns no points, and the grader asks nothing.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

from kerascheck.feedback import panel, progress_file
from kerascheck.feedback.style import STYLE, SYMBOLS, accent
from kerascheck.feedback.wording import code
from kerascheck.judge.verdict import INCORRECT, NOT_ATTEMPTED, PASSED
from kerascheck.notebook import widgets
from kerascheck.published import Prediction, PublishedUnit, units

MOST_BYTES = 100_000
LONGEST = 60
ANSWERS: dict[
    tuple[str, str], int
] = {}  # of this kernel: unit and question to the number of the choice


def ask(name: Any, choice: Any = None) -> None:
    """Show the question of this name, and take an answer."""
    found = find(name)
    if found is None:
        names = [code(item.name) for unit in units() for item in unit.predictions]
        line = (
            f"The questions here are {', '.join(names)}."
            if names
            else "There are no questions here."
        )
        return panel.display(
            *_page("Predict", NOT_ATTEMPTED, [f"There is no question {_shown(name)}.", line])
        )
    unit, asked = found
    remark = ""
    if choice is not None:
        number = number_of(asked, choice)
        if number is None:
            *most, last = list(asked.letters)
            remark = (
                f"{_shown(choice)} is none of the choices: answer with {', '.join(most)} or {last}."
            )
        else:
            keep(unit.unit, asked.name, number)
    identity = f"kerascheck-predict-{asked.name}-{os.urandom(4).hex()}"
    panel.display(*page(asked, answer(unit.unit, asked.name), remark), identity=identity)

    def answered(number: int) -> None:
        keep(unit.unit, asked.name, number)
        panel.display(*page(asked, number), identity=identity, update=True)

    labels = [
        f"{letter}  {text.replace('`', '')}"
        for letter, (text, _) in zip(asked.letters, asked.choices, strict=True)
    ]
    widgets.buttons(labels, answered)


def find(name: Any) -> tuple[PublishedUnit, Prediction] | None:
    """The unit and the question of this name."""
    if not isinstance(name, str):
        return None
    known = ((unit, item) for unit in units() for item in unit.predictions)
    return next(((unit, item) for unit, item in known if item.name == name), None)


def number_of(asked: Prediction, choice: Any) -> int | None:
    """The number of the choice that a letter, a text or a number stands for; None if none does."""
    if isinstance(choice, bool) or not isinstance(choice, str | int | float):
        return None
    given = _plain(str(choice))
    texts = [_plain(text) for text, _ in asked.choices]
    if given in texts:
        return texts.index(given)
    return asked.letters.index(given) if len(given) == 1 and given in asked.letters else None


def page(asked: Prediction, answered: int | None, remark: str = "") -> tuple[str, str]:
    """The question with its choices, and the reason of the one that was chosen; as HTML and as text."""
    if answered is None:
        outcome, title = NOT_ATTEMPTED, "Predict"
        call = f'check.predict("{asked.name}", "{asked.letters[0]}")'
        end = f"Answer before you run on: {code(call)}, with the letter of your choice."
    else:
        outcome = PASSED if answered == asked.right else INCORRECT
        word = "Right" if outcome == PASSED else "Not so"
        title, end = "Predict", f"{SYMBOLS[outcome]} {word}: {asked.choices[answered][1]}"
    lines = [asked.question]
    choices = [
        (letter, text, number == answered)
        for number, (letter, (text, _)) in enumerate(zip(asked.letters, asked.choices, strict=True))
    ]
    return _page(title, outcome, lines, choices, [line for line in (remark, end) if line])


def answer(unit: str, name: str) -> int | None:
    """The student's answer: of this kernel, or of an earlier one."""
    known = ANSWERS.get((unit, name))
    if known is not None or not progress_file.in_notebook():
        return known
    return stored(unit).get(name)


def keep(unit: str, name: str, number: int, beside: Path = Path()) -> None:
    """Note an answer, in this kernel and beside the notebook if that can be written."""
    ANSWERS[unit, name] = number
    if not progress_file.in_notebook():
        return
    file = _file(unit, beside)
    fresh = file.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        text = json.dumps({**stored(unit, beside), name: number}, indent=1)
        fresh.write_text(f"{text}\n", "utf-8")
        os.replace(fresh, file)


def stored(unit: str, beside: Path = Path()) -> dict[str, int]:
    """The answers beside the notebook; what is malformed there, or no choice any more, is left out."""
    file = _file(unit, beside)
    try:
        plain = json.loads(file.read_text("utf-8")) if file.stat().st_size < MOST_BYTES else {}
    except (OSError, ValueError, RecursionError):
        return {}
    of_unit = {
        item.name: item for known in units() if known.unit == unit for item in known.predictions
    }
    return {
        name: number
        for name, number in (plain.items() if isinstance(plain, dict) else ())
        if name in of_unit and type(number) is int and 0 <= number < len(of_unit[name].choices)
    }


def _file(unit: str, beside: Path) -> Path:
    return beside / progress_file.FOLDER / f"{unit}.predictions.json"


def _plain(text: str) -> str:
    return text.replace("`", "").strip().lower()


def _shown(value: Any) -> str:
    """An argument in a sentence, whatever it is."""
    try:
        text = repr(value)
    except Exception:  # an object of the student's own may fail to describe itself
        text = f"a {type(value).__name__}"
    return code(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")


def _page(
    title: str,
    outcome: str,
    lines: list[str],
    choices: list[tuple[str, str, bool]] | None = None,
    end: list[str] | None = None,
) -> tuple[str, str]:
    first, *rest = lines
    items = "".join(
        f"<li{' class=rc-chosen' if chosen else ''}><b>{letter}</b> {panel.marked_up(text)}"
        f"{' <span>· your answer</span>' if chosen else ''}</li>"
        for letter, text, chosen in choices or ()
    )
    body = f'<p class="rc-first">{panel.marked_up(first)}</p>'
    body += "".join(f"<p>{panel.marked_up(line)}</p>" for line in rest)
    body += f'<ul class="rc-choices">{items}</ul>' if items else ""
    body += "".join(f"<p>{panel.marked_up(line)}</p>" for line in end or ())
    rich = (
        f"<style>{STYLE}</style>"
        f'<div class="rc-panel" role="group" style="{accent(outcome)}" aria-label="{title}">'
        f'<div class="rc-head"><span>{escape(title)}</span></div>{body}</div>'
    )
    plain = [f"{title}: {first}", *(f"  {line}" for line in rest)]
    plain += [
        f"  {letter}  {text}{'  (your answer)' * chosen}" for letter, text, chosen in choices or ()
    ]
    return rich, "\n".join([*plain, *(f"  {line}" for line in end or ())])
