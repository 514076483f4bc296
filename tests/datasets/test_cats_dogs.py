"""Cats and dogs alone: a folder of image files, and some that are none, which the loader does not read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from resnet_course import load_cats_dogs
from resnet_course.datasets import DataError, cats_dogs
from tests.support.data_sets import CATS_DOGS
from tests.support.web_server import serving


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    CATS_DOGS.isolate(tmp_path, monkeypatch)


@pytest.mark.parametrize("inner", ["", "cats_dogs"])
def test_files_of_the_user_are_left_where_they_are(alone: None, tmp_path: Path, inner: str) -> None:
    """A folder is used as it is, with any number of each kind and with files that are no images."""
    folder = tmp_path / "mine" / inner
    folder.mkdir(parents=True)
    for name in ("cat.0.jpg", "cat.7.jpg", "dog.1.jpg", "a.txt"):
        (folder / name).write_text(name)
    data = load_cats_dogs(tmp_path / "mine")
    assert data.folder == folder
    assert f": 2 files named cat and 1 named dog, in {folder.resolve()}" in str(data)


def test_the_stand_in_is_a_folder_of_jpeg_files_and_some_that_are_none(alone: None) -> None:
    """Every numbered file is a whole JPEG; those that lessons need broken are broken."""
    folder = load_cats_dogs().folder
    names = {path.name for path in folder.iterdir()}
    whole = {f"{kind}.{number}.jpg" for kind in ("cat", "dog") for number in range(2)}
    assert names == whole | set(cats_dogs.DAMAGED)
    for name in whole:
        with Image.open(folder / name) as image:
            image.load()
            assert (image.format, image.mode) == ("JPEG", "RGB")
    for name in cats_dogs.DAMAGED:
        with pytest.raises(OSError), Image.open(folder / name) as image:
            image.load()


def test_a_drawing_that_was_interrupted_leaves_nothing(
    alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers see all files or none, as each is stored while others are still drawn."""
    drawn = cats_dogs._jpeg

    def interrupted(kind: str, number: int) -> bytes:
        if kind == "dog":
            raise KeyboardInterrupt
        return drawn(kind, number)

    monkeypatch.setattr(cats_dogs, "_jpeg", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load_cats_dogs()
    assert list((tmp_path / "cache").iterdir()) == []


def test_no_half_of_an_archive_is_cached(
    alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive that turns out to lack files leaves none, so that the next call finds no half."""
    content = CATS_DOGS.archive(whole=False)
    CATS_DOGS.publish({CATS_DOGS.asked_for: content}, monkeypatch)
    with serving(tmp_path / "web") as address:
        (tmp_path / "web" / CATS_DOGS.asked_for).write_bytes(content)
        with pytest.raises(DataError, match="not the archive of cats and dogs"):
            load_cats_dogs(download=True, url=f"{address}/{CATS_DOGS.asked_for}")
    assert not list((tmp_path / "cache").rglob("*.jpg"))
    assert load_cats_dogs().origin == "stand-in"


@pytest.mark.network
@pytest.mark.skipif(
    "RESNET_COURSE_NETWORK" not in os.environ, reason="needs RESNET_COURSE_NETWORK=1"
)
def test_the_published_archive_is_the_one_we_expect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Microsoft's page serves the archive of our sha256, with 3,501 files of each kind and more."""
    monkeypatch.delenv(cats_dogs.ARCHIVE.variable, raising=False)
    data = load_cats_dogs(tmp_path / "new", download=True)
    assert len(list(data.folder.iterdir())) == 7002
