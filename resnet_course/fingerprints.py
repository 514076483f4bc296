"""Known wrong answers by their outputs under fixed weights: what graphs do not settle, numbers may.

Made by the build from the course's own solution (see the grader), one file per unit, about the visible
checks alone. A fingerprint is a few numbers and the finding that the same mistake gets where layers
are plain.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from resnet_course.evidence import Evidence
from resnet_course.graph import Graph
from resnet_course.verdict import Finding

SET = "fixed weights"
NUMBERS = 48
TOLERANCE = 1e-3
LEAST_TELLING = 3  # that many numbers must not be zero, or too many mistakes look alike


@dataclass(frozen=True)
class Fingerprint:
    """One mistake: in which exercise and check, the numbers it gives, and what is to be said of it."""

    exercise: str
    call: str
    numbers: tuple[float, ...]
    finding: Finding

    @classmethod
    def of(cls, exercise: str, evidence: Evidence, finding: Finding) -> Fingerprint | None:
        numbers = numbers_of(evidence)
        telling = sum(value != 0 for value in numbers)
        if telling < LEAST_TELLING:
            return None
        return cls(exercise, evidence.call, numbers, replace(finding, at=None))

    def fits(self, numbers: tuple[float, ...]) -> bool:
        return len(numbers) == len(self.numbers) and all(
            abs(a - b) <= TOLERANCE * max(1.0, abs(a))
            for a, b in zip(self.numbers, numbers, strict=True)
        )


def numbers_of(evidence: Evidence) -> tuple[float, ...]:
    """Some of the outputs under fixed weights, at even distances; () where one is not finite."""
    array = evidence.outputs.get(SET)
    if array is None or any(value is None for value in array.elements):
        return ()
    size = len(array.elements)
    step = size // NUMBERS + 1 | 1  # odd, so that all channels have their turn
    return tuple(float(array.elements[k * step % size] or 0) for k in range(min(NUMBERS, size)))


def recognised(exercise: str, evidence: Evidence) -> Finding | None:
    """The finding on the known mistake whose numbers these are; None where there is none."""
    numbers = numbers_of(evidence)
    found = [
        known.finding
        for known in _known()
        if (known.exercise, known.call) == (exercise, evidence.call) and known.fits(numbers)
    ]
    return found[0] if numbers and found else None


def is_settled(graph: Graph, kinds: Iterable[str]) -> bool:
    """Whether a graph is made of the reference's kinds of layers only, so that it speaks for itself."""
    return {layer.kind for layer in graph.layers} <= {*kinds}


def write(fingerprints: Iterable[Fingerprint]) -> str:
    """The text of a file of fingerprints."""
    lines = [
        json.dumps(
            {
                "exercise": item.exercise,
                "call": item.call,
                "numbers": [float(f"{value:.4g}") for value in item.numbers],
                "finding": item.finding.to_plain(),
            },
            sort_keys=True,
        )
        for item in fingerprints
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def read(text: str) -> list[Fingerprint]:
    """The fingerprints in the text of such a file."""
    return [
        Fingerprint(
            item["exercise"], item["call"], tuple(item["numbers"]), Finding(**item["finding"])
        )
        for item in json.loads(text)
    ]


@cache
def _known() -> tuple[Fingerprint, ...]:
    folder: Any = resources.files("resnet_course") / "published" / "mistakes"
    if not folder.is_dir():
        return ()
    files = sorted(folder.iterdir(), key=lambda item: item.name)
    return tuple(item for file in files for item in read(file.read_text("utf-8")))
