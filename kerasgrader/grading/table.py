"""The results of a class as a table for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rich.table import Table
from rich.text import Text

from kerascheck.evidence.evidence import STOPS
from kerascheck.feedback import style
from kerascheck.judge.verdict import ERROR, INCORRECT, NOT_ATTEMPTED, PASSED
from kerasgrader.grading.results import Graded, Marks, Result, count
from kerasgrader.marking import questions
from kerasgrader.marking.questions import AWAITS, BY_HAND

SYMBOLS = style.SYMBOLS | questions.SYMBOLS
HOW = ("executed", "kept", "updated", "unchanged", "old")
COLOURS = {
    PASSED: "green",
    INCORRECT: "yellow",
    ERROR: "magenta",
    NOT_ATTEMPTED: "bright_black",
    **dict.fromkeys(STOPS, "cyan"),
    AWAITS: "blue",
    BY_HAND: "",
}


def marks_table(graded: Sequence[Graded], names: Mapping[str, str] | None = None) -> Table:
    """One row per student: points and outcome of each exercise, what is special about the deadline if
    anybody's is, and the sum or "not graded"."""
    exercises = list(dict.fromkeys(r.exercise for item in graded for r in item.results))
    table = Table(title=None, header_style="bold", row_styles=["", "dim"])
    table.add_column("student", no_wrap=True)
    for exercise in exercises:
        table.add_column(exercise)
    late = any(item.late.short for item in graded)
    if late:
        table.add_column("deadline")
    table.add_column("points", justify="right", no_wrap=True)
    for item in graded:
        name = (names or {}).get(item.student, item.student) + (" (group)" if item.group else "")
        if item.problem:
            dashes = ["–"] * (len(exercises) + late)
            table.add_row(Text(name), *dashes, Text("not graded", style="red"))
            continue
        by_exercise = {result.exercise: result for result in item.results}
        cells = [_cell(by_exercise.get(exercise)) for exercise in exercises]
        table.add_row(Text(name), *cells, *[item.late.short] * late, _total(item))
    return table


def class_table(marks: Marks, names: Mapping[str, str] | None = None) -> Iterator[Table | Text]:
    """What the terminal shows of a class: the table, students without a score and why, the time taken."""
    yield marks_table(marks.graded, names)
    for line in problem_lines(marks.graded):
        yield Text(line, style="red")
    for line in look_lines(marks.graded):
        yield Text(line, style="yellow")
    for line in awaiting_lines(marks.graded):
        yield Text(line, style="yellow")
    for line in irregular_lines(marks.graded):
        yield Text(line, style="yellow")
    for item in marks.graded:
        if item.remark:
            yield Text(f"{item.student}: {item.remark}", style="yellow")
    for line in (*seal_lines(marks.graded), *marks.notes):
        yield Text(line, style="yellow")
    counts = {how: count(marks.graded, how) for how in HOW}
    said = ", ".join(f"{number} {how}" for how, number in counts.items() if number)
    yield Text(f"{len(marks.graded)} submissions in {marks.seconds:.1f} s: {said or 'no marks'}")


def problem_lines(graded: Sequence[Graded]) -> list[str]:
    """Students without a score, or with an earlier one, and why."""
    return [
        f"{item.student} is not graded: {item.problem}"
        if item.problem
        else f"{item.student} has the marks of an earlier grading: {item.old}"
        for item in graded
        if item.problem or item.old
    ]


def look_lines(graded: Sequence[Graded]) -> list[str]:
    """Students with points by hand that were given for an earlier answer, or beside other points."""
    return [
        f"{item.student} needs a look in the formgrader: the points that a person gave for "
        f"{', '.join(item.look)} still count, but the answer or the judge's points are others now"
        for item in graded
        if item.look
    ]


def awaiting_lines(graded: Sequence[Graded]) -> list[str]:
    """The questions that a person still has to grade, and for how many."""
    waiting = Counter(question for item in graded for question in item.awaits)
    return [
        f"The question {question} awaits a person for {number} of {len(graded)} students: grade their "
        "answers in the formgrader, and run `kerasgrader grade` again"
        for question, number in waiting.items()
    ]


def irregular_lines(graded: Sequence[Graded]) -> list[str]:
    """Submissions that did what no honest notebook does. It has earned nothing; a person should ask."""
    return [
        f"irregular, {item.student}: {'; '.join(item.irregular)}"
        for item in graded
        if item.irregular
    ]


def _cell(result: Result | None) -> Text:
    if result is None:
        return Text("–")
    style = COLOURS[result.outcome]
    if result.outcome == AWAITS:
        return Text(f"{SYMBOLS[AWAITS]} {AWAITS}", style=style)
    if result.counts is not None:
        judged = "" if result.outcome == BY_HAND else f"  (judge: {result.points:g})"
        return Text(f"{SYMBOLS[BY_HAND]} {result.counts:g}{judged}", style=style)
    return Text(f"{SYMBOLS[result.outcome]} {result.points:g}  {result.outcome}", style=style)


def _total(item: Graded) -> str:
    """The points that count, and the judge's beside them where these are others."""
    total = f"{item.points:g} / {item.of:g}"
    by_hand = any(r.counts is not None and r.outcome != BY_HAND for r in item.results)
    notes = [f"judge: {item.automatic:g}"] if by_hand else []
    unread = sum(result.of for result in item.results if result.outcome == AWAITS)
    if unread:
        notes.append(f"{unread:g} await a person")
    if item.penalty:
        notes.append(f"late: -{item.penalty:g}")
    return f"{total} ({', '.join(notes)})" if notes else total


def seal_lines(graded: Sequence[Graded]) -> list[str]:
    """Warnings about kernels that were not wholly sealed; none if all were."""
    weaker = {item.sandbox for item in graded} - {"full"}
    return [
        f"These submissions ran with sandbox={sandbox}: their code was not wholly sealed off from this "
        "machine (see `kerasgrader doctor`)."
        for sandbox in sorted(weaker)
    ]
