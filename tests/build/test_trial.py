"""`kerasgrader try`: what generic mistakes an exercise's test lets through, and which pairs never meet."""

from __future__ import annotations

import ast
import json
import re
import signal
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from kerascheck import check
from kerascheck.evidence.evidence import Evidence
from kerascheck.probes.given.arguments import Seed
from kerascheck.probes.given.draw import Draw
from kerasgrader.build import trial, trial_process
from kerasgrader.build.mistakes import Mistake, mistakes
from kerasgrader.build.trial import Tried, missing_of, missing_pairs, try_unit
from kerasgrader.cli import commands
from kerasgrader.course.course import Unit, load_course
from kerasgrader.errors import CourseError
from tests.support.course_folder import ROOT

MISTAKE = Mistake("number", "by is one more", "")

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
    test = "check.values(shift, [1], 2)\ncheck.values(shift, [1, 2], up=False)"
    assert missing_pairs(SOURCE, "shift", test) == ["by: another value with up: False"]
    further = "\ncheck.values(shift, [1], check.size(2, 4), False)"
    assert missing_pairs(SOURCE, "shift", test + further) == []


KERNELS = """
def blend(x, height, width, factor=2):
    return x
"""


def confused(*probes: str) -> list[str]:
    missing = missing_pairs(KERNELS, "blend", "\n".join(probes))
    return [lack for lack in missing if lack.endswith("apart")]


def test_sizes_that_no_probe_tells_apart() -> None:
    """Two that are equal, or may be drawn so; a drawn size and its own number are one."""
    square = "check.values(blend, check.normal(4, 5, 5), 7, 7, 3)"
    assert confused(square) == ["height and width apart", "x[1] and x[2] apart"]
    by_chance = (
        "check.values(blend, check.normal(4, 5, 6), check.size(7, 9), check.one_of(9, 12), 3)"
    )
    assert confused(by_chance) == ["height and width apart"]
    assert confused(square, by_chance) == ["height and width apart"]
    apart = (
        "check.values(blend, check.normal(4, 5, 6), width=check.size(10, 11), height=9, factor=3)"
    )
    assert confused(by_chance, apart) == []


def test_sizes_that_may_be_one_number_for_some_secret() -> None:
    """Then an answer that holds the number passes by chance."""
    probes = [
        "check.values(blend, {x}, 4, 5)",
        "check.values(blend, {x}, {y}, 7, factor=check.size(2, 3))",
    ]
    by_chance = "\n".join(probes).format(x="None", y="check.size(4, 6)")
    assert missing_pairs(KERNELS, "blend", by_chance) == [
        "a second number for factor",
        "a second number for height",
        "factor other than by default",
    ]
    sure = by_chance.replace("check.size(4, 6)", "check.size(5, 6)").replace("(2, 3)", "(3, 4)")
    assert missing_pairs(KERNELS, "blend", sure) == []


def test_sizes_of_two_arguments_that_are_drawn_as_one_number_belong_together() -> None:
    together = "check.values(blend, check.normal(check.size(2, 4), 5, 6), check.size(2, 4), 7, 8)"
    assert confused(together) == []
    assert confused(together.replace("check.size(2, 4)", "3")) == ["height and x[0] apart"]
    within = "check.values(blend, check.normal(check.size(2, 4), check.size(2, 4), 6), 5, 7, 8)"
    assert confused(within) == ["x[0] and x[1] apart"]


def test_each_call_of_a_probe_and_each_choice_of_a_shape_counts() -> None:
    """A choice of two shapes tells height from width where both do."""
    image = "check.values(blend, {}, 7, 8, 9)"
    size = 'check.each(check.picture("a.png"), check.picture("b.png", size=(5, 6)))'
    assert confused(image.format(size)) == []
    assert confused(image.format("check.one_of((3, 5), (5, 3))")) == []
    assert confused(image.format("check.one_of((3, 5), (4, 4))")) == ["x[0] and x[1] apart"]


def test_a_block_is_told_by_the_shape_that_it_is_applied_to() -> None:
    """The size of a batch is none that it could take for another."""
    block = "check.block(blend, 5, 6, shape=(5, 9, {}, 3))"
    assert confused(block.format(9)) == ["x[1] and x[2] apart"]
    assert confused(block.format(8)) == []


@pytest.mark.parametrize("unit", load_course(ROOT).units, ids=lambda unit: unit.id)
def test_the_probes_of_this_course_vary_all_sizes_whatever_the_secret(unit: Unit) -> None:
    """Or the lesson's header says why not."""
    assert not {name: pairs for name, pairs in missing_of(unit).items() if pairs}


def test_what_is_called_apart_is_drawn_apart_for_every_secret() -> None:
    """A size is one of the numbers that it is taken to be, and the same one twice is one number."""
    size, other = check.size(4, 6), check.one_of(7, 9)
    drawn = [Draw(Seed(str(n)), "call", ExitStack()).value((size, other, size)) for n in range(200)]
    assert {a for a, _, _ in drawn} == {4, 5, 6} and {b for _, b, _ in drawn} == {7, 9}
    assert all(a == c for a, _, c in drawn)


@pytest.mark.parametrize(
    ("answer", "limit"),
    [
        ("while True: pass", "processor"),
        ("try:\n    while True: pass\nexcept BaseException:\n    while True: pass", "processor"),
        ("import threading\nthreading.Event().wait()", "wall"),
        ("raise SystemExit", ""),
    ],
)
def test_an_answer_has_so_much_processor_time_and_patience_on_the_wall(
    answer: str, limit: str
) -> None:
    """What catches everything is stopped again."""
    request = {"cells": {}, "exercise": "f", "given": "", "test": "", "secret": "s"}
    patience = 600 if limit == "processor" else 0.2
    before = [signal.getsignal(number) for number in (signal.SIGPROF, signal.SIGALRM)]
    try:
        limits = {"seconds": 0.2 if limit == "processor" else 600, "patience": patience}
        _, stopped = trial_process._tried({**request, **limits}, answer, [], [])
    finally:
        for number, handler in zip((signal.SIGPROF, signal.SIGALRM), before, strict=True):
            signal.signal(number, handler)
    assert stopped == limit


def test_an_answer_is_tried_up_to_the_first_probe_in_which_it_is_wrong() -> None:
    """What the others would give changes nothing; the solution runs to the end."""
    test = "from kerascheck import check\n" + "\n".join(f"check.values(f, {n})" for n in range(4))
    request = {"cells": {}, "exercise": "f", "given": "", "test": test, "secret": "s"}
    request |= {"seconds": 600, "patience": 600}

    def tried(answer: str, reference: list[Evidence]) -> list[Evidence]:
        return trial_process._tried(request, answer, [], reference)[0]

    reference = tried("def f(n):\n    return n + 1", [])
    assert len(reference) == len(tried("def f(n):\n    return 1 + n", reference)) == 4
    assert len(tried("def f(n):\n    return n + min(1, 2 - n)", reference)) == 3


@pytest.mark.parametrize(
    ("stopped", "reason"),
    [
        ("processor", "needs more than 20 seconds"),
        ("wall", "machine is too busy"),
        ("", "evidence"),
    ],
)
def test_a_solution_that_was_stopped_is_no_solution_without_evidence(
    unit: Unit, monkeypatch: pytest.MonkeyPatch, stopped: str, reason: str
) -> None:
    def run(command: list[str], cwd: Path, **options: object) -> subprocess.CompletedProcess:
        answers = json.loads((cwd / "request.json").read_text("utf-8"))["answers"]
        line = json.dumps({"evidence": [], "effective": True, "stopped": stopped})
        (cwd / "results").write_text("\n".join([line] * len(answers)), "utf-8")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(trial.subprocess, "run", run)
    with pytest.raises(CourseError, match=reason):
        list(try_unit(unit))


@pytest.fixture(scope="module")
def unit(small_course: Callable[[Path], Unit], tmp_path_factory: pytest.TempPathFactory) -> Unit:
    """A course of one exercise, to be read only."""
    return small_course(tmp_path_factory.mktemp("tried") / "course")


@pytest.fixture(scope="module")
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


def test_a_mistake_that_had_no_time_is_no_mistake_that_was_noticed(
    tried: dict[str, Tried],
) -> None:
    [found] = tried.values()
    hurried = replace(found, survivors=(), missing=(), undecided=(MISTAKE,))
    assert hurried.has_holes
    assert "  not decided, as this machine is too busy: by is one more" in list(hurried.lines())


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
