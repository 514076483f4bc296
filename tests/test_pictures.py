"""The pictures of README and docs: none is older than what it shows, and each is small and described."""

from __future__ import annotations

import json
import re

import pytest

from tests import pictures
from tests.support.course_folder import ROOT

FILES = sorted(pictures.FOLDER.glob("*.png"))
TEXTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("name", pictures.PAGES)
def test_a_picture_shows_what_the_program_shows(name: str) -> None:
    """Its page, made again, has the digest that was stored with the picture."""
    stored = json.loads(pictures.DIGESTS.read_text("utf-8"))
    again = "run `python -m tests.pictures`, look at the new pictures, and commit them"
    assert pictures.digest(pictures.PAGES[name]()) == stored[name], again


def test_a_change_of_what_is_shown_changes_the_digest() -> None:
    """A word that a reader sees counts; numbers in a closed fold do not."""
    shown = "<p>A</p><details open><summary>s</summary>B</details>"
    folded = "<details><summary>t</summary>C</details>"
    before = pictures.digest(shown + folded)
    assert before == pictures.digest(shown + folded.replace("C", "D"))
    for letter in "ABst":
        assert before != pictures.digest((shown + folded).replace(f">{letter}<", ">E<"))


def test_pictures_are_small_and_known() -> None:
    """Each is light or dark, weighs under 150 kB, and belongs to a page that is made again."""
    expected = {f"{name}-{ground}.png" for name in pictures.SHOTS for ground in pictures.GROUNDS}
    assert {path.name for path in FILES} == expected
    assert all(path.stat().st_size < 150_000 for path in FILES)


def test_every_picture_is_shown_with_words() -> None:
    """README or a page of docs shows each with a text, light or dark, and another on a phone."""
    text = "\n".join(path.read_text("utf-8") for path in TEXTS)
    for name in pictures.PAGES:
        file = f"docs/pictures/{name}"
        dark, narrow = "(prefers-color-scheme: dark)", "(max-width: 600px)"
        shown = (
            "<picture>\n"
            f'  <source media="{narrow} and {dark}" srcset="{file}-narrow-dark.png">\n'
            f'  <source media="{narrow}" srcset="{file}-narrow-light.png">\n'
            f'  <source media="{dark}" srcset="{file}-dark.png">\n'
            f'  <img src="{file}-light.png" '
        )
        assert shown in text
    images = re.findall(r"<img [^>]*>", text)
    assert len(images) == len(pictures.PAGES)
    assert all(re.search(r'alt="[^"]{30,}"', image) for image in images)
