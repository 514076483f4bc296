"""What the report says first, how hard each check was, and classes side by side."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from click.testing import CliRunner

from kerascheck.judge.verdict import Aspect
from kerasgrader.cli import commands
from kerasgrader.course.course import Unit, load_course
from kerasgrader.errors import CourseError
from kerasgrader.marking import gradebook as scores
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from kerasgrader.marking.questions import AWAITS
from kerasgrader.report import write_report
from kerasgrader.report.advice import MOST, advice_on
from kerasgrader.report.beside import Beside, Standing, of_facts, of_units, of_years
from kerasgrader.report.checks import BACKWARDS, FEWEST, check_facts
from kerasgrader.report.facts import ClassFacts, ExerciseFacts, Ungraded, Work
from kerasgrader.report.page import page
from tests.support.class_facts import TEST, facts, work
from tests.support.course_folder import copy_of

BLOCK, NETWORK = "identity_block", "ResNet50"
CAUSE, OTHER = "layer-set-up-differently", "without-end"


def results(student: str, block: float, network: float, *causes: str) -> Work:
    """A student's points of 30 and of 40; causes: misconceptions in the first exercise."""
    exercises = (
        ExerciseFacts(
            BLOCK,
            TEST,
            "passed" if block == 30 else "incorrect",
            block,
            30,
            aspects=(Aspect("names", min(block, 6), 6),),
            misconceptions=causes,
        ),
        ExerciseFacts(
            NETWORK, "test_resnet50", "passed" if network == 40 else "incorrect", network, 40
        ),
    )
    total = block + network
    return work(student, exercises=exercises, points=total, score=total)


def class_of(*works: Work, **fields: object) -> ClassFacts:
    tests = {TEST: BLOCK, "test_resnet50": NETWORK}
    return facts(*works, of=70.0, tests=tests, **fields)


def test_three_sentences_tell_how_the_class_stands() -> None:
    """How many have all and less than half, the hardest exercise with its commonest cause, what waits."""
    found = advice_on(
        class_of(
            results("ada", 30, 40),
            results("bob", 10, 40, CAUSE, OTHER),
            results("eve", 5, 20, CAUSE),
        )
    )
    assert found.sentences == (
        "1 of 3 students has all 70 points, half of the class has 50 or more, and 1 has less than half.",
        "The hardest exercise was identity_block: 1 of 3 students passed it, and 2 of the others made the "
        "same mistake: “A layer is set up differently”.",
        "Nothing waits for a person.",
    )


def test_the_third_sentence_counts_what_waits() -> None:
    """Answers to read, irregular submissions, those without points, and points that are too old."""
    asked = ExerciseFacts("why", "why", AWAITS, None, 5)
    found = advice_on(
        class_of(
            work("ada", exercises=(asked,)),
            work("bob", exercises=(asked,), irregular=("forged",)),
            work("eve", remark="needs a look: points by hand for why are older"),
            ungraded=(Ungraded("kim", "Kim", "no notebook"),),
        )
    )
    assert found.sentences[2] == (
        "What waits for you: 2 answers to grade in the formgrader, 1 irregular submission, 1 submission "
        "without points, 1 answer that is newer than its points."
    )


def test_a_class_without_points_has_its_sentences() -> None:
    """And one in which everybody passed everything."""
    assert advice_on(class_of()).sentences[:2] == (
        "Nobody has points yet.",
        "No exercise has an outcome yet.",
    )
    assert advice_on(class_of(results("ada", 30, 40))).sentences[1] == (
        "Everybody passed every exercise."
    )


def test_whom_to_see_is_in_order_and_names_every_reason() -> None:
    """Irregular, without points, less than half, nothing submitted; each student once, ten of a kind."""
    low = [results(f"low{i:02}", i, 0) for i in range(MOST + 2)]
    found = advice_on(
        class_of(
            *low,
            work("odd", irregular=("forged",), points=1, score=1),
            results("fine", 30, 40),
            ungraded=(Ungraded("kim", "Kim", "no notebook"),),
            absent=(scores.Person("zoe", "Zoë"),),
        )
    )
    assert [item.student for item in found.meetings] == [
        "odd",
        "kim",
        "low00",
        *[f"low{i:02}" for i in range(1, MOST - 1)],
        "zoe",
    ]
    assert found.meetings[0].reasons == ("an irregular submission", "1 of 70 points")
    assert found.others == ("3 more: less than half of the points",)


def test_a_topic_for_the_lecture_is_a_mistake_of_two_or_more() -> None:
    """The most frequent first."""
    found = advice_on(
        class_of(
            results("ada", 1, 1, CAUSE),
            results("bob", 1, 1, CAUSE),
            results("eve", 1, 1, OTHER),
        )
    )
    assert [item.id for item in found.topics] == [CAUSE]


def test_difficulty_and_discrimination_are_those_of_item_analysis() -> None:
    """The mean share, and the correlation with the points of the other exercises, as NumPy has them."""
    chance = np.random.default_rng(3)
    block, network = chance.integers(0, 31, 25), chance.integers(0, 41, 25)
    works = [
        results(f"s{i:02}", float(a), float(b))
        for i, (a, b) in enumerate(zip(block, network, strict=True))
    ]
    found = {(item.exercise, item.aspect): item for item in check_facts(class_of(*works))}
    assert [*found] == [(BLOCK, ""), (BLOCK, "names"), (NETWORK, "")]
    together = np.corrcoef(block, network)[0, 1]
    names = np.minimum(block, 6) / 6
    for key, difficulty, discrimination in (
        ((BLOCK, ""), block.mean() / 30, together),
        ((NETWORK, ""), network.mean() / 40, together),
        ((BLOCK, "names"), names.mean(), np.corrcoef(names, network)[0, 1]),
    ):
        assert found[key].difficulty == pytest.approx(difficulty)
        assert found[key].discrimination == pytest.approx(discrimination)


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([(i, i) for i in range(FEWEST)], "very well"),
        ([(i, 40 - i) for i in range(FEWEST)], BACKWARDS),
        ([(5, i) for i in range(FEWEST)], ""),  # all earned the same
        ([(i, i) for i in range(FEWEST - 1)], ""),  # too few
    ],
)
def test_discrimination_has_words(points: list[tuple[int, int]], words: str) -> None:
    """None where nothing can be known."""
    works = [results(f"s{i}", a, b) for i, (a, b) in enumerate(points)]
    assert check_facts(class_of(*works))[0].in_words == words


def test_other_units_stand_beside_this_one(graded_class: Unit) -> None:
    """Those in which somebody has points in the gradebook, in the course's order."""
    unit, course = graded_class, load_course(graded_class.root)
    with open_gradebook(load_config(unit.root)) as gradebook:
        [standing] = of_units(course, gradebook, "another")
        assert list(of_units(course, gradebook, unit.id)) == []
        found = scores.submissions(gradebook, unit.id).values()
        points = sorted(item.score for item in found if item.graded)
    assert standing == Standing(
        unit.title,
        len(points),
        median(points) / 100,
        points.count(100),
        sum(p < 50 for p in points),
        {},
    )


def test_another_year_stands_beside_this_one(tmp_path: Path) -> None:
    """By its report.json: the same figures as its own report had."""
    last = class_of(results("ada", 30, 40), results("bob", 10, 10), made="2025-12-01 10:00 UTC")
    plain = last.to_plain()
    (tmp_path / "report.json").write_text(json.dumps(plain), "utf-8")
    now = class_of(results("eve", 30, 20))
    [standing] = of_years([tmp_path / "report.json"], now)
    assert standing == of_facts(last, "2025-12-01 10:00 UTC")
    assert asdict(standing) == {
        "label": "2025-12-01 10:00 UTC",
        "graded": 2,
        "median": 45 / 70,
        "full": 1,
        "below": 1,
        "passed": {BLOCK: 0.5, NETWORK: 0.5},
    }
    html = page(now, None, Beside([], [standing]))
    assert "This unit in other years" in html and "2025-12-01 10:00 UTC" in html


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"unit": "unit9"}'])
def test_what_is_no_report_of_the_unit_is_refused(text: str, tmp_path: Path) -> None:
    """In one sentence, with what to name instead."""
    (tmp_path / "report.json").write_text(text)
    with pytest.raises(CourseError, match=r"is no report of unit1: name the report\.json"):
        list(of_years([tmp_path / "report.json"], class_of()))


def test_every_name_links_to_its_page(graded_class: Unit, tmp_path: Path) -> None:
    """From wherever the report lies, and only where there is a page."""
    unit = copy_of(graded_class, tmp_path / "a course")
    (unit.feedback("wrong") / f"{unit.notebook}.html").unlink()
    folder = tmp_path / "elsewhere"
    done = CliRunner().invoke(
        commands, ["report", unit.id, "--to", str(folder), "--no-similar", "--root", str(unit.root)]
    )
    assert done.exit_code == 0, done.output
    html = (folder / "report.html").read_text("utf-8")
    linked = {
        student for student in ("right", "raising", "wrong") if f"{student}/{unit.id}/" in html
    }
    assert linked == {"right", "raising"}
    [address, *_] = [part.split('"')[0] for part in html.split('href="')[1:] if "/right/" in part]
    assert (folder / address.replace("%20", " ")).resolve().is_file()


def test_a_report_beside_another_year_is_written(graded_class: Unit, tmp_path: Path) -> None:
    """By the command, from the file that the command wrote; a wrong file leaves the report as it was."""
    unit = copy_of(graded_class, tmp_path / "course")
    [*files] = write_report(unit.root, unit.id, similar=False).files
    command = ["report", unit.id, "--no-similar", "--root", str(unit.root), "--beside"]
    done = CliRunner().invoke(commands, [*command, str(files[1])])
    assert done.exit_code == 0, done.output
    before = files[0].read_text("utf-8")
    assert "This unit in other years" in before
    refused = CliRunner().invoke(commands, [*command, str(unit.root / "course.toml")])
    assert isinstance(refused.exception, CourseError)
    assert files[0].read_text("utf-8") == before
