"""A Hub's answer to the question whose token this is, and the students' pages as its service.

Everything runs in a thread with an event loop of its own. For the real Hub see `hub_world`.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

from jupyterhub.services.auth import HubOAuth
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import create_signed_value

from hub.pages.application import Desk, application, server_of
from hub.pages.limits import Limits

PREFIX, CLIENT, SECRET = "/services/units/", "service-units", b"a secret of this test"
SCOPE = "access:services!service=units"


@dataclass(frozen=True)
class Answer:
    """What the service answered."""

    status: int
    text: str
    headers: Mapping[str, str]


class _Hub(BaseHTTPRequestHandler):
    """Whose token it is: `NAME` or `NAME KIND SCOPE...`, or nobody's."""

    def do_GET(self) -> None:
        name, *more = self.headers["Authorization"].removeprefix("token ").split() or ["nobody"]
        kind, scopes = (more[0], more[1:]) if more else ("user", [SCOPE])
        known = {"name": name, "kind": kind, "scopes": scopes, "groups": []}
        self.send_response(403 if name == "nobody" else 200)
        self.end_headers()
        self.wfile.write(json.dumps(known).encode())

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


class Service:
    """The service at `port`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.signed: dict[str, str] = {}

    def cookies(self, token: str) -> str:
        """The cookie of a browser that has logged in with this token: the same each time."""
        if token not in self.signed:
            self.signed[token] = create_signed_value(SECRET, CLIENT, token).decode()
        return f'{CLIENT}="{self.signed[token]}"'

    def ask(
        self,
        path: str,
        token: str = "",
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, of a browser that has logged in with this token, unless that is empty."""
        sent = {"Sec-Fetch-Mode": "navigate", **(headers or {})}
        if token and "Cookie" not in sent:
            sent["Cookie"] = self.cookies(token)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read().decode("utf-8"), dict(answer.getheaders()))
        finally:
            connection.close()

    def post(self, path: str, token: str, text: str, xsrf: str, cookie: str) -> Answer:
        """Send the form of a page that has this token of its own, and set this cookie."""
        body = urlencode({"text": text, "_xsrf": xsrf}).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"{self.cookies(token)}; {cookie}",
        }
        return self.ask(path, token, "POST", body, headers)


@contextmanager
def service(root: Path, limits: Limits | None = None) -> Iterator[Service]:
    """The pages of the course in `root`, as a service of a Hub."""
    loop, ready, servers = asyncio.new_event_loop(), threading.Event(), list[HTTPServer]()
    [socket] = bind_sockets(0, "127.0.0.1")
    hub = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    auth = HubOAuth(
        api_url=f"http://127.0.0.1:{hub.server_port}/hub/api",
        api_token="the service's own",
        base_url=PREFIX,
        oauth_client_id=CLIENT,
        access_scopes={SCOPE},
    )

    async def start() -> None:
        servers.append(server_of(application(Desk(root, limits), auth, SECRET)))
        servers[0].add_sockets([socket])
        ready.set()

    async def stop() -> None:
        servers[0].stop()
        await servers[0].close_all_connections()
        loop.stop()

    hub_thread = threading.Thread(target=hub.serve_forever)
    hub_thread.start()
    thread = threading.Thread(target=lambda: (loop.create_task(start()), loop.run_forever()))
    thread.start()
    try:
        assert ready.wait(60)
        yield Service(socket.getsockname()[1])
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop)
        thread.join()
        loop.close()
        hub.shutdown()
        hub_thread.join()
        hub.server_close()
