"""Progress that outlives a kernel: a small file beside the notebook, `.progress/UNIT.json`.

The check writes it and the boards read it: outcome and share of the points for each visible check. It
is the student's own note. The grader does not read it, and a file that is missing, unreadable or nonsense
is no progress.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerascheck.feedback.style import SYMBOLS
from kerascheck.judge.verdict import Verdict

FOLDER = ".progress"
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Earlier:
    """The result of a visible check in an earlier kernel. share: of its points, from 0 to 1."""

    outcome: str
    share: float


Results = Mapping[tuple[str, str], Earlier]  # by exercise and call


def in_notebook() -> bool:
    """Whether this process is a notebook's kernel: nothing else has a place beside a notebook."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


def remember(unit: str, call: str, verdict: Verdict, beside: Path = Path()) -> None:
    """Add the verdict on one call to the unit's file in `beside`, if that can be written."""
    results = dict(earlier(unit, beside))
    results[verdict.exercise, call] = Earlier(verdict.outcome, verdict.share)
    plain: dict[str, dict[str, Any]] = {}
    for (exercise, of_call), result in results.items():
        plain.setdefault(exercise, {})[of_call] = [result.outcome, result.share]
    file = _file(unit, beside)
    fresh = file.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        fresh.write_text(json.dumps(plain, indent=1) + "\n", "utf-8")
        os.replace(fresh, file)


def earlier(unit: str, beside: Path = Path()) -> Results:
    """What the unit's file in `beside` holds; what is malformed there is left out."""
    try:
        file = _file(unit, beside)
        plain = json.loads(file.read_text("utf-8")) if file.stat().st_size < MOST_BYTES else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return {
        (exercise, call): Earlier(*result)
        for exercise, calls in (plain.items() if isinstance(plain, dict) else ())
        for call, result in (calls.items() if isinstance(calls, dict) else ())
        if _is_result(result)
    }


def latest(unit: str, folder: Path) -> Results:
    """The newest progress in a unit, in `folder` itself or in a folder right below it."""
    files = []
    with suppress(OSError):
        places = [folder, *(place for place in folder.iterdir() if place.is_dir())]
        for place in places:
            with suppress(OSError):
                files.append((_file(unit, place).stat().st_mtime, place))
    return earlier(unit, max(files)[1]) if files else {}


def _file(unit: str, beside: Path) -> Path:
    return beside / FOLDER / f"{unit}.json"


def _is_result(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and value[0] in SYMBOLS
        and type(value[1]) in (int, float)
        and 0 <= value[1] <= 1
    )
