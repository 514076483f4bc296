"""Match files to students: by the clue in a path, the class list, the groups, and the files beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kerasgrader.intake.clues import without_zip
from kerasgrader.intake.groups import Groups
from kerasgrader.intake.platforms import Clue
from kerasgrader.intake.recognition import Recognised
from kerasgrader.intake.roster import Roster
from kerasgrader.intake.unpacking import Opened

UNKNOWN = "folder"  # the layout of what no platform has named


@dataclass(frozen=True)
class Seen:
    """A file after inspection. digest: of its bytes."""

    found: Opened
    recognised: Recognised
    digest: str
    clue: Clue

    @property
    def container(self) -> str:
        """The archive or folder that was collected, in which it lay."""
        return self.found.names[0]

    @property
    def is_notebook(self) -> bool:
        """Whether it is a notebook, or claims to be one."""
        return self.found.suffix == ".ipynb" or self.recognised.unit is not None


@dataclass(frozen=True)
class Claim:
    """For whom a file counts. problem: why for nobody. group: all for whom it was submitted, if it was not
    for one person. by: the mate who submitted it, "" for the student, alone or with others."""

    student: str = ""
    problem: str | None = None
    group: tuple[str, ...] = ()
    by: str = ""


class Matching:
    """Matches all files of one collection. roster: the students. groups: those of groups.csv."""

    def __init__(self, seen: Sequence[Seen], roster: Roster, groups: Groups) -> None:
        self.roster, self.groups = roster, groups
        self.platforms = {item.container for item in seen if item.clue.layout != UNKNOWN}
        self.flat = set() if roster.people else set(_flat(seen))
        self.teams = set(_with_teams(seen))
        self.mates: dict[tuple[str, str, str], set[str]] = {}
        for item in seen:
            if (team := self._team(item)) is not None:
                student, problem = self._student(item)
                if problem is None:
                    self.mates.setdefault((*team, item.digest), set()).add(student)

    def is_companion(self, item: Seen) -> bool:
        """Whether a platform wrote a file for the instructor: it is no submission."""
        loose = len(item.found.names) == 1 and bool(self.platforms)
        known = loose or item.container in self.platforms
        outside = item.clue.layout == UNKNOWN and known
        return item.clue.companion or (outside and not item.is_notebook)

    def claims(self, item: Seen) -> list[Claim]:
        """For whom a file counts; one claim with a problem if that is not known."""
        if (item.container, item.clue.fallback) in self.flat and item.is_notebook:
            return [Claim(problem=_told_apart(item))]
        students, problem = self._submitters(item)
        if problem is not None:
            return [Claim(students[0] if students else "", problem + _in_archive(item))]
        mates = {mate for student in students for mate in self.groups.mates(student)}
        everybody = sorted({*students, *mates})
        team = self._team(item)  # whose others have a folder of their own, with the same file
        others = self.mates.get((*team, item.digest), set()) if team is not None else set()
        named = sorted({*everybody, *others})
        group = tuple(named) if len(named) > 1 else ()
        first = students[0]
        return [Claim(one, None, group, "" if one in students else first) for one in everybody]

    def _submitters(self, item: Seen) -> tuple[list[str], str | None]:
        """The students whom a clue names, or why it names nobody."""
        named = self.groups.named_by(item.clue)
        if named:
            return list(named), None
        if not item.clue.members:
            student, problem = self._student(item)
            return [student], problem
        found = [self.roster.student(member) for member in item.clue.members]
        strangers = [problem for _, problem in found if problem is not None]
        if strangers:
            return [], f"a group submitted it, and {strangers[0]}"
        return list(dict.fromkeys(student for student, _ in found)), None

    def _student(self, item: Seen) -> tuple[str, str | None]:
        student, problem = self.roster.student(item.clue)
        if problem is None or item.container not in self.teams:
            return student, problem
        parts = (item.clue.name or "").split("-")
        for first in range(1, len(parts)):
            inner = replace(item.clue, name="-".join(parts[first:]))
            found, unknown = self.roster.student(inner)
            if unknown is None:
                return found, None
        return student, problem

    def _team(self, item: Seen) -> tuple[str, str] | None:
        """The team that a folder's name states, by container and name."""
        if item.container not in self.teams or item.clue.layout != "Moodle":
            return None
        return item.container, (item.clue.name or "").split("-", 1)[0]


def _with_teams(seen: Iterable[Seen]) -> Iterator[str]:
    """The containers in which Moodle puts the name of a team in front of each student's."""
    names: dict[str, set[str]] = {}
    for item in seen:
        if item.clue.layout == "Moodle":
            names.setdefault(item.container, set()).add(item.clue.name or "")
    for container, found in names.items():
        if all("-" in name for name in found):
            yield container


def _flat(seen: Iterable[Seen]) -> Iterator[tuple[str, str]]:
    """Where several notebooks lie together and nothing tells whose they are: container and fallback.

    They lie in the container itself, or all in the one folder in it.
    """
    places: dict[str, dict[str, set[str]]] = {}
    for item in seen:
        if item.clue.layout == UNKNOWN and item.is_notebook and len(item.found.names) > 1:
            here = places.setdefault(item.container, {})
            here.setdefault(item.clue.fallback, set()).add(item.digest)
    for container, here in places.items():
        for fallback, digests in here.items():
            alone = len(here) == 1
            loose = fallback == without_zip(container)
            if (alone and len(digests) > 1) or (loose and not alone):
                yield container, fallback


def _in_archive(item: Seen) -> str:
    """What to do where an archive in a folder is not a student's but a platform's, else ""."""
    outer = item.found.names[: item.found.outer]
    if item.clue.layout != UNKNOWN or item.found.outer is None or len(outer) < 2:
        return ""
    return f"; if {outer[-1]} is a platform's download, collect it by itself"


def _told_apart(item: Seen) -> str:
    return (
        f"several notebooks lie in {item.clue.fallback}, and nothing tells whose they are: add a class "
        "list (--roster FILE) with the names or ids that the files are called by, or put them into a "
        "folder for each student"
    )
