"""A whole term on a Hub: fifty students submit at once; twenty go through two units to the export.

The term is a story: each fixture is a part of it, and stores what was seen. The tests look at that, in any
order.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import nbformat
import pytest
from playwright.sync_api import Browser

from kerasgrader.course.course import load_course
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from tests import students
from tests.students.submissions import reference_cells, with_answers, write_as_it_is
from tests.support.browser import (
    CHROMIUM,
    assignment_list,
    listed,
    log_in,
    new_page,
    picture,
)
from tests.support.course_folder import ROOT, UNIT
from tests.support.hub_world import HubWorld

pytestmark = [pytest.mark.slow, pytest.mark.hub]

OTHER_UNIT = "unit0-why-residuals"
STORM_UNIT = "unit3-resnet-v1"  # no other test submits it
WRONG = "wrong/identity_block:no_final_relu"
UNSOLVED, SOLVED = "unsolved", "solved"
NOTE = "notes.txt"  # says whose submission it is; not part of what is executed
EXPORTERS = {
    "nbgrader": None,
    "Canvas": "kerasgrader.export.CanvasExport",
    "Moodle": "kerasgrader.export.MoodleExport",
}
KEYS = {"Canvas": "SIS Login ID", "Moodle": "ID number"}

Scores = Mapping[tuple[str, str], float]  # by unit and student


@dataclass(frozen=True)
class Roles:
    """The students of the term, by what they do."""

    in_browsers: Sequence[str]
    solved: Sequence[str]
    wrong: Sequence[str]
    mending: Sequence[str]  # wrong first, and right before the time is up
    late: str  # wrong first, and right after it
    untouched: Sequence[str]

    @property
    def at_the_exchange(self) -> list[str]:
        """All who submit without a browser."""
        return [*self.solved, *self.wrong, *self.mending, self.late, *self.untouched]

    @property
    def all(self) -> list[str]:
        return [*self.in_browsers, *self.at_the_exchange]


@dataclass(frozen=True)
class Round:
    """What collecting and grading gave. how: how each student's notebook of UNIT was graded."""

    scores: Scores
    how: Mapping[str, str]
    late: Mapping[str, float]  # seconds, of those who were


@pytest.fixture(scope="module")
def term(hub: HubWorld) -> Roles:
    """Twenty students, two of them in browsers."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium: apt install chromium")
    names = hub.crowd
    return Roles(names[:2], names[2:6], names[6:10], names[10:13], names[13], names[14:20])


@pytest.fixture(scope="module")
def first_round(hub: HubWorld, term: Roles, browser: Browser) -> Round:
    """Two units are released, submitted, collected and graded."""
    for unit_id in (UNIT, OTHER_UNIT):
        hub.release(unit_id)
    hub.fetch(term.all, UNIT, OTHER_UNIT)
    write_answer(hub, UNIT, [*term.in_browsers, *term.solved], SOLVED)
    write_answer(hub, UNIT, [*term.wrong, *term.mending, term.late], WRONG)
    write_answer(hub, UNIT, term.untouched, UNSOLVED)
    write_answer(hub, OTHER_UNIT, term.all, UNSOLVED)
    hub.submit(term.all, OTHER_UNIT)
    hub.submit(term.at_the_exchange, UNIT)
    submit_in_browsers(hub, browser, term.in_browsers)
    for unit_id in (UNIT, OTHER_UNIT):
        collect(hub, unit_id)
    how = grade(hub, UNIT, term.all)
    grade(hub, OTHER_UNIT, term.all)
    return Round(scores(hub), how, late_seconds(hub, UNIT))


@pytest.fixture(scope="module")
def second_round(hub: HubWorld, term: Roles, first_round: Round) -> Round:
    """Time is up; some have mended their answers before, and one hands in after it."""
    write_answer(hub, UNIT, [*term.mending, term.late], SOLVED)
    hub.submit(term.mending, UNIT)
    set_due(hub, UNIT, datetime.now(UTC))
    hub.submit([term.late], UNIT)
    collect(hub, UNIT)
    how = grade(hub, UNIT, term.all)
    return Round(scores(hub), how, late_seconds(hub, UNIT))


def write_answer(hub: HubWorld, unit_id: str, names: Iterable[str], answer: str) -> None:
    """Put an answer into the students' homes, as if they had written it there."""
    unit = hub.unit(unit_id)
    release = nbformat.read(unit.release_file, as_version=4)
    reference = reference_cells(nbformat.read(unit.source_file, as_version=4))
    answers = (
        [] if answer == SOLVED else [students.answer_at(answer)] if answer != UNSOLVED else None
    )
    notebook = release if answers is None else with_answers(release, reference, answers)
    for name in names:
        folder = hub.home(name) / unit_id
        write_as_it_is(notebook, folder / f"{unit.notebook}.ipynb")
        (folder / NOTE).write_text(f"{name} {unit_id}\n")


def submit_in_browsers(hub: HubWorld, browser: Browser, names: Sequence[str]) -> None:
    """These students have their servers started at the same time, and press Submit."""
    pages = [new_page(browser) for _ in names]
    for page, name in zip(pages, names, strict=True):
        log_in(page, hub, name)
    for page in pages:
        page.wait_for_selector("#jp-main-dock-panel .lm-TabBar-tab")
        assignment_list(page)
        row = listed(page, "fetched", UNIT)
        with page.expect_response(lambda answer: "assignments/submit" in answer.url) as answer:
            row.get_by_role("button", name="Submit").click()
        assert answer.value.json()["success"]
        listed(page, "submitted", UNIT).wait_for()
    picture(pages[0], "term-submitted")
    for page in pages:
        page.context.close()


def collect(hub: HubWorld, unit_id: str) -> None:
    hub.nbgrader("collect", "--update", unit_id)


def grade(hub: HubWorld, unit_id: str, names: Sequence[str]) -> dict[str, str]:
    """Grade the unit for these students; how each was graded."""
    file = hub.classroom.course_folder / "marks.json"
    chosen = [word for name in names for word in ("--student", name)]
    hub.course("kerasgrader", "grade", unit_id, "--json", str(file), *chosen)
    return {item["student"]: item["how"] for item in json.loads(file.read_text())["submissions"]}


def scores(hub: HubWorld) -> Scores:
    """The scores in the gradebook."""
    with open_gradebook(load_config(hub.classroom.course_folder)) as gradebook:
        return {
            (unit_id, submission.student_id): submission.score
            for unit_id in (UNIT, OTHER_UNIT)
            for submission in gradebook.assignment_submissions(unit_id)
        }


def set_due(hub: HubWorld, unit_id: str, when: datetime) -> None:
    with open_gradebook(load_config(hub.classroom.course_folder)) as gradebook:
        gradebook.update_or_create_assignment(
            unit_id, duedate=when.strftime("%Y-%m-%d %H:%M:%S.%f")
        )


def late_seconds(hub: HubWorld, unit_id: str) -> dict[str, float]:
    """How late they were, of those who were."""
    with open_gradebook(load_config(hub.classroom.course_folder)) as gradebook:
        found = gradebook.assignment_submissions(unit_id)
        return {s.student_id: s.total_seconds_late for s in found if s.total_seconds_late > 0}


def exported(hub: HubWorld, platform: str) -> Scores:
    """The scores in the export for a platform."""
    file, exporter = hub.classroom.course_folder / f"{platform}.csv", EXPORTERS[platform]
    if exporter is None:
        hub.course("nbgrader", "export", "--to", str(file))
    else:
        hub.nbgrader("export", "--to", str(file), f"--exporter={exporter}")
    with file.open(newline="", encoding="utf-8-sig") as table:
        rows = list(csv.DictReader(table))
    if platform in KEYS:
        return by_title_and_student(rows, KEYS[platform])
    return {(row["assignment"], row["student_id"]): float(row["score"]) for row in rows}


def by_title_and_student(rows: Iterable[Mapping[str, str]], key: str) -> Scores:
    """The scores of a gradebook that has a column for each unit, and ids in the column `key`."""
    titles = {unit.title: unit.id for unit in load_course(ROOT).units}
    return {
        (titles[name], row[key]): float(row[name])
        for row in rows
        for name in row
        if name in titles and row[key] and row[name]
    }


def write_roster(hub: HubWorld) -> None:
    """What the university knows of its students."""
    lines = ["student_id,SIS Login ID,ID number,Email address"]
    lines += [f"{name},{name},{name},{name}@example.org" for name in hub.students]
    (hub.classroom.course_folder / "roster.csv").write_text("\n".join(lines) + "\n")


def test_fifty_students_submit_at_once(hub: HubWorld) -> None:
    """All fifty submissions arrive, each whole and under its own name, and all are collected."""
    names, notebook = hub.students, f"{hub.unit(STORM_UNIT).notebook}.ipynb"
    assert len(names) == 50
    hub.release(STORM_UNIT)
    hub.fetch(names, STORM_UNIT)
    write_answer(hub, STORM_UNIT, names, UNSOLVED)
    started = time.monotonic()
    hub.submit(names, STORM_UNIT)
    print(f"fifty submissions in {time.monotonic() - started:.1f} s")
    hub.course("nbgrader", "collect", STORM_UNIT)
    for name in names:
        folder = hub.classroom.course_folder / "submitted" / name / STORM_UNIT
        assert (folder / NOTE).read_text() == f"{name} {STORM_UNIT}\n"
        sent = hub.home(name) / STORM_UNIT / notebook
        assert (folder / notebook).read_bytes() == sent.read_bytes()


@pytest.mark.browser
def test_everybody_gets_what_was_earned(term: Roles, first_round: Round) -> None:
    """All points for what is right, none for what is untouched, and some for what is half right."""
    earned = first_round.scores
    for name in (*term.in_browsers, *term.solved):
        assert earned[UNIT, name] == 100
    assert {earned[UNIT, name] for name in term.untouched} == {0}
    (half,) = {earned[UNIT, name] for name in (*term.wrong, *term.mending, term.late)}
    assert 0 < half < 100
    assert {earned[OTHER_UNIT, name] for name in term.all} == {0}


@pytest.mark.browser
def test_a_mended_answer_counts(term: Roles, second_round: Round) -> None:
    """Who hands in again gets what the new answer earns; the others keep what they have."""
    earned = second_round.scores
    assert [earned[UNIT, name] for name in term.mending] == [100] * len(term.mending)
    assert {earned[UNIT, name] for name in term.untouched} == {0}


@pytest.mark.browser
def test_who_is_late_is_known(term: Roles, first_round: Round, second_round: Round) -> None:
    """The one who submits when the time is up is late, and nobody else of the class."""
    assert first_round.late.keys() & set(term.all) == set()
    assert second_round.late.keys() & set(term.all) == {term.late}


@pytest.mark.browser
def test_what_has_not_changed_is_not_graded_again(
    term: Roles, first_round: Round, second_round: Round
) -> None:
    """The second time, nothing that was graded before is executed: its page shows the new due date."""
    assert {first_round.how[name] for name in term.untouched} <= {"executed", "kept"}
    assert {second_round.how[name] for name in term.untouched} == {"updated"}


@pytest.mark.browser
@pytest.mark.parametrize("platform", EXPORTERS)
def test_what_is_exported_is_what_was_earned(
    hub: HubWorld, term: Roles, second_round: Round, platform: str
) -> None:
    """Each export has the scores of the gradebook, of both units and all students."""
    write_roster(hub)
    table = exported(hub, platform)
    for unit_id in (UNIT, OTHER_UNIT):
        for name in term.all:
            assert table[unit_id, name] == second_round.scores[unit_id, name]


@pytest.mark.browser
def test_feedback_is_given_back_to_one(hub: HubWorld, term: Roles, second_round: Round) -> None:
    """Feedback for one student is generated and released by nbgrader's commands."""
    hub.nbgrader("generate_feedback", UNIT, f"--student={term.late}")
    hub.course("nbgrader", "release_feedback", UNIT, f"--student={term.late}")
    folder = hub.classroom.course_folder / "feedback" / term.late / UNIT
    assert (folder / f"{hub.unit(UNIT).notebook}.html").is_file()
