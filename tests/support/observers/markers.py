"""Names by which attacks are told apart, and tokens by which secrets are.

An attack puts its marker, ``hostile-<attack>``, in everything that it writes, sends or starts. Each
secret of a world holds a token of its own, drawn anew for every world.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

TOKEN = r"world-token-[0-9a-f]{32}"
# The kernel keeps this many bytes of a process's name.
LONGEST_PROCESS_NAME = 15

_MARK = re.compile(r"hostile-[a-z0-9_]+")
_STUDENT = re.compile(r"attacker-[a-z0-9-]+")


@dataclass(frozen=True)
class Trace:
    """One harm: a short sentence, and the text in which the name of who did it may stand."""

    sentence: str
    witness: str = ""


def marker(attack: str) -> str:
    """What the attack calls itself."""
    return f"hostile-{attack}"


def student_of(attack: str) -> str:
    """The id under which a class hands the attack in."""
    return f"attacker-{attack.replace('_', '-')}"


def marks_in(text: str) -> set[str]:
    """The markers that occur in the text."""
    return set(_MARK.findall(text))


def may_be_by(attack: str | None, witness: str) -> bool:
    """Whether the attack may have left this: its name is there, or nobody's is. None: any attack.

    A name is the marker, or as much of it as a process's name can hold, or the id of the student.
    """
    marks = marks_in(witness) | set(_STUDENT.findall(witness))
    name = marker(attack) if attack else ""
    own = {name, name[:LONGEST_PROCESS_NAME], student_of(attack or "")}
    return attack is None or not marks or bool(marks & own)


def new_token() -> str:
    """A token that is nowhere else."""
    return f"world-token-{secrets.token_hex(16)}"


def printable(name: object) -> str:
    """A file's name, whatever is in it, as one short line."""
    text = ascii(str(name))[1:-1]
    return text if len(text) <= 120 else f"{text[:60]}...{text[-57:]}"
