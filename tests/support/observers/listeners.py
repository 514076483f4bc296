"""Sockets outside the kernel that note who reaches them, and answer with a token."""

from __future__ import annotations

import secrets
import selectors
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

from tests.support.observers.markers import Trace

PATIENCE = 1.0
_LONGEST_MESSAGE = 4096


class Listeners:
    """TCP, UDP and Unix sockets of the host. Use in a `with` statement.

    tokens: what is answered, by the name of the listener: "TCP", "UDP", "Unix" and "abstract".
    """

    def __init__(self, folder: Path, tokens: dict[str, str]) -> None:
        self.tokens = tokens
        self.path = folder / "service.sock"
        self.abstract = f"world-{secrets.token_hex(8)}"
        self.contacts: list[tuple[str, str]] = []
        self._stop = Event()
        self._thread = Thread(target=self._serve, daemon=True)
        self._sockets: dict[socket.socket, str] = {}

    def __enter__(self) -> Listeners:
        tcp = self._listen("TCP", socket.AF_INET, socket.SOCK_STREAM, ("", 0))
        self.tcp_port = tcp.getsockname()[1]
        udp = self._listen("UDP", socket.AF_INET, socket.SOCK_DGRAM, ("", 0))
        self.udp_port = udp.getsockname()[1]
        with suppress(OSError):  # a host may have no IPv6
            self._listen("TCP", socket.AF_INET6, socket.SOCK_STREAM, ("::1", self.tcp_port))
        self._listen("Unix", socket.AF_UNIX, socket.SOCK_STREAM, str(self.path))
        self._listen("abstract", socket.AF_UNIX, socket.SOCK_STREAM, f"\0{self.abstract}")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for listener in self._sockets:
            listener.close()

    def view(self) -> dict[str, Any]:
        """Where the listeners are."""
        return {
            "addresses": sorted({"127.0.0.1", "::1", _own_address()}),
            "tcp_port": self.tcp_port,
            "udp_port": self.udp_port,
            "path": str(self.path),
            "abstract": self.abstract,
        }

    def traces(self) -> Iterator[Trace]:
        """Everyone who came."""
        for listener, text in list(self.contacts):
            yield Trace(f"reached the {listener} listener", text)

    def _listen(self, name: str, family: int, kind: int, address: Any) -> socket.socket:
        listener = socket.socket(family, kind)
        self._sockets[listener] = name
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        if kind == socket.SOCK_STREAM:
            listener.listen(64)
        listener.setblocking(False)
        return listener

    def _serve(self) -> None:
        with selectors.DefaultSelector() as ready:
            for listener in self._sockets:
                ready.register(listener, selectors.EVENT_READ)
            while not self._stop.is_set():
                for key, _ in ready.select(timeout=0.05):
                    with suppress(OSError):  # who came may have left again
                        self._answer(key.fileobj)

    def _answer(self, listener: Any) -> None:
        name = self._sockets[listener]
        token = self.tokens[name].encode()
        if listener.type == socket.SOCK_DGRAM:
            message, sender = listener.recvfrom(_LONGEST_MESSAGE)
            self.contacts.append((name, message.decode("latin-1")))
            listener.sendto(token, sender)
            return
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(PATIENCE)
            message = b""
            with suppress(OSError):
                connection.sendall(token)
                message = connection.recv(_LONGEST_MESSAGE)
            self.contacts.append((name, message.decode("latin-1")))


def _own_address() -> str:
    """The address of this machine in the network that it is in, if it is in one. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return "127.0.0.1"
