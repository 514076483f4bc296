"""A whole term on a Hub: fifty students submit in one minute; forty go through two units to the export."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import nbformat
import pytest
from playwright.sync_api import Browser

from resnet_grader.course import load_course
from resnet_grader.nbgrader_course import load_config, open_gradebook
from tests import students
from tests.students.handed_in import handed_in, reference_cells, write_as_it_is
from tests.support.browser import CHROMIUM, chromium, log_in, new_page, picture
from tests.support.course_folder import ROOT, UNIT
from tests.support.hub_world import HubWorld

pytestmark = [pytest.mark.slow, pytest.mark.hub]

OTHER_UNIT = "unit0-why-residuals"
WRONG = "wrong/identity_block:no_final_relu"
UNSOLVED, SOLVED = "unsolved", "solved"
NOTE = "notes.txt"  # says whose submission it is; not part of what is executed
STORM_SECONDS = 60
CANVAS, MOODLE = "resnet_grader.export.CanvasExport", "resnet_grader.export.MoodleExport"


def write_answer(hub: HubWorld, unit_id: str, names: Iterable[str], answer: str) -> None:
    """Put an answer into the students' homes, as if they had written it there."""
    unit = hub.unit(unit_id)
    release = nbformat.read(unit.release_file, as_version=4)
    reference = reference_cells(nbformat.read(unit.source_file, as_version=4))
    answers = (
        [] if answer == SOLVED else [students.answer_at(answer)] if answer != UNSOLVED else None
    )
    notebook = release if answers is None else handed_in(release, reference, answers)
    for name in names:
        folder = hub.home(name) / unit_id
        write_as_it_is(notebook, folder / f"{unit.notebook}.ipynb")
        (folder / NOTE).write_text(f"{name} {unit_id}\n")


def crowd(hub: HubWorld, does: str, unit_id: str, names: Sequence[str]) -> list[dict]:
    """All of them fetch or submit, each as the own Linux account, by nbgrader's own exchange."""
    steps = [
        {
            "does": does,
            "student": name,
            "unit": unit_id,
            "course": hub.classroom.course,
            "exchange": str(hub.classroom.exchange),
        }
        for name in names
    ]
    command = [*hub.inside(), sys.executable, "-m", "tests.support.exchange_crowd"]
    said = json.dumps(steps)
    done = subprocess.run(command, cwd=ROOT, input=said, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert {result["error"] for result in results} <= {""}
    return results


def collect(hub: HubWorld, unit_id: str) -> None:
    hub.course("nbgrader", "collect", "--update", unit_id)


def grade(hub: HubWorld, unit_id: str, names: Sequence[str]) -> dict[str, dict]:
    """Grade the unit for these students; what each got, by student."""
    file = hub.classroom.course_folder / "marks.json"
    chosen = [word for name in names for word in ("--student", name)]
    hub.course("resnet-grader", "grade", unit_id, "--json", str(file), *chosen)
    return {item["student"]: item for item in json.loads(file.read_text())["submissions"]}


def scores(hub: HubWorld, unit_id: str) -> dict[str, float]:
    """The scores in the gradebook, by student."""
    with open_gradebook(load_config(hub.classroom.course_folder)) as gradebook:
        found = gradebook.assignment_submissions(unit_id)
        return {submission.student_id: submission.score for submission in found}


def exported(hub: HubWorld, *options: str) -> list[dict[str, str]]:
    """The rows of an export of the marks; nbgrader's own if no other exporter is named."""
    file = hub.classroom.course_folder / "export.csv"
    hub.course("nbgrader", "export", "--to", str(file), *options)
    with file.open(newline="", encoding="utf-8-sig") as table:
        return list(csv.DictReader(table))


def by_unit_and_student(rows: Iterable[Mapping[str, str]]) -> dict[tuple[str, str], float]:
    return {(row["assignment"], row["student_id"]): float(row["score"]) for row in rows}


def by_title_and_student(
    rows: Iterable[Mapping[str, str]], key: str
) -> dict[tuple[str, str], float]:
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


@pytest.fixture(scope="module")
def released(hub: HubWorld) -> HubWorld:
    for unit_id in (UNIT, OTHER_UNIT):
        hub.course("nbgrader", "release_assignment", "--force", unit_id)
    return hub


def test_fifty_students_submit_within_a_minute(released: HubWorld) -> None:
    """All fifty submissions arrive, each whole and under its own name, and all are collected."""
    hub, names = released, list(released.students)
    assert len(names) == 50
    new = [name for name in names if not (hub.home(name) / UNIT).exists()]
    crowd(hub, "fetch", UNIT, new)
    write_answer(hub, UNIT, names, UNSOLVED)
    results = crowd(hub, "submit", UNIT, names)
    seconds = max(r["ended"] for r in results) - min(r["started"] for r in results)
    print(f"fifty submissions in {seconds:.1f} s")
    assert seconds < STORM_SECONDS
    collect(hub, UNIT)
    for name in names:
        folder = hub.classroom.course_folder / "submitted" / name / UNIT
        assert (folder / NOTE).read_text() == f"{name} {UNIT}\n"
        assert (folder / f"{hub.unit(UNIT).notebook}.ipynb").read_bytes() == (
            hub.home(name) / UNIT / f"{hub.unit(UNIT).notebook}.ipynb"
        ).read_bytes()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt install chromium")
def test_a_whole_term(released: HubWorld, browser: Browser) -> None:
    """Two units, forty students, three of them in browsers: what is exported is what was earned."""
    hub, names = released, list(released.students[-40:])
    in_browsers, wrong, solved, resubmits, late = (
        names[:3],
        names[3:10],
        names[10:14],
        names[14:17],
        names[17],
    )
    untouched = names[18:]

    crowd(hub, "fetch", OTHER_UNIT, names)
    new = [name for name in names if not (hub.home(name) / UNIT).exists()]
    crowd(hub, "fetch", UNIT, new)
    write_answer(hub, UNIT, names, UNSOLVED)
    write_answer(hub, UNIT, [*in_browsers, *solved], SOLVED)
    write_answer(hub, UNIT, [*wrong, *resubmits, late], WRONG)
    write_answer(hub, OTHER_UNIT, names, UNSOLVED)
    crowd(hub, "submit", UNIT, names[3:])
    crowd(hub, "submit", OTHER_UNIT, names)
    submit_in_browsers(hub, browser, in_browsers)

    collect(hub, UNIT)
    collect(hub, OTHER_UNIT)
    first = grade(hub, UNIT, names)
    grade(hub, OTHER_UNIT, names)
    earned = scores(hub, UNIT)
    assert [earned[name] for name in (*in_browsers, *solved)] == [100] * 7
    assert {earned[name] for name in untouched} == {0}
    (half,) = {earned[name] for name in (*wrong, *resubmits, late)}
    assert 0 < half < 100
    assert set(scores(hub, OTHER_UNIT).values()) == {0}

    # Time is up; some have mended their answers before, and one hands in after it.
    write_answer(hub, UNIT, [*resubmits, late], SOLVED)
    crowd(hub, "submit", UNIT, resubmits)
    set_due(hub, UNIT, datetime.now(UTC))
    crowd(hub, "submit", UNIT, [late])
    collect(hub, UNIT)
    again = grade(hub, UNIT, names)
    earned = scores(hub, UNIT)
    assert [earned[name] for name in resubmits] == [100] * 3
    assert late_seconds(hub, UNIT).keys() == {late}
    assert [again[name]["how"] for name in untouched] == ["unchanged"] * len(untouched)
    assert {first[name]["how"] for name in untouched} <= {"executed", "kept"}

    write_roster(hub)
    tables = {
        "nbgrader": by_unit_and_student(exported(hub)),
        "Canvas": by_title_and_student(exported(hub, f"--exporter={CANVAS}"), "SIS Login ID"),
        "Moodle": by_title_and_student(exported(hub, f"--exporter={MOODLE}"), "ID number"),
    }
    for unit_id in (UNIT, OTHER_UNIT):
        book = scores(hub, unit_id)
        for name in names:
            for platform, table in tables.items():
                assert table[unit_id, name] == book[name], (platform, unit_id, name)
    hub.course("nbgrader", "generate_feedback", UNIT, f"--student={late}")
    hub.course("nbgrader", "release_feedback", UNIT, f"--student={late}")


def submit_in_browsers(hub: HubWorld, browser: Browser, names: Sequence[str]) -> None:
    """Three students have their servers started at the same time, and press Submit."""
    pages = [new_page(browser) for _ in names]
    for page, name in zip(pages, names, strict=True):
        log_in(page, hub, name)
    for page in pages:
        page.wait_for_selector("#jp-main-dock-panel .lm-TabBar-tab")
        page.get_by_role("menuitem", name="Nbgrader").click()
        page.get_by_role("menuitem", name="Assignment List").click()
        row = page.locator("#fetched_assignments_list .list_item", has_text=UNIT).first
        with page.expect_response(lambda answer: "assignments/submit" in answer.url) as answer:
            row.get_by_role("button", name="Submit").click()
        assert answer.value.json()["success"]
    picture(pages[0], "term-submitted")
    for page in pages:
        page.context.close()


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
