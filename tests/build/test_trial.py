"""`kerasgrader try`: what generic mistakes an exercise's test lets through, and which pairs never meet."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from kerasgrader.build.mistakes import mistakes
from kerasgrader.build.trial import Tried, missing_pairs, try_unit
from kerasgrader.cli import commands
from kerasgrader.course.course import Unit

SOURCE = '''
def shift(values, by=1, up=True):
    """Each value, moved."""
    if by < 0:
        raise ValueError(f"by is {by}")
    moved = [value + by if up else value - by for value in sorted(values)]
    return moved, len(moved)
'''


def test_the_bank_has_every_kind_of_mistake_and_valid_code() -> None:
    bank = mistakes(SOURCE, "shift")
    assert {mistake.kind for mistake in bank} == {
        "argument ignored",
        "argument changed",
        "parameters exchanged",
        "branch",
        "comparison",
        "error",
        "number",
        "order",
        "remembers",
        "results exchanged",
        "setting",
        "step left out",
        "type",
    }
    for mistake in bank:
        ast.parse(mistake.source)
    assert len({mistake.source for mistake in bank}) == len(bank)


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ("two results exchanged", (2, [2, 3])),
        ("by is always 1", ([2, 3], 2)),
        ("the opposite operation: value + by", ([-4, -3], 2)),
        ("without moved = ", NameError),
    ],
)
def test_a_mistake_does_what_it_says(story: str, expected: object) -> None:
    [mistake] = [m for m in mistakes(SOURCE, "shift") if m.story.startswith(story)]
    names: dict = {"_effects": []}
    exec(mistake.source, names)
    if isinstance(expected, type):
        with pytest.raises(expected):
            names["shift"]([1, 2], by=5)
    else:
        assert (
            names["shift"]([1, 2], by=1 if "always" in story else 5 if "opp" in story else 1)
            == expected
        )


def test_pairs_that_no_probe_has() -> None:
    """Values of a switch are told apart; other parameters are as they are by default, or changed."""
    test = "check.values(shift, [1], 2)\ncheck.values(shift, [1], up=False)"
    assert missing_pairs(SOURCE, "shift", test) == ["by: another value with up: False"]
    further = "\ncheck.values(shift, [1], check.size(2, 4), False)"
    assert missing_pairs(SOURCE, "shift", test + further) == []


@pytest.fixture
def unit(small_course: Callable[[Path], Unit], tmp_path: Path) -> Unit:
    return small_course(tmp_path / "course")


@pytest.fixture
def tried(unit: Unit) -> dict[str, Tried]:
    return {tried.exercise: tried for tried in try_unit(unit)}


def test_an_exercise_is_tried_in_a_process_of_its_own(tried: dict[str, Tried]) -> None:
    [found] = tried.values()
    assert found.tried > 10 and not found.unexplained
    assert len(found.survivors) < found.tried / 4


def test_a_test_that_looks_at_nothing_lets_everything_through(unit: Unit, tmp_path: Path) -> None:
    """And the command says so, and fails."""
    text = unit.lesson_file.read_text("utf-8")
    [check] = set(re.findall(r"check\.block\((\w+), [^\n]*", text))
    thin = re.sub(
        r"(?m)^check\.block\(.*$", f"check.values(lambda: {check} is None)", text, count=1
    )
    thin = re.sub(r"(?m)^check\.block\(.*\n", "", thin)
    lesson = tmp_path / unit.lesson_file.name
    lesson.write_text(thin, "utf-8")
    [found] = try_unit(_Elsewhere(unit, lesson))  # type: ignore[arg-type]
    assert len(found.survivors) == found.tried and found.has_holes


class _Elsewhere:
    """A unit whose lesson is another file."""

    def __init__(self, unit: Unit, lesson: Path) -> None:
        self.unit, self.lesson_file = unit, lesson


def test_a_reason_in_the_header_excuses_a_survivor(tried: dict[str, Tried]) -> None:
    [found] = tried.values()
    excused = replace(found, survivors=(), missing=(), excused={"by is always 1": "so it is"})
    assert not excused.has_holes
    assert "  keeps full marks: by is always 1 (so it is)" in list(excused.lines())


def test_the_command_says_what_a_unit_lets_through(unit: Unit, tried: dict[str, Tried]) -> None:
    result = CliRunner().invoke(
        commands, ["try", unit.id, "--root", str(unit.root)], catch_exceptions=False
    )
    assert "mistakes lose marks" in result.output
    assert result.exit_code == int(any(found.has_holes for found in tried.values()))
