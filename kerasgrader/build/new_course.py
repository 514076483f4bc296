"""A new course: a folder with one small unit, its answers, and everything that grading needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from kerasgrader.errors import CourseError

TEMPLATE = ".j2"
HIDDEN = {
    "gitignore": ".gitignore"
}  # a name that begins with a dot would not be packaged everywhere
NAME = re.compile(r"[a-z][a-z0-9-]*")


def new_course(folder: Path, title: str | None = None) -> list[Path]:
    """Write a new course into `folder`; returns its files.

    The course is named after the folder. Raises CourseError if something would be overwritten.
    """
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    if not NAME.fullmatch(name):
        raise CourseError(f"{folder}: name a course's folder with letters, digits and hyphens")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CourseError(f"{folder} is not an empty folder: a new course would overwrite it")
    [command] = entry_points(group="console_scripts", name="kerascheck")
    assert command.dist is not None
    known = {
        "name": name,
        "title": title or name.replace("-", " ").capitalize(),
        "distribution": command.dist.name,  # whose wheel has the checks in it
    }
    for text in known.values():
        if '"' in text or "\\" in text or not text.isprintable():
            raise CourseError(f"a title is one line without quotation marks, not {text!r}")
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)
    written = []
    for path, source in _templates():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(environment.from_string(source).render(known), "utf-8")
        written.append(target)
    return written


def _templates() -> Iterator[tuple[Path, str]]:
    """The path of each file, and the text of its template."""
    root: Any = resources.files("kerasgrader") / "templates" / "course"
    waiting = [(Path(), root)]
    while waiting:
        place, folder = waiting.pop()
        for item in sorted(folder.iterdir(), key=lambda item: item.name):
            if item.is_dir():
                if item.name != "__pycache__":
                    waiting.append((place / item.name, item))
                continue
            name = item.name.removesuffix(TEMPLATE)
            yield place / HIDDEN.get(name, name), item.read_text("utf-8")
