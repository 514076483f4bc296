"""Read the files that a platform puts beside submissions: lists of people, times, notes.

They state what names of files do not. Like everything in an archive they may hold anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from kerasgrader.course.times import UNSTATED, time_of
from kerasgrader.intake.platforms import BLACKBOARD, Clue
from kerasgrader.intake.unpacking import Opened

GRADESCOPE_LIST = "submission_metadata.yml"
FOLDER = re.compile(r"(submission_\d+):\s*")
SECTION = re.compile(r" {1,2}:(\w+):\s*(.*)")
SUBMITTER = re.compile(r"(-?)\s*:(name|email|sid):\s*(.*)")  # of a line without its indentation
BLACKBOARD_NAME = re.compile(r"[^:]{1,40}:(?P<name>[^()]+)\((?P<user>[^()]+)\)")
LONGEST_LINE = 500  # characters; a longer one states nothing
DIGITS = re.compile(r"\d{17}")
MOST_SUBMITTERS = 100


def stated_in(found: Opened) -> dict[tuple[str, ...], Clue]:
    """What a file states about others, by the paths that it speaks of; nothing for most files."""
    if found.problem is not None:
        return {}
    if found.names[-1] == GRADESCOPE_LIST:
        return gradescope_list(found)
    match = BLACKBOARD.fullmatch(found.names[-1])
    if match is not None and match["rest"] == ".txt":
        lines = found.data[:4096].decode("utf-8", "replace").lstrip("\ufeff").splitlines()
        person = BLACKBOARD_NAME.fullmatch(lines[0][:LONGEST_LINE].strip()) if lines else None
        if person is not None and person["name"].strip():
            user = person["user"].strip()
            clue = Clue("Blackboard", (user,), person["name"].strip(), user)
            return {(*found.names[:-1], match["who"]): clue}
    return {}


def gradescope_list(found: Opened) -> dict[tuple[str, ...], Clue]:
    """The clues in Gradescope's submission_metadata.yml, by folder: all submitters, and the time.

    It is read line by line: each folder has a section `:submitters:`, a list, and `:created_at:`; older
    attempts and results, which have keys of the same names, are in later sections.
    """
    clues: dict[tuple[str, ...], Clue] = {}
    for name, lines in _folders(found.data.decode("utf-8", "replace").splitlines()):
        people: list[Clue] = []
        sent, inside = None, ""
        for line in lines:
            section = SECTION.fullmatch(line)
            entry = line.strip() if inside == "submitters" and line[:1].isspace() else ""
            match = SUBMITTER.fullmatch(entry)
            if match is not None:
                if match[1] or not people:
                    people.append(Clue("Gradescope", fallback=name))
                people[-1] = _with(people[-1], match[2], _scalar(match[3]))
            elif section is not None:
                inside = section[1]
                if inside == "created_at" and sent is None:
                    sent = time_of(_scalar(section[2]))
        first = people[0] if people else Clue("Gradescope", fallback=name)
        members = tuple(people[:MOST_SUBMITTERS]) if len(people) > 1 else ()
        clues[(*found.names[:-1], name)] = replace(first, members=members, sent=sent)
    return clues


def stated_time(text: str, zone: tzinfo = UNSTATED) -> datetime | None:
    """The time in a timestamp.txt: nbgrader's; Sakai's, as in `2024-03-05T10:30:00Z`, in older
    versions `20240305103000000`, which is in UTC, too; None if it holds none.

    zone: of a time that states none.
    """
    text = text.strip()
    if DIGITS.fullmatch(text):
        try:
            return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            return None
    return time_of(text, zone)


def _folders(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """The folders in Gradescope's list, each with the lines about it."""
    name, inside = "", list[str]()
    for line in lines:
        entry = FOLDER.fullmatch(line)
        if entry is not None:
            if name:
                yield name, inside
            name, inside = entry[1], []
        else:
            inside.append(line)
    if name:
        yield name, inside


def _with(clue: Clue, field: str, value: str) -> Clue:
    if not value:
        return clue
    if field == "name":
        return replace(clue, name=clue.name or value)
    return replace(clue, keys=(*clue.keys, value), fallback=value)


def _scalar(text: str) -> str:
    """A YAML scalar of one line."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
