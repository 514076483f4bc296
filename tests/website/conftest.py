"""Two sites, each built once a run: this course's without outputs, and a small course's with them.

Nothing is executed for the first: its pages, links, search index and notebooks to download are those that
`make site` writes. The second is the course of `kerasgrader new` with a question: its cells and its wrong
answers run in kernels, and its page has outputs and panels like those of a unit of this course.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from kerasgrader.build.answers import answers_of
from kerasgrader.course.course import Course, Unit
from tests.support.clean_environment import wheel
from tests.support.course_folder import ROOT
from tests.support.once import made_once
from website.building import build_site, page_with_outputs, page_without_outputs
from website.mistakes import Mistake


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of this course, without outputs."""
    made = made_once(
        tmp_path_factory,
        "site",
        lambda at: build_site(ROOT, at / "site", wheel(tmp_path_factory), page_without_outputs),
    )
    return made / "site"


@pytest.fixture(scope="session")
def small_site(
    tmp_path_factory: pytest.TempPathFactory, asking_course: Callable[[Path], Unit]
) -> Path:
    """The site of the small course, executed."""

    def build(folder: Path) -> None:
        unit = asking_course(folder / "course")

        def page(course: Course, unit: Unit) -> NotebookNode:
            made = page_with_outputs(
                course, unit, lambda _: mistakes_of(unit), (), folder / "store"
            )
            made.cells.append(long_output())
            return made

        build_site(unit.root, folder / "site", wheel(tmp_path_factory), page)

    return made_once(tmp_path_factory, "small-site", build) / "site"


def long_output() -> NotebookNode:
    """A cell whose output scrolls."""
    cell = nbformat.v4.new_code_cell("print(*range(90), sep='\\n')", id="long")
    text = "\n".join(map(str, range(90)))
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)]
    cell.metadata["tags"] = ["output_scroll"]
    return cell


def mistakes_of(unit: Unit) -> list[Mistake]:
    """The wrong answers of a course of its own."""
    return [
        Mistake(answer.exercise, answer.name, answer.story, answer.source)
        for answer in answers_of(unit)
        if answer.loses
    ]
