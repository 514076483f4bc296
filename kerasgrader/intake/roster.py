"""The roster: the students of the course, from a CSV file or from nbgrader's own table."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nbgrader.api import Gradebook

from kerasgrader.course.class_list import (
    EMAILS,
    Names,
    identity_column,
    key_of,
    keys_in,
    names_in,
    nobody_on,
    refuse_two_ids_of_one_person,
    roster_rows,
)
from kerasgrader.errors import CourseError
from kerasgrader.intake.platforms import Clue

FORBIDDEN = set("/\\+*?[]\0")
LONGEST_ID = 64
# Scripts in which marks above and below letters may be left out: elsewhere they are part of a letter.
MARKS_OPTIONAL = ("LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW")


@dataclass(frozen=True)
class RosterEntry:
    """A student. keys: ids, numbers and addresses, in lower case. words: of the name, in lower
    case. spellings: the ways in which platforms write the name. names, email: as on the roster."""

    id: str
    keys: frozenset[str]
    words: tuple[str, ...] = ()
    spellings: frozenset[str] = frozenset()
    names: Names = Names()
    email: str = ""


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
        if clue.name is None and not clue.sure:
            return self._by_places(clue)
        for key in clue.keys:
            found = self._with_key(key)
            if len(found) == 1:
                return self._unless_named(clue, key, *found)
            if found:
                return "", f"{key!r} on the roster is {_listed(found)}: make it unique"
        found = self._named(clue.name) if clue.name else set()
        if len(found) == 1:
            return next(iter(found)), None
        if found:
            return "", f"{clue.name!r} could be {_listed(found)}: {_how_to_tell(clue)}"
        return "", _nobody(clue.name or clue.fallback)

    def knows(self, name: str) -> bool:
        """Whether it is somebody's id, number, address or full name."""
        return bool(self._with_key(name) or self._named(name))

    def _by_places(self, clue: Clue) -> tuple[str, str | None]:
        """The student for names that no platform gave: the outermost that is somebody's decides.

        Where that is the name of several, those further in tell which of them.
        """
        possible: set[str] = set()
        for key in clue.keys:
            found = self._with_key(key) or self._named(key)
            found = found or {p.id for p in self.people.values() if _mentioned(p, (key,))}
            possible = (possible & found or possible) if possible else found
            if len(possible) == 1:
                return next(iter(possible)), None
        if possible:
            return "", f"{clue.fallback!r} could be {_listed(possible)}: name the file after one"
        return "", _nobody(clue.fallback)

    def _with_key(self, key: str) -> set[str]:
        return {key} if key in self.people else self._by_key.get(key_of(key), set())

    def _named(self, name: str) -> set[str]:
        """The ids of all who are called so."""
        letters = letters_of(name)
        found = self._by_name.get("".join(letters), set())
        return found or self._by_name.get("".join(sorted(letters)), set())

    def _unless_named(self, clue: Clue, key: str, found: str) -> tuple[str, str | None]:
        """The student with a key, unless the name beside it is another's: numbers of a platform may be ids
        elsewhere."""
        named = self._named(clue.name) if clue.name else set()
        if len(named) != 1 or found in named:
            return found, None
        return "", (
            f"{key!r} is {found} on the roster, but {clue.name!r} is {named.pop()}: correct the roster"
        )


def read_roster(path: Path) -> Roster:
    """The roster in a CSV file, as nbgrader, Canvas or Moodle export it. Raises CourseError."""
    rows = roster_rows(path)
    people = [person for row in rows if (person := _person(row, path)) is not None]
    if not people:
        raise nobody_on(path, rows)
    ids = Counter(person.id for person in people)
    twice = sorted(name for name, count in ids.items() if count > 1)
    if twice:
        raise CourseError(f"{path}: {', '.join(twice[:5])} occurs more than once")
    refuse_two_ids_of_one_person(rows, path)
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


def enter_names(gradebook: Gradebook, people: Iterable[RosterEntry]) -> None:
    """Enter names and addresses into nbgrader's table where that has none: pages and reports show them."""
    known = {student.id: student for student in gradebook.students}
    for person in people:
        first, last = person.names.first or person.names.whole, person.names.last
        if not (first or last or person.email):
            continue
        student = known.get(person.id) or gradebook.add_student(person.id)
        if not (student.first_name or student.last_name):
            student.first_name, student.last_name = first, last
        student.email = student.email or person.email
    gradebook.db.commit()


def person_of(
    identity: str, keys: Iterable[str | None], first: str = "", last: str = "", whole: str = ""
) -> RosterEntry:
    """A student with the ways in which the name may be written: first name first, or last name first.

    whole: the full name, if it is not given in parts.
    """
    a, b = letters_of(first), letters_of(last)
    words = (*a, *b) or letters_of(whole)
    spellings = {"".join(words), "".join(sorted(words)), "".join((*b, *a))} - {""}
    if not (a or b):
        spellings.add("".join(words[::-1]))
    return RosterEntry(identity, _keys([identity, *keys]), words, frozenset(spellings) - {""})


def letters_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case without accents: "Doe, Zoé" is ("doe", "zoe").

    In scripts where a mark makes another letter, as in Devanagari or kana, it stays.
    """
    words, optional = [""], False
    for character in unicodedata.normalize("NFKD", name.casefold()):
        kind = unicodedata.category(character)[0]
        if kind == "L":
            optional = unicodedata.name(character, "").startswith(MARKS_OPTIONAL)
            words[-1] += character
        elif kind != "M":
            words.append("")
        elif not optional and words[-1]:
            words[-1] += character
    return tuple(word for word in words if word)


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
    names = names_in(cells)
    person = person_of(identity, keys_in(cells), names.first, names.last, names.whole)
    email = next((cells[column] for column in EMAILS if cells.get(column)), "")
    return replace(person, names=names, email=email)


def _keys(values: Iterable[str | None]) -> frozenset[str]:
    return frozenset(key_of(value) for value in values if value)


def _mentioned(person: RosterEntry, texts: Sequence[str]) -> bool:
    """Whether one of the texts contains the person's id or address, or all words of the name."""
    telling = {key for key in person.keys if len(key) > 2 or not key.isdigit()}
    for text in texts:
        words = re.split(r"[^\w.@-]+|_", key_of(text))
        if telling & ({*words} | {key_of(text)}):
            return True
        letters = letters_of(text.replace("_", " "))
        if len(person.words) > 1 and set(person.words) <= set(letters):
            return True
    return False


def _nobody(name: str) -> str:
    return f"nobody on the roster is {name!r}: add the student, or an alias, to the roster"


def _how_to_tell(clue: Clue) -> str:
    """What tells people of one name apart."""
    if clue.keys:
        return f"give the right one {clue.keys[0]!r} in a column `alias` of the roster"
    return "name the files after their ids"


def _listed(ids: Iterable[str]) -> str:
    return " or ".join(sorted(ids)[:4])
