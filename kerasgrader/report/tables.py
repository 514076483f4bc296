"""The report as tables for a spreadsheet: the same facts, one file for each kind of row."""

from __future__ import annotations

from collections.abc import Iterator

from kerasgrader.report.facts import ClassFacts
from kerasgrader.report.similarity import ClassComparison
from kerasgrader.report.spreadsheet import Value, csv_text


def marks_table(facts: ClassFacts) -> str:
    """One row for each submission, with the points, outcome and aspects of each exercise."""
    return csv_text(_marks(facts))


def misconceptions_table(facts: ClassFacts) -> str:
    """One row for each misconception of each student in each exercise."""
    rows: list[list[Value]] = [["misconception", "title", "exercise", "student", "name"]]
    for item in facts.misunderstood():
        for exercise, students in item.students.items():
            rows += [[item.id, item.title, exercise, s, facts.names[s]] for s in students]
    return csv_text(rows)


def similar_table(facts: ClassFacts, comparison: ClassComparison) -> str:
    """One row for each pair of similar submissions."""
    head: list[Value] = [
        "student",
        "name",
        "share",
        "student",
        "name",
        "share",
        "shared characters",
    ]
    rows = [head]
    for pair in comparison.pairs:
        row: list[Value] = []
        for side in (pair.first, pair.second):
            row += [side.student, facts.names.get(side.student, side.student), round(side.share, 3)]
        rows.append([*row, pair.shared])
    return csv_text(rows)


def _marks(facts: ClassFacts) -> Iterator[list[Value]]:
    aspects = {
        (exercise.name, aspect.name)
        for work in facts.works
        for exercise in work.exercises
        for aspect in exercise.aspects
    }
    columns = [
        (exercise, [aspect for name, aspect in sorted(aspects) if name == exercise])
        for exercise in facts.tests.values()
    ]
    head: list[Value] = ["student", "name", "due", "extension", "submitted", "seconds late"]
    head += ["seconds not covered", "late days", "late days left", "seconds to execute"]
    head += ["points", "late penalty", "score", "of", "before", "remark"]
    for title, names in columns:
        head += [title, f"{title}: outcome", *(f"{title}: {name}" for name in names)]
        head.append(f"{title}: misconceptions")
    yield head
    for work in facts.works:
        before = None if work.before is None else sum(work.before.values())
        late = work.late
        row: list[Value] = [
            work.student,
            work.name,
            late.due,
            late.until,
            work.submitted,
            late.late,
        ]
        row += [late.rest, late.days, late.left, work.seconds]
        row += [work.points, work.penalty, work.score, facts.of, before, work.remark]
        by_name = {exercise.name: exercise for exercise in work.exercises}
        for title, names in columns:
            exercise = by_name.get(title)
            if exercise is None:
                row += [None] * (len(names) + 3)
                continue
            earned = {aspect.name: aspect.points for aspect in exercise.aspects}
            row += [exercise.points, exercise.outcome, *(earned.get(aspect) for aspect in names)]
            row.append("; ".join(exercise.misconceptions))
        yield row
    for item in facts.ungraded:
        yield [item.student, item.name, *[None] * 11, facts.of, None, f"not graded: {item.reason}"]
    for person in facts.absent:
        yield [person.id, person.name, *[None] * 11, facts.of, None, "nothing submitted"]
