"""The groups of a course: the file groups.csv in its folder, one row for each member of a group.

Columns: `group`, or `group_name` as in Canvas's export of groups; one with the student's id, as in the
class list; `unit`, if groups change between units: a row without one holds for all others.

The class list may name groups and sections, too. These submit nothing together, but a person may mean all
in one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kerasgrader.course.class_list import (
    GROUP_COLUMNS,
    ROSTER,
    SECTION_COLUMNS,
    identity_column,
    keys_in,
    roster_rows,
)
from kerasgrader.errors import CourseError

GROUPS = "groups.csv"


@dataclass(frozen=True)
class Member:
    """One row. keys: ids, numbers and addresses of the student, the most certain first."""

    group: str
    keys: tuple[str, ...]


def read_groups(root: Path, unit_id: str, units: Iterable[str]) -> list[Member]:
    """Who is in which group for a unit; nobody without a groups.csv. Raises CourseError.

    units: all ids that the column `unit` may hold.
    """
    path = root / GROUPS
    if not path.is_file():
        return []
    known = set(units)
    everywhere: list[Member] = []
    here: list[Member] = []
    for number, row in enumerate(roster_rows(path), 2):
        group = next((row[column] for column in GROUP_COLUMNS if row.get(column)), "")
        keys, unit = tuple(keys_in(row)), row.get("unit", "")
        if not any(column in row for column in GROUP_COLUMNS) or not keys:
            raise CourseError(
                f"{path}, line {number}: it needs a column `group` and one with the student's id, such as "
                "`student_id`, `username` or `email`"
            )
        if unit and unit not in known:
            raise CourseError(f"{path}, line {number}: course.toml has no unit {unit!r}")
        if group and unit in ("", unit_id):
            (here if unit else everywhere).append(Member(group, keys))
    return here or everywhere


def groups_on_roster(root: Path) -> dict[str, set[str]]:
    """The ids of everybody in each group or section that the roster in `root` names; none without a roster.

    A cell may name several groups, with a comma or semicolon between them. Raises CourseError.
    """
    path, found = root / ROSTER, dict[str, set[str]]()
    for row in roster_rows(path) if path.is_file() else ():
        column = identity_column(row)
        for cell in (row[name] for name in (*GROUP_COLUMNS, *SECTION_COLUMNS) if name in row):
            for group in filter(None, (part.strip() for part in re.split("[,;]", cell))):
                if column is not None and row[column]:
                    found.setdefault(group, set()).add(row[column])
    return found
