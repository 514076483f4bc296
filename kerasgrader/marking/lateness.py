"""How late each submission is: the dates of gradebook, course and extensions, under the course's rules.

The due date is that of course.toml, which the gradebook follows, or else the gradebook's own. A student's
extension is that of extensions.csv or of the gradebook (`Gradebook.grant_extension`), whichever ends later.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from nbgrader.api import Assignment, Gradebook, MissingEntry, SubmittedAssignment

from kerasgrader.course.course import Course, Unit
from kerasgrader.course.deadlines import Dates, Lateness, lateness_of
from kerasgrader.course.extensions import read_extensions
from kerasgrader.course.times import days_later, with_offset

Times = Mapping[str, datetime | None]


def due_of(gradebook: Gradebook, unit: Unit) -> datetime | None:
    """When a unit is due, in UTC; None if it has no due date."""
    if unit.due_time is not None:
        return unit.due_time.astimezone(UTC)
    try:
        due = gradebook.find_assignment(unit.id).duedate
    except MissingEntry:
        return None
    return None if due is None else due.replace(tzinfo=UTC)


def last_due(gradebook: Gradebook | None, course: Course, unit: Unit) -> datetime | None:
    """When nobody may submit a unit any more without being late, in UTC; None without a date.

    Extensions, the grace period and the late days that somebody may have are in it. gradebook: None if
    there is none yet.
    """
    granted: dict[tuple[str, str], timedelta] = {}
    due = unit.due_time
    if gradebook is not None:
        due, (_, granted) = due_of(gradebook, unit), _submissions(gradebook, None)
    own = [one for one in read_extensions(unit.root) if one.unit == unit.id]
    ends = [due, *(one.end(due, course.zone) for one in own)]
    if due is not None:
        ends += [due + extra for (name, _), extra in granted.items() if name == unit.id]
    last = max((end for end in ends if end is not None), default=None)
    if last is None:
        return None
    grace = timedelta(minutes=course.late.grace_minutes)
    return days_later(last.astimezone(UTC) + grace, course.late.late_days, course.zone)


def follow_due_dates(gradebook: Gradebook, course: Course) -> list[str]:
    """Have the gradebook's due dates follow course.toml; a sentence for each that it had otherwise."""
    changed = []
    for unit in course.units:
        due = unit.due_time
        try:
            assignment = gradebook.find_assignment(unit.id)
        except MissingEntry:
            continue
        if due is None or assignment.duedate == due.astimezone(UTC).replace(tzinfo=None):
            continue
        if assignment.duedate is not None:
            before = with_offset(assignment.duedate.replace(tzinfo=UTC), course.zone)
            changed.append(
                f"{unit.id} is due {with_offset(due, course.zone)}, as course.toml has it; "
                f"the gradebook had {before}"
            )
        assignment.duedate = due.astimezone(UTC).replace(tzinfo=None)
    gradebook.db.commit()
    return changed


def lateness(
    gradebook: Gradebook, course: Course, unit: Unit, sent: Times, student: str | None = None
) -> dict[str, Lateness]:
    """How late each student is with a unit: all who have submitted it, or one student. Raises CourseError.

    sent: the times of this unit's submissions where they are known better than by the gradebook.
    """
    units = course.units if course.late.late_days else (unit,)
    dues = {one.id: due_of(gradebook, one) for one in units}
    own = {(one.unit, one.student): one for one in read_extensions(unit.root)}
    times, granted = _submissions(gradebook, student)
    students = {who for name, who in times if name == unit.id} | sent.keys()
    found = {}
    for who in sorted(students if student is None else students & {student}):
        dates = []
        for name, due in dues.items():
            time = times.get((name, who))
            if name == unit.id and who in sent:
                time = sent[who]
            extension = own.get((name, who))
            ends = [] if extension is None else [extension.end(due, course.zone)]
            if due is not None and (name, who) in granted:
                ends.append(due + granted[name, who])
            until = max((end for end in ends if end is not None), default=None)
            dates.append(Dates(name, due, until, time))
        found[who] = lateness_of(dates, course.late, course.zone)[unit.id]
    return found


def _submissions(
    gradebook: Gradebook, student: str | None
) -> tuple[dict[tuple[str, str], datetime | None], dict[tuple[str, str], timedelta]]:
    """When everything was submitted, and the extensions of the gradebook: by unit and student."""
    times: dict[tuple[str, str], datetime | None] = {}
    granted: dict[tuple[str, str], timedelta] = {}
    rows = gradebook.db.query(
        Assignment.name,
        SubmittedAssignment.student_id,
        SubmittedAssignment.timestamp,
        SubmittedAssignment.extension,
    ).join(SubmittedAssignment, SubmittedAssignment.assignment_id == Assignment.id)
    if student is not None:
        rows = rows.filter(SubmittedAssignment.student_id == student)
    for name, who, time, extension in rows:
        times[name, who] = None if time is None else time.replace(tzinfo=UTC)
        if extension is not None:
            granted[name, who] = extension
    return times, granted
