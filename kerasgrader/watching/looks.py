"""Requests for another look: a student asks a person to read an answer again, and sees what came of it.

A request is a file beside the attempts of its student and unit. It keeps the score of when it was made, so
that the instructor sees the old and the new one.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from traitlets.config import Config

from kerasgrader.course.course import Unit, load_course
from kerasgrader.course.times import with_offset
from kerasgrader.errors import SubmissionError
from kerasgrader.files import write_atomically
from kerasgrader.marking import gradebook as scores
from kerasgrader.marking.nbgrader import in_gradebook, load_config

FILE = "look.json"
LONGEST_TEXT = 2000  # characters


@dataclass(frozen=True)
class LookRequest:
    """A request. score: of the unit when it was made. answered: when a person has looked, "" until then.
    Times are texts, with an offset."""

    student: str
    when: str
    text: str
    score: float
    answered: str = ""


def request_look(config: Config, unit: Unit, student: str, text: str, now: datetime) -> LookRequest:
    """Store a student's request. One that nobody has answered yet gets the new text, and keeps its score.

    Raises SubmissionError if there is no text, or no score to look at; GraderFault, OSError.
    """
    text = "".join(c if c.isprintable() or c == "\n" else " " for c in text).strip()
    if not 0 < len(text) <= LONGEST_TEXT:
        raise SubmissionError(f"say in 1 to {LONGEST_TEXT} characters what should be looked at")
    score = _score(config, unit, student)
    if score is None:
        raise SubmissionError("there are no points yet that somebody could look at")
    before = look_of(unit, student)
    made = LookRequest(student, with_offset(now, unit.zone), text, score)
    if before is not None and not before.answered:
        made = replace(before, text=text)
    _write(unit, made)
    return made


def answer_look(unit: Unit, student: str, now: datetime) -> LookRequest:
    """Note that a person has looked. Raises SubmissionError if there is no request; OSError."""
    found = look_of(unit, student)
    if found is None:
        raise SubmissionError(f"{student} has not asked for another look at {unit.id}")
    found = replace(found, answered=with_offset(now, unit.zone))
    _write(unit, found)
    return found


def look_of(unit: Unit, student: str) -> LookRequest | None:
    """A student's request; None if there is none."""
    try:
        found = json.loads(_path(unit, student).read_text("utf-8"))
        return LookRequest(**found)
    except (OSError, ValueError, TypeError):
        return None


def looks_in_lines(root: Path, unit_id: str | None) -> list[str]:
    """The requests of a unit, or of all, for a terminal: with the score of then and the one of now."""
    course, config = load_course(root), load_config(root)
    lines = []
    for unit in [course.unit(unit_id)] if unit_id else course.units:
        with in_gradebook(config) as gradebook:
            known = scores.submissions(gradebook, unit.id)
        for path in sorted((root / "attempts").glob(f"*/{unit.id}/{FILE}")):
            found = look_of(unit, path.parts[-3])
            if found is not None:
                there = known.get(found.student)
                now = "?" if there is None or there.score is None else f"{there.score:g}"
                state = f"looked at {found.answered}" if found.answered else "waits"
                text = " ".join(found.text.split())
                lines.append(
                    f"{unit.id}, {found.student}, {found.when}: {found.score:g} points then, {now} "
                    f"now, {state}: {text}"
                )
    return lines


def _score(config: Config, unit: Unit, student: str) -> float | None:
    with in_gradebook(config) as gradebook:
        there = scores.submissions(gradebook, unit.id, student).get(student)
    return None if there is None else there.score


def _write(unit: Unit, request: LookRequest) -> None:
    write_atomically(_path(unit, request.student), json.dumps(asdict(request)) + "\n")


def _path(unit: Unit, student: str) -> Path:
    return unit.attempts(student) / FILE
