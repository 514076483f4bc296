"""Published weights: found, fetched from a server of the real layout, or given up on in time."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from resnet_course.training import imagenet
from tests.support.web_server import serving

NAMES = [["n01440764", "tench"], ["n04487081", "trolley_bus"]]
INDEX = json.dumps({str(number): pair for number, pair in enumerate(NAMES)}).encode()
CONTENTS = {imagenet.WEIGHTS: b"\x89HDF\r\n weights", imagenet.CLASSES: INDEX}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any of the files, on which the small files of these tests are the real ones."""
    monkeypatch.setenv("RESNET_COURSE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(imagenet, "cache_folder", lambda: tmp_path / "cache")
    sums = {part: hashlib.md5(content).hexdigest() for part, content in CONTENTS.items()}
    monkeypatch.setattr(imagenet, "MD5", sums)
    return tmp_path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A web server on this machine with the addresses of the real one, and the folder it serves."""
    place = tmp_path / "served"
    for part, content in CONTENTS.items():
        (place / part).parent.mkdir(parents=True, exist_ok=True)
        (place / part).write_bytes(content)
    with serving(place) as address:
        yield address, place


def test_weights_and_names_are_fetched_once(here: Path, server: tuple[str, Path]) -> None:
    """Both files come from the server, and from this machine the next time."""
    address, place = server
    published = imagenet.fetch(address)
    assert published.weights.read_bytes() == CONTENTS[imagenet.WEIGHTS]
    assert published.weights.parent == here / "data"
    assert published.classes == ("tench", "trolley bus")
    for part in CONTENTS:
        (place / part).unlink()
    assert imagenet.fetch(address) == published


def test_kerass_own_cache_will_do(here: Path) -> None:
    """What Keras has fetched before is used where it lies, without a network."""
    folder = here / "keras" / "models"
    folder.mkdir(parents=True)
    for part, content in CONTENTS.items():
        (folder / Path(part).name).write_bytes(content)
    assert imagenet.fetch("http://127.0.0.1:1").weights.parent == folder


def test_a_damaged_file_is_not_used(here: Path, server: tuple[str, Path]) -> None:
    """A file of the right name with another content is fetched again."""
    (here / "data").mkdir()
    damaged = here / "data" / Path(imagenet.WEIGHTS).name
    damaged.write_bytes(b"half of it")
    assert imagenet.fetch(server[0]).weights.read_bytes() == CONTENTS[imagenet.WEIGHTS]


def test_another_file_is_not_kept(here: Path, server: tuple[str, Path]) -> None:
    """A page in place of the file is refused by its MD5 sum, and the message says so."""
    address, place = server
    (place / imagenet.WEIGHTS).write_bytes(b"<html>please log in</html>")
    with pytest.raises(imagenet.Unavailable, match="not the published resnet50_weights"):
        imagenet.fetch(address)
    assert not (here / "data" / Path(imagenet.WEIGHTS).name).exists()


def test_a_missing_file_is_named(here: Path, server: tuple[str, Path]) -> None:
    """A server without the file is told apart from no network."""
    address, place = server
    (place / imagenet.CLASSES).unlink()
    with pytest.raises(imagenet.Unavailable, match="answers 404"):
        imagenet.fetch(address)


def test_without_a_network_it_says_so(here: Path) -> None:
    """A refused connection is one sentence, with what to do."""
    with pytest.raises(imagenet.Unavailable, match="The notebook goes on without them"):
        imagenet.fetch("http://127.0.0.1:1")


def test_a_server_that_never_answers_is_given_up_on(here: Path) -> None:
    """A connection that is taken and left silent ends after the patience that was asked for."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        # Were it waited for without an end, this would end it, with another message.
        end = threading.Timer(20, silent.close)
        end.start()
        with pytest.raises(imagenet.Unavailable, match="does not answer within"):
            imagenet.fetch(f"http://127.0.0.1:{silent.getsockname()[1]}", patience=0.2)
        end.cancel()


def test_a_name_that_is_never_looked_up_is_given_up_on(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking up a name has no time limit of its own, and is not waited for."""
    done = threading.Event()

    def hang(*args: Any, **kwargs: Any) -> Any:
        # Were it waited for, the message would be that there is no such name.
        done.wait(20)
        raise OSError("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    with pytest.raises(imagenet.Unavailable, match="does not answer within"):
        imagenet.fetch("http://weights.example", patience=0.2)
    done.set()
