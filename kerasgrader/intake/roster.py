"""The roster: the students of the course, from a CSV file or from nbgrader's own table."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook

from kerasgrader.course.class_list import ID_COLUMNS, identity_column, nobody_on, roster_rows
from kerasgrader.errors import CourseError
from kerasgrader.intake.platforms import Clue

KEY_COLUMNS = (
    *ID_COLUMNS,
    "lms_user_id",
    "sis user id",
    "canvas id",
    "moodle id",
    "alias",
    "user id",
)
NAME_COLUMNS = (("first_name", "last_name"), ("first name", "last name"), ("first name", "surname"))
WHOLE_NAMES = ("name", "student", "full name", "fullname")
FORBIDDEN = set("/\\+*?[]\0")
LONGEST_ID = 64


@dataclass(frozen=True)
class RosterEntry:
    """A student. keys: ids, numbers and addresses, in lower case. words: of the name, in lower
    case. spellings: the ways in which platforms write the name."""

    id: str
    keys: frozenset[str]
    words: tuple[str, ...] = ()
    spellings: frozenset[str] = frozenset()


class Roster:
    """The students that submissions are matched to. Without any, a submission's own names are used."""

    def __init__(self, people: Iterable[RosterEntry] = ()) -> None:
        self.people = {person.id: person for person in people}
        self._by_key: dict[str, set[str]] = {}
        self._by_name: dict[str, set[str]] = {}
        for person in self.people.values():
            for key in person.keys:
                self._by_key.setdefault(key, set()).add(person.id)
            for spelling in person.spellings:
                self._by_name.setdefault(spelling, set()).add(person.id)

    def student(self, clue: Clue) -> tuple[str, str | None]:
        """The id for a clue, or the reason why there is none.

        Ids, numbers and addresses come before names, and a name must belong to one student only.
        """
        if not self.people:
            return safe_id(clue.fallback), None
        for key in clue.keys:
            if key in self.people:
                return key, None
        for key in clue.keys:
            found = self._by_key.get(_key(key), set())
            if len(found) == 1:
                return next(iter(found)), None
            if found:
                return "", f"{key!r} on the roster is {_listed(found)}: make it unique"
        for name in (clue.name,) if clue.name else () if clue.sure else clue.keys:
            letters = letters_of(name)
            found = self._by_name.get("".join(letters), set())
            found = found or self._by_name.get("".join(sorted(letters)), set())
            if len(found) == 1:
                return next(iter(found)), None
            if found:
                return "", f"{name!r} could be {_listed(found)}: add the number to the roster"
        if not clue.sure:
            found = {p.id for p in self.people.values() if _mentioned(p, clue.keys)}
            if len(found) == 1:
                return next(iter(found)), None
            if found:
                return "", f"{clue.fallback!r} could be {_listed(found)}: name the file after one"
        said = clue.name or clue.fallback
        return "", f"nobody on the roster is {said!r}: add the student, or an alias, to the roster"


def read_roster(path: Path) -> Roster:
    """The roster in a CSV file, as nbgrader, Canvas or Moodle export it. Raises CourseError."""
    people = [person for row in roster_rows(path) if (person := _person(row, path)) is not None]
    if not people:
        raise nobody_on(path)
    ids = [person.id for person in people]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise CourseError(f"{path}: {', '.join(twice[:5])} occurs more than once")
    return Roster(people)


def gradebook_roster(gradebook: Gradebook) -> Roster:
    """The students in nbgrader's table who have a name, an address or a number."""
    people = []
    for student in gradebook.students:
        known = [student.id, student.email, student.lms_user_id]
        first, last = student.first_name or "", student.last_name or ""
        if first or last or any(known[1:]):
            people.append(person_of(student.id, known, first, last))
    return Roster(people)


def person_of(
    identity: str, keys: Iterable[str | None], first: str = "", last: str = "", whole: str = ""
) -> RosterEntry:
    """A student with the ways in which the name may be written: first name first, or last name first.

    whole: the full name, "Jane Doe" or "Doe, Jane", if it is not given in parts.
    """
    if not (first or last) and "," in whole:
        last, first = whole.split(",", 1)
    a, b = letters_of(first), letters_of(last)
    words = (*a, *b) or letters_of(whole)
    spellings = {"".join(words), "".join(sorted(words)), "".join((*b, *a))} - {""}
    if not (a or b):
        spellings.add("".join(words[::-1]))
    return RosterEntry(identity, _keys([identity, *keys]), words, frozenset(spellings) - {""})


def letters_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case without accents: "Doe, Zoé" is ("doe", "zoe")."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return tuple(re.findall(r"[^\W\d_]+", kept))


def safe_id(text: str) -> str:
    """An id derived from any text, valid as the name of a folder and for nbgrader.

    Different texts give different ids: if something has to be left out, a digest is added.
    """
    text = unicodedata.normalize("NFC", text.strip())
    kept = re.sub(r"[^\w.@-]+", "_", text).strip("._-")[:LONGEST_ID]
    if kept == text and kept:
        return kept
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{kept or 'student'}-{digest}"


def _person(cells: Mapping[str, str], path: Path) -> RosterEntry | None:
    column = identity_column(cells)
    if column is None or not cells[column]:
        return None
    identity = cells[column]
    if set(identity) & FORBIDDEN or identity.startswith(".") or len(identity) > LONGEST_ID:
        raise CourseError(
            f"{path}: {identity!r} cannot be the id of a student: no / \\ + * ? [ ] and no dot in front"
        )
    whole = next((cells[column] for column in WHOLE_NAMES if cells.get(column)), "")
    first, last = next((p for p in NAME_COLUMNS if p[0] in cells or p[1] in cells), ("", ""))
    keys = [cells.get(column) for column in KEY_COLUMNS]
    return person_of(identity, keys, cells.get(first, ""), cells.get(last, ""), whole)


def _keys(values: Iterable[str | None]) -> frozenset[str]:
    return frozenset(_key(value) for value in values if value)


def _key(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().strip()


def _mentioned(person: RosterEntry, texts: Sequence[str]) -> bool:
    """Whether one of the texts contains the person's id or address, or all words of the name."""
    for text in texts:
        words = re.split(r"[^\w.@-]+|_", _key(text))
        if person.keys & ({*words} | {_key(text)}):
            return True
        letters = letters_of(text.replace("_", " "))
        if len(person.words) > 1 and set(person.words) <= set(letters):
            return True
    return False


def _listed(ids: Iterable[str]) -> str:
    return " or ".join(sorted(ids)[:4])
