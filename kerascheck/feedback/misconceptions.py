"""What a finding tells about the understanding behind it: the catalogue in `misconceptions.toml`.

A finding says what differs; a misconception says why it matters, where the lesson explains it, and
what to look at next. Text for people is made here and in `wording`, and nowhere else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from kerascheck.feedback.wording import place
from kerascheck.judge.verdict import Finding

MOST_HINTS = 3
PATTERNS = ("setting", "layer", "expected", "found", "call")


@dataclass(frozen=True)
class Misconception:
    """One entry.

    patterns: what a finding must have beside one of the rules, by its field. idiom: it is about a habit
    from older versions of Keras or TensorFlow.
    """

    id: str
    rules: tuple[str, ...]
    patterns: tuple[tuple[str, str], ...]
    title: str
    explanation: str
    reread: str
    hints: tuple[str, ...]
    idiom: bool = False

    def fits(self, finding: Finding) -> bool:
        return finding.rule in self.rules and all(
            re.search(pattern, str(getattr(finding, name))) for name, pattern in self.patterns
        )

    def hint(self, step: int, finding: Finding) -> str:
        """The hint number `step` (from 0), about this finding; the last one for every later step."""
        text = self.hints[min(step, len(self.hints) - 1)]
        for name in ("layer", "setting", "found"):
            value = getattr(finding, name)
            shown = "this layer" if value is None else place(_plain(value))
            text = text.replace(f"{{{name}}}", shown)
        return text

    def where(self, exercise: str) -> str:
        """What to reread, for the exercise of this name."""
        return self.reread.replace("{exercise}", f"`{exercise}`")


@cache
def misconceptions() -> tuple[Misconception, ...]:
    """The catalogue, in the order in which entries are tried."""
    path: Any = resources.files("resnet_course") / "misconceptions.toml"
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
    patterns = tuple((name, table.pop(name)) for name in PATTERNS if name in table)
    rules, hints = tuple(table.pop("rules")), tuple(table.pop("hints"))
    return Misconception(rules=rules, patterns=patterns, hints=hints, **table)


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return f"({', '.join(str(item) for item in value)})"
    return str(value)
