"""Tell from the path of a file which student it belongs to.

Learning platforms put the student's name and a number into the names of folders and files, each in
its own way. Outer names come from the platform and decide; inner names were chosen by a student.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath

from kerasgrader.intake.unpacking import Opened
from kerasgrader.repair.timestamps import time_of

CANVAS = re.compile(
    r"(?P<name>[^_]+?)_(?:LATE_|late_)?(?P<number>\d+)_(?:question_\d+_)?(?P<attachment>\d+)_(?P<rest>.+)"
)
CANVAS_ATTEMPT = re.compile(r"-(\d{1,3})(?:\.\w+)?$")
MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)(?:_.*|$)", re.DOTALL
)
EXCHANGE = re.compile(
    r"(?P<student>[^+]+)\+(?P<unit>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? \S+?)"
    r"(?:\+[^+]*)?"
)
GRADESCOPE = re.compile(r"submission_(?P<number>\d+)")
CLASSROOM = re.compile(r"(?P<name>[^-]+(?:-[^-\s]+)*?) - .+")
SUBMITTER = re.compile(r"\s*-?\s*:(name|email|sid|created_at):\s*(.*)")


@dataclass(frozen=True)
class Clue:
    """A clue to a submission's student and time.

    layout: the platform that chose the names. keys: ids, numbers and addresses that a roster may
    have, best first. name: a person's name. fallback: an id to use without a roster. unit: if it is
    named. attempt: counts up. sure: whether the clue is the platform's, not the student's.
    """

    layout: str
    keys: tuple[str, ...] = ()
    name: str | None = None
    fallback: str = ""
    unit: str | None = None
    attempt: int = 0
    sent: datetime | None = None
    sure: bool = True


def clue_of(
    found: Opened, units: Collection[str], gradescope: Mapping[tuple[str, ...], Clue]
) -> Clue:
    """The clue in the path of a file.

    units: the ids of the course's units. gradescope: clues from Gradescope's list, by folder.
    """
    if found.sender is not None:
        return Clue("e-mail", (found.sender,), None, found.sender, sent=found.sent)
    names = found.names
    for index, segment in enumerate(names):
        if names[: index + 1] in gradescope:
            return gradescope[names[: index + 1]]
        for layout in LAYOUTS:
            clue = layout(segment)
            if clue is not None and clue.layout == "Classroom" and index > 1:
                continue  # a student has chosen this inner name
            if clue is not None:
                return clue if clue.sent is not None else replace(clue, sent=found.sent)
        if segment in units and 0 < index < len(names) - 1:
            student = names[index - 1]
            return Clue("nbgrader", (student,), None, student, segment, sent=found.sent)
    stem = PurePath(names[-1]).stem
    folders = names[1:-1] or names[:-1]
    fallback = "/".join(folders) or stem
    return Clue("folder", (*folders, stem), None, fallback, sent=found.sent, sure=False)


def gradescope_list(found: Opened) -> dict[tuple[str, ...], Clue]:
    """The clues in Gradescope's submission_metadata.yml, by folder. It is read line by line."""
    clues: dict[tuple[str, ...], Clue] = {}
    folder: tuple[str, ...] | None = None
    for line in found.data.decode("utf-8", "replace").splitlines():
        entry = re.fullmatch(r"(submission_\d+):\s*", line)
        if entry is not None:
            folder = (*found.names[:-1], entry[1])
            clues[folder] = Clue("Gradescope", fallback=entry[1])
            continue
        match = SUBMITTER.fullmatch(line)
        if folder is None or match is None:
            continue
        clue, value = clues[folder], match[2].strip().strip("'\"")
        if match[1] == "created_at":
            clues[folder] = replace(clue, sent=clue.sent or time_of(value))
        elif match[1] == "name":
            clues[folder] = replace(clue, name=clue.name or value)
        elif value and len(clue.keys) < 2:
            clues[folder] = replace(clue, keys=(*clue.keys, value), fallback=value)
    return clues


def _canvas(segment: str) -> Clue | None:
    match = CANVAS.fullmatch(segment)
    if match is None:
        return None
    version = CANVAS_ATTEMPT.search(match["rest"])
    attempt = int(version[1]) if version else 0
    return Clue(
        "Canvas",
        (match["number"],),
        match["name"],
        f"{match['name']}-{match['number']}",
        None,
        attempt,
    )


def _moodle(segment: str) -> Clue | None:
    match = MOODLE.fullmatch(segment)
    if match is None:
        return None
    return Clue("Moodle", (match["number"],), match["name"], f"{match['name']}-{match['number']}")


def _exchange(segment: str) -> Clue | None:
    match = EXCHANGE.fullmatch(segment)
    if match is None:
        return None
    student = match["student"]
    return Clue("exchange", (student,), None, student, match["unit"], sent=time_of(match["time"]))


def _gradescope(segment: str) -> Clue | None:
    """A Gradescope folder without the list of its students."""
    match = GRADESCOPE.fullmatch(segment)
    return Clue("Gradescope", (), None, segment) if match is not None else None


def _classroom(segment: str) -> Clue | None:
    match = CLASSROOM.fullmatch(segment) if segment.endswith((".ipynb", ".zip")) else None
    if match is None:
        return None
    return Clue("Classroom", (), match["name"].strip(), match["name"].strip(), sure=False)


LAYOUTS: Sequence[Callable[[str], Clue | None]] = (
    _exchange,
    _moodle,
    _canvas,
    _gradescope,
    _classroom,
)
