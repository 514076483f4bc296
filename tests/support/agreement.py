"""Whether all places that show a class's marks say the same: the invariants of grading, in one place."""

from __future__ import annotations

import csv
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kerasgrader.course.course import Unit
from kerasgrader.export.exercises import ExerciseExport
from kerasgrader.grading.results import Graded, Marks
from kerasgrader.marking import gradebook as scores
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from kerasgrader.marking.questions import AWAITS
from kerasgrader.report import write_report

UNREAD = "Not in these points yet"
TOTAL = re.compile(r"<b>([\d.]+) of ([\d.]+) points</b>")


def disagreements(unit: Unit, marks: Marks) -> list[str]:
    """A sentence for each student and place that says something else than the gradebook.

    marks: of a run over the whole class that has just ended.
    """
    with open_gradebook(load_config(unit.root)) as gradebook:
        known = scores.submissions(gradebook, unit.id)
    table = {item.student: item for item in marks.graded}
    report = report_of(unit)
    exported = csv.DictReader(export(unit).splitlines())
    rows = {row["student_id"]: row for row in exported if row["assignment"] == unit.id}
    return [
        f"{student}: {line}"
        for student in sorted({*table, *known})
        for line in _of_one(unit, student, table.get(student), known.get(student), report, rows)
    ]


def report_of(unit: Unit) -> dict[str, dict]:
    """The works of the class report, by student."""
    with tempfile.TemporaryDirectory() as folder:
        write_report(unit.root, unit.id, Path(folder), similar=False)
        works = json.loads((Path(folder) / "report.json").read_text("utf-8"))["works"]
    return {work["student"]: work for work in works}


def export(unit: Unit) -> str:
    """The export of all exercises, as CSV."""
    config = load_config(unit.root)
    with tempfile.TemporaryDirectory() as folder, open_gradebook(config) as gradebook:
        exporter = ExerciseExport(config=config)
        exporter.to = f"{folder}/marks.csv"
        exporter.export(gradebook)
        return Path(exporter.to).read_text("utf-8-sig")


def _of_one(
    unit: Unit,
    student: str,
    shown: Graded | None,
    known: scores.Submission | None,
    report: dict[str, dict],
    rows: dict[str, dict],
) -> Iterator[str]:
    page = unit.feedback(student) / f"{unit.notebook}.html"
    if shown is None or known is None or not known.graded:
        if shown is not None and shown.problem is None:
            yield f"the table has {shown.points}, the gradebook nothing"
        if page.exists() and known is not None:  # of a student who left, the last one stays
            yield "there is a page, but no score"
        if student in report:
            yield "the report has a score, the gradebook none"
        return
    score = known.score
    found = {"the table": shown.points, "the report": report.get(student, {}).get("score")}
    exported = rows[student]["assignment_score"] if student in rows else None
    if not known.awaits:
        found["the export"] = float(exported or "nan")
    elif exported != "":
        yield f"the export has {exported}, without {known.awaits}, which awaits a person"
    if shown.awaits != known.awaits:
        yield f"the table waits for {shown.awaits}, the gradebook for {known.awaits}"
    reported = report.get(student, {}).get("exercises", ())
    waiting = sorted(item["name"] for item in reported if item["outcome"] == AWAITS)
    if waiting != sorted(known.awaits):
        yield f"the report waits for {waiting}, the gradebook for {known.awaits}"
    if shown.old is None:
        written = TOTAL.search(page.read_text("utf-8")) if page.exists() else None
        found["the page"] = float(written[1]) if written else None
        text = page.read_text("utf-8") if page.exists() else ""
        if (UNREAD in text) is not bool(known.awaits):
            yield f"the gradebook waits for {known.awaits}, and the page does not tell so"
        for cell, comment in (known.comments or {}).items():
            if comment not in text:
                yield f"the page lacks the comment on {cell}"
    for place, value in found.items():
        if value is None or abs(value - score) > 0.01:
            yield f"{place} has {value}, the gradebook {score}"
    if tuple(known.to_look_at) != shown.look:
        yield f"the table asks for a look at {shown.look}, the gradebook at {known.to_look_at}"
