"""Folders whose contents must not change, and folders in which nothing must be left behind."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.support.observers.markers import Trace, marks_in, printable

LARGEST_HASHED = 64 * 2**20
_LARGEST_READ = 2**20

Fingerprint = tuple[str, ...]
Excluded = Callable[[Path], bool]


class Canaries:
    """Everything in some folders, by name and content.

    excluded: whether what lies at a path may change. A name that carries a marker never may.
    """

    def __init__(self, folders: Iterable[Path], excluded: Excluded = lambda path: False) -> None:
        self.folders = list(folders)
        self.excluded = excluded
        self.before = self._now()

    def traces(self) -> Iterator[Trace]:
        """What has come, gone or changed since."""
        after = self._now()
        for path in sorted(self.before.keys() | after.keys()):
            shown = f"{path.parent.name}/{path.name}"
            if path not in after:
                if not self.excluded(path):
                    yield Trace(f"removed {printable(shown)}", str(path))
            elif path not in self.before:
                inside_another = path.parent in after and path.parent not in self.before
                told_already = inside_another and not self.excluded(path.parent)
                if (not self.excluded(path) or marks_in(path.name)) and not told_already:
                    yield Trace(f"created {printable(shown)}", _witness(path))
            elif after[path] != self.before[path] and not self.excluded(path):
                yield Trace(f"changed {printable(shown)}", _witness(path))

    def _now(self) -> dict[Path, Fingerprint]:
        found = {}
        for folder in self.folders:
            for path in everything_in(folder):
                found[path] = ("excluded",) if self.excluded(path) else _fingerprint(path)
        return found


class Leftovers:
    """Folders of the machine that others use as well: only new names that carry a marker count.

    A new folder counts too when something in it carries one, and a new link when it leads into `own`.
    """

    def __init__(self, folders: Iterable[Path], own: Path) -> None:
        self.own = str(own)
        self.folders = sorted({folder.resolve() for folder in folders if folder.is_dir()})
        self.before = set(self._now())

    def traces(self) -> Iterator[Trace]:
        """What was left behind."""
        for path, marks in self._marked():
            yield Trace(f"left {printable(path.name)} in {printable(path.parent)}", marks)

    def remove(self) -> None:
        """Clean up behind the attacks."""
        for path, _ in list(self._marked()):
            remove(path)

    def _marked(self) -> Iterator[tuple[Path, str]]:
        """What is new and an attack's, with the names that tell whose."""
        for path in sorted(path for path in self._now() if path not in self.before):
            marks = " ".join(sorted(marks_in(path.name) | _marks_inside(path)))
            if marks or self._leads_to_own(path):
                yield path, marks

    def _leads_to_own(self, path: Path) -> bool:
        return path.is_symlink() and os.readlink(path).startswith(self.own)

    def _now(self) -> Iterator[Path]:
        for folder in self.folders:
            try:
                yield from map(folder.joinpath, os.listdir(folder))
            except OSError:
                continue


def everything_in(folder: Path) -> Iterator[Path]:
    """All paths below the folder, however deep, without following a link."""
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    yield Path(entry.path)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
        except OSError:  # gone, closed, or a path too long to be opened
            continue


def remove(path: Path) -> None:
    """Remove a file, or a folder however deep it is."""
    if shutil.which("rm"):
        subprocess.run(["rm", "-rf", "--", path], stderr=subprocess.DEVNULL, check=False)


def _fingerprint(path: Path) -> Fingerprint:
    """What a change would show in. Opens nothing but regular files of a sensible size."""
    try:
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            return ("link", os.readlink(path))
        kind = (oct(found.st_mode), str(found.st_nlink))
        if not stat.S_ISREG(found.st_mode):
            return kind[:1]
        if found.st_size > LARGEST_HASHED:
            return (*kind, str(found.st_size), str(found.st_mtime_ns))
        return (*kind, hashlib.sha256(path.read_bytes()).hexdigest())
    except OSError as error:
        return (type(error).__name__,)


def _witness(path: Path) -> str:
    """The name and the beginning of what lies there: who made it put a name in one of them."""
    try:
        if path.is_symlink():
            return f"{path} {os.readlink(path)}"
        if path.is_file():
            with path.open("rb") as file:
                return f"{path} {file.read(_LARGEST_READ).decode('latin-1')}"
    except OSError:
        pass
    return str(path)


def _marks_inside(path: Path) -> set[str]:
    if path.is_symlink() or not path.is_dir():
        return set()
    try:
        return marks_in(" ".join(os.listdir(path)))
    except OSError:
        return set()
