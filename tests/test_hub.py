"""A class on a Hub, in real browsers: from logging in to the feedback, and what a student cannot do.

The tests tell one story and run in this order. What the browsers showed is kept in screenshots/.
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

from resnet_course.verdict import MIME
from tests.students.handed_in import reference_cells
from tests.support.browser import CHROMIUM, chromium, log_in, new_page, picture, serious_findings
from tests.support.course_folder import ROOT, UNIT, hidden_shapes
from tests.support.hub_world import HubWorld

pytestmark = [
    pytest.mark.slow,
    pytest.mark.hub,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt install chromium"),
]

NOTEBOOK = "residual_networks"
COMMENT = "Well built, and easy to read."
RIGHT = "identity_block: everything checked here is right."


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def released(hub: HubWorld) -> HubWorld:
    hub.course("nbgrader", "release_assignment", UNIT)
    return hub


@pytest.fixture(scope="module")
def student(released: HubWorld, browser: Browser) -> Iterator[Page]:
    """The browser of the first student, logged in."""
    page = new_page(browser)
    page.goto(f"{released.address}/hub/login")
    picture(page, "1-login")
    log_in(page, released, released.students[0])
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


def assignment_list(page: Page) -> None:
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_role("menuitem", name="Assignment List").click()


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


def confirm(page: Page, text: str) -> str:
    """The formgrader says this, among other things, in a window; close it."""
    window = page.locator(".modal.in")
    window.wait_for()
    said = window.inner_text()
    assert text in said, said
    window.get_by_role("button", name="OK").click()
    window.wait_for(state="hidden")
    return said


def test_a_student_fetches_the_unit(student: Page, released: HubWorld) -> None:
    """The assignment list of the student's server shows the unit, and fetches it."""
    assignment_list(student)
    student.locator("#released_assignments_list").get_by_role("button", name="Fetch").click()
    student.locator("#fetched_assignments_list").get_by_text(UNIT).wait_for()
    picture(student, "2-fetched")
    assert (released.home(released.students[0]) / UNIT / f"{NOTEBOOK}.ipynb").is_file()


def test_the_panel_follows_the_answer(student: Page, released: HubWorld) -> None:
    """A wrong answer is explained where it stands, and a right one is praised in its place."""
    source = nbformat.read(ROOT / "source" / UNIT / f"{NOTEBOOK}.ipynb", as_version=4)
    right = reference_cells(source)["identity_block"]
    wrong = right.replace("strides=1", "strides=2", 1)
    assert wrong != right
    name = released.students[0]
    student.goto(f"{released.address}/user/{name}/lab/tree/{UNIT}/{NOTEBOOK}.ipynb")
    student.get_by_text("| Idle").wait_for()
    run(student, "from resnet_course import check")
    run(student, "def identity_block", wrong)
    check = run(student, "check.block(identity_block")
    check.locator(".rc-panel").scroll_into_view_if_needed()
    picture(student, "3-wrong")
    assert RIGHT not in check.locator(".rc-head").inner_text()
    assert "stride" in check.locator(".rc-panel").inner_text()
    run(student, "def identity_block", right)
    check = run(student, "check.block(identity_block")
    check.locator(".rc-panel").scroll_into_view_if_needed()
    picture(student, "4-right")
    assert RIGHT in check.locator(".rc-head").inner_text()


def test_panels_in_jupyterlab_have_no_serious_findings(student: Page) -> None:
    """axe-core finds nothing serious in a panel, as JupyterLab shows it."""
    assert serious_findings(student, ".rc-panel") == []


def test_validate_says_what_is_missing(student: Page) -> None:
    """Validate saves, runs what is graded, passes over the training, and names what is not attempted."""
    student.locator(".jp-NotebookPanel-toolbar").get_by_text("Validate", exact=True).click()
    window = student.locator(".jp-Dialog", has_text="Validation Results")
    window.wait_for()
    said = window.inner_text()
    picture(student, "5-validated")
    assert "convolutional_block: not attempted yet" in said
    assert "identity_block: everything" not in said and "Timeout" not in said
    window.get_by_role("button", name="Ok").click()


def test_a_student_submits(student: Page, released: HubWorld) -> None:
    """What the student submits lies in the exchange, under the student's name and ownership."""
    assignment_list(student)
    student.locator("#fetched_assignments_list").get_by_role("button", name="Submit").click()
    student.locator("#submitted_assignments_list").get_by_text(UNIT).first.wait_for()
    picture(student, "6-submitted")
    inbound = released.classroom.exchange / released.classroom.course / "inbound"
    (found,) = [path for path in inbound.iterdir() if path.name.startswith(released.students[0])]
    assert found.owner() == released.students[0]


def test_the_instructor_collects_and_grades(teacher: Page, released: HubWorld) -> None:
    """The formgrader's buttons collect, and grade with this course's judge and its sealed kernel."""
    picture(teacher, "7-formgrader")
    teacher.locator("tr", has_text=UNIT).locator(".collect a").click()
    confirm(teacher, "Successfully collected")
    teacher.goto(f"{released.address}{released.formgrader_path}/manage_submissions/{UNIT}")
    row = teacher.locator("tr", has_text=released.students[0])
    row.locator(".autograde a").click()
    said = confirm(teacher, "Successfully autograded")
    picture(teacher, "8-graded")
    assert "30 / 100" in row.inner_text()
    graded = released.classroom.course_folder / "autograded" / released.students[0] / UNIT
    notebook = nbformat.read(graded / f"{NOTEBOOK}.ipynb", as_version=4)
    verdicts = [
        output.data[MIME]["outcome"]
        for found in notebook.cells
        for output in found.get("outputs", [])
        if MIME in output.get("data", {})
    ]
    assert verdicts == ["passed", "not attempted", "not attempted"]
    assert "not wholly sealed" not in said


def test_the_instructor_comments_and_releases_feedback(teacher: Page, released: HubWorld) -> None:
    """A comment is written into the gradebook, and the feedback goes to the exchange."""
    formgrader = released.address + released.formgrader_path
    teacher.goto(f"{formgrader}/gradebook/{UNIT}/{NOTEBOOK}")
    teacher.locator("table a", has_text="Submission").first.click()
    comment = teacher.locator("textarea.comment").first
    comment.scroll_into_view_if_needed()
    with teacher.expect_response(re.compile("/api/comment/")):
        comment.fill(COMMENT)
        comment.blur()
    picture(teacher, "9-comment")
    teacher.goto(f"{formgrader}/manage_submissions/{UNIT}")
    row = teacher.locator("tr", has_text=released.students[0])
    row.locator(".generate-feedback a").click()
    confirm(teacher, "Successfully generated")
    row.locator(".release-feedback a").click()
    confirm(teacher, "Successfully released")


def test_the_student_reads_the_feedback(student: Page, released: HubWorld) -> None:
    """The student fetches the page, which holds the comment and the points, and no hidden test."""
    name = released.students[0]
    student.goto(f"{released.address}/user/{name}/lab")
    assignment_list(student)
    student.get_by_role("button", name="Fetch Feedback").first.click()
    student.get_by_text("(view feedback)").wait_for()
    picture(student, "10-feedback-fetched")
    (page_file,) = (released.home(name) / UNIT / "feedback").rglob("*.html")
    path = page_file.relative_to(released.home(name))
    student.goto(f"{released.address}/user/{name}/files/{path}")
    text = student.inner_text("body")
    picture(student, "11-feedback")
    assert COMMENT in text and "30 of 100 points" in text
    source = nbformat.read(ROOT / "source" / UNIT / f"{NOTEBOOK}.ipynb", as_version=4)
    html = page_file.read_text("utf-8")
    assert [shape for shape in hidden_shapes(source) if shape in html] == []
    assert serious_findings(student) == []


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


@dataclass(frozen=True)
class Spy:
    """Another student, curious: a browser, and what a program in that student's server found."""

    name: str
    page: Page
    read: list[str]
    token: str


@pytest.fixture(scope="module")
def spy(released: HubWorld, browser: Browser) -> Spy:
    """What a student gets to read who looks around from a terminal of the own server."""
    name = released.students[1]
    home = released.home(name)
    page = new_page(browser)
    log_in(page, released, name)
    page.locator(".jp-LauncherCard", has_text="Terminal").click()
    page.locator(".jp-Terminal .xterm-helper-textarea").wait_for(state="attached")
    (home / "spying.py").write_text(SPYING)
    (home / "paths.json").write_text(json.dumps([str(p) for p in private_paths(released)]))
    page.locator(".jp-Terminal").click()
    page.keyboard.type(f"{sys.executable} spying.py paths.json found.json\n")
    for _ in range(600):
        if (home / "found.json").exists():
            break
        page.wait_for_timeout(100)
    picture(page, "12-terminal")
    found = json.loads((home / "found.json").read_text())
    assert found.pop("who") == name
    return Spy(name, page, **found)


def private_paths(hub: HubWorld) -> list[Path]:
    """What no student may read: the course's, the Hub's, the solutions, what others have."""
    folder, other = hub.classroom.course_folder, hub.students[0]
    inbound = hub.classroom.exchange / hub.classroom.course / "inbound"
    return [
        folder,
        folder / "gradebook.db",
        folder / "source" / UNIT / f"{NOTEBOOK}.ipynb",
        folder / "submitted" / other / UNIT,
        folder / "feedback" / other / UNIT,
        folder / ".resnet-grader",
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
    released: HubWorld, spy: Spy
) -> None:
    """Every path to it is there, and is refused."""
    paths = private_paths(released)
    assert all(path.exists() for path in paths), [path for path in paths if not path.exists()]
    assert spy.read == []


def test_the_owner_can_read_it_all(released: HubWorld, tmp_path: Path) -> None:
    """The paths of the test before are not refused because the program is wrong."""
    folder = released.classroom.course_folder
    paths = private_paths(released)[:6]
    (folder / "paths.json").write_text(json.dumps([str(path) for path in paths]))
    (folder / "paths.json").chmod(0o644)
    command = [sys.executable, "-c", SPYING, "paths.json", "found.json"]
    done = released.run_as(released.account, command, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert json.loads((folder / "found.json").read_text())["read"] == [str(path) for path in paths]


def test_nobody_can_listen_to_a_kernel(released: HubWorld, student: Page) -> None:
    """Kernels talk through sockets in the student's home; on a port, others could read what cells print."""
    home = released.home(released.students[0])
    files = list((home / ".run").glob("kernel-*.json"))
    assert files
    for said in (json.loads(file.read_text()) for file in files):
        assert said["transport"] == "ipc" and Path(said["ip"]).is_relative_to(home)
    assert home.stat().st_mode & 0o77 == 0


def test_a_students_cookies_and_token_open_nothing_of_others(
    released: HubWorld, spy: Spy, browser: Browser
) -> None:
    """By no URL does a student reach the formgrader, another's server or the Hub's own data."""
    hub, name, other, page = released, spy.name, released.students[0], spy.page
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
