"""`kerasgrader roster`: the class list of any platform becomes roster.csv and nbgrader's table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kerasgrader.cli import commands
from kerasgrader.course.course import Unit
from kerasgrader.errors import CourseError
from kerasgrader.marking import gradebook as scores
from kerasgrader.marking.nbgrader import load_config, open_gradebook

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Quiz\n"
    "    Points Possible,,,,,10\n"
    '"Doe, Ada",11,s11,ada,A,\n'
    '"Łoś, Zoë",12,s12,zoe,A,\n'
    '"Student, Test",99,,test,A,\n'
)
MOODLE = "First name,Last name,ID number,Email address\nAda,Doe,ada,ada@x.org\nBo,Lee,bo,bo@x.org\n"


@pytest.fixture
def root(small_course: Callable[[Path], Unit], tmp_path: Path) -> Path:
    return small_course(tmp_path / "course").root


def roster(root: Path, text: str, *options: str) -> Result:
    """The command, on a file outside the course."""
    file = root.parent / "students.csv"
    file.write_text(text, "utf-8-sig")
    return CliRunner().invoke(commands, ["roster", str(file), "--root", str(root), *options])


def people(root: Path) -> dict[str, tuple[str, str]]:
    with open_gradebook(load_config(root)) as gradebook:
        return {one.id: (one.name, one.email) for one in scores.people(gradebook).values()}


def test_canvas_export_becomes_the_class(root: Path) -> None:
    """Without its row of points and its test student; the list is stored as it came."""
    done = roster(root, CANVAS)
    assert done.exit_code == 0, done.output
    assert people(root) == {"ada": ("Ada Doe", ""), "zoe": ("Zoë Łoś", "")}
    assert done.output == "2 students on the list\nnew (2): ada, zoe\n"
    assert (root / "roster.csv").read_text("utf-8-sig") == CANVAS


def test_a_later_list_adds_corrects_and_takes_nobody_away(root: Path) -> None:
    """Another platform's, too: who is gone stays and is named; the same list again changes nothing."""
    roster(root, CANVAS)
    done = roster(root, MOODLE)
    assert done.output.splitlines() == [
        "2 students on the list",
        "new (1): bo",
        "another name or address (1): ada",
        "not on the list any more, and still in the gradebook (1): zoe",
    ]
    assert people(root) == {
        "ada": ("Ada Doe", "ada@x.org"),
        "bo": ("Bo Lee", "bo@x.org"),
        "zoe": ("Zoë Łoś", ""),
    }
    assert roster(root, MOODLE).output.splitlines()[1:] == [done.output.splitlines()[3]]


def test_a_dry_run_writes_nothing(root: Path) -> None:
    """And says the same."""
    done = roster(root, CANVAS, "--dry-run")
    assert done.output == "2 students on the list, nothing written\nnew (2): ada, zoe\n"
    assert people(root) == {} and not (root / "roster.csv").exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name\nAda\n",
        "id,email\nada,a@x.org\nbob,a@x.org\n",
        "id\nada\nada\n",
        "id\n../ada\n",
    ],
)
def test_a_list_that_is_not_in_order_changes_nothing(text: str, root: Path) -> None:
    """Nobody on it, two ids of one person, one id twice, an id that is a path."""
    roster(root, CANVAS)
    before = people(root)
    assert isinstance(roster(root, text).exception, CourseError)
    assert people(root) == before
    assert (root / "roster.csv").read_text("utf-8-sig") == CANVAS
