"""A class on a Hub, in real browsers: from logging in to the feedback, and what a student cannot do.

What happens is a story: each fixture is a step of it, follows the one that it asks for, and stores what
was seen. The tests look at that, in any order. What the browsers showed is kept in screenshots/.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page

from kerascheck.judge.verdict import VERDICT_MIME
from tests.students.submissions import reference_cells
from tests.support.browser import (
    CHROMIUM,
    assignment_list,
    listed,
    log_in,
    new_page,
    picture,
    serious_findings,
    until,
)
from tests.support.course_folder import ROOT, UNIT, hidden_shapes
from tests.support.hub_world import HubWorld

pytestmark = [
    pytest.mark.slow,
    pytest.mark.hub,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt install chromium"),
]

NOTEBOOK = "residual_networks"
SOURCE = ROOT / "source" / UNIT / f"{NOTEBOOK}.ipynb"
COMMENT = "Well built, and easy to read."
RIGHT = "identity_block: everything checked here is right."


@dataclass(frozen=True)
class Panel:
    """What a panel says, and what axe-core finds wrong with it."""

    head: str
    text: str
    findings: list[str]


@dataclass(frozen=True)
class AfterGrading:
    """What the formgrader says and shows after autograding, and the outcomes in the graded notebook."""

    message: str
    row: str
    outcomes: list[str]


@dataclass(frozen=True)
class Feedback:
    """A feedback page: its text in the browser, its HTML, and what axe-core finds wrong with it."""

    text: str
    html: str
    findings: list[str]


@dataclass(frozen=True)
class Spy:
    """Another student, curious: a browser, and what a program in that student's server found."""

    name: str
    page: Page
    read: list[str]
    token: str


def cell(page: Page, text: str) -> Locator:
    """The code cell that holds this text."""
    holding = page.locator(".cm-content", has_text=text)
    return page.locator(".jp-Notebook .jp-CodeCell").filter(has=holding).first


def run(page: Page, text: str, new: str | None = None) -> Locator:
    """Run a cell, rewritten first if there is something new, and wait for its end."""
    found = cell(page, text)
    found.scroll_into_view_if_needed()
    prompt = found.locator(".jp-InputPrompt")
    before = prompt.inner_text()
    found.locator(".cm-content").click()
    if new is not None:
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(new)
    page.keyboard.press("Shift+Enter")
    page.wait_for_function(
        r"([it, before]) => /\[\d+\]/.test(it.innerText) && it.innerText !== before",
        arg=[prompt.element_handle(), before],
    )
    return found


def panel(page: Page, answer: str, name: str) -> Panel:
    """What the check says about an answer; a picture of it is kept under this name."""
    run(page, "def identity_block", answer)
    check = run(page, "check.block(identity_block")
    shown = check.locator(".rc-panel")
    shown.scroll_into_view_if_needed()
    picture(page, name)
    head = check.locator(".rc-head").inner_text()
    return Panel(head, shown.inner_text(), serious_findings(page, ".rc-panel"))


def confirm(page: Page, text: str) -> str:
    """The formgrader says this, among other things, in a window; close it."""
    window = page.locator(".modal.in")
    window.wait_for()
    said = window.inner_text()
    assert text in said, said
    window.get_by_role("button", name="OK").click()
    page.locator(".modal-backdrop").wait_for(state="detached")
    return said


def manage_submissions(teacher: Page, hub: HubWorld) -> Locator:
    """The row of the first student in the formgrader's table of submissions."""
    teacher.goto(f"{hub.address}{hub.formgrader_path}/manage_submissions/{UNIT}")
    return teacher.locator("tr", has_text=hub.followed[0])


@pytest.fixture(scope="module")
def released(hub: HubWorld) -> HubWorld:
    hub.release(UNIT)
    return hub


@pytest.fixture(scope="module")
def student(released: HubWorld, browser: Browser) -> Iterator[Page]:
    """The browser of the first student, logged in."""
    page = new_page(browser)
    page.goto(f"{released.address}/hub/login")
    picture(page, "1-login")
    log_in(page, released, released.followed[0])
    page.wait_for_selector("#jp-main-dock-panel .lm-TabBar-tab")
    yield page
    picture(page, "last-student")


@pytest.fixture(scope="module")
def teacher(released: HubWorld, browser: Browser) -> Iterator[Page]:
    """The browser of the instructor, at the formgrader."""
    page = new_page(browser)
    log_in(page, released, released.instructors[0], released.formgrader_path)
    page.locator("tr", has_text=UNIT).wait_for()
    yield page
    picture(page, "last-teacher")


@pytest.fixture(scope="module")
def fetched(student: Page, released: HubWorld) -> Path:
    """The student fetches the unit by the assignment list; its folder in the home."""
    assignment_list(student)
    listed(student, "released", UNIT).get_by_role("button", name="Fetch").click()
    listed(student, "fetched", UNIT).wait_for()
    picture(student, "2-fetched")
    return released.home(released.followed[0]) / UNIT


@pytest.fixture(scope="module")
def panels(student: Page, fetched: Path) -> tuple[Panel, Panel]:
    """The student opens the notebook; what the panel says about a wrong and then a right answer."""
    right = reference_cells(nbformat.read(SOURCE, as_version=4))["identity_block"]
    wrong = right.replace("strides=1", "strides=2", 1)
    assert wrong != right
    entry = listed(student, "fetched", fetched.name)
    entry.get_by_role("button", name=UNIT).click()
    entry.get_by_role("link", name=NOTEBOOK).click()
    student.get_by_text("| Idle").wait_for()
    run(student, "from kerascheck import check")
    return panel(student, wrong, "3-wrong"), panel(student, right, "4-right")


@pytest.fixture(scope="module")
def validated(student: Page, panels: tuple[Panel, Panel]) -> str:
    """What Validate says about the notebook with one right answer."""
    student.locator(".jp-NotebookPanel-toolbar").get_by_text("Validate", exact=True).click()
    window = student.locator(".jp-Dialog", has_text="Validation Results")
    window.wait_for()
    said = window.inner_text()
    picture(student, "5-validated")
    window.get_by_role("button", name="Ok").click()
    return said


@pytest.fixture(scope="module")
def submitted(student: Page, released: HubWorld, validated: str) -> Path:
    """The student submits; what arrives in the exchange."""
    assignment_list(student)
    listed(student, "fetched", UNIT).get_by_role("button", name="Submit").click()
    listed(student, "submitted", UNIT).wait_for()
    picture(student, "6-submitted")
    inbound = released.classroom.exchange / released.classroom.course / "inbound"
    (found,) = inbound.glob(f"{released.followed[0]}+{UNIT}+*")
    return found


@pytest.fixture(scope="module")
def graded(teacher: Page, released: HubWorld, submitted: Path) -> AfterGrading:
    """The instructor collects and grades by the formgrader's buttons."""
    picture(teacher, "7-formgrader")
    teacher.locator("tr", has_text=UNIT).locator(".collect a").click()
    confirm(teacher, "Successfully collected")
    row = manage_submissions(teacher, released)
    row.locator(".autograde a").click()
    said = confirm(teacher, "Successfully autograded")
    row.get_by_text("graded", exact=True).wait_for()
    picture(teacher, "8-graded")
    folder = released.classroom.course_folder / "autograded" / released.followed[0] / UNIT
    notebook = nbformat.read(folder / f"{NOTEBOOK}.ipynb", as_version=4)
    outcomes = [
        output.data[VERDICT_MIME]["outcome"]
        for found in notebook.cells
        for output in found.get("outputs", [])
        if VERDICT_MIME in output.get("data", {})
    ]
    return AfterGrading(said, row.inner_text(), outcomes)


@pytest.fixture(scope="module")
def given_back(teacher: Page, released: HubWorld, graded: AfterGrading) -> HubWorld:
    """The instructor writes a comment, and releases the feedback; the Hub after that."""
    formgrader = released.address + released.formgrader_path
    teacher.goto(f"{formgrader}/gradebook/{UNIT}/{NOTEBOOK}")
    row = teacher.locator("tr", has_text=released.followed[0])
    row.locator("a", has_text="Submission").click()
    comment = teacher.locator(
        "textarea.comment[placeholder]"
    ).first  # it has one once it can be saved
    comment.scroll_into_view_if_needed()
    with teacher.expect_response(re.compile("/api/comment/")):
        comment.fill(COMMENT)
        comment.blur()
    picture(teacher, "9-comment")
    row = manage_submissions(teacher, released)
    row.locator(".generate-feedback a").click()
    confirm(teacher, "Successfully generated")
    row.locator(".release-feedback a").click()
    confirm(teacher, "Successfully released")
    return released


@pytest.fixture(scope="module")
def feedback(student: Page, given_back: HubWorld) -> Feedback:
    """The student fetches the feedback, and reads it."""
    hub, name = given_back, given_back.followed[0]
    assignment_list(student)
    listed(student, "submitted", UNIT).get_by_role("button", name="Fetch Feedback").click()
    student.get_by_text("(view feedback)").wait_for()
    picture(student, "10-feedback-fetched")
    (page_file,) = (hub.home(name) / UNIT / "feedback").rglob("*.html")
    path = page_file.relative_to(hub.home(name))
    student.goto(f"{hub.address}/user/{name}/files/{path}")
    picture(student, "11-feedback")
    text = student.inner_text("body")
    return Feedback(text, page_file.read_text("utf-8"), serious_findings(student))


def test_a_student_fetches_the_unit(fetched: Path) -> None:
    """The assignment list of the student's server shows the unit, and fetches it."""
    assert (fetched / f"{NOTEBOOK}.ipynb").is_file()


def test_the_panel_follows_the_answer(panels: tuple[Panel, Panel]) -> None:
    """A wrong answer is explained where it stands, and a right one is praised in its place."""
    wrong, right = panels
    assert RIGHT not in wrong.head
    assert "stride" in wrong.text
    assert RIGHT in right.head


def test_panels_in_jupyterlab_have_no_serious_findings(panels: tuple[Panel, Panel]) -> None:
    """axe-core finds nothing serious in a panel, as JupyterLab shows it."""
    assert [panel.findings for panel in panels] == [[], []]


def test_validate_says_what_is_missing(validated: str) -> None:
    """Validate saves, runs what is graded, passes over the training, and names what is not attempted."""
    assert "convolutional_block: not attempted yet" in validated
    assert "identity_block: everything" not in validated and "Timeout" not in validated


def test_a_student_submits(submitted: Path, released: HubWorld) -> None:
    """What the student submits lies in the exchange, under the student's name and ownership."""
    assert submitted.owner() == released.followed[0]


def test_the_instructor_collects_and_grades(graded: AfterGrading) -> None:
    """The formgrader's buttons collect, and grade with this course's judge and its sealed kernel."""
    assert "30 / 100" in graded.row
    assert graded.outcomes == ["passed", "not attempted", "not attempted"]
    assert "not wholly sealed" not in graded.message


def test_the_student_reads_the_feedback(feedback: Feedback) -> None:
    """The student fetches the page, which holds the instructor's comment and the points."""
    assert COMMENT in feedback.text and "30 of 100 points" in feedback.text
    assert feedback.findings == []


def test_the_feedback_holds_no_hidden_test(feedback: Feedback) -> None:
    """No shape that only hidden checks use is in the page."""
    shapes = hidden_shapes(nbformat.read(SOURCE, as_version=4))
    assert shapes
    assert [shape for shape in shapes if shape in feedback.html] == []


SPYING = """
import json, os, pwd, sys
read = []
for path in json.load(open(sys.argv[1])):
    try:
        os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1)
    except OSError:
        continue
    read.append(path)
who, token = pwd.getpwuid(os.getuid()).pw_name, os.environ.get("JUPYTERHUB_API_TOKEN")
json.dump({"who": who, "read": read, "token": token}, open(sys.argv[2] + "~", "w"))
os.rename(sys.argv[2] + "~", sys.argv[2])
"""


@pytest.fixture(scope="module")
def spy(given_back: HubWorld, browser: Browser) -> Spy:
    """What a student gets to read who looks around from a terminal of the own server.

    By then the other student has submitted and received feedback, so there is something to read.
    """
    hub, name = given_back, given_back.followed[1]
    home = hub.home(name)
    page = new_page(browser)
    log_in(page, hub, name)
    page.locator(".jp-LauncherCard", has_text="Terminal").click()
    page.locator(".jp-Terminal .xterm-helper-textarea").wait_for(state="attached")
    (home / "spying.py").write_text(SPYING)
    (home / "paths.json").write_text(json.dumps([str(p) for p in private_paths(hub)]))
    page.locator(".jp-Terminal").click()
    page.keyboard.type(f"{sys.executable} spying.py paths.json found.json\n")
    until(page, (home / "found.json").exists)
    picture(page, "12-terminal")
    found = json.loads((home / "found.json").read_text())
    assert found.pop("who") == name
    return Spy(name, page, **found)


def private_paths(hub: HubWorld) -> list[Path]:
    """What no student may read: the course's, the Hub's, the solutions, what others have."""
    folder, other = hub.classroom.course_folder, hub.followed[0]
    inbound = hub.classroom.exchange / hub.classroom.course / "inbound"
    return [
        folder,
        folder / "gradebook.db",
        folder / "source" / UNIT / f"{NOTEBOOK}.ipynb",
        folder / "submitted" / other / UNIT,
        folder / "feedback" / other / UNIT,
        folder / ".kerasgrader",
        hub.classroom.state,
        hub.classroom.state / "jupyterhub.sqlite",
        hub.classroom.state / "cookie_secret",
        inbound,
        hub.classroom.exchange / hub.classroom.course / "feedback",
        hub.home(other),
        hub.home(other) / UNIT / f"{NOTEBOOK}.ipynb",
        hub.home(hub.account),
        *(ROOT / name for name in ("lessons", "source", "tests", ".git")),
    ]


def test_a_students_server_cannot_read_what_is_not_the_students(
    given_back: HubWorld, spy: Spy
) -> None:
    """Every path to it is there, and is refused."""
    paths = private_paths(given_back)
    assert all(path.exists() for path in paths), [path for path in paths if not path.exists()]
    assert spy.read == []


def test_the_owner_can_read_it_all(given_back: HubWorld) -> None:
    """The same program reads the course's paths as their owner: it is not the program that fails."""
    hub = given_back
    folder = hub.classroom.course_folder
    paths = private_paths(hub)[:6]
    (folder / "paths.json").write_text(json.dumps([str(path) for path in paths]))
    (folder / "paths.json").chmod(0o644)
    command = [sys.executable, "-c", SPYING, "paths.json", "found.json"]
    done = hub.run_as(hub.account, command, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert json.loads((folder / "found.json").read_text())["read"] == [str(path) for path in paths]


@pytest.mark.usefixtures("panels")
def test_nobody_can_listen_to_a_kernel(released: HubWorld) -> None:
    """Kernels talk through sockets in the student's home; on a port, others could read what cells print."""
    home = released.home(released.followed[0])
    files = list((home / ".run").glob("kernel-*.json"))
    assert files
    for said in (json.loads(file.read_text()) for file in files):
        assert said["transport"] == "ipc" and Path(said["ip"]).is_relative_to(home)
    assert home.stat().st_mode & 0o77 == 0


def test_a_students_cookies_and_token_open_nothing_of_others(
    given_back: HubWorld, spy: Spy, browser: Browser
) -> None:
    """By no URL does a student reach the formgrader, another's server or the Hub's own data."""
    hub, name, other, page = given_back, spy.name, given_back.followed[0], spy.page
    forbidden = [
        hub.formgrader_path,
        f"{hub.formgrader_path}/manage_submissions/{UNIT}",
        f"{hub.formgrader_path}/gradebook/{UNIT}/{NOTEBOOK}",
        f"{hub.formgrader_path}/api/student_submissions/{UNIT}/{other}",
        f"/services/{hub.classroom.course}/files/gradebook.db",
        f"/services/{hub.classroom.course}/api/contents/source",
        f"/user/{other}/lab",
        f"/user/{other}/api/contents",
        f"/user/{other}/files/{UNIT}/{NOTEBOOK}.ipynb",
        "/hub/admin",
        f"/hub/api/users/{other}",
        "/hub/api/users",
        f"/hub/api/groups/{hub.classroom.students_group}",
    ]
    assert page.request.get(f"{hub.address}/user/{name}/api/contents").status == 200
    with_token = browser.new_context(extra_http_headers={"Authorization": f"token {spy.token}"})
    assert with_token.request.get(f"{hub.address}/hub/api/user").status == 200
    for path in forbidden:
        status = page.request.get(hub.address + path).status
        assert status in (401, 403, 404), f"{path} answers {status} to the cookies"
        answer = with_token.request.get(hub.address + path, max_redirects=0)
        led_to = answer.headers.get("location", "")
        assert answer.status in (401, 403, 404) or "/hub/" in led_to, f"{path}: {answer.status}"
    with_token.close()
