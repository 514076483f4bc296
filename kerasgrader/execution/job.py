"""An execution and its result as plain data, so that any process on any machine can perform it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import nbformat
from nbformat import NotebookNode


@dataclass(frozen=True)
class Job:
    """A notebook to execute, with its settings.

    key: the digest of all that can change the result. notebook: as JSON. modules: those that the
    kernel has imported. environment: packages that it may import besides. files: those beside the
    notebook, by path. settings: the configuration of the execution, by section. versions: of the
    packages that the result must come from. alone: whether nothing else of the class runs meanwhile.
    reference: whether it is the course's own solution.
    """

    key: str
    notebook: str
    seed: str
    modules: tuple[str, ...]
    environment: tuple[str, ...]
    files: Mapping[str, bytes]
    settings: Mapping[str, Mapping[str, Any]]
    versions: Mapping[str, str]
    alone: bool = False
    reference: bool = False


@dataclass(frozen=True)
class Stop:
    """Why a cell did not run to its end.

    kind: one of `kerascheck.evidence.evidence.STOPS`. limit: what it was allowed, in seconds or GiB.
    """

    kind: str
    limit: float | None = None


@dataclass(frozen=True)
class Executed:
    """A notebook after its execution.

    notes: what its cells did besides, for the student's page, in sentences. hurried: whether this
    machine had too little time for it, so that nothing can be concluded. seconds: execution time.
    stops: the cells that did not run to their end, by grade id. irregular: what no honest notebook
    does, for the instructor, in sentences.
    """

    notebook: NotebookNode
    notes: tuple[str, ...] = ()
    hurried: bool = False
    seconds: float = 0.0
    stops: Mapping[str, Stop] = field(default_factory=dict)
    irregular: tuple[str, ...] = ()

    @property
    def went_wrong(self) -> bool:
        """Whether anything happened that is none of a solution's doing."""
        return bool(self.notes or self.stops or self.irregular or self.hurried)

    def to_plain(self) -> dict[str, Any]:
        return {
            "notebook": self.notebook,
            "notes": list(self.notes),
            "hurried": self.hurried,
            "seconds": self.seconds,
            "stops": {cell: asdict(stop) for cell, stop in self.stops.items()},
            "irregular": list(self.irregular),
        }

    @classmethod
    def from_plain(cls, value: Mapping[str, Any]) -> Executed:
        return cls(
            nbformat.from_dict(json.loads(json.dumps(value["notebook"]))),
            tuple(value["notes"]),
            bool(value["hurried"]),
            float(value["seconds"]),
            {str(cell): Stop(**stop) for cell, stop in value["stops"].items()},
            tuple(value["irregular"]),
        )
