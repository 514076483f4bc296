"""Misconceptions behind findings: the catalogue in files named `misconceptions.toml`.

A finding is a difference; a misconception adds why it matters, where the lesson explains it, and what
to look at next. Its placeholders are filled in by `wording`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from kerascheck.evidence.evidence import StudentError
from kerascheck.feedback.wording import error_text, placeholders
from kerascheck.judge.places import Place
from kerascheck.judge.verdict import Finding
from kerascheck.published import packages

MOST_HINTS = 3
FILE = "misconceptions.toml"


@dataclass(frozen=True)
class PlacePattern:
    """Conditions on a place; a field that is None is ignored.

    kinds: its kind is one of these. name: a regular expression that its name matches. numbered:
    whether it is identified by its number. after: conditions on one of the layers that feed it.
    """

    kinds: tuple[str, ...] | None = None
    name: str | None = None
    number: int | None = None
    numbered: bool | None = None
    recorded: bool | None = None
    after: PlacePattern | None = None

    @classmethod
    def of_table(cls, table: Mapping[str, Any]) -> PlacePattern:
        """The pattern that a table of the catalogue describes. Raises TypeError for an unknown key."""
        fields = dict(table)
        kinds, after = fields.pop("kind", None), fields.pop("after", None)
        return cls(
            kinds=None if kinds is None else _several(kinds),
            after=None if after is None else cls.of_table(after),
            **fields,
        )

    def fits(self, place: Place) -> bool:
        return (
            (self.kinds is None or place.kind in self.kinds)
            and (self.name is None or re.search(self.name, place.name or "") is not None)
            and (self.number is None or place.number == self.number)
            and (self.numbered is None or (place.number is not None) is self.numbered)
            and (self.recorded is None or place.recorded is self.recorded)
            and (self.after is None or any(self.after.fits(source) for source in place.after))
        )


@dataclass(frozen=True)
class Pattern:
    """Conditions on a finding in addition to its rule; a field that is None is ignored.

    properties, relations: the finding's is one of these. expected, actual: the exact value.
    expected_on: whether the expected value switches something on, as neither None nor False does.
    nameless: whether the actual value, a name, is missing. call, part, error: regular expressions
    for the text of the probe, the name of the part, and the error.
    """

    place: PlacePattern | None = None
    properties: tuple[str, ...] | None = None
    relations: tuple[str, ...] | None = None
    expected: str | int | None = None
    actual: str | int | None = None
    expected_on: bool | None = None
    nameless: bool | None = None
    call: str | None = None
    part: str | None = None
    error: str | None = None

    @classmethod
    def of_table(cls, table: Mapping[str, Any]) -> Pattern:
        """The pattern that a table of the catalogue describes. Raises TypeError for an unknown key."""
        fields = dict(table)
        place, properties = fields.pop("place", None), fields.pop("property", None)
        relations = fields.pop("relation", None)
        return cls(
            place=None if place is None else PlacePattern.of_table(place),
            properties=None if properties is None else _several(properties),
            relations=None if relations is None else _several(relations),
            **fields,
        )

    def fits(self, finding: Finding) -> bool:
        place, error = finding.place, finding.actual
        message = error_text(error) if isinstance(error, StudentError) else None
        return (
            (self.place is None or (place is not None and self.place.fits(place)))
            and (self.properties is None or finding.property in self.properties)
            and (self.relations is None or finding.relation in self.relations)
            and (self.expected is None or _same(self.expected, finding.expected))
            and (self.actual is None or _same(self.actual, finding.actual))
            and (self.expected_on is None or bool(finding.expected) is self.expected_on)
            and (self.nameless is None or (finding.actual is None) is self.nameless)
            and all(
                text is not None and re.search(pattern, text)
                for pattern, text in (
                    (self.call, finding.call),
                    (self.part, finding.part),
                    (self.error, message),
                )
                if pattern is not None
            )
        )


@dataclass(frozen=True)
class Misconception:
    """One entry of the catalogue.

    pattern: conditions on a finding in addition to its rule. in_any_cell: whether it is explained
    wherever the error occurs, and not only by a check: habits from older versions, a full memory.
    page: of the library's documentation, pattern_with_blanks: the call to write; "" for those of the layer.
    """

    id: str
    rules: tuple[str, ...]
    pattern: Pattern
    title: str
    explanation: str
    reread: str
    hints: tuple[str, ...]
    in_any_cell: bool = False
    page: str = ""
    pattern_with_blanks: str = ""

    @property
    def heading(self) -> str:
        """The title as a sentence of its own: a question keeps its mark."""
        return self.title if self.title.endswith("?") else f"{self.title}."

    def fits(self, finding: Finding) -> bool:
        return finding.rule in self.rules and self.pattern.fits(finding)

    def hint(self, step: int, finding: Finding) -> str:
        """The hint number `step` (from 0), about this finding; the last one for every later step."""
        text = self.hints[min(step, len(self.hints) - 1)]
        shown = placeholders(finding)
        return re.sub(r"\{(\w+)\}", lambda found: shown[found[1]], text)

    def where(self, exercise: str) -> str:
        """The text to reread, for the exercise of this name."""
        return self.reread.replace("{exercise}", f"`{exercise}`")


def misconceptions() -> tuple[Misconception, ...]:
    """The catalogue, in the order in which entries are tried: the course's, then the general ones."""
    return tuple(
        entry for package in (*packages(), "kerascheck.feedback") for entry in entries_of(package)
    )


@cache
def entries_of(package: str) -> tuple[Misconception, ...]:
    """The entries in a package's catalogue file; none if it has no such file."""
    path: Any = resources.files(package) / FILE
    if not path.is_file():
        return ()
    entries = tomllib.loads(path.read_text("utf-8"))["misconception"]
    return tuple(_entry(dict(table)) for table in entries)


def misconception_of(finding: Finding) -> Misconception:
    """The misconception behind a finding: the first entry that fits. Every rule has one."""
    return next(entry for entry in misconceptions() if entry.fits(finding))


def misconceptions_in(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The ids of the misconceptions behind findings, each once, in their order."""
    found = (misconception_of(finding).id for finding in findings)
    return tuple(dict.fromkeys(found))


def _entry(table: dict[str, Any]) -> Misconception:
    texts = {key: table.pop(key) for key in ("id", "title", "explanation", "reread")}
    rules, hints = tuple(table.pop("rules")), tuple(table.pop("hints"))
    for key in ("in_any_cell", "page", "pattern_with_blanks"):
        if key in table:
            texts[key] = table.pop(key)
    return Misconception(rules=rules, hints=hints, pattern=Pattern.of_table(table), **texts)


def _several(value: str | Sequence[str]) -> tuple[str, ...]:
    """The value of a key that may be one text or a list of texts, as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)


def _same(expected: object, actual: object) -> bool:
    """Equal and of one type: 1 is not True."""
    return type(expected) is type(actual) and expected == actual
