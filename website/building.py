"""The whole site: texts, notebooks to download and units' pages, through Sphinx, and checked at the end."""

from __future__ import annotations

import io
import re
import shutil
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from kerasgrader.build.handout import standalone
from kerasgrader.build.setup_cell import BADGE_ID, INSTALL_ID
from kerasgrader.build.solutions import solved_notebook
from kerasgrader.course.course import Course, Unit, load_course
from kerasgrader.course.lessons import is_exercise
from tests.support.short_training import Shorter
from website import CannotPublish
from website.execution import executed
from website.leaks import leaks, secrets
from website.lengths import shortened
from website.links import broken
from website.mistakes import Mistake, notebook_of_mistakes, panels
from website.settings import settings
from website.texts import page_of, pages, pictures
from website.unit_page import unit_page

Mistakes = Callable[[Mapping[str, str]], Sequence[Mistake]]  # of the cells of the solution
MOST_SHOWN = 20
COLOURS = re.compile("\x1b\\[[0-9;]*m")  # of a terminal


def page_with_outputs(
    course: Course, unit: Unit, mistakes: Mistakes, lengths: Sequence[Shorter], store: Path
) -> NotebookNode:
    """The page of a unit, its notebook executed or taken from `store`. Raises CannotPublish."""
    released = nbformat.read(unit.release_file, as_version=4)
    solved = solved_notebook(unit)
    solved.cells = [cell for cell in solved.cells if cell.id not in (BADGE_ID, INSTALL_ID)]
    source = nbformat.read(unit.source_file, as_version=4)
    wrong = mistakes({cell.id: cell.source for cell in source.cells if is_exercise(cell)})
    packages = ("kerascheck", *([unit.package] if unit.package else []))
    beside = unit.released_files()
    checked = notebook_of_mistakes(unit, solved, wrong)
    checked = executed(checked, beside, packages, store, errors=True)
    shown = panels(unit, checked, wrong)  # before what takes minutes
    changed = shortened(solved, lengths)
    solved = executed(solved, beside, packages, store)
    return unit_page(course, unit, released, solved, shown, changed)


def page_without_outputs(course: Course, unit: Unit) -> NotebookNode:
    """The same, and nothing is executed for it."""
    return unit_page(course, unit, nbformat.read(unit.release_file, as_version=4), None, {}, {})


def build_site(
    root: Path, target: Path, wheel: Path, page: Callable[[Course, Unit], NotebookNode]
) -> None:
    """Write the site of the course in `root` to the folder `target`, in place of what is there.

    wheel: the students', which the notebooks carry. page: makes the page of a unit. Raises CannotPublish:
    then `target` is as it was.
    """
    course = load_course(root)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="site-", dir=target.parent) as folder:
        sources, extra, site = (Path(folder) / name for name in ("sources", "extra", "site"))
        for unit in course.units:
            standalone(unit, wheel, extra / "notebooks")
            _write(sources / page_of(unit), nbformat.writes(page(course, unit)))
        for path, text in pages(root, course).items():
            _write(sources / path, text)
        for picture in pictures(root):
            _copy(picture, sources / picture.relative_to(root))
        _run_sphinx(course, sources, extra, site, Path(folder) / "doctrees")
        problems = [*broken(site), *leaks(site, secrets(course.units))]
        if problems:
            more = f"\nand {len(problems) - MOST_SHOWN} more" if len(problems) > MOST_SHOWN else ""
            raise CannotPublish("\n".join(problems[:MOST_SHOWN]) + more)
        shutil.rmtree(target, ignore_errors=True)
        site.rename(target)


def _run_sphinx(course: Course, sources: Path, extra: Path, site: Path, doctrees: Path) -> None:
    """Raises CannotPublish for every warning, among them references to nowhere."""
    said = io.StringIO()
    with (
        patch_docutils(),
        docutils_namespace(),
        redirect_stderr(said),
        warnings.catch_warnings(),
    ):
        # What these packages have to tell each other about their next versions.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        app = Sphinx(
            sources,
            None,
            site,
            doctrees,
            "html",
            confoverrides=settings(course, extra),
            status=None,
            warning=said,
            freshenv=True,
        )
        app.build()
    words = COLOURS.sub("", said.getvalue()).strip()
    if words or app.statuscode:
        raise CannotPublish(words)
    for left in (".buildinfo", ".buildinfo.bak"):
        (site / left).unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def _copy(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, to)
