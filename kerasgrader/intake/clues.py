"""Tell from the path of a file which student it belongs to, and when it was submitted.

Outer names come from the platform or the instructor, and decide. Inner names were chosen by a student and
state nothing: those in an archive or message that is a student's own, and those below a folder that is
called like a student of the class list.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import tzinfo
from pathlib import PurePath

from kerasgrader.course.times import UNSTATED
from kerasgrader.intake.platforms import (
    BLACKBOARD,
    CLASSROOM,
    DRIVE_DOWNLOAD,
    SCHEMES,
    Clue,
    Place,
    version_in,
)
from kerasgrader.intake.unpacking import Opened

# What the lists in a platform's export state, by the path that they speak of.
Stated = Mapping[tuple[str, ...], Clue]
Known = Callable[[str], bool]
ARCHIVE = ".zip"
TELLING_DIGITS = 4  # a number of fewer may be that of a download


def clue_of(
    found: Opened,
    units: Collection[str],
    stated: Stated | None = None,
    zone: tzinfo = UNSTATED,
    known: Known = lambda name: False,
) -> Clue:
    """The clue in the path of a file.

    units: the ids of the course's units. zone: of the times in names, which do not state their own. known:
    whether somebody on the class list is called so.
    """
    names, sender = found.names[: found.outer], found.sender
    version = version_in(found.names[-1])
    first = 1 if len(names) > 1 and DRIVE_DOWNLOAD.fullmatch(names[0]) else 0
    for depth, segment in enumerate(names[first:], first):
        folder = names[: depth + 1]
        place = Place(segment, names[depth + 1 :], depth - first, zone)
        clue = _stated(folder, place, stated or {}) or _nbgrader(place, units, found)
        if clue is not None:
            version = clue.version or version
            folder = clue.folder or folder
            # The time of an entry is that of the download, where the platform states another one.
            sent = None if clue.unread else clue.sent or found.sent
            return replace(clue, folder=folder, sent=sent, version=version)
        download = not depth and found.outer is None and without_zip(segment) != segment
        if place.rest and not download and known(without_zip(segment)):
            names = (*folder, *names[-1:]) if found.outer is None else folder
            sender = None
            break
    if sender is not None:
        unread = "" if found.posted is not None else "the date of the message"
        return Clue("e-mail", (sender,), None, sender, sent=found.posted, unread=unread)
    return _by_folders(found, names[first:], units, version)


def is_students_own(name: str, known: Known) -> bool:
    """Whether an archive is called after one student, by a platform or by the instructor.

    `2.zip` is not, though somebody's number may be 2.
    """
    place, called = Place(name, (), 0, UNSTATED), without_zip(name)
    in_drive = CLASSROOM.fullmatch(name)
    if called.isdigit() and len(called) < TELLING_DIGITS:
        return False
    named = known(called) or (in_drive is not None and known(in_drive["name"].strip()))
    return named or any(scheme(place) is not None for scheme in SCHEMES)


def without_zip(name: str) -> str:
    """The name of a folder, or of an archive in place of one."""
    return name[: -len(ARCHIVE)] if name.casefold().endswith(ARCHIVE) else name


def _by_folders(
    found: Opened, names: tuple[str, ...], units: Collection[str], version: int
) -> Clue:
    """The clue where no platform is recognised: names of folders, outermost first, and of the file.

    names: those that are not the student's own choice.
    """
    own = found.outer is not None
    folders = [without_zip(name) for name in (names if own else names[:-1])]
    inner = tuple(name for name in folders[1:] if name not in units) or tuple(folders[:1])
    stem = PurePath(names[-1]).stem
    keys = inner if own else (*inner, stem)
    fallback = "/".join(inner) or stem
    clue = Clue("folder", keys, None, fallback, sent=found.sent, version=version, sure=False)
    return clue if own else replace(clue, folder=found.names[:-1])


def _stated(folder: tuple[str, ...], place: Place, stated: Stated) -> Clue | None:
    """The clue in one part of a path, completed by what a list states."""
    if folder in stated:
        return stated[folder]
    clue = next((clue for scheme in SCHEMES if (clue := scheme(place)) is not None), None)
    match = BLACKBOARD.fullmatch(place.segment)
    person = stated.get((*folder[:-1], match["who"])) if match is not None else None
    if clue is None or person is None:
        return clue
    return replace(clue, keys=person.keys, name=person.name, fallback=person.fallback)


def _nbgrader(place: Place, units: Collection[str], found: Opened) -> Clue | None:
    """nbgrader's own folders, `student/unit/`; an archive of `unit/` alone tells of no student."""
    student, depth = place.segment, place.depth
    unit = place.rest[0] if place.rest and len(found.names) > depth + 2 else ""
    if unit not in units or (not depth and without_zip(student) != student):
        return None
    return Clue("nbgrader", (student,), None, student, unit, folder=found.names[: depth + 2])
