"""The CIFAR-10 loader: which source it uses, what it says of it, how it refuses broken files."""

import http.server
import io
import os
import pickle
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from resnet_course.datasets import DataError, cifar10, data_set, load_cifar10

HTML = b"\n<!DOCTYPE html>\n<html><body>Not here</body></html>"


@pytest.fixture(autouse=True)
def nothing_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable, no ./data, an empty cache folder, and files a thousand times smaller."""
    monkeypatch.delenv(data_set.FOLDER_VARIABLE, raising=False)
    monkeypatch.delenv(cifar10.ARCHIVE.variable, raising=False)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    for module in (cifar10, data_set):
        monkeypatch.setattr(module, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(cifar10, "PER_FILE", 20)
    monkeypatch.setattr(cifar10, "STAND_IN_PER_FILE", 10)


def pictures(number: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(number)
    return random.integers(0, 256, (20, 32, 32, 3), np.uint8), np.arange(20) % 10


def record(picture: np.ndarray, label: int) -> bytes:
    """One record, put together byte by byte as the data set's page describes it."""
    planes = (
        picture[row, column, plane]
        for plane in range(3)
        for row in range(32)
        for column in range(32)
    )
    return bytes([label, *planes])


def contents() -> dict[str, bytes]:
    made = {}
    for number, name in enumerate(cifar10.FILES):
        x, y = pictures(number)
        made[name] = b"".join(record(*pair) for pair in zip(x, y, strict=True))
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as the archive unpacks to."""
    place = tmp_path / "real"
    (place / cifar10.INNER).mkdir(parents=True)
    for name, content in contents().items():
        (place / cifar10.INNER / name).write_bytes(content)
    return place


def archive(files: dict[str, bytes]) -> bytes:
    """A tar.gz of the real layout, the page and the names of the classes included."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in {
            **files,
            "batches.meta.txt": b"airplane\n",
            "readme.html": HTML,
        }.items():
            info = tarfile.TarInfo(f"{cifar10.INNER}/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A web server on this machine: its address and the folder it serves."""
    place = tmp_path / "web"
    place.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = partial(Quiet, directory=str(place))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/cifar-10-binary.tar.gz", place
        running.shutdown()
        thread.join()


def serve(place: Path, content: bytes, monkeypatch: pytest.MonkeyPatch | None = None) -> None:
    (place / "cifar-10-binary.tar.gz").write_bytes(content)
    if monkeypatch:
        known = replace(cifar10.ARCHIVE, sha256=sha256(content).hexdigest())
        monkeypatch.setattr(cifar10, "ARCHIVE", known)


@pytest.mark.parametrize("inner", ["", cifar10.INNER])
def test_real_files_are_read_as_they_are(folder: Path, inner: str) -> None:
    """Every pixel is where the format says, from the folder itself or from the one above it."""
    data = load_cifar10(folder / inner)
    assert data.origin == "real files"
    for number in range(5):
        assert np.array_equal(data.train_x[20 * number : 20 * number + 20], pictures(number)[0])
    assert np.array_equal(data.test_x, pictures(5)[0])
    assert np.array_equal(data.test_y, np.arange(20) % 10)
    assert (data.train_x.dtype, data.train_y.dtype) == (np.uint8, np.int64)
    assert data.classes[3] == "cat"
    assert str(data) == (
        "CIFAR-10 photographs (real files): 100 training and 20 test pictures of 32x32, "
        f"from {folder / cifar10.INNER}"
    )


def test_the_variable_names_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RESNET_COURSE_DATA is used when no folder is passed."""
    monkeypatch.setenv(data_set.FOLDER_VARIABLE, str(folder))
    assert load_cifar10().origin == "real files"


def test_data_in_the_working_folder_is_found(folder: Path, tmp_path: Path) -> None:
    """./data is used when it has the files."""
    folder.rename(tmp_path / "work" / "data")
    assert load_cifar10().origin == "real files"


def test_a_folder_without_the_files_is_an_error_when_it_was_asked_for(tmp_path: Path) -> None:
    """A wrong folder does not lead to the stand-in unnoticed."""
    with pytest.raises(DataError, match="has no data_batch_1.bin"):
        load_cifar10(tmp_path)


def test_the_version_of_pickles_is_refused_and_not_read(tmp_path: Path) -> None:
    """The Python version is named, with what to fetch instead; nothing of it is opened."""

    class Bomb:
        def __reduce__(self) -> tuple:
            return os.mkdir, (str(tmp_path / "exploded"),)

    (tmp_path / "cifar-10-batches-py").mkdir()
    (tmp_path / "cifar-10-batches-py" / "data_batch_1").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(DataError, match="pickles.*binary version"):
        load_cifar10(tmp_path)
    assert not (tmp_path / "exploded").exists()


def test_some_of_the_files_are_an_error(folder: Path) -> None:
    """Half a data set is not replaced by the stand-in."""
    (folder / cifar10.INNER / "test_batch.bin").unlink()
    with pytest.raises(DataError, match="test_batch.bin is missing"):
        load_cifar10(folder)


@pytest.mark.parametrize("content", [HTML, b"", b"\0" * 3073])
def test_a_file_of_another_size_is_named(folder: Path, content: bytes) -> None:
    """A web page, an empty and a truncated file are told by their size."""
    (folder / cifar10.INNER / "data_batch_2.bin").write_bytes(content)
    with pytest.raises(DataError, match=rf"data_batch_2.bin has {len(content):,} bytes; expected"):
        load_cifar10(folder)


def test_a_label_above_nine_is_named(folder: Path) -> None:
    """A file of the right size with other contents is refused."""
    path = folder / cifar10.INNER / "data_batch_3.bin"
    path.write_bytes(b"\x0a" + path.read_bytes()[1:])
    with pytest.raises(DataError, match="go beyond 0 to 9"):
        load_cifar10(folder)


def test_without_files_the_stand_in_is_drawn_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """The line calls the stand-in a stand-in; the second call reads what the first one kept."""
    first = load_cifar10()
    assert first.origin == "stand-in"
    assert str(first).startswith("CIFAR-10 stand-in (drawn by this course; not photographs): 50 ")
    assert "once, about 20 seconds" in capsys.readouterr().out
    monkeypatch.setattr(cifar10, "_draw", None)
    second = load_cifar10()
    assert np.array_equal(first.train_x, second.train_x)
    assert np.array_equal(first.test_y, second.test_y)
    assert first.classes == second.classes == cifar10.objects.CLASSES


def test_a_damaged_copy_of_the_stand_in_is_drawn_again(tmp_path: Path) -> None:
    """What can be drawn again is not worth an error."""
    whole = load_cifar10()
    (tmp_path / "cache" / cifar10.STAND_IN / "data_batch_4.bin").write_bytes(b"cut")
    assert np.array_equal(load_cifar10().train_x, whole.train_x)


def test_an_unwritable_cache_does_not_stop_the_student(tmp_path: Path) -> None:
    """The stand-in is then drawn, not kept, and the line says so."""
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert "not kept in" in str(load_cifar10())


def test_a_download_is_checked_unpacked_and_kept(
    server: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The archive is fetched and verified, its six files are kept, the archive is not."""
    address, place = server
    serve(place, archive(contents()), monkeypatch)
    data = load_cifar10(download=True, url=address)
    assert data.origin == "download"
    assert np.array_equal(data.test_x, pictures(5)[0])
    kept = sorted(path.name for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert kept == sorted(cifar10.FILES)
    assert load_cifar10().origin == "real files"


def test_the_variable_names_the_address(
    server: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RESNET_COURSE_CIFAR10_URL is used when no url is passed."""
    address, place = server
    serve(place, archive(contents()), monkeypatch)
    monkeypatch.setenv(cifar10.ARCHIVE.variable, address)
    assert load_cifar10(tmp_path / "new", download=True).origin == "download"


def test_files_that_are_there_are_not_fetched(folder: Path) -> None:
    """download=True with the files in place asks no server."""
    assert load_cifar10(folder, download=True, url="http://127.0.0.1:9/").origin == "real files"


def test_another_archive_is_refused(server: tuple[str, Path], tmp_path: Path) -> None:
    """What comes over the network must have the published sha256."""
    address, place = server
    serve(place, archive(contents()))
    with pytest.raises(DataError, match="other sha256"):
        load_cifar10(download=True, url=address)
    assert not list((tmp_path / "cache").rglob("*.bin"))


def test_a_web_page_is_refused(server: tuple[str, Path]) -> None:
    """A page in place of the archive is named, with the address that sent it."""
    address, place = server
    serve(place, HTML)
    with pytest.raises(DataError, match=r"sent a web page \(HTML\), not an archive"):
        load_cifar10(download=True, url=address)


def test_an_archive_without_a_file_is_refused(
    server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive of another layout is not taken for the data set."""
    address, place = server
    files = contents()
    del files["data_batch_5.bin"]
    serve(place, archive(files), monkeypatch)
    with pytest.raises(DataError, match="not the archive of CIFAR-10's binary version"):
        load_cifar10(download=True, url=address)


def test_a_server_without_the_file_and_a_wrong_address_are_named(server: tuple[str, Path]) -> None:
    """A 404 is an error with the address, not the stand-in; only http and https are fetched."""
    address, _ = server
    with pytest.raises(DataError, match="could not be fetched"):
        load_cifar10(download=True, url=address)
    with pytest.raises(DataError, match="does not start with https"):
        load_cifar10(download=True, url="ftp://example.org/")


@pytest.mark.network
@pytest.mark.skipif(
    "RESNET_COURSE_NETWORK" not in os.environ, reason="needs RESNET_COURSE_NETWORK=1"
)
def test_the_published_archive_is_the_one_we_expect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data set's own page serves the archive of our sha256, with 6000 pictures of each class."""
    monkeypatch.setattr(cifar10, "PER_FILE", 10_000)
    data = load_cifar10(tmp_path / "new", download=True)
    assert np.bincount(data.train_y).tolist() == [5000] * 10
    assert np.bincount(data.test_y).tolist() == [1000] * 10
