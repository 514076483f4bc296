"""The file course.toml: read, and validated as a whole, so that an author corrects it in one go."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, fields
from datetime import date, tzinfo
from pathlib import Path
from typing import Any

from kerascheck.judge.judge import SHARES
from kerasgrader.course.attempt_rules import problems_of_rules
from kerasgrader.course.times import UNSTATED, deadline_of, zone_named
from kerasgrader.errors import CourseError

LOADER = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
FILE_NAME = re.compile(r"[\w][\w.-]*")
KINDS = {"str": "a string", "int": "a whole number", "tuple[str, ...]": "a list of strings"}
OF_COURSE = (
    "name",
    "title",
    "package",
    "preload",
    "environment",
    "distribution",
    "install",
    "repository",
    "timezone",
)
OF_UNIT = ("id", "lesson", "notebook", "title", "minutes", "dataset", "due")
OF_LATE = {"grace_minutes": 7 * 24 * 60, "late_days": 365}  # and the most of each


def table_of(root: Path) -> dict[str, Any]:
    """course.toml in `root` as it is written. Raises CourseError if it cannot be read."""
    path = root / "course.toml"
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise CourseError(
            f"there is no course.toml in {root}: is this the course's folder?"
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CourseError(f"{path}: {error}") from None
    units = table.get("unit")
    for unit in units if isinstance(units, list) else ():
        if isinstance(unit, dict) and isinstance(unit.get("due"), date):
            unit["due"] = str(
                unit["due"]
            )  # TOML has dates of its own, with a time of day or without
    return table


def settings_without_dates(root: Path) -> dict[str, Any]:
    """course.toml without what only moves dates, penalties and attempts, which no verdict depends on.

    Raises CourseError if it cannot be read.
    """
    table = table_of(root)
    table.pop("late", None)
    table.pop("watch", None)
    for part in [table.get("course"), *(table.get("unit") or [])]:
        if isinstance(part, dict):
            part.pop("timezone", None)
            part.pop("due", None)
    return table


def problems_of(table: dict[str, Any], course_type: type, unit_type: type) -> Iterator[str]:
    """All problems of a course.toml, a clause each. The types have the fields of its tables."""
    yield from _unknown(table, ("course", "late", "watch", "shares", "datasets", "unit"), "it")
    course, units = table.get("course"), table.get("unit")
    if not isinstance(course, dict):
        yield "it needs a table [course] with name and title"
    else:
        yield from _wrong_fields(course, course_type, OF_COURSE, "[course]")
    yield from _wrong_dates(table)
    yield from problems_of_rules(table.get("watch", {}))
    yield from _wrong_shares(table.get("shares", SHARES))
    datasets = table.get("datasets", {})
    yield from _wrong_datasets(datasets)
    if not isinstance(units, list) or not units:
        yield "it needs at least one [[unit]]"
        return
    for number, unit in enumerate(units, 1):
        where = f"[[unit]] no. {number}"
        if not isinstance(unit, dict):
            yield f"{where} must be a table"
            continue
        yield from _wrong_fields(unit, unit_type, OF_UNIT, where)
        for name in ("id", "lesson", "notebook"):
            value = unit.get(name)
            if isinstance(value, str) and not FILE_NAME.fullmatch(value):
                yield f"{where}: {name} = {value!r} must be a plain name: files are named after it"
        dataset = unit.get("dataset", "")
        if dataset and (not isinstance(datasets, dict) or dataset not in datasets):
            known = ", ".join(datasets) if isinstance(datasets, dict) and datasets else "none"
            yield f"{where}: there is no data set {dataset!r}; [datasets] has {known}"
    for name in ("id", "notebook"):
        values = [unit.get(name) for unit in units if isinstance(unit, dict)]
        for value in sorted({str(v) for v in values if v is not None and values.count(v) > 1}):
            yield f"two units have the {name} {value!r}"


def _wrong_fields(
    table: dict[str, Any], of: type, allowed: tuple[str, ...], where: str
) -> Iterator[str]:
    yield from _unknown(table, allowed, where)
    for item in fields(of):
        if item.name not in allowed:
            continue
        if item.name not in table:
            if item.default is MISSING:
                yield f"{where} needs {item.name}, {KINDS[str(item.type)]}"
        elif not _is(table[item.name], str(item.type)):
            yield f"{where}: {item.name} = {table[item.name]!r} must be {KINDS[str(item.type)]}"


def _is(value: Any, kind: str) -> bool:
    if kind == "int":
        return type(value) is int and value > 0
    if kind == "str":
        return isinstance(value, str)
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _unknown(table: dict[str, Any], allowed: tuple[str, ...], where: str) -> Iterator[str]:
    for name in table:
        if name not in allowed:
            yield f"{where} has an unknown key {name!r}; it may have {', '.join(allowed)}"


def _wrong_dates(table: dict[str, Any]) -> Iterator[str]:
    """What is wrong with time zone, due dates and rules for late submissions."""
    late, course = table.get("late", {}), table.get("course")
    zone: tzinfo = UNSTATED
    if not isinstance(late, dict):
        yield f"[late] must be a table with {' and '.join(OF_LATE)}"
        late = {}
    yield from _unknown(late, tuple(OF_LATE), "[late]")
    for name, most in OF_LATE.items():
        value = late.get(name, 0)
        if type(value) is not int or not 0 <= value <= most:
            yield f"[late]: {name} = {value!r} must be a whole number from 0 to {most}"
    timezone = course.get("timezone") if isinstance(course, dict) else None
    if timezone and isinstance(timezone, str):
        try:
            zone = zone_named(timezone)
        except CourseError as error:
            yield f"[course]: {error}"
    units = table.get("unit")
    for number, unit in enumerate(units if isinstance(units, list) else (), 1):
        due = unit.get("due") if isinstance(unit, dict) else None
        if due and isinstance(due, str):
            try:
                deadline_of(due, zone)
            except CourseError as error:
                yield f"[[unit]] no. {number}: due = {error}"


def _wrong_shares(shares: Any) -> Iterator[str]:
    good = isinstance(shares, dict) and all(
        type(value) in (int, float) and value >= 0 for value in shares.values()
    )
    if not good or shares.keys() != SHARES.keys() or abs(sum(shares.values()) - 1) > 1e-6:
        yield f"[shares] needs {', '.join(SHARES)}, numbers whose sum is 1"


def _wrong_datasets(datasets: Any) -> Iterator[str]:
    if not isinstance(datasets, dict):
        yield '[datasets] must be a table: name = "module:function"'
        return
    for name, loader in datasets.items():
        if not isinstance(loader, str) or not LOADER.fullmatch(loader):
            yield f'[datasets]: {name} = {loader!r} must be "module:function"'
