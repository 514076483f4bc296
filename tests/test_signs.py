"""The SIGNS loader: which source it uses, what it says of it, how it refuses broken files."""

import http.server
import subprocess
import sys
import threading
from functools import partial
from hashlib import sha256

import h5py
import numpy as np
import pytest

from resnet_course.datasets import DataError, data_set, hands, load_signs, signs
from tests.support.course_folder import ROOT

GIT_LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:47480709d99f\nsize 13281872\n"
HTML = b"\n<!DOCTYPE html>\n<html><body>Sign in to download</body></html>"


def arrays(part: str) -> dict[str, np.ndarray]:
    count = signs.COUNTS[part]
    x = np.arange(count * 64 * 64 * 3, dtype=np.uint64).reshape(count, 64, 64, 3) % 251
    y = np.arange(count, dtype=np.int64) % 6
    return {"x": x.astype(np.uint8), "y": y, "classes": np.arange(6)}


def write(folder, part: str, **changes) -> None:
    """A file of the real form; `changes` replaces arrays by name, None leaves one out."""
    with h5py.File(folder / signs.FILES[part], "w") as file:
        for name, (key, _, _) in signs._form(part).items():
            data = changes.get(name, arrays(part)[name])
            if data is not None:
                file[key] = data


@pytest.fixture(autouse=True)
def nothing_around(tmp_path, monkeypatch):
    """No variable, no ./data and an empty cache folder."""
    monkeypatch.delenv(data_set.FOLDER_VARIABLE, raising=False)
    monkeypatch.delenv(signs.URL_VARIABLE, raising=False)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    for module in (signs, data_set):
        monkeypatch.setattr(module, "cache_folder", lambda: tmp_path / "cache")


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path):
    """A folder with both files in the real form."""
    place = tmp_path / "real"
    place.mkdir()
    for part in ("train", "test"):
        write(place, part)
    return place


@pytest.fixture
def quick(monkeypatch):
    """The stand-in without the drawing, and the number of times it was drawn."""
    drawn = []
    monkeypatch.setattr(signs, "_draw", lambda part: drawn.append(part) or arrays(part))
    return drawn


@pytest.fixture
def published(folder, monkeypatch):
    """The files of `folder` count as the published ones."""
    for part, name in signs.FILES.items():
        digest = sha256((folder / name).read_bytes()).hexdigest()
        monkeypatch.setitem(signs.PUBLISHED_SHA256, part, digest)


@pytest.fixture
def server(tmp_path):
    """A web server on this machine: its address and the folder it serves."""
    place = tmp_path / "web"
    place.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = partial(Quiet, directory=str(place))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}", place
        running.shutdown()
        thread.join()


def serve(folder, place) -> None:
    for name in signs.FILES.values():
        (place / name).write_bytes((folder / name).read_bytes())


def test_importing_the_data_sets_does_not_import_tensorflow():
    """The loader works where TensorFlow is not installed."""
    code = "import sys, resnet_course.datasets; print({'tensorflow', 'keras'} & set(sys.modules))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_real_files_are_read_as_they_are(folder, published):
    """Pictures, labels and classes come back unchanged, and the origin is 'real files'."""
    data = load_signs(folder)
    assert data.origin == "real files"
    assert np.array_equal(data.train_x, arrays("train")["x"])
    assert np.array_equal(data.test_y, arrays("test")["y"])
    assert (data.train_y.dtype, data.train_x.dtype) == (np.int64, np.uint8)
    assert data.classes == (0, 1, 2, 3, 4, 5)


def test_published_files_are_described_as_photographs(folder, published):
    """The line names the folder and the counts, and has no reservation."""
    assert str(load_signs(folder)) == (
        "SIGNS photographs (real files): 1080 training and 120 test pictures of 64x64, "
        f"from {folder}"
    )


def test_other_files_of_the_right_form_are_accepted_and_named(folder):
    """A file with another sha256 is used, and the line says that it is not the published one."""
    line = load_signs(folder).describe()
    assert "train_signs.h5 and test_signs.h5 are not the published files" in line


def test_one_line_describes_the_data(folder):
    """str, repr and describe agree, on one line."""
    data = load_signs(folder)
    assert str(data) == repr(data) == data.describe()
    assert "\n" not in str(data)


def test_the_variable_names_the_folder(folder, monkeypatch):
    """RESNET_COURSE_DATA is used when no folder is passed."""
    monkeypatch.setenv(data_set.FOLDER_VARIABLE, str(folder))
    assert load_signs().origin == "real files"


def test_data_in_the_working_folder_is_found(folder, tmp_path):
    """./data is used when it has the files."""
    folder.rename(tmp_path / "work" / "data")
    assert load_signs().origin == "real files"


def test_the_cache_folder_is_found(folder, cache):
    """What an earlier download left in the cache folder counts as real files."""
    folder.rename(cache)
    assert load_signs().origin == "real files"


def test_a_folder_without_the_files_is_an_error_when_it_was_asked_for(tmp_path):
    """A wrong folder does not lead to the stand-in unnoticed."""
    with pytest.raises(DataError, match="has neither train_signs.h5 nor test_signs.h5"):
        load_signs(tmp_path)


def test_one_file_of_two_is_an_error(folder, monkeypatch):
    """Half a data set is not replaced by the stand-in, wherever it was found."""
    (folder / "test_signs.h5").unlink()
    monkeypatch.setenv(data_set.FOLDER_VARIABLE, str(folder))
    with pytest.raises(DataError, match="test_signs.h5 is missing"):
        load_signs()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HTML, "web page"),
        (GIT_LFS, "Git LFS pointer.*git lfs pull"),
        (b"", "is empty"),
        (b"PK\x03\x04 a zip archive", "is not an HDF5 file"),
    ],
)
def test_what_mirrors_send_instead_is_named(folder, content, message):
    """A web page, an LFS pointer, an empty and a foreign file each have a sentence."""
    (folder / "train_signs.h5").write_bytes(content)
    with pytest.raises(DataError, match=message):
        load_signs(folder)


def test_a_truncated_file_is_named(folder):
    """A file cut short is said to be damaged, with its size."""
    path = folder / "train_signs.h5"
    path.write_bytes(path.read_bytes()[:5_000_000])
    with pytest.raises(DataError, match="damaged HDF5 file of 5,000,000 bytes"):
        load_signs(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y": None}, "without 'test_set_y'"),
        ({"x": np.zeros((120, 32, 32, 3), np.uint8)}, r"'test_set_x'.*\(120, 32, 32, 3\)"),
        ({"x": np.zeros((120, 64, 64, 3))}, "'test_set_x'.*float64.*expected.*uint8"),
        ({"x": np.zeros((120, 64, 64, 3), np.uint16)}, "are uint16; expected uint8"),
        ({"y": np.full(120, 6)}, "go beyond 0 to 5"),
    ],
)
def test_wrong_contents_are_named(folder, changes, message):
    """A missing key, a wrong shape, a wrong type and a wrong label each have a sentence."""
    (folder / "test_signs.h5").unlink()
    write(folder, "test", **changes)
    with pytest.raises(DataError, match=message):
        load_signs(folder)


def test_labels_of_another_integer_type_are_converted(folder):
    """Labels are int64 whatever the file has."""
    (folder / "test_signs.h5").unlink()
    write(folder, "test", y=arrays("test")["y"].astype(np.uint8))
    assert load_signs(folder).test_y.dtype == np.int64


def test_a_broken_file_in_the_working_folder_is_an_error(folder, tmp_path, quick):
    """A broken real file never leads to the stand-in."""
    (folder / "train_signs.h5").write_bytes(HTML)
    folder.rename(tmp_path / "work" / "data")
    with pytest.raises(DataError, match="web page"):
        load_signs()
    assert quick == []


def test_without_files_the_stand_in_is_used_and_says_so(quick):
    """The line calls the stand-in a stand-in."""
    data = load_signs()
    assert data.origin == "stand-in"
    assert str(data).startswith("SIGNS stand-in (drawn by this course; not photographs): 1080 ")


def test_the_stand_in_is_drawn_once(quick):
    """The second call reads what the first one kept, and gets the same arrays."""
    first, second = load_signs(), load_signs()
    assert quick == ["train", "test"]
    assert np.array_equal(first.train_x, second.train_x)
    assert np.array_equal(first.test_y, second.test_y)


def test_the_kept_stand_in_has_the_keys_and_types_of_the_real_files(quick, cache):
    """Code written for the real files reads the stand-in, whose file names say what it is."""
    load_signs()
    name = f"train_signs_stand_in_v{hands.VERSION}.h5"
    assert sorted(p.name for p in cache.iterdir()) == [name.replace("train", "test"), name]
    with h5py.File(cache / name) as file:
        form = {key: (data.shape, data.dtype.name) for key, data in file.items()}
    assert form == {
        "list_classes": ((6,), "int64"),
        "train_set_x": ((1080, 64, 64, 3), "uint8"),
        "train_set_y": ((1080,), "int64"),
    }


def test_a_damaged_copy_of_the_stand_in_is_drawn_again(quick, cache):
    """What can be drawn again is not worth an error."""
    load_signs()
    (cache / signs.STAND_IN_FILES["train"]).write_bytes(b"\x89HDF\r\n\x1a\n cut")
    load_signs()
    load_signs()
    assert quick == ["train", "test"] * 2


def test_an_unwritable_cache_does_not_stop_the_student(quick, cache):
    """The stand-in is then drawn, not kept, and the line says so."""
    cache.write_text("a file where the folder should be")
    data = load_signs()
    assert data.origin == "stand-in"
    assert "not kept in" in str(data)


def test_a_failed_write_leaves_no_part_behind(quick, cache, monkeypatch):
    """A reader sees a whole file or none."""

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(signs.os, "replace", fail)
    assert "No space left" in str(load_signs())
    assert list(cache.iterdir()) == []


def test_a_download_is_checked_and_kept(folder, published, server, cache):
    """Files with the published sha256 are fetched, used and found again by the next call."""
    address, place = server
    serve(folder, place)
    data = load_signs(download=True, url=address + "/")
    assert data.origin == "download"
    assert np.array_equal(data.test_x, arrays("test")["x"])
    assert load_signs().origin == "real files"


def test_the_variable_names_the_address(folder, published, server, monkeypatch, tmp_path):
    """RESNET_COURSE_SIGNS_URL is used when no url is passed."""
    address, place = server
    serve(folder, place)
    monkeypatch.setenv(signs.URL_VARIABLE, address)
    assert load_signs(tmp_path / "new", download=True).origin == "download"


def test_files_that_are_there_are_not_fetched(folder):
    """download=True with both files in place asks no server."""
    data = load_signs(folder, download=True, url="http://127.0.0.1:9/")
    assert data.origin == "real files"


def test_a_download_without_an_address_says_how_to_give_one():
    """The course knows no address of its own."""
    with pytest.raises(DataError, match="RESNET_COURSE_SIGNS_URL"):
        load_signs(download=True)


def test_an_address_that_is_no_web_address_is_refused():
    """Only http and https are fetched."""
    with pytest.raises(DataError, match="does not start with https"):
        load_signs(download=True, url="ftp://example.org/")


@pytest.mark.parametrize(("content", "message"), [(HTML, "web page"), (GIT_LFS, "Git LFS pointer")])
def test_a_download_that_is_not_data_is_named_and_not_kept(server, cache, content, message):
    """A web page or an LFS pointer gets its sentence, with the address that sent it."""
    address, place = server
    (place / "train_signs.h5").write_bytes(content)
    with pytest.raises(DataError, match=f"what {address}/train_signs.h5 sent.*{message}"):
        load_signs(download=True, url=address)
    assert list(cache.iterdir()) == []


def test_a_download_with_another_sha256_is_refused(folder, server, cache):
    """What comes over the network must be the published file."""
    address, place = server
    serve(folder, place)
    with pytest.raises(DataError, match="not the published train_signs.h5"):
        load_signs(download=True, url=address)
    assert list(cache.iterdir()) == []


def test_a_server_without_the_file_is_named(server):
    """A 404 is an error with the address, not the stand-in."""
    address, _ = server
    with pytest.raises(DataError, match=f"{address}/train_signs.h5 could not be fetched"):
        load_signs(download=True, url=address)
