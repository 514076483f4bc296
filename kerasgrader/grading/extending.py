"""Give extensions, take them back, list them: changes of extensions.csv, which the next `grade` follows.

Who changes the file holds the lock of the course: of two at a time the second one waits, and has the first
one's rows before it.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from kerasgrader.course.class_list import ids_by_key, on_roster
from kerasgrader.course.course import Course, Unit, load_course
from kerasgrader.course.extensions import EXTENSIONS, Extension, read_extensions, write_extensions
from kerasgrader.course.groups import groups_on_roster, read_groups
from kerasgrader.course.times import UNSTATED, deadline_of, with_offset
from kerasgrader.errors import CourseError, one_line
from kerasgrader.files import only_grader
from kerasgrader.grading.ledger import submissions
from kerasgrader.marking import gradebook as scores
from kerasgrader.marking.lateness import due_of
from kerasgrader.marking.nbgrader import in_gradebook, load_config


def extend(
    root: Path,
    unit_id: str,
    students: Sequence[str],
    group: str | None = None,
    until: str = "",
    days: int | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> list[str]:
    """Give students an extension until a time, or by days; a sentence for each.

    An earlier extension of theirs is replaced. say: called if another process is at work in the course.
    Raises CourseError; then nothing is written.
    """
    root = root.resolve()
    load_course(root).unit(unit_id)  # where there is no course, there is nothing to lock
    with only_grader(root, say):
        return _extend(root, unit_id, students, group, until, days)


def remove(
    root: Path,
    unit_id: str,
    students: Sequence[str],
    group: str | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> list[str]:
    """Take students' extensions back; a sentence for each. Raises CourseError; then nothing is written."""
    root = root.resolve()
    load_course(root).unit(unit_id)  # where there is no course, there is nothing to lock
    with only_grader(root, say):
        return _remove(root, unit_id, students, group)


def refuse_strangers(root: Path) -> None:
    """Raise CourseError for a row of extensions.csv with a unit or a student that the course does not have.

    A person edits that file, and an extension for nobody leaves somebody late.
    """
    rows = read_extensions(root)
    if not rows:
        return
    course = load_course(root)
    units = {unit.id: unit for unit in course.units}
    with in_gradebook(load_config(root)) as gradebook:
        people = {*scores.people(gradebook)}
    problems = []
    for one in rows:
        unit = units.get(one.unit)
        if unit is None:
            problems.append(f"there is no unit {one.unit!r}{_like(one.unit, units)}")
        elif one.student not in (known := people | _named(unit)):
            problems.append(
                f"nobody in the class is called {one.student!r}{_like(one.student, known)}"
            )
    if problems:
        raise CourseError(f"{root / EXTENSIONS}: {'; '.join(problems)}. Nothing was changed")


def listed(root: Path, unit_id: str | None = None) -> list[str]:
    """A line for each extension: of a unit, or of all. Raises CourseError."""
    root = root.resolve()
    course = load_course(root)
    units = course.units if unit_id is None else (course.unit(unit_id),)
    with in_gradebook(load_config(root)) as gradebook:
        dues = {unit.id: due_of(gradebook, unit) for unit in units}
    return [
        f"{one.unit}  {one.student}: {_end(one, course, dues.get(one.unit))}"
        for one in read_extensions(root)
        if unit_id in (None, one.unit)
    ] or ["There are no extensions."]


def _extend(
    root: Path,
    unit_id: str,
    students: Sequence[str],
    group: str | None,
    until: str,
    days: int | None,
) -> list[str]:
    course = load_course(root)
    unit = course.unit(unit_id)
    with in_gradebook(load_config(root)) as gradebook:
        due, known = due_of(gradebook, unit), {*scores.people(gradebook), *_named(unit)}
    if due is None:
        raise CourseError(
            f"{unit.id} has no due date that could be extended: give it one in course.toml first"
        )
    chosen = _chosen(students, _members(course, unit, group, known), known)
    if until:
        end = deadline_of(until, course.zone)
        if end <= due:
            raise CourseError(
                f"{with_offset(end, course.zone)} is not after {with_offset(due, course.zone)}, when "
                f"{unit.id} is due"
            )
        until = until.strip() if end.tzinfo is UNSTATED else with_offset(end, course.zone)
    new = [Extension(unit.id, one, until, "" if days is None else str(days)) for one in chosen]
    there = read_extensions(root)
    before = {one.student: one for one in there if one.unit == unit.id}
    others = [one for one in there if one.unit != unit.id or one.student not in chosen]
    write_extensions(root, [*others, *new])
    lines = []
    for one in new:
        line, earlier = _end(one, course, due), before.get(one.student)
        was = "" if earlier is None else _end(earlier, course, due)
        lines.append(
            f"{one.student}: {line}" + (f"; it was {was}" if was not in ("", line) else "")
        )
    return lines


def _remove(root: Path, unit_id: str, students: Sequence[str], group: str | None) -> list[str]:
    course = load_course(root)
    unit, there = course.unit(unit_id), read_extensions(root)
    having = {one.student for one in there if one.unit == unit.id}
    members = _members(course, unit, group, having)
    without = [one for one in students if one not in having]
    gone = {*students, *(having & set(members))}
    if without or not gone:
        who = ", ".join(map(repr, without)) or (f"nobody in {group!r}" if group else "nobody named")
        raise CourseError(
            f"no extension for {unit.id}: {who}; `kerasgrader extend --list` lists all"
        )
    write_extensions(root, [o for o in there if o.unit != unit.id or o.student not in gone])
    return [f"{one}: no extension for {unit.id} any more" for one in sorted(gone)]


def _end(one: Extension, course: Course, due: object) -> str:
    end = one.end(due, course.zone)  # type: ignore[arg-type]
    return f"{one.days} days" if end is None else f"until {with_offset(end, course.zone)}"


def _named(unit: Unit) -> set[str]:
    """Everybody on the roster, and everybody who has submitted the unit."""
    return {*(on_roster(unit.root) or ()), *submissions(unit)}


def _members(course: Course, unit: Unit, group: str | None, known: Iterable[str]) -> list[str]:
    """The ids of all in a group for a unit. Raises CourseError if there is no such group.

    known: ids. A member who is neither one of these nor on the roster is returned as the file has it.
    """
    if group is None:
        return []
    listed, submitting = groups_on_roster(unit.root), dict[str, set[str]]()
    ids = ids_by_key(unit.root) | {one.casefold(): one for one in known}
    for member in read_groups(unit.root, unit.id, (one.id for one in course.units)):
        same = [ids[key.casefold()] for key in member.keys if key.casefold() in ids]
        submitting.setdefault(member.group, set()).add((same or member.keys)[0])
    if group in submitting and group in listed and submitting[group] != listed[group]:
        raise CourseError(
            f"groups.csv and roster.csv each have a group {one_line(ValueError(group))!r}, with other "
            "members: name the students instead"
        )
    found = submitting | listed
    if group not in found:
        has = ", ".join(sorted(found)) or "no groups: they need a column `group`"
        raise CourseError(
            f"groups.csv and roster.csv have no group {one_line(ValueError(group))!r}; they have {has}"
        )
    return sorted(found[group])


def _chosen(students: Sequence[str], members: Sequence[str], known: set[str]) -> dict[str, None]:
    """The students who are meant, each once. Raises CourseError for nobody, and for a stranger."""
    chosen = dict.fromkeys([*students, *members])
    if not chosen:
        raise CourseError(
            "name the students who get the extension, or a --group of groups.csv or roster.csv"
        )
    strangers = [student for student in chosen if student not in known]
    if strangers:
        hint = _like(strangers[0], known)
        names = ", ".join(repr(one_line(ValueError(name))) for name in strangers)
        raise CourseError(f"nobody in the class is called {names}{hint}")
    return chosen


def _like(name: str, known: Iterable[str]) -> str:
    """A question after a name that is like this one, if there is any."""
    by_letters = {one.casefold(): one for one in sorted(known)}
    found = difflib.get_close_matches(name.casefold(), by_letters, 1)
    return f"; do you mean {by_letters[found[0]]!r}?" if found else ""
