"""An execution as plain data, so that it can be done by any process, on any machine."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from resnet_grader.environment import versions
from resnet_grader.errors import GraderFault


@dataclass(frozen=True)
class Job:
    """What is to be executed, and how.

    key: the digest of all that can change the result. notebook: as JSON. files: what lies beside it, by
    path. settings: the configuration of the execution, by section. versions: of the packages with which
    the result is to be made. alone: whether nothing else of the class runs meanwhile.
    """

    key: str
    notebook: str
    seed: str
    files: Mapping[str, bytes]
    settings: Mapping[str, Mapping[str, Any]]
    versions: Mapping[str, str]
    alone: bool = False


def do(job: Job) -> str:
    """Execute a job in this process. The executed notebook, as JSON. Raises GraderFault."""
    if dict(job.versions) != versions():
        raise GraderFault(differences(job.versions, versions()))
    from traitlets.config import Config

    from resnet_grader.execution import Execute

    logging.disable(logging.CRITICAL)  # nbclient logs each time-out; here it is noted
    try:
        settings = {name: Config(section) for name, section in job.settings.items()}
        return json.dumps(Execute(config=Config(settings)).run(job))
    finally:
        logging.disable(logging.NOTSET)


def differences(ours: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    """A sentence on the packages of which a worker has another version."""
    different = [
        f"{name} {ours.get(name, 'none')} here and {theirs.get(name, 'none')} there"
        for name in sorted({*ours, *theirs})
        if ours.get(name) != theirs.get(name)
    ]
    return f"a worker has other versions: {', '.join(different)}. Install the same on all"
