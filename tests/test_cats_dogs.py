"""The cats-and-dogs loader: which source it uses, what it says of it, what it refuses."""

import http.server
import io
import os
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from resnet_course.datasets import DataError, cats_dogs, data_set, load_cats_dogs
from resnet_course.datasets.data_set import FOLDER_VARIABLE

HTML = b"\n<!DOCTYPE html>\n<html><body>Not here</body></html>"
NAME = "kagglecatsanddogs_5340.zip"


@pytest.fixture(autouse=True)
def nothing_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable, no ./data, an empty cache folder, and a hundred times fewer pictures."""
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    monkeypatch.delenv(cats_dogs.ARCHIVE.variable, raising=False)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    for module in (cats_dogs, data_set):
        monkeypatch.setattr(module, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(cats_dogs, "PER_KIND", 3)
    monkeypatch.setattr(cats_dogs, "STAND_IN_PER_KIND", 2)


def fill(place: Path, *names: str) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    for name in names:
        (place / name).write_bytes(name.encode())
    return place


def archive(count: int = 4) -> bytes:
    """A zip file of the real layout: numbered files in a folder for each kind, and two texts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for kind in ("Cat", "Dog"):
            for number in range(count):
                packed.writestr(f"PetImages/{kind}/{number}.jpg", f"{kind} {number}")
            packed.writestr(f"PetImages/{kind}/Thumbs.db", "no picture")
        packed.writestr("readme[1].txt", "about these pictures")
        packed.writestr("../escaped.txt", "outside")
    return buffer.getvalue()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A web server on this machine: the archive's address and the folder it serves."""
    place = tmp_path / "web"
    place.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = partial(Quiet, directory=str(place))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/{NAME}", place
        running.shutdown()
        thread.join()


def serve(place: Path, content: bytes, monkeypatch: pytest.MonkeyPatch | None = None) -> None:
    (place / NAME).write_bytes(content)
    if monkeypatch:
        known = replace(cats_dogs.ARCHIVE, sha256=sha256(content).hexdigest())
        monkeypatch.setattr(cats_dogs, "ARCHIVE", known)


@pytest.mark.parametrize("inner", ["", cats_dogs.INNER])
def test_files_of_the_user_are_left_where_they_are(tmp_path: Path, inner: str) -> None:
    """A folder of both kinds is used as it is, itself or its `cats_dogs`."""
    place = fill(tmp_path / "mine" / inner, "cat.0.jpg", "cat.7.jpg", "dog.1.jpg", "a.txt")
    data = load_cats_dogs(tmp_path / "mine")
    assert (data.folder, data.origin) == (place, "real files")
    assert str(data) == (
        "cats-and-dogs photographs (real files): 2 files named cat and 1 named dog, "
        f"in {place.resolve()}"
    )


def test_the_variable_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RESNET_COURSE_DATA is used when no folder is passed."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(fill(tmp_path / "mine", "cat.0.jpg", "dog.0.jpg")))
    assert load_cats_dogs().origin == "real files"


def test_data_in_the_working_folder_is_found(tmp_path: Path) -> None:
    """./data is used when it has cats and dogs."""
    fill(tmp_path / "work" / "data", "cat.0.jpg", "dog.0.jpg")
    assert load_cats_dogs().origin == "real files"


def test_a_folder_without_pictures_is_an_error_when_it_was_asked_for(tmp_path: Path) -> None:
    """A wrong folder does not lead to the stand-in unnoticed."""
    with pytest.raises(DataError, match="no files named cat.N.jpg and dog.N.jpg"):
        load_cats_dogs(fill(tmp_path / "other", "kitten.jpg"))


def test_a_folder_of_one_kind_is_an_error(tmp_path: Path) -> None:
    """Half a data set is not replaced by the stand-in."""
    with pytest.raises(DataError, match="no file named dog.N.jpg"):
        load_cats_dogs(fill(tmp_path / "other", "cat.0.jpg"))


def test_without_files_the_stand_in_is_drawn_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """The line calls the stand-in a stand-in; the second call finds what the first one kept."""
    first = load_cats_dogs()
    assert first.origin == "stand-in"
    assert str(first).startswith(
        "cats-and-dogs stand-in (drawn by this course; not photographs): 4 files named cat and 4 "
    )
    assert "once, about 20 seconds" in capsys.readouterr().out
    monkeypatch.setattr(cats_dogs, "_drawn", None)
    assert load_cats_dogs() == first
    assert capsys.readouterr().out == ""


def test_the_stand_in_is_a_folder_of_jpeg_files_and_some_that_are_none() -> None:
    """Every numbered file is a whole JPEG; those that lessons need broken are broken."""
    folder = load_cats_dogs().folder
    names = {path.name for path in folder.iterdir()}
    whole = {f"{kind}.{number}.jpg" for kind in ("cat", "dog") for number in range(2)}
    assert names == whole | set(cats_dogs.DAMAGED)
    for name in whole:
        with Image.open(folder / name) as picture:
            picture.load()
            assert (picture.format, picture.mode) == ("JPEG", "RGB")
    for name in cats_dogs.DAMAGED:
        with pytest.raises(OSError), Image.open(folder / name) as picture:
            picture.load()


def test_a_drawing_that_was_interrupted_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers see all files or none."""
    drawn = cats_dogs._jpeg

    def interrupted(kind: str, number: int) -> bytes:
        if kind == "dog":
            raise KeyboardInterrupt
        return drawn(kind, number)

    monkeypatch.setattr(cats_dogs, "_jpeg", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load_cats_dogs()
    assert list((tmp_path / "cache").iterdir()) == []


def test_an_unwritable_cache_does_not_stop_the_student(tmp_path: Path) -> None:
    """The stand-in then lies in a temporary folder, and the line says so."""
    (tmp_path / "cache").write_text("a file where the folder should be")
    data = load_cats_dogs()
    assert "cannot be written to" in str(data)
    assert (data.folder / "dog.1.jpg").exists()


def test_a_download_is_checked_unpacked_and_kept(
    server: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first files of each kind are kept under the course's names, the archive is not."""
    address, place = server
    serve(place, archive(), monkeypatch)
    data = load_cats_dogs(download=True, url=address)
    assert data.origin == "download"
    kept = {path.name: path.read_text() for path in data.folder.iterdir()}
    assert kept == {
        f"{kind}.{number}.jpg": f"{kind.title()} {number}"
        for kind in ("cat", "dog")
        for number in range(3)
    }
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [cats_dogs.INNER]
    assert load_cats_dogs().origin == "real files"


def test_the_variable_names_the_address(
    server: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RESNET_COURSE_CATS_DOGS_URL is used when no url is passed."""
    address, place = server
    serve(place, archive(), monkeypatch)
    monkeypatch.setenv(cats_dogs.ARCHIVE.variable, address)
    assert load_cats_dogs(tmp_path / "new", download=True).origin == "download"


def test_files_that_are_there_are_not_fetched(tmp_path: Path) -> None:
    """download=True with pictures in place asks no server."""
    place = fill(tmp_path / "mine", "cat.0.jpg", "dog.0.jpg")
    assert load_cats_dogs(place, download=True, url="http://127.0.0.1:9/").origin == "real files"


def test_another_archive_is_refused(server: tuple[str, Path], tmp_path: Path) -> None:
    """What comes over the network must have the published sha256."""
    address, place = server
    serve(place, archive())
    with pytest.raises(DataError, match="other sha256"):
        load_cats_dogs(download=True, url=address)
    assert not list((tmp_path / "cache").rglob("*.jpg"))


def test_a_web_page_is_refused(server: tuple[str, Path]) -> None:
    """A page in place of the archive is named, with the address that sent it."""
    address, place = server
    serve(place, HTML)
    with pytest.raises(DataError, match=r"sent a web page \(HTML\), not an archive"):
        load_cats_dogs(download=True, url=address)


def test_an_archive_with_too_few_files_is_refused(
    server: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive of another layout is not taken for the data set, and no half of it is kept."""
    address, place = server
    serve(place, archive(count=2), monkeypatch)
    with pytest.raises(DataError, match="not the archive of cats and dogs"):
        load_cats_dogs(download=True, url=address)
    assert not list((tmp_path / "cache").rglob("*.jpg"))


def test_a_server_without_the_file_and_a_wrong_address_are_named(server: tuple[str, Path]) -> None:
    """A 404 is an error with the address, not the stand-in; only http and https are fetched."""
    address, _ = server
    with pytest.raises(DataError, match="could not be fetched"):
        load_cats_dogs(download=True, url=address)
    with pytest.raises(DataError, match="does not start with https"):
        load_cats_dogs(download=True, url="ftp://example.org/")


@pytest.mark.network
@pytest.mark.skipif(
    "RESNET_COURSE_NETWORK" not in os.environ, reason="needs RESNET_COURSE_NETWORK=1"
)
def test_the_published_archive_is_the_one_we_expect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Microsoft's page serves the archive of our sha256, with 3,501 files of each kind and more."""
    monkeypatch.setattr(cats_dogs, "PER_KIND", 3501)
    data = load_cats_dogs(tmp_path / "new", download=True)
    assert len(list(data.folder.iterdir())) == 7002
