"""Questions before code: a cell of a lesson that asks for a prediction, as data and as the cell that asks.

    # %% [markdown] predict="channels_at_the_end"
    # How many channels leave the last stage?
    #
    # - [ ] 512: The middle convolutions have as many, and one more convolution follows.
    # - [x] 2048: The last convolution of each block has four times as many as the middle one.

Choices follow the question as a list; what stands after the first colon of one is its reason. Students get
a cell with question and choices, without the reasons: `check.predict` has them from the published unit.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from kerascheck.published import Prediction
from kerasgrader.errors import CourseError

CHOICE = re.compile(r"- \[([ xX])\] (.*)")
LINE = 92  # characters of a comment


def prediction_of(name: object, text: str, path: Path) -> Prediction:
    """The question in the text of a cell. Raises CourseError."""
    where = f"{path}: the question predict={name!r}"
    if not isinstance(name, str) or not re.fullmatch("[A-Za-z0-9_]{1,64}", name):
        raise CourseError(f"{where} must have a name of letters, digits and underscores")
    question, *lines = re.split(r"^(?=- \[)", text, flags=re.MULTILINE)
    choices, right = [], []
    for number, line in enumerate(lines):
        found = CHOICE.match(" ".join(line.split()))
        choice, colon, reason = found[2].partition(": ") if found else ("", "", "")
        if found is None or not colon or not choice.strip() or not reason.strip():
            raise CourseError(f"{where}: a choice is `- [ ] text: reason`, not {line[:60]!r}")
        choices.append((choice.strip(), reason.strip()))
        right += [number] * (found[1] != " ")
    if len(choices) < 2 or len(right) != 1 or not question.strip():
        raise CourseError(
            f"{where} needs a text, two choices or more, and exactly one of them with [x]"
        )
    return Prediction(name, " ".join(question.split()), tuple(choices), right[0])


def cell_of(prediction: Prediction) -> str:
    """The code that students get: the question and its choices as comments, and the call."""
    lines = textwrap.wrap(f"Predict: {prediction.question}", LINE)
    for letter, (choice, _) in zip(prediction.letters, prediction.choices, strict=True):
        lines += textwrap.wrap(
            choice, LINE, initial_indent=f"  {letter}  ", subsequent_indent="     "
        )
    comments = "\n".join(f"# {line}".rstrip() for line in lines)
    return f'{comments}\ncheck.predict("{prediction.name}")'
