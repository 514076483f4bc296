"""The student's page, by request: everybody sees their own things, and nothing else happens."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.pages.limits import MOST_SESSIONS, Limits
from kerasgrader.course.course import Unit, load_course
from kerasgrader.errors import SubmissionError
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from kerasgrader.watching.looks import answer_look, look_of, looks_in_lines, request_look
from tests.support.fake_hub import PREFIX, SCOPE, Service, service
from tests.support.graded import regrade
from tests.support.small_course import RIGHT, TEST, WRONG, WRONG_POINTS, submit_answer

pytestmark = pytest.mark.slow

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
NONE_TOO_MANY = Limits(lambda: 0.0, (0, 10_000), (0, 10_000))


@pytest.fixture(scope="module")
def unit(small_course: Callable[[Path], Unit], tmp_path_factory: pytest.TempPathFactory) -> Unit:
    """A graded unit: ada has lost points, grace has none to lose, eve has submitted nothing."""
    unit = small_course(tmp_path_factory.mktemp("pages") / "small")
    submit_answer(unit, "ada", WRONG)
    submit_answer(unit, "grace", RIGHT)
    regrade(unit)
    return load_course(unit.root).unit(unit.id)


@pytest.fixture(scope="module")
def pages(unit: Unit) -> Iterator[Service]:
    with service(unit.root, NONE_TOO_MANY) as found:
        yield found


def form_of(pages: Service, student: str) -> tuple[str, str]:
    """The token in the form of a student's page, and the cookie that belongs to it."""
    answer = pages.ask(PREFIX, student)
    [token] = set(re.findall(r'name="_xsrf" value="([^"]+)"', answer.text))
    return token, answer.headers["Set-Cookie"].partition(";")[0]


def test_everybody_sees_their_own_units(pages: Service, unit: Unit) -> None:
    """Points, attempts, the link to the page; somebody who has submitted nothing is told so."""
    ada, grace, eve = (pages.ask(PREFIX, name) for name in ("ada", "grace", "eve"))
    assert f"<b>{WRONG_POINTS} of 10 points</b>" in ada.text and "this one counts" in ada.text
    assert "<b>10 of 10 points</b>" in grace.text and "grace" not in ada.text
    assert "Nothing submitted yet" in eve.text and "page/" not in eve.text
    assert "scaled_dense: passed" in grace.text and f"page/{unit.id}" in grace.text


def test_a_feedback_page_is_its_student_s_own_and_runs_nothing(pages: Service, unit: Unit) -> None:
    """No address leads to another's; who has none gets nothing."""
    ada, eve = (pages.ask(f"{PREFIX}page/{unit.id}", name) for name in ("ada", "eve"))
    assert ada.status == 200 and f"{WRONG_POINTS} of 10 points" in ada.text
    assert ada.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert eve.status == 404


@pytest.mark.parametrize("path", ["", "page/{unit}", "nothing", "../../hub/home"])
def test_strangers_are_sent_to_the_hub_and_shown_nothing(
    path: str, pages: Service, unit: Unit
) -> None:
    """Without a log-in, with a token of nobody's, and with a cookie that the service has not signed."""
    url = PREFIX + path.format(unit=unit.id)
    for token, headers in (
        ("", {}),
        ("nobody", {}),
        ("", {"Cookie": "service-units=ada"}),
        ("", {"Authorization": "token nobody"}),
    ):
        answer = pages.ask(url, token, headers=headers)
        assert answer.status in (302, 403, 404), answer
        assert "points" not in answer.text


@pytest.mark.parametrize(
    "token",
    [
        "ada user access:servers!server=ada/",
        "ada user",
        "ada service " + SCOPE,
        "Ada/.. user " + SCOPE,
    ],
)
def test_who_may_not_use_the_service_is_refused(token: str, pages: Service, unit: Unit) -> None:
    """The token of a student's own server has other scopes; a service is no student; nor is a path."""
    for path in (PREFIX, f"{PREFIX}page/{unit.id}"):
        for headers in ({}, {"Authorization": f"token {token}", "Cookie": ""}):
            assert pages.ask(path, token, headers=headers).status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-User": "grace"},
        {"Remote-User": "grace"},
        {"X-Forwarded-For": "127.0.0.1", "X-Real-User": "grace"},
        {"X-Scheme": "https", "Host": "grace.example.edu"},
    ],
)
def test_no_header_and_no_argument_makes_anybody_another_one(
    headers: dict[str, str], pages: Service
) -> None:
    """Who asks is who has logged in."""
    for path in (PREFIX, f"{PREFIX}?student=grace&user=grace", f"{PREFIX}?token=grace"):
        answer = pages.ask(path, "ada", headers=headers)
        assert f"<b>{WRONG_POINTS} of 10 points</b>" in answer.text and "grace" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "page/",
        "page/..",
        "page/../../grace/unit1-scaled-dense",
        "page/..%2f..%2fgrace",
        "page/unit1-scaled-dense/../grace",
        "page/unit1-scaled-dense%00",
        "page/%2e%2e",
        "page/unit9",
        "look/unit9",
        "look/..",
        "static/../../course.toml",
        "gradebook.db",
    ],
)
def test_tricks_with_paths_lead_nowhere(path: str, pages: Service) -> None:
    """A unit is looked up by its id among those of the course, and is no part of a path before that."""
    assert pages.ask(PREFIX + path, "ada").status in (404, 405)


def test_a_request_for_another_look_reaches_the_instructor(pages: Service, unit: Unit) -> None:
    """With the score of then and of now; a second text replaces the first, and the score stays."""
    token, cookie = form_of(pages, "ada")
    for text in ("The bias <b>is</b> right.", "See the text of the exercise."):
        answer = pages.post(f"{PREFIX}look/{unit.id}", "ada", text, token, cookie)
        assert answer.status == 303
    with open_gradebook(load_config(unit.root)) as gradebook:
        notebook = gradebook.find_submission_notebook(unit.notebook, unit.id, "ada")
        [grade] = [grade for grade in notebook.grades if grade.cell.name == TEST]
        grade.manual_score = 9
        gradebook.db.commit()
    [line] = looks_in_lines(unit.root, None)
    assert f"{WRONG_POINTS} points then, 9 now, waits: See the text" in line
    answer_look(unit, "ada", NOW)
    shown = pages.ask(PREFIX, "ada").text
    assert f"Points then: {WRONG_POINTS}; now: 9." in shown
    with open_gradebook(load_config(unit.root)) as gradebook:
        notebook = gradebook.find_submission_notebook(unit.notebook, unit.id, "ada")
        [grade] = [grade for grade in notebook.grades if grade.cell.name == TEST]
        grade.manual_score = None
        gradebook.db.commit()


def test_a_request_needs_a_text_and_points(unit: Unit, pages: Service) -> None:
    """What a student writes is shown as letters; one without points has nothing to look at again."""
    config = load_config(unit.root)
    request_look(config, unit, "grace", "<script>alert(1)</script>\x00\x1b[31m", NOW)
    shown = pages.ask(PREFIX, "grace").text
    assert "&lt;script&gt;" in shown and "<script>" not in shown
    for student, text in (("grace", " \n "), ("grace", "x" * 2001), ("eve", "please")):
        with pytest.raises(SubmissionError):
            request_look(config, unit, student, text, NOW)
    token, cookie = form_of(pages, "grace")
    answer = pages.post(f"{PREFIX}look/{unit.id}", "grace", "", token, cookie)
    assert answer.status == 400 and "in 1 to 2000 characters" in answer.text
    (unit.attempts("grace") / "look.json").unlink()


def test_a_form_of_another_site_does_nothing(pages: Service, unit: Unit) -> None:
    """Without the token of the student's own page, with another's, or with one that was made up."""
    path, before = f"{PREFIX}look/{unit.id}", look_of(unit, "grace")
    own, cookie = form_of(pages, "grace")
    other, other_cookie = form_of(pages, "ada")
    for token, sent in (("", cookie), (other, cookie), (other, other_cookie), ("x", "_xsrf=x")):
        assert pages.post(path, "grace", "mine", token, sent).status in (302, 403)
    assert look_of(unit, "grace") == before is None
    assert pages.post(path, "", "mine", own, cookie).status in (302, 403)
    assert look_of(unit, "grace") is None


def test_large_and_endless_requests_are_refused_and_the_service_goes_on(
    pages: Service, unit: Unit
) -> None:
    """A body of 100 MB is not read: by its length, or while it arrives if it states none."""
    path = f"POST {PREFIX}look/{unit.id} HTTP/1.1\r\nHost: here\r\n".encode()
    chunk = b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n"
    for head, body in (
        (b"Content-Length: 104857600\r\n\r\n", b""),
        (b"Transfer-Encoding: chunked\r\n\r\n", chunk * 40),
        (b"X-Long: " + b"x" * 100_000 + b"\r\n\r\n", b""),
    ):
        with socket.create_connection(("127.0.0.1", pages.port), timeout=60) as connection:
            try:
                connection.sendall(path + head + body)
                answer = connection.recv(100)
            except OSError:  # it has hung up
                answer = b""
            assert answer == b"" or b" 400 " in answer or b" 431 " in answer, answer
    assert pages.ask(PREFIX, "ada").status == 200


def test_only_what_is_meant_to_be_asked_is_answered(pages: Service, unit: Unit) -> None:
    """Other methods are refused, and no response tells what went wrong inside."""
    for method in ("PUT", "DELETE", "PATCH", "POST"):
        assert pages.ask(PREFIX, "ada", method).status in (302, 403, 405)
    assert pages.ask(f"{PREFIX}look/{unit.id}", "ada").status == 405
    answer = pages.ask(f"{PREFIX}page/unit9", "ada")
    assert answer.text == "There is nothing here.\n"
    assert answer.headers["Cache-Control"] == "no-store" and "Server" not in answer.headers


def test_who_asks_too_much_waits_and_nobody_else(unit: Unit) -> None:
    """A thousand requests of one session take nothing from another."""
    now = [0.0]
    with service(unit.root, Limits(lambda: now[0], (5, 30), (100, 200))) as pages:
        statuses = [pages.ask(f"{PREFIX}nothing", "ada").status for _ in range(100)]
        assert statuses == [404] * 30 + [429] * 70
        assert pages.ask(PREFIX, "grace").status == 200
        now[0] = 1.0
        assert pages.ask(PREFIX, "ada").status == 200


def test_limits_forget_and_hold_for_all_together() -> None:
    """Sessions that somebody has made up share the bucket of all, and take no memory without end."""
    limits = Limits(lambda: 0.0, (5, 30), (100, 200))
    answered = sum(limits.allow(f"session {number}") for number in range(MOST_SESSIONS + 500))
    assert answered == 200 and len(limits.sessions) == MOST_SESSIONS
