"""An execution and its result as plain data, so that any process on any machine can perform it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import nbformat
from nbformat import NotebookNode


@dataclass(frozen=True)
class Job:
    """A notebook to execute, with its settings.

    key: the digest of all that can change the result. notebook: as JSON. modules: those that the
    kernel has imported. files: those beside the notebook, by path. settings: the configuration of
    the execution, by section. versions: of the packages that the result must come from. alone:
    whether nothing else of the class runs meanwhile.
    """

    key: str
    notebook: str
    seed: str
    modules: tuple[str, ...]
    files: Mapping[str, bytes]
    settings: Mapping[str, Mapping[str, Any]]
    versions: Mapping[str, str]
    alone: bool = False


@dataclass(frozen=True)
class Executed:
    """A notebook after its execution.

    notes: problems of the execution as a whole, in sentences. hurried: whether it ran out of time
    while its machine was overloaded. seconds: execution time. slow: the cells that were interrupted,
    by grade id, and the seconds that each was allowed.
    """

    notebook: NotebookNode
    notes: tuple[str, ...] = ()
    hurried: bool = False
    seconds: float = 0.0
    slow: Mapping[str, int] = field(default_factory=dict)

    def to_plain(self) -> dict[str, Any]:
        return {
            "notebook": self.notebook,
            "notes": list(self.notes),
            "hurried": self.hurried,
            "seconds": self.seconds,
            "slow": dict(self.slow),
        }

    @classmethod
    def from_plain(cls, value: Mapping[str, Any]) -> Executed:
        notebook = nbformat.from_dict(json.loads(json.dumps(value["notebook"])))
        slow = {str(cell): int(seconds) for cell, seconds in value["slow"].items()}
        return cls(
            notebook, tuple(value["notes"]), bool(value["hurried"]), float(value["seconds"]), slow
        )
