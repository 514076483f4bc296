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
from pathlib import Path

from jupyterhub.services.auth import HubOAuth
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler, create_signed_value

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


class _User(RequestHandler):
    """Whose token it is: `NAME` or `NAME KIND SCOPE...`, or nobody's."""

    def get(self) -> None:
        name, *more = self.request.headers["Authorization"].removeprefix("token ").split()
        kind, scopes = (more[0], more[1:]) if more else ("user", [SCOPE])
        if name == "nobody":
            self.set_status(403)
            return
        self.finish(json.dumps({"name": name, "kind": kind, "scopes": scopes, "groups": []}))


class Service:
    """The service at `port`."""

    def __init__(self, port: int) -> None:
        self.port = port

    def cookies(self, token: str) -> str:
        """The cookie of a browser that has logged in with this token."""
        value = create_signed_value(SECRET, CLIENT, token).decode()
        return f'{CLIENT}="{value}"'

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
        from urllib.parse import urlencode

        body = urlencode({"text": text, "_xsrf": xsrf}).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"{self.cookies(token)}; {cookie}",
        }
        return self.ask(path, token, "POST", body, headers)


@contextmanager
def service(root: Path, limits: Limits | None = None) -> Iterator[Service]:
    """The pages of the course in `root`, as a service of a Hub."""
    loop, ready, ports = asyncio.new_event_loop(), threading.Event(), list[int]()
    servers: list[HTTPServer] = []

    async def start() -> None:
        hub = HTTPServer(Application([("/hub/api/user", _User)]))
        [hub_socket] = bind_sockets(0, "127.0.0.1")
        hub.add_sockets([hub_socket])
        HubOAuth.clear_instance()
        HubOAuth.instance(
            api_url=f"http://127.0.0.1:{hub_socket.getsockname()[1]}/hub/api",
            api_token="the service's own",
            base_url=PREFIX,
            oauth_client_id=CLIENT,
            access_scopes={SCOPE},
        )
        pages = server_of(application(Desk(root, limits), PREFIX, SECRET))
        [socket] = bind_sockets(0, "127.0.0.1")
        pages.add_sockets([socket])
        servers.extend((hub, pages))
        ports.append(socket.getsockname()[1])
        ready.set()

    async def stop() -> None:
        for server in servers:
            server.stop()
            await server.close_all_connections()
        loop.stop()

    thread = threading.Thread(target=lambda: (loop.create_task(start()), loop.run_forever()))
    thread.start()
    try:
        assert ready.wait(60)
        yield Service(ports[0])
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop)
        thread.join()
        loop.close()
        HubOAuth.clear_instance()
