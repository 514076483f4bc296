"""What the message of an error names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kerascheck.evidence.evidence import NUMBERS, TEXTS, StudentError

NUMBER = re.compile(r"\d+(?:\.\d+)?")
RULE = re.compile(
    r"\d+\s*[*·]?\s*n\b(\s*\+\s*\d+)?|\bn\s*(>=|≥|>|==?)\s*\d+|\b[A-Za-z]\d+\b"  # 6n+2, n>=1, v2
)
MOST_LISTED = 16
LONGEST_TEXT = 600


def named_in(error: StudentError, given: Sequence[Any]) -> dict[str, list[str]]:
    """The names and numbers in an error's message. given: the arguments of the call.

    A name counts if it is an argument. A number counts if it is neither an argument nor a part of
    a rule such as 6n+2.
    """
    message, names = error.message, []
    for value in given:
        name = value.name if isinstance(value, Path) else value
        if isinstance(name, str) and name and name in message:
            names.append(name[:LONGEST_TEXT])
            message = message.replace(name, " ")
    known = {str(abs(value)) for value in given if isinstance(value, int)}
    numbers = dict.fromkeys(NUMBER.findall(RULE.sub(" ", message)))
    named = {
        TEXTS: names[:MOST_LISTED],
        NUMBERS: [number for number in numbers if number not in known][:MOST_LISTED],
    }
    return {key: found for key, found in named.items() if found}
