"""The student's page: units, dates, attempts, points, the feedback page, a request for another look.

Who asks is what the Hub's OAuth says, and nothing else: no header, no argument and no part of an address
names a student. What is shown is read from the course's folder at each request.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jupyterhub.services.auth import (
    HubOAuth,
    HubOAuthCallbackHandler,
    HubOAuthenticated,
    UserNotAllowed,
)
from tornado.escape import to_unicode
from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, RequestHandler, authenticated

from hub.classroom import ACCOUNT
from hub.pages.limits import Limits
from kerascheck.feedback.style import variables
from kerasgrader.course.course import Unit, load_course
from kerasgrader.errors import CourseError, GraderError, SubmissionError
from kerasgrader.marking.nbgrader import load_config
from kerasgrader.watching.looks import LONGEST_TEXT, request_look
from kerasgrader.watching.queue import Queue
from kerasgrader.watching.standing import UnitStanding, standing_of

STYLED = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
OURS = f"{STYLED}; form-action 'self'"
FEEDBACK = f"sandbox; {STYLED}; img-src data:"
LARGEST_BODY, LARGEST_HEADER = 20_000, 20_000  # bytes
SECONDS_FOR_BODY, SECONDS_IDLE = 10, 60
UNIT = r"([A-Za-z0-9_][A-Za-z0-9_.-]*)"

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
)


class Desk:
    """What the handlers share: the course's folder, its queue, and one request at a time that reads it."""

    def __init__(self, root: Path, limits: Limits | None = None) -> None:
        self.root, self.limits = root.resolve(), limits or Limits(time.monotonic)
        self._queue, self._lock = Queue(), Lock()

    def standing(self, student: str) -> list[UnitStanding]:
        """All units, for one student. Raises GraderError, OSError."""
        with self._lock:
            return standing_of(self.root, student, datetime.now(UTC), self._queue)

    def unit(self, unit_id: str) -> Unit:
        """Raises HTTPError if the course has none of this id."""
        try:
            return load_course(self.root).unit(unit_id)
        except CourseError:
            raise HTTPError(404) from None

    def request_look(self, unit: Unit, student: str, text: str) -> None:
        """Store a request for another look. Raises GraderError, OSError."""
        with self._lock:
            request_look(load_config(self.root), unit, student, text, datetime.now(UTC))


class Handler(HubOAuthenticated, RequestHandler):
    """Refuses what is too much, and says who asks."""

    policy = OURS

    def initialize(self, desk: Desk, auth: HubOAuth) -> None:
        self.desk, self.hub_auth = desk, auth

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Content-Security-Policy", self.policy)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cache-Control", "no-store")

    async def prepare(self) -> None:
        session = self.get_cookie(self.hub_auth.cookie_name) or self.request.headers.get(
            "Authorization", ""
        )
        if not self.desk.limits.allow(hashlib.sha256(session.encode()).hexdigest()):
            self.set_header("Retry-After", "10")
            raise HTTPError(429)
        # Others are answered while the Hub is asked. A request with a cookie that is to change something is
        # nobody's here unless it has the token of our own page.
        self._hub_auth_user_cache = None
        user = await self.hub_auth.get_user(self, sync=False)
        try:
            self.current_user = None if user is None else self.check_hub_user(user)
        except UserNotAllowed:
            raise HTTPError(403) from None

    @property
    def student(self) -> str:
        """Who asks, as the Hub knows them. Raises HTTPError for what is no person of a class."""
        user = self.current_user
        if user is None or user.get("kind") != "user" or not ACCOUNT.fullmatch(user["name"]):
            raise HTTPError(403)
        return str(user["name"])

    def write_error(self, status_code: int, **_: Any) -> None:
        """A sentence, and nothing of what went wrong inside."""
        sentence = {
            403: "This is not yours to do.",
            404: "There is nothing here.",
            429: "That is too much at once: wait a moment.",
            503: "The grader is being worked on: try again in a minute.",
        }
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(sentence.get(status_code, "That did not work.") + "\n")


class Units(Handler):
    """All units of the student who asks."""

    @authenticated
    async def get(self) -> None:
        await self.show("")

    async def show(self, message: str, status: int = 200) -> None:
        """Write the page. message: what came of a request."""
        try:
            units = await asyncio.to_thread(self.desk.standing, self.student)
        except (GraderError, OSError):
            raise HTTPError(503) from None
        self.set_status(status)
        self.finish(
            _templates.get_template("units.html.j2").render(
                units=units,
                student=self.student,
                base=self.hub_auth.base_url,
                xsrf=to_unicode(self.xsrf_token),
                palette=variables(":root"),
                message=message,
                longest=LONGEST_TEXT,
            )
        )


class Look(Units):
    """A request for another look at a unit."""

    @authenticated
    async def post(self, unit_id: str) -> None:
        self.check_xsrf_cookie()
        unit, text = self.desk.unit(unit_id), self.get_body_argument("text", "")
        try:
            await asyncio.to_thread(self.desk.request_look, unit, self.student, text)
        except SubmissionError as error:
            await self.show(f"{unit.title}: {error}", 400)
            return
        except (GraderError, OSError):
            raise HTTPError(503) from None
        self.redirect(f"{self.hub_auth.base_url}#{unit.id}", status=303)

    async def get(self, unit_id: str) -> None:  # type: ignore[override]
        raise HTTPError(405)


class Feedback(Handler):
    """The feedback page of the student who asks. It may run no program and load nothing."""

    policy = FEEDBACK

    @authenticated
    async def get(self, unit_id: str) -> None:
        unit = self.desk.unit(unit_id)
        path = unit.feedback(self.student) / f"{unit.notebook}.html"
        try:
            page = path.read_bytes()
        except OSError:
            raise HTTPError(404) from None
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page)


class Nothing(Handler):
    """Any other address."""

    async def prepare(self) -> None:
        await super().prepare()
        raise HTTPError(404)


class LoggedIn(HubOAuthCallbackHandler):
    """Where the Hub sends somebody who has logged in."""

    def initialize(self, auth: HubOAuth) -> None:
        self.hub_auth = auth


def application(desk: Desk, auth: HubOAuth, cookie_secret: bytes) -> Application:
    """The service below the address that `auth` has."""
    prefix, known = auth.base_url, {"desk": desk, "auth": auth}
    return Application(
        [
            (prefix, Units, known),
            (f"{prefix}page/{UNIT}", Feedback, known),
            (f"{prefix}look/{UNIT}", Look, known),
            (f"{prefix}oauth_callback", LoggedIn, {"auth": auth}),
        ],
        default_handler_class=Nothing,
        default_handler_args=known,
        cookie_secret=cookie_secret,
    )


def server_of(app: Application) -> HTTPServer:
    """A server of the application that takes small requests alone."""
    return HTTPServer(
        app,
        max_body_size=LARGEST_BODY,
        max_header_size=LARGEST_HEADER,
        max_buffer_size=LARGEST_BODY + LARGEST_HEADER,
        body_timeout=SECONDS_FOR_BODY,
        idle_connection_timeout=SECONDS_IDLE,
    )
