"""File helpers: a lock for one grader at a time, atomic writes, digests of contents."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def only_grader(root: Path, wait: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of the course in `root`, after waiting for any other grader to release it.

    wait: called once, with a sentence, if another grader holds the lock. Linux releases the lock
    when its process ends, however that happens. Graders take turns: one that has waited comes before one
    that has just released the lock and asks for it again.
    """
    folder = root / ".kerasgrader"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as file:
        with (folder / "turn").open("a+") as turn:  # held by the one that has the lock next
            _lock(turn, file, wait)
            _lock(file, file, wait)
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _lock(what: IO[str], holder: IO[str], wait: Callable[[str], None]) -> None:
    try:
        fcntl.flock(what, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder.seek(0)
        wait(f"another grader (process {holder.read().strip() or '?'}) is at work here: waiting")
        fcntl.flock(what, fcntl.LOCK_EX)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file, readable by its owner only, so that it appears whole or not at all.

    Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
        os.replace(name, path)
    except OSError:
        os.unlink(name)
        raise


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write, which appears whole or not at all, readable by its owner only.

    Raises FileExistsError if there is one already, and OSError.
    """
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}-", suffix=".new")
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def publish_file(path: Path, content: str | bytes) -> None:
    """Write a file that everybody may read, unless it has this content already. Raises OSError."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    if not path.exists() or path.read_bytes() != data:
        write_atomically(path, data)
    os.chmod(path, 0o644)


def replace_folder(new: Path, old: Path) -> None:
    """Put the folder `new` in the place of `old`, which may be there already. Raises OSError."""
    old.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=new.parent) as aside:
        if os.path.lexists(old):
            os.rename(old, Path(aside) / "old")
        os.rename(new, old)
        remove_folder(Path(aside) / "old")


def remove_folder(path: Path) -> None:
    """Remove a folder and all that is in it, whatever permissions that has; or a file. Raises OSError."""
    if path.is_dir() and not path.is_symlink():
        _make_removable(path)
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _make_removable(folder: Path) -> None:
    os.chmod(folder, 0o700)
    for item in folder.iterdir():
        if item.is_dir() and not item.is_symlink():
            _make_removable(item)


def digest_of(paths: Iterable[Path], base: Path) -> str:
    """A digest of the contents of files, and of their paths below the folder `base`."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(base)}\0{content}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
