"""Writing the report of a unit: a page, JSON, and tables."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from kerascheck import published
from kerasgrader.course.course import Unit, load_course
from kerasgrader.course.times import with_offset
from kerasgrader.errors import CourseError
from kerasgrader.files import write_atomically
from kerasgrader.grading.extending import refuse_strangers
from kerasgrader.grading.history import remember
from kerasgrader.grading.ledger import Ledger, submissions
from kerasgrader.grading.options import Options
from kerasgrader.marking import gradebook as scores
from kerasgrader.marking.consistency import must_be_released
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from kerasgrader.report.beside import NOTHING_BESIDE, Beside, of_units, of_years
from kerasgrader.report.checks import check_facts
from kerasgrader.report.facts import ClassFacts, facts_of
from kerasgrader.report.page import page
from kerasgrader.report.similarity import ClassComparison, compare_submissions
from kerasgrader.report.tables import marks_table, misconceptions_table, similar_table


@dataclass(frozen=True)
class ClassReport:
    """What was written. files: the page first."""

    facts: ClassFacts
    comparison: ClassComparison | None
    files: tuple[Path, ...]


def write_report(
    root: Path,
    unit_id: str,
    folder: Path | None = None,
    similar: bool = True,
    years: Sequence[Path] = (),
) -> ClassReport:
    """Write the report of a unit into a folder (`reports/<unit>/` of the course when none is given).

    similar: whether submissions are compared with each other. years: the report.json of other years, to be
    shown beside this class. Raises CourseError when there is nothing to report on.
    """
    course, config = load_course(root), load_config(root.resolve())
    unit = course.unit(unit_id)
    refuse_strangers(root)
    now = datetime.now(UTC)
    with published.about(unit.id, unit.package):  # whose misconceptions are named
        with open_gradebook(config) as gradebook:
            must_be_released(gradebook, unit)
            history = remember(unit, scores.marks(scores.submissions(gradebook, unit.id)), now)
            made = with_offset(now, course.zone)
            facts = facts_of(course, unit, gradebook, Ledger(unit, Options()), history, made)
            units = list(of_units(course, gradebook, unit.id))
        if not facts.works and not facts.ungraded:
            raise CourseError(f"nothing was submitted for {unit.id}: there is nothing to report on")
        comparison = compare_submissions(unit, submissions(unit)) if similar else None
        folder = folder or unit.root / "reports" / unit.id
        beside = Beside(units, list(of_years(years, facts)))
        contents = contents_of(facts, comparison, beside, _pages(unit, facts, folder))
    if comparison is None:
        (folder / "similar.csv").unlink(missing_ok=True)  # an older one is not of this page
    for name, text in contents.items():
        # Spreadsheets tell UTF-8 by this mark, and names need it.
        encoding = "utf-8-sig" if name.endswith(".csv") else "utf-8"
        write_atomically(folder / name, text.encode(encoding, "replace"))
    return ClassReport(facts, comparison, tuple(folder / name for name in contents))


def _pages(unit: Unit, facts: ClassFacts, folder: Path) -> dict[str, str]:
    """The address of each student's feedback page, for a page in `folder`; none of those without one."""
    pages = {student: unit.feedback(student) / f"{unit.notebook}.html" for student in facts.names}
    return {
        student: quote(Path(os.path.relpath(page.resolve(), folder.resolve())).as_posix())
        for student, page in pages.items()
        if page.is_file()
    }


def contents_of(
    facts: ClassFacts,
    comparison: ClassComparison | None,
    beside: Beside = NOTHING_BESIDE,
    pages: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """The report's files, by name. pages: the addresses of students' pages."""
    plain = facts.to_plain()
    plain["checks"] = [asdict(item) for item in check_facts(facts)]
    plain["similar"] = None if comparison is None else comparison.to_plain()
    contents = {
        "report.html": page(facts, comparison, beside, pages),
        "report.json": json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n",
        "marks.csv": marks_table(facts),
        "misconceptions.csv": misconceptions_table(facts),
    }
    if comparison is not None:
        contents["similar.csv"] = similar_table(facts, comparison)
    return contents
