"""Open submitted folders, files, nested zip archives and e-mails.

All of it is hostile input. Names are only ever read, never used as paths; links are not followed;
sizes are counted while unpacking, and those that an archive states are not trusted.
"""

from __future__ import annotations

import email
import email.utils
import io
import lzma
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path, PurePath
from typing import IO

from traitlets import Integer
from traitlets.config import Configurable

from kerasgrader.course.times import UNSTATED, at
from kerasgrader.errors import SubmissionError
from kerasgrader.intake.names import LONGEST_NAME, name_of, parts_of, readable
from kerasgrader.repair.salvage import LARGEST_FILE

HEAD = 4096  # bytes that tell what a file is
# Kinds of files that are read whole.
WHOLE = (".ipynb", ".zip", ".eml", ".txt", ".yml", ".json", "")
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
END_OF_DIRECTORY = b"PK\x05\x06"
UNPACKING_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    OverflowError,
)


@dataclass(frozen=True)
class Opened:
    """An opened file.

    names: the parts of its path, outermost first, archives included. data: its bytes, or the first
    of them if it cannot be a submission. sent: the submission time, if the instructor's archive states it.
    modified: when the file was last written, in seconds. sender: of the e-mail that it came with, and
    posted, the time of that. outer: how many of its names are those of a student's own archive or message,
    and of what that lies in; None if it lies in neither. problem: why it could not be opened.
    """

    names: tuple[str, ...]
    data: bytes = b""
    sent: datetime | None = None
    modified: float = 0.0
    sender: str | None = None
    posted: datetime | None = None
    outer: int | None = None
    problem: str | None = None

    @property
    def where(self) -> str:
        """Its path, for messages."""
        return "/".join(self.names)

    @property
    def suffix(self) -> str:
        """The end of its name, in lower case."""
        return PurePath(self.names[-1]).suffix.lower()

    def inside(self) -> Opened:
        """What is in it, if it is a student's own: the names in there were chosen by the student."""
        return self if self.outer is not None else replace(self, outer=len(self.names))


class Opening(Configurable):
    """Opens files, within limits set in nbgrader_config.py, as `c.Opening.most_files = 50_000`."""

    largest_file = Integer(LARGEST_FILE, help="Bytes of one file, unpacked.").tag(config=True)
    most_bytes = Integer(8 * 2**30, help="Bytes of all files, unpacked.").tag(config=True)
    most_files = Integer(20_000, help="Files in all, and in one archive.").tag(config=True)
    deepest_archive = Integer(3, help="Archives within each other.").tag(config=True)
    deepest_folder = Integer(30, help="Folders within each other.").tag(config=True)

    files = unpacked = 0

    def open(
        self,
        paths: Sequence[Path],
        zone: tzinfo = UNSTATED,
        own: Callable[[str], bool] = lambda name: False,
    ) -> Iterator[Opened]:
        """Every file in these folders, files and archives. Raises SubmissionError for too many.

        zone: of the times in archives, which do not state their own. own: whether an archive of this name
        among `paths` is a student's own. Archives in a folder or in another archive all are.
        """
        self.zone, self.files, self.unpacked = zone, 0, 0
        for path in paths:
            path = path.resolve()
            name = readable(path.name)
            if path.is_dir():
                yield from self._folder(path, (name,), 0)
            else:
                yield from self._file(path, (name,), own(name))

    def _folder(self, folder: Path, names: tuple[str, ...], depth: int) -> Iterator[Opened]:
        if depth > self.deepest_folder:
            yield Opened(names, problem="it is in too many nested folders")
            return
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            yield Opened(names, problem=f"it cannot be read: {error.strerror}")
            return
        for entry in entries:
            inner = (*names, readable(entry.name))
            if entry.is_symlink():
                yield self._count(Opened(inner, problem="it is a link, and links are not followed"))
            elif entry.is_dir(follow_symlinks=False):
                yield from self._folder(Path(entry.path), inner, depth + 1)
            else:
                yield from self._file(Path(entry.path), inner, True)

    def _file(self, path: Path, names: tuple[str, ...], own: bool) -> Iterator[Opened]:
        found = Opened(names)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                status = os.fstat(descriptor)
                if not stat.S_ISREG(status.st_mode):
                    yield self._count(replace(found, problem="it is not a file"))
                    return
                found = replace(found, modified=status.st_mtime)
                if found.suffix == ".zip":
                    yield from self._archive(file, found.inside() if own else found, 0)
                else:
                    found = self._read(file, found, status.st_size)
                    yield from self._inside(found, 0)
        except OSError as error:
            yield self._count(replace(found, problem=f"it cannot be read: {error.strerror}"))

    def _inside(self, found: Opened, depth: int) -> Iterator[Opened]:
        """The file, or what is in it."""
        zipped = found.data.startswith(b"PK\x03\x04") and found.suffix in (".zip", ".ipynb")
        if found.problem is None and zipped:
            yield from self._archive(io.BytesIO(found.data), found.inside(), depth)
        elif found.problem is None and found.suffix == ".eml":
            yield from self._email(found, depth)
        else:
            yield found

    def _archive(self, file: IO[bytes], found: Opened, depth: int) -> Iterator[Opened]:
        if depth >= self.deepest_archive:
            yield self._count(replace(found, data=b"", problem="too many nested archives"))
            return
        try:
            self._refuse_long_directories(file)
            archive = zipfile.ZipFile(file)
            members = sorted(archive.infolist(), key=lambda member: member.filename)
        except SubmissionError as error:
            yield self._count(replace(found, data=b"", problem=str(error)))
            return
        except UNPACKING_ERRORS:
            problem = "it is a damaged archive: it needs to be submitted again"
            yield self._count(replace(found, data=b"", problem=problem))
            return
        with archive:
            for member in members:
                if not member.is_dir():
                    yield from self._member(archive, member, found, depth)

    def _member(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, outer: Opened, depth: int
    ) -> Iterator[Opened]:
        names = (*outer.names, *parts_of(member))
        found = replace(outer, names=names, data=b"", problem=None)
        time = self._time(member) if outer.outer is None else None
        if time is not None:
            found = replace(found, sent=time, modified=time.timestamp())
        if stat.S_ISLNK(member.external_attr >> 16):
            yield self._count(replace(found, problem="it is a link, and links are not followed"))
        elif member.flag_bits & 1:
            yield self._count(replace(found, problem="it is locked with a password"))
        elif member.compress_type not in METHODS:
            yield self._count(replace(found, problem="it is compressed in an unusual way"))
        else:
            try:
                with archive.open(member) as file:
                    found = self._read(file, found, member.file_size)
            except SubmissionError:
                raise
            except UNPACKING_ERRORS:
                found = replace(found, data=b"", problem="it is damaged in the archive")
            yield from self._inside(found, depth + 1)

    def _email(self, found: Opened, depth: int) -> Iterator[Opened]:
        try:
            message = email.message_from_bytes(found.data)
            _, sender = email.utils.parseaddr(str(message.get("From", "")))
            attachments = [part for part in message.walk() if name_of(part)]
            sent = email.utils.parsedate_to_datetime(str(message.get("Date")))
        except (ValueError, TypeError, IndexError):
            sent = None
        except (RecursionError, LookupError, AttributeError):
            yield replace(found, data=b"", problem="it is an e-mail that cannot be read")
            return
        if not attachments:
            yield replace(found, data=b"", problem="it is an e-mail without an attachment")
        for part in attachments[: self.most_files]:
            names, payload = (*found.names, name_of(part)), part.get_payload(decode=True)
            data = payload if isinstance(payload, bytes) else b""
            inner = replace(found.inside(), names=names, data=data)
            if found.outer is None:  # else a student has written what it says
                inner = replace(
                    inner, sender=sender or None, posted=_in_utc(sent) if sent else None
                )
            yield from self._inside(self._count(inner), depth + 1)

    def _read(self, file: IO[bytes], found: Opened, size: int) -> Opened:
        """The file with its bytes: all of them if it may be a submission."""
        if found.suffix not in WHOLE:
            return self._count(replace(found, data=file.read(HEAD)))
        data = file.read(self.largest_file + 1) if size <= self.largest_file else b""
        if size > self.largest_file or len(data) > self.largest_file:
            problem = f"it has more than {self.largest_file // 2**20} MB: {_instead(found)}"
            return self._count(replace(found, problem=problem), len(data))
        return self._count(replace(found, data=data))

    def _count(self, found: Opened, size: int | None = None) -> Opened:
        """The same file, counted. Raises SubmissionError."""
        self.files += 1
        self.unpacked += len(found.data) if size is None else size
        if self.files > self.most_files or self.unpacked > self.most_bytes:
            raise SubmissionError(
                f"there is more to open than {self.most_files:,} files or "
                f"{self.most_bytes / 2**30:.0f} GB, at {found.where[:LONGEST_NAME]}: collect less at a "
                "time, or set c.Opening.most_files and c.Opening.most_bytes in nbgrader_config.py"
            )
        return found

    def _refuse_long_directories(self, file: IO[bytes]) -> None:
        """Raises SubmissionError for an archive whose list of files alone would fill the memory."""
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 2**16 - 22))
        tail = file.read()
        at = tail.rfind(END_OF_DIRECTORY)
        if at < 0 or len(tail) < at + 22:
            raise zipfile.BadZipFile
        files, length = struct.unpack("<HI", tail[at + 10 : at + 16])
        if length == 0xFFFFFFFF:  # the real length is in the record before
            record = tail.rfind(b"PK\x06\x06", 0, at)
            if record < 0 or len(tail) < record + 48:
                raise zipfile.BadZipFile
            files, length = struct.unpack("<QQ", tail[record + 32 : record + 48])
        if length > self.most_files * 400 or files > self.most_files:
            raise SubmissionError(f"it is an archive of more than {self.most_files:,} files")
        file.seek(0)

    def _time(self, member: zipfile.ZipInfo) -> datetime | None:
        if member.date_time > (1980, 1, 1, 0, 0, 0):
            with suppress(ValueError):
                return at(datetime(*member.date_time), self.zone)
        return None


def _instead(found: Opened) -> str:
    """What to submit in place of a file that is too large."""
    if found.suffix == ".zip":
        return "the notebook alone needs to be submitted, without the other files of the archive"
    return "it needs to be submitted again with its outputs cleared"


def _in_utc(time: datetime) -> datetime:
    try:
        return (time if time.tzinfo is not None else time.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return datetime(1970, 1, 1, tzinfo=UTC)
