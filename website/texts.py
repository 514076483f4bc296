"""README and docs/ as pages of the site: the same texts, other links, and a navigation.

A section is a page of its own that lists its pages. A page of docs/ in no section, or in two, is refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from kerasgrader.course.course import Course, Unit
from website import CannotPublish

PICTURE = re.compile(
    r'<picture>(?P<sources>.*?)<img src="(?P<file>[^"]+)"(?: width="(?P<width>\d+)")? '
    r'alt="(?P<alt>[^"]+)">\s*</picture>',
    re.DOTALL,
)
SOURCE = re.compile(r'<source media="(?P<media>[^"]+)" srcset="(?P<file>[^"]+)">')
LINK = re.compile(r"\]\((?P<path>[^)#:\s]+)(?P<anchor>#[^)\s]*)?\)")
NUMBER = re.compile(r"unit(\d+)\b")
UNITS = (
    "Each page shows a notebook with all that it prints and draws. The exercises are yours; below each "
    "stands what its check says to three typical mistakes."
)


@dataclass(frozen=True)
class Section:
    """A part of the navigation. pages: files of the repository."""

    name: str
    title: str
    intro: str
    pages: tuple[str, ...]


SECTIONS = (
    Section(
        "students",
        "Students",
        "How to open a notebook, what the checks show, how to hand in, and the words of the course.",
        ("docs/student.md", "docs/glossary.md", "docs/toolkit.md"),
    ),
    Section(
        "teachers",
        "Teachers",
        "A term from the first hand-out to the last export, and what the machine needs.",
        (
            "docs/instructor.md",
            "docs/collecting.md",
            "docs/watching.md",
            "docs/grading-a-class.md",
            "docs/report.md",
            "docs/exporting.md",
            "docs/administrator.md",
            "hub/README.md",
            "docs/versions.md",
            "docs/security.md",
            "docs/attacks.md",
        ),
    ),
    Section(
        "contributors",
        "Contributors",
        "How the program is built, how to write a unit or a course, and what has changed.",
        (
            "CONTRIBUTING.md",
            "docs/contributing.md",
            "docs/authoring.md",
            "docs/items.md",
            "docs/diagnosis.md",
            "docs/comparison.md",
            "CHANGELOG.md",
        ),
    ),
)


def pages(root: Path, course: Course) -> dict[str, str]:
    """The texts of the site, by path. Raises CannotPublish."""
    units = {
        unit.release_file.relative_to(root.resolve()).as_posix(): unit for unit in course.units
    }
    sections = [
        section for section in SECTIONS if any((root / page).is_file() for page in section.pages)
    ]
    named = [page for section in sections for page in section.pages]
    there = [path.relative_to(root).as_posix() for path in sorted((root / "docs").glob("*.md"))]
    wrong = [page for page in there if named.count(page) != 1]
    wrong += [page for page in named if not (root / page).is_file()]
    if wrong:
        raise CannotPublish(
            f"{', '.join(wrong)}: each page of docs/ is in one section of website/texts.py"
        )
    found = {"units.md": _units_page(course)}
    for section in sections:
        found[f"{section.name}.md"] = _section_page(root, section)
    for page in ("README.md", *named):
        text = (root / page).read_text("utf-8")
        found[page] = "".join(_adapted(text, page, {*named, "README.md"}, units, course.repository))
    contents = _toctree(["units", *(section.name for section in sections)], hidden=True)
    found["index.md"] = f"{found.pop('README.md').rstrip()}\n\n{contents}"
    return found


def pictures(root: Path) -> list[Path]:
    """The images that the texts show."""
    return sorted((root / "docs" / "pictures").glob("*.png"))


def page_of(unit: Unit) -> str:
    """The path of a unit's page among the texts."""
    return f"units/{unit.id}.ipynb"


def label(unit: Unit) -> str:
    """The title of a unit with the number that its id begins with, if it does."""
    number = NUMBER.match(unit.id)
    return f"{number[1]} · {unit.title}" if number else unit.title


def _units_page(course: Course) -> str:
    rows = "\n".join(f"| [{label(u)}]({page_of(u)}) | {u.minutes} |" for u in course.units)
    names = [f"{label(u)} <{page_of(u).removesuffix('.ipynb')}>" for u in course.units]
    table = f"| unit | minutes |\n| --- | --- |\n{rows}"
    return f"# Units\n\n{UNITS}\n\n{table}\n\n{_toctree(names, hidden=True)}"


def _section_page(root: Path, section: Section) -> str:
    tree = _toctree([page.removesuffix(".md") for page in section.pages])
    return f"# {section.title}\n\n{section.intro}\n\n{tree}"


def _toctree(names: list[str], hidden: bool = False) -> str:
    options = ":hidden:\n" if hidden else ":maxdepth: 1\n"
    return f"```{{toctree}}\n{options}\n" + "\n".join(names) + "\n```\n"


def _adapted(
    text: str, page: str, known: set[str], units: Mapping[str, Unit], repository: str
) -> Iterator[str]:
    """The text of a page with pictures for both themes, and links within the site; code as it is."""
    folder = os.path.dirname(page)

    def target(link: re.Match[str]) -> str:
        path = os.path.normpath(os.path.join(folder, link["path"]))
        anchor = link["anchor"] or ""
        if path in units:
            path = page_of(units[path])
        elif path == "README.md":
            path = "index.md"
        elif path not in known and not path.endswith(".png"):
            if not repository:
                raise CannotPublish(f"{page}: the link to {path} leads out of the site")
            return f"](https://github.com/{repository}/blob/main/{path}{anchor})"
        return f"]({os.path.relpath(path, folder or '.')}{anchor})"

    for number, part in enumerate(
        re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    ):
        yield part if number % 2 else LINK.sub(target, PICTURE.sub(_picture, part))


def _picture(found: re.Match[str]) -> str:
    """An image for each theme and width of the page that the picture knows; the page shows one of them."""
    images = {("light", "wide"): found["file"]}
    for source in SOURCE.finditer(found["sources"]):
        ground = "dark" if "dark" in source["media"] else "light"
        room = "narrow" if "max-width" in source["media"] else "wide"
        images[ground, room] = source["file"]
    rooms = {room for _, room in images}
    alt = " ".join(unescape(found["alt"]).split())
    return "\n".join(
        f"```{{image}} {file}\n:class: only-{ground}{f' site-{room}' if len(rooms) > 1 else ''}\n"
        + (f":width: {found['width']}px\n" if found["width"] and room == "wide" else "")
        + f":alt: {alt}\n```\n"
        for (ground, room), file in sorted(images.items())
    )
