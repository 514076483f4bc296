"""`kerasgrader solutions`: the answers, without hidden checks, after the date."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from kerasgrader.build.solutions import solved_notebook, write_solutions
from kerasgrader.cli import commands
from kerasgrader.course.course import Unit, load_course
from kerasgrader.errors import CourseError
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from tests.support.course_folder import ROOT, hidden_checks, hidden_shapes

UNITS = load_course(ROOT).units
DUE = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def unit(new_course: Callable[[Path], Unit], tmp_path: Path) -> Unit:
    return new_course(tmp_path / "course")


def due(unit: Unit, extension: timedelta | None = None) -> None:
    """Set the date of the unit; and an extension for one student."""
    with open_gradebook(load_config(unit.root)) as gradebook:
        gradebook.update_or_create_assignment(unit.id, duedate=DUE.replace(tzinfo=None))
        if extension is not None:
            gradebook.add_student("ada")
            gradebook.add_submission(unit.id, "ada")
            gradebook.grant_extension(unit.id, "ada", hours=extension.total_seconds() / 3600)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_a_solution_has_every_answer_and_no_hidden_check(unit: Unit) -> None:
    """Each answer is the source's, no stub and no delimiter is left; what students have is unchanged."""
    source = nbformat.read(unit.source_file, as_version=4)
    released = nbformat.read(unit.release_file, as_version=4)
    solved = solved_notebook(unit)
    nbformat.validate(solved)
    text = "\n".join(cell.source for cell in solved.cells)
    hidden = hidden_checks(source) + hidden_shapes(source)
    assert hidden and not [one for one in hidden if one in text]
    assert "HIDDEN TESTS" not in text and "### BEGIN" not in text and "### END" not in text
    of_source = {cell.id: cell.source for cell in source.cells}
    for cell, given in zip(solved.cells, released.cells, strict=True):
        if given.metadata.get("nbgrader", {}).get("solution"):
            assert "raise NotImplementedError()" not in cell.source
            assert ast.dump(ast.parse(cell.source)) == ast.dump(ast.parse(of_source[cell.id]))
        else:
            assert cell == given


@pytest.mark.filterwarnings("ignore:Object of type:sqlalchemy.exc.SAWarning")  # nbgrader's own
def test_nothing_is_handed_out_before_the_last_student_is_due(unit: Unit, tmp_path: Path) -> None:
    """Not without a date, not before it, not while somebody has an extension; then it is."""
    target = tmp_path / "solved.ipynb"
    with pytest.raises(CourseError, match="has no due date"):
        write_solutions(unit, target, force=False, now=DUE + timedelta(days=9))
    due(unit, extension=timedelta(days=2))
    for days in (-1, 1):
        with pytest.raises(CourseError, match="2026-05-03 12:00 UTC"):
            write_solutions(unit, target, force=False, now=DUE + timedelta(days=days))
    assert not target.exists()
    assert write_solutions(unit, target, force=False, now=DUE + timedelta(days=2)) == target
    assert nbformat.read(target, as_version=4) == solved_notebook(unit)


def test_a_date_in_course_toml_counts_without_a_gradebook(unit: Unit, tmp_path: Path) -> None:
    """Nothing has been graded yet, and nothing is made by asking."""
    (unit.root / "gradebook.db").unlink()
    text = (unit.root / "course.toml").read_text("utf-8")
    text = text.replace(f'id = "{unit.id}"', f'id = "{unit.id}"\ndue = "2026-05-01 12:00 +00:00"')
    (unit.root / "course.toml").write_text(text, "utf-8")
    dated = load_course(unit.root).unit(unit.id)
    with pytest.raises(CourseError, match="is due at 2026-05-01 12:00 UTC"):
        write_solutions(dated, tmp_path / "solved.ipynb", force=False, now=DUE - timedelta(days=1))
    assert not (unit.root / "gradebook.db").exists()


def test_the_command_writes_beside_the_course_and_never_into_what_is_built(unit: Unit) -> None:
    """By default into solutions/; a file in source/ or release/ is refused, and stays as it was."""
    before = unit.source_file.read_bytes(), unit.release_file.read_bytes()
    command = ["solutions", unit.id, "--root", str(unit.root)]
    refused = CliRunner().invoke(commands, command)
    assert isinstance(refused.exception, CourseError)
    for file in (unit.source_file, unit.release_file, unit.release_file.with_name("new.ipynb")):
        refused = CliRunner().invoke(commands, [*command, "--force", "--to", str(file)])
        assert "which the build writes" in str(refused.exception)
    done = CliRunner().invoke(commands, [*command, "--force"])
    written = unit.root / "solutions" / unit.id / f"{unit.notebook}.ipynb"
    assert (done.exit_code, done.output.strip()) == (0, str(written))
    assert nbformat.read(written, as_version=4) == solved_notebook(unit)
    assert (unit.source_file.read_bytes(), unit.release_file.read_bytes()) == before
    assert not unit.release_file.with_name("new.ipynb").exists()


def test_a_release_that_is_missing_is_named(unit: Unit) -> None:
    """Nothing can be filled in then."""
    unit.release_file.unlink()
    with pytest.raises(CourseError, match="does not exist: build"):
        solved_notebook(unit)
