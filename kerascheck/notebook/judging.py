"""A visible check in a student's notebook: judge the evidence, note the outcome, show one panel a cell.

Several checks of one exercise in one cell share a panel, which adds up what they earn. A check that fails
ends its cell, so its panel says how many are still to run.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kerascheck import published
from kerascheck.devices import device_of_checks
from kerascheck.evidence.evidence import Evidence
from kerascheck.feedback import panel, progress, progress_file
from kerascheck.feedback.progress import Checked
from kerascheck.feedback.wording import code
from kerascheck.judge.judge import Pair, judge
from kerascheck.judge.verdict import Verdict
from kerascheck.notebook import card, other_arguments, right_answers
from kerascheck.published import Exercise, OtherArguments, PublishedUnit


@dataclass
class _Cell:
    """The checks of one exercise in the run of a cell. run: the request that the front end sent."""

    run: str
    function: Any
    pairs: list[Pair] = field(default_factory=list)


_latest = _Cell("", None)


def judge_and_show(
    function: Any, evidence: Evidence, names: Sequence[str], seconds: float
) -> Verdict | None:
    """The verdict on one visible check, after its panel is shown.

    None for a check that nobody published: what came out is shown, and nothing is judged. names: those
    by which the function is known. seconds: of processor time that the check took. Raises NothingPublished.
    """
    try:
        unit, reference = published.find(evidence.call, names)
    except OtherArguments as other:
        panel.display(*other_arguments.page(str(other), evidence))
        return None
    exercise = _exercise_of(unit, reference)
    worth = 100 if exercise is None else exercise.points
    verdict = judge(reference.exercise, worth, [(reference, evidence)], unit.shares)
    progress.SESSION.keep(evidence.call, Checked(function, verdict, reference, evidence))
    if progress_file.in_notebook():
        progress_file.remember(unit.unit, evidence.call, verdict)
        progress.SESSION.recall([unit])
    cell = _cell(function, reference.exercise)
    cell.pairs.append((reference, evidence))
    together = judge(reference.exercise, worth, cell.pairs, unit.shares)
    details = panel.details_of(verdict, reference, evidence, seconds, device_of_checks())
    details = _of_the_cell(details, unit, exercise, len(cell.pairs), verdict.passed)
    panel.display(
        panel.html(together, exercise is not None, details),
        panel.text(together, exercise is not None, details),
        **_place(cell),
    )
    if exercise is not None and card.is_new(unit, progress.SESSION):
        panel.display(*card.page(unit, progress.SESSION))
    return verdict


def _exercise_of(unit: PublishedUnit, reference: Evidence) -> Exercise | None:
    """The exercise of a graded check; None for one without points."""
    found = (item for item in unit.exercises if item.exercise == reference.exercise)
    return next((item for item in found if reference.call in item.calls), None)


def _of_the_cell(
    details: panel.Details, unit: PublishedUnit, exercise: Exercise | None, run: int, passed: bool
) -> panel.Details:
    """The details with what the other checks of the exercise add."""
    if exercise is None:
        return details
    of = len(exercise.calls)
    if run < of:
        more = "1 more check" if of - run == 1 else f"{of - run} more checks"
        remark = "" if passed else f"The cell has {more}: it comes once this one passes."
        if of - run > 1:
            remark = remark.replace("it comes", "they come")
        return replace(details, note=f" on {run} of {of} visible checks", remark=remark)
    if not passed:
        return details
    following = progress.next_exercise(unit, progress.SESSION)
    return replace(
        details,
        praise=right_answers.because(exercise.exercise),
        next=f"Next: {code(following.exercise)}." if following else "",
    )


def _cell(function: Any, exercise: str) -> _Cell:
    """The state of the cell that runs; a new one where no front end tells which that is."""
    global _latest
    run = _request()
    same = run and _latest.run == run and _latest.function is function
    if not same or _latest.pairs[-1][0].exercise != exercise:
        _latest = _Cell(run, function)
    return _latest


def _request() -> str:
    """The id of the request that runs the cell; "" outside a notebook."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is None or not hasattr(shell, "get_parent"):
        return ""
    header = (shell.get_parent() or {}).get("header", {})
    return str(header.get("msg_id", ""))


def _place(cell: _Cell) -> dict[str, Any]:
    """Where the panel goes: in the place of the one that the cell has shown already."""
    if not cell.run:
        return {}
    identity = f"kerascheck-{cell.run}-{cell.pairs[0][0].exercise}"
    return {"identity": identity, "update": len(cell.pairs) > 1}
