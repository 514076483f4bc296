"""The evidence that a probe records: plain data, size-limited, with a JSON form.

Evidence is written in the kernel that runs a student's code and read where it is judged. It records
what the code *did*, never what it should have done. `Evidence.from_plain` treats its input as
hostile.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kerascheck.evidence.graph import Graph
from kerascheck.evidence.untrusted import Malformed, PlainReader

EVIDENCE_MIME = "application/vnd.kerascheck.evidence+json"
MAX_SAMPLES = 1024
MAX_BASES = 16
SIGNIFICANT_DIGITS = 7
STATUSES = ("ok", "error", "not attempted")
# Names of outputs and facts that the judge treats apart from the others.
FIRST_WEIGHTS = "first weights"  # of a network, before anything is trained
LEARNED = "weights that are trained"  # their number
SECOND_CALL = "when called again"
SIGNATURE = "parameters"  # names, and defaults where there are some
CHANGED = "changes of arguments"
RETURNED = "returned arguments"  # parts of the result that are the arguments' own memory
SHAPED = "has the shape of an argument"
TYPES = "types"  # of what is returned, where the lesson asks for them
ORDER, ORDERED = "order of callbacks and optimisers", "order counts"
NUMBERS, TEXTS = "numbers in the message", "texts in the message"
# Statuses that only the grader gives, to what did not run to its end: a probe cannot know them.
TOO_SLOW, TOO_MUCH_MEMORY, ENDED, NOT_RUN = (
    "too slow",
    "too much memory",
    "the kernel ended",
    "not run",
)
# Seconds of processor time that a probe has under the grader, unless the instructor gives it others.
PROBE_SECONDS = 15
STOPS = (TOO_SLOW, TOO_MUCH_MEMORY, ENDED, NOT_RUN)


@dataclass(frozen=True)
class Sampled:
    """An array as its shape, its dtype, and at most MAX_SAMPLES of its elements.

    Elements are taken at even distances from the flattened array, so two arrays of the same shape
    are sampled at the same positions. An element that is not finite is None.
    """

    shape: tuple[int, ...]
    dtype: str
    elements: tuple[float | None, ...]

    @classmethod
    def of(cls, array: Any) -> Sampled:
        """Sample a numeric array. Raises TypeError for an array that is not numeric."""
        array = np.asarray(array)
        if array.dtype.kind not in "buif":
            raise TypeError(f"expected numbers, found {array.dtype}")
        flat = array.astype(np.float64).ravel()
        if flat.size > MAX_SAMPLES:
            flat = flat[np.linspace(0, flat.size - 1, MAX_SAMPLES).astype(np.int64)]
        return cls(array.shape, str(array.dtype), tuple(rounded(value) for value in flat.tolist()))

    def values(self) -> np.ndarray:
        """The sampled elements as float64, with NaN for those that were not finite."""
        return np.array([math.nan if v is None else v for v in self.elements], dtype=np.float64)

    def to_plain(self) -> dict[str, Any]:
        return {"shape": list(self.shape), "dtype": self.dtype, "elements": list(self.elements)}

    @classmethod
    def from_plain(cls, value: object) -> Sampled:
        read = PlainReader(value, "array")
        shape = read.shape("shape")
        elements = read.items("elements", MAX_SAMPLES)
        sizes = [0 if size is None else size for size in shape]
        if len(elements) != min(math.prod(sizes), MAX_SAMPLES):
            raise Malformed("array: shape and number of elements disagree")
        for element in elements:
            if element is not None and (
                isinstance(element, bool) or not isinstance(element, int | float)
            ):
                raise Malformed("array: an element is not a number")
        try:
            numbers = tuple(None if e is None else rounded(float(e)) for e in elements)
        except OverflowError:
            raise Malformed("array: an element is too large") from None
        return cls(tuple(sizes), read.text("dtype", 32), numbers)


@dataclass(frozen=True)
class StudentError:
    """An exception that the student's code raised: its type, message, and the student's line.

    bases: Python's own exceptions that its type is derived from.
    """

    type: str
    message: str
    line: int | None = None
    source: str | None = None
    bases: tuple[str, ...] = ()

    def to_plain(self) -> dict[str, Any]:
        return {
            "type": self.type,
            "message": self.message,
            "line": self.line,
            "source": self.source,
            "bases": list(self.bases),
        }

    @classmethod
    def from_plain(cls, value: object) -> StudentError:
        read = PlainReader(value, "error")
        line = None if read.field("line") is None else read.whole("line")
        return cls(
            read.text("type"),
            read.text("message"),
            line,
            read.optional_text("source"),
            read.texts("bases", MAX_BASES) if "bases" in read.value else (),
        )


@dataclass(frozen=True)
class Evidence:
    """The record of one probe.

    call: the probe as written, which is also its identity. exercise: the function that it calls.
    status: one of STATUSES or STOPS. outputs: sets of arrays by name (``as built``, ``fixed weights``,
    ``training``, or the parts of a returned value). facts: values other than arrays (texts,
    numbers). versions: those of the libraries that were used. whole: of a wiring probe, the same
    network without stand-ins for its blocks; None where nobody needs it.
    """

    call: str
    probe: str
    exercise: str
    status: str
    error: StudentError | None = None
    graph: Graph | None = None
    outputs: Mapping[str, Sampled] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    whole: Evidence | None = None

    def to_plain(self) -> dict[str, Any]:
        return {
            "call": self.call,
            "probe": self.probe,
            "exercise": self.exercise,
            "status": self.status,
            "error": None if self.error is None else self.error.to_plain(),
            "graph": None if self.graph is None else self.graph.to_plain(),
            "outputs": {name: array.to_plain() for name, array in self.outputs.items()},
            "facts": dict(self.facts),
            "versions": dict(self.versions),
            **({} if self.whole is None else {"whole": self.whole.to_plain()}),
        }

    @classmethod
    def from_plain(cls, value: object) -> Evidence:
        """Read evidence that an untrusted process wrote. Raises Malformed, and nothing else."""
        read = PlainReader(value, "evidence")
        whole = read.value.get("whole")
        if isinstance(whole, dict) and "whole" in whole:
            raise Malformed("evidence: a whole network has no whole network")
        status = read.text("status")
        if status not in STATUSES:
            raise Malformed(f"evidence: {status!r} is not a status")
        error, graph = read.field("error"), read.field("graph")
        versions = read.settings("versions")
        return cls(
            call=read.text("call"),
            probe=read.text("probe"),
            exercise=read.text("exercise"),
            status=status,
            error=None if error is None else StudentError.from_plain(error),
            graph=None if graph is None else Graph.from_plain(graph),
            outputs={
                name: Sampled.from_plain(array)
                for name, array in read.mapping("outputs", 64).items()
            },
            facts=read.settings("facts"),
            versions={name: str(version) for name, version in versions.items()},
            whole=None if whole is None else cls.from_plain(whole),
        )


def rounded(value: float) -> float | None:
    """The value to seven significant digits (those of float32), None if it is not finite."""
    if not math.isfinite(value):
        return None
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
