"""Late days are a budget for the whole term: what one unit spends, the next ones do not have.

So when a unit has been graded, the penalties and pages of the other units follow. Nothing is executed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import nbformat

from kerascheck import published
from kerasgrader.errors import named
from kerasgrader.grading.ledger import submissions
from kerasgrader.grading.writer import Writer


def follow_late_days(graded: Writer, students: Sequence[str]) -> list[str]:
    """Bring the other units of these students up to date, as far as their verdicts still hold.

    graded: the writer of the unit that has been graded. Returns a sentence for each unit in which something
    has changed, or that could not be brought up to date.
    """
    notes = []
    for other in graded.course.units if graded.course.late.late_days else ():
        there = sorted(set(submissions(other)) & set(students))
        if other.id == graded.unit.id or not there:
            continue
        try:
            with published.about(other.id, other.package):
                # To bring up to date is not to grade again, whatever this run was told for its own unit.
                options = replace(graded.options, force=False)
                writer = Writer(other, graded.config, options, graded.sandbox)
                source = nbformat.read(other.source_file, as_version=4)
                found = list(writer.up_to_date(there, source))
        except Exception as error:  # a damaged unit is that unit's problem
            notes.append(
                f"{other.id}: late days may have moved, and penalties do not follow: {named(error)}"
            )
            continue
        changed = [graded.student for graded in found if graded.how == "updated"]
        failed = [graded.student for graded in found if graded.problem or graded.old]
        if changed:
            notes.append(
                f"{other.id}: penalty and page follow the late days of {', '.join(changed)}"
            )
        if failed:
            notes.append(f"{other.id} needs `kerasgrader grade {other.id}`: {', '.join(failed)}")
    return notes
