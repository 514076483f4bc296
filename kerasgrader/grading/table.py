"""The results of a class as a table for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.table import Table
from rich.text import Text

from kerascheck.feedback.style import SYMBOLS
from kerascheck.judge.verdict import ERROR, INCORRECT, NOT_ATTEMPTED, PASSED
from kerasgrader.grading.results import Graded, Marks, Result, count

COLOURS = {PASSED: "green", INCORRECT: "yellow", ERROR: "magenta", NOT_ATTEMPTED: "bright_black"}


def marks_table(graded: Sequence[Graded], names: Mapping[str, str] | None = None) -> Table:
    """One row per student: points and outcome of each exercise, and the sum or "not graded"."""
    exercises = list(dict.fromkeys(r.exercise for item in graded for r in item.results))
    table = Table(title=None, header_style="bold", row_styles=["", "dim"])
    table.add_column("student", no_wrap=True)
    for exercise in exercises:
        table.add_column(exercise)
    table.add_column("points", justify="right", no_wrap=True)
    for item in graded:
        name = (names or {}).get(item.student, item.student)
        if item.problem:
            table.add_row(Text(name), *["–"] * len(exercises), Text("not graded", style="red"))
            continue
        by_exercise = {result.exercise: result for result in item.results}
        cells = [_cell(by_exercise.get(exercise)) for exercise in exercises]
        table.add_row(Text(name), *cells, f"{item.points:g} / {item.of:g}")
    return table


def class_report(marks: Marks, names: Mapping[str, str] | None = None) -> Iterator[Table | Text]:
    """The report for the terminal: the table, students without a score and why, the time taken."""
    yield marks_table(marks.graded, names)
    for line in problem_lines(marks.graded):
        yield Text(line, style="red")
    for item in marks.graded:
        if item.remark:
            yield Text(f"{item.student}: {item.remark}", style="yellow")
    for line in seal_lines(marks.graded):
        yield Text(line, style="yellow")
    counts = {how: count(marks.graded, how) for how in ("executed", "kept", "unchanged")}
    said = ", ".join(f"{number} {how}" for how, number in counts.items() if number)
    yield Text(f"{len(marks.graded)} submissions in {marks.seconds:.1f} s: {said or 'no marks'}")


def problem_lines(graded: Sequence[Graded]) -> list[str]:
    """Students without a score, and why."""
    return [f"{item.student} is not graded: {item.problem}" for item in graded if item.problem]


def _cell(result: Result | None) -> Text:
    if result is None:
        return Text("–")
    return Text(
        f"{SYMBOLS[result.outcome]} {result.points:g}  {result.outcome}",
        style=COLOURS[result.outcome],
    )


def seal_lines(graded: Sequence[Graded]) -> list[str]:
    """Warnings about kernels that were not wholly sealed; none if all were."""
    weaker = {item.sandbox for item in graded} - {"full"}
    return [
        f"These submissions ran with sandbox={sandbox}: their code was not wholly sealed off from this "
        "machine (see `kerasgrader doctor`)."
        for sandbox in sorted(weaker)
    ]
