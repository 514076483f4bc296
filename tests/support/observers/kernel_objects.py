"""What one process can share with another without a file: memory segments, queues, keys.

Linux only. What a machine does not offer is left out of the view, and nothing is seen of it.
"""

from __future__ import annotations

import ctypes
import platform
import secrets
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.support.observers.markers import Trace, marker

SEGMENT_BYTES = 4096
_CREATE_PRIVATE = 0o1600  # IPC_CREAT, for the account alone
_REMOVE = 0  # IPC_RMID
_SESSION_KEYRING = -3
_UNLINK_KEY, _LIMIT_KEY = 9, 15
_KEY_SECONDS = 3600
_KEY_CALLS = {"x86_64": (248, 250), "aarch64": (217, 219)}


class SharedMemory:
    """A System V segment and one of POSIX, both with a token in them. Use in a `with` statement.

    tokens: for "System V memory" and "POSIX memory".
    """

    def __init__(self, tokens: dict[str, str]) -> None:
        self.tokens = tokens
        self.path = Path("/dev/shm") / f"world-{secrets.token_hex(8)}"
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.libc.shmat.restype = ctypes.c_void_p
        self.libc.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
        self.libc.shmdt.argtypes = [ctypes.c_void_p]

    def __enter__(self) -> SharedMemory:
        if self.path.parent.is_dir():
            self.path.write_text(self.tokens["POSIX memory"])
        self.key = secrets.randbelow(2**31 - 1) + 1
        self.id = self.libc.shmget(self.key, SEGMENT_BYTES, _CREATE_PRIVATE)
        if self.id >= 0:
            self.address = self.libc.shmat(self.id, None, 0)
            ctypes.memmove(self.address, *_with_length(self.tokens["System V memory"]))
        return self

    def __exit__(self, *_: object) -> None:
        self.path.unlink(missing_ok=True)
        if self.id >= 0:
            self.libc.shmdt(self.address)
            self.libc.shmctl(self.id, _REMOVE, None)

    def view(self) -> dict[str, Any]:
        """The file of the one, the key and the number of the other."""
        view: dict[str, Any] = {}
        if self.path.parent.is_dir():
            view["path"] = str(self.path)
        if self.id >= 0:
            view |= {"key": self.key, "id": self.id}
        return view

    def traces(self) -> Iterator[Trace]:
        """Whether they are as they were."""
        if self.path.parent.is_dir():
            if not self.path.exists():
                yield Trace("removed the POSIX memory")
            elif (found := self.path.read_bytes()) != self.tokens["POSIX memory"].encode():
                yield Trace("changed the POSIX memory", found.decode("latin-1"))
        if self.id >= 0:
            found = ctypes.string_at(self.address, SEGMENT_BYTES).rstrip(b"\0")
            if found != self.tokens["System V memory"].encode():
                yield Trace("changed the System V memory", found.decode("latin-1"))


class LeftObjects:
    """System V objects and POSIX queues that attacks leave, under keys made of their names.

    attacks: names those whose leavings are looked for.
    """

    def __init__(self, attacks: Callable[[], Iterable[str]]) -> None:
        self.attacks = attacks
        self.libc = ctypes.CDLL(None, use_errno=True)

    def traces(self) -> Iterator[Trace]:
        """What is left."""
        for attack in self.attacks():
            for what in self._found(key_of(marker(attack))):
                yield Trace(f"left a System V {what}", marker(attack))
            if self._queue_is_there(attack):
                yield Trace("left a POSIX queue", marker(attack))

    def remove(self) -> None:
        """Clean up behind the attacks."""
        for attack in self.attacks():
            for what, number in self._found(key_of(marker(attack))).items():
                if what == "segment":
                    self.libc.shmctl(number, _REMOVE, None)
                elif what == "semaphore":
                    self.libc.semctl(number, 0, _REMOVE)
                else:
                    self.libc.msgctl(number, _REMOVE, None)
            self.libc.mq_unlink(_queue_name(attack))

    def _found(self, key: int) -> dict[str, int]:
        found = {
            "segment": self.libc.shmget(key, 0, 0),
            "semaphore": self.libc.semget(key, 0, 0),
            "queue": self.libc.msgget(key, 0),
        }
        return {what: number for what, number in found.items() if number >= 0}

    def _queue_is_there(self, attack: str) -> bool:
        descriptor = self.libc.mq_open(_queue_name(attack), 0)
        if descriptor >= 0:
            self.libc.mq_close(descriptor)
        return bool(descriptor >= 0)


class SessionKey:
    """A key in the session's keyring, which every child of this process shares.

    Use in a `with` statement. token: what the key holds.
    """

    def __init__(self, token: str) -> None:
        self.token = token
        self.description = f"world-{secrets.token_hex(8)}"
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.calls = _KEY_CALLS.get(platform.machine())
        self.serial = -1

    def __enter__(self) -> SessionKey:
        if self.calls:
            text, length = _with_length(self.token)
            name = self.description.encode()
            where = ctypes.c_long(_SESSION_KEYRING)
            self.serial = self.libc.syscall(self.calls[0], b"user", name, text, length, where)
        if self.serial >= 0 and self.calls:
            self.libc.syscall(self.calls[1], _LIMIT_KEY, self.serial, _KEY_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        if self.serial >= 0 and self.calls:
            where = ctypes.c_long(_SESSION_KEYRING)
            self.libc.syscall(self.calls[1], _UNLINK_KEY, self.serial, where)

    def view(self) -> dict[str, Any]:
        """The key's number and name."""
        return {"serial": self.serial, "description": self.description} if self.serial >= 0 else {}


def key_of(name: str) -> int:
    """The System V key under which an attack of this name leaves things."""
    return zlib.crc32(name.encode()) & 0x7FFFFFFF


def _queue_name(attack: str) -> bytes:
    return f"/{marker(attack)}".encode()


def _with_length(text: str) -> tuple[bytes, int]:
    return text.encode(), len(text)
