"""Why a right answer is right, in a sentence: the course's own, from its file `right_answers.toml`.

    identity_block = "The sum goes through the last ReLU, so ..."

A course without such a file, or without a line for an exercise, gets the sentence that holds for all.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from kerascheck.published import packages

FILE = "right_answers.toml"
ALWAYS = "Everything that was compared agrees with the course's own solution."


def because(exercise: str) -> str:
    """The sentence for an exercise."""
    found = (of_package(package).get(exercise) for package in packages())
    return next((sentence for sentence in found if sentence), ALWAYS)


@cache
def of_package(package: str) -> Mapping[str, str]:
    """The sentences of a course, by exercise; none if it has no file."""
    path: Any = resources.files(package) / FILE
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
