"""What every loader of a data set promises: which source it uses, what it says of it, what it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resnet_course.datasets import DataError, data_set
from resnet_course.datasets.data_set import FOLDER_VARIABLE
from tests.support.course_folder import ROOT
from tests.support.data_sets import (
    BROKEN,
    OF_ARCHIVES,
    OF_ARRAYS,
    SAMPLES,
    ArchiveSample,
    ArraysSample,
    Sample,
)
from tests.support.web_server import serving

NOBODY = "http://127.0.0.1:9/"
of_arrays = pytest.mark.parametrize("sample", OF_ARRAYS, ids=str, indirect=True)
of_archives = pytest.mark.parametrize("sample", OF_ARCHIVES, ids=str, indirect=True)
wherever = pytest.mark.parametrize("where", ["argument", "variable", "working folder", "cache"])


@pytest.fixture(params=SAMPLES, ids=str)
def sample(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Sample:
    """Each data set in turn, on a machine where nothing of it is found."""
    request.param.isolate(tmp_path, monkeypatch)
    return request.param


@pytest.fixture
def folder(sample: Sample, tmp_path: Path) -> Path:
    """A folder with the real files, in none of the places where a loader looks."""
    return sample.write(tmp_path / "real")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The cache folder, which need not exist."""
    return tmp_path / "cache"


@pytest.fixture
def drawn(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """One item for each time that the loader begins to draw."""
    times: list[tuple] = []
    draw = getattr(sample.module, sample.drawing)

    def counted(*arguments: object) -> Any:
        times.append(arguments)
        return draw(*arguments)

    monkeypatch.setattr(sample.module, sample.drawing, counted)
    return times


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """The folder that `server` offers: still empty."""
    return tmp_path / "web"


@pytest.fixture
def server(sample: Sample, served: Path) -> Iterator[str]:
    """The address to pass to the loader: of the archive, or of the folder of files."""
    with serving(served) as address:
        yield f"{address}/{sample.asked_for}" if isinstance(sample, ArchiveSample) else address


def offer(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


def place(folder: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Let a folder be found there; the arguments to call the loader with."""
    if where == "argument":
        return {"folder": folder}
    if where == "variable":
        monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    else:
        folder.rename({"working folder": Path("data"), "cache": folder.parent / "cache"}[where])
    return {}


def names_of_files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_importing_the_data_sets_does_not_import_tensorflow() -> None:
    """The loaders work where TensorFlow is not installed."""
    code = "import sys, resnet_course.datasets; print({'tensorflow', 'keras'} & set(sys.modules))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@wherever
def test_real_files_are_read_as_they_are(
    sample: Sample, folder: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From each place where the loader looks; the origin is 'real files'."""
    data = sample.load(**place(folder, where, monkeypatch))
    assert data.origin == "real files"
    np.testing.assert_equal(sample.loaded(data), sample.expected())


def test_one_line_describes_the_data(sample: Sample, folder: Path) -> None:
    """str, repr and describe give the counts and the folder, without reservation, on one line."""
    data = sample.load(folder)
    assert data.describe() == sample.photographs.format((folder / sample.inner).resolve())
    assert str(data) == repr(data) == data.describe()


@of_archives
def test_the_inner_folder_can_be_named_too(sample: Sample, folder: Path) -> None:
    """The files lie in the folder itself or, as the archive unpacks, in the one within it."""
    data = sample.load(folder / sample.inner)
    assert str(data) == str(sample.load(folder))
    np.testing.assert_equal(sample.loaded(data), sample.expected())


def test_a_folder_without_the_files_is_an_error_when_it_was_asked_for(
    sample: Sample, tmp_path: Path, drawn: list
) -> None:
    """A wrong folder does not lead to the stand-in unnoticed."""
    (tmp_path / "kitten.jpg").touch()
    with pytest.raises(DataError, match=sample.nothing):
        sample.load(tmp_path)
    assert drawn == []


@wherever
def test_some_of_the_files_are_an_error(
    sample: Sample, folder: Path, where: str, drawn: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a data set is not replaced by the stand-in, wherever it is found."""
    for path in folder.glob(sample.left_out):
        path.unlink()
    with pytest.raises(DataError, match=sample.half):
        sample.load(**place(folder, where, monkeypatch))
    assert drawn == []


@of_arrays
@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_named(sample: ArraysSample, folder: Path, kind: str) -> None:
    """What mirrors send instead of a file, and half of it, each have a sentence."""
    content = BROKEN[kind](sample.files[sample.broken])
    (folder / sample.broken).write_bytes(content)
    with pytest.raises(DataError, match=sample.messages[kind].format(f"{len(content):,}")):
        sample.load(folder)


@of_arrays
def test_labels_beyond_the_classes_are_named(sample: ArraysSample, folder: Path) -> None:
    """A file of the right form with other contents is refused."""
    (folder / sample.broken).write_bytes(sample.wrong_labels())
    with pytest.raises(DataError, match=sample.beyond):
        sample.load(folder)


@of_arrays
@wherever
def test_a_broken_file_never_leads_to_the_stand_in(
    sample: ArraysSample,
    folder: Path,
    where: str,
    drawn: list,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is an error wherever it is found."""
    (folder / sample.broken).write_bytes(b"")
    with pytest.raises(DataError, match=sample.messages["empty"].format(0)):
        sample.load(**place(folder, where, monkeypatch))
    assert drawn == []


def test_without_files_the_stand_in_is_drawn_once(
    sample: Sample, drawn: list, cache: Path, capsys: pytest.CaptureFixture
) -> None:
    """The line calls the stand-in a stand-in; the second call reads what the first one cached."""
    first = sample.load()
    once = len(drawn)
    assert once and first.origin == "stand-in"
    assert str(first).startswith(sample.stand_in)
    assert "once, about 20 seconds" in capsys.readouterr().out
    second = sample.load()
    assert len(drawn) == once
    assert capsys.readouterr().out == ""
    assert str(second) == str(first)
    np.testing.assert_equal(sample.loaded(second), sample.loaded(first))
    assert all("stand_in" in name for name in names_of_files(cache))


@of_arrays
def test_a_damaged_copy_of_the_stand_in_is_drawn_again(
    sample: ArraysSample, drawn: list, cache: Path
) -> None:
    """What can be drawn again is not worth an error."""
    whole = sample.load()
    once = len(drawn)
    for path in [path for path in cache.rglob("*") if path.is_file()]:
        path.write_bytes(path.read_bytes()[:1000])
    for _ in range(2):
        np.testing.assert_equal(sample.loaded(sample.load()), sample.loaded(whole))
    assert len(drawn) == 2 * once


def test_an_unwritable_cache_does_not_stop_the_student(sample: Sample, cache: Path) -> None:
    """The same stand-in is drawn, and the line says that it is not cached."""
    cache.write_text("a file where the folder should be")
    data = sample.load()
    assert data.origin == "stand-in"
    assert str(cache) in str(data) and sample.not_cached in str(data)
    cache.unlink()
    np.testing.assert_equal(sample.loaded(data), sample.loaded(sample.load()))


@pytest.mark.parametrize(
    "stop", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "stopped"]
)
def test_a_failed_write_leaves_no_part_behind(
    sample: Sample, cache: Path, stop: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader sees whole files or none, and a full disk does not stop the student."""
    rename = os.replace

    def fail(source: Path | str, target: Path | str) -> None:
        if Path(target).is_relative_to(cache):
            raise stop
        rename(source, target)

    monkeypatch.setattr(os, "replace", fail)
    if isinstance(stop, OSError):
        assert "No space left" in str(sample.load())
    else:
        with pytest.raises(KeyboardInterrupt):
            sample.load()
    assert names_of_files(cache) == []


def test_a_download_is_checked_and_cached(
    sample: Sample, server: str, served: Path, cache: Path, tmp_path: Path
) -> None:
    """The files are cached and nothing else of what was sent, and the next call finds them."""
    offer(served, sample.published)
    data = sample.load(download=True, url=server)
    assert data.origin == "download"
    np.testing.assert_equal(sample.loaded(data), sample.expected())
    assert names_of_files(cache) == sorted(sample.files)
    assert not list(tmp_path.rglob("escaped.txt"))
    assert sample.load().origin == "real files"


def test_the_variable_names_the_address(
    sample: Sample, server: str, served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RESNET_COURSE_..._URL is used when no url is passed; the files go to the folder that is named."""
    offer(served, sample.published)
    monkeypatch.setenv(sample.url_variable, server)
    assert sample.load(tmp_path / "new", download=True).origin == "download"
    assert names_of_files(tmp_path / "new") == sorted(sample.files)


@of_archives
def test_the_archives_own_address_is_used_when_no_other_is_given(
    sample: ArchiveSample, server: str, served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The course knows where the archive is published."""
    offer(served, sample.published)
    assert sample.module.ARCHIVE.url.startswith("https://")
    monkeypatch.setattr(sample.module, "ARCHIVE", replace(sample.module.ARCHIVE, url=server))
    assert sample.load(download=True).origin == "download"


@wherever
def test_files_that_are_there_are_not_fetched(
    sample: Sample, folder: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """download=True with the files in place asks no server."""
    data = sample.load(**place(folder, where, monkeypatch), download=True, url=NOBODY)
    assert data.origin == "real files"


def test_nothing_is_fetched_unasked(
    sample: Sample, server: str, served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address alone does not lead to a download."""
    offer(served, sample.published)
    monkeypatch.setenv(sample.url_variable, server)
    assert sample.load().origin == "stand-in"


def test_an_address_that_is_no_web_address_is_refused(sample: Sample) -> None:
    """Only http and https are fetched."""
    with pytest.raises(DataError, match="does not start with https"):
        sample.load(download=True, url="ftp://example.org/")


@pytest.mark.parametrize("kind", ["web page", "Git LFS pointer"])
def test_a_download_that_is_not_data_is_named_and_not_cached(
    sample: Sample, server: str, served: Path, cache: Path, kind: str
) -> None:
    """A web page or an LFS pointer gets its sentence, with the address that sent it."""
    offer(served, {sample.asked_for: BROKEN[kind](b"")})
    message = {"web page": "web page", "Git LFS pointer": sample.pointer}[kind]
    with pytest.raises(DataError, match=rf"{server}\S* sent.*{message}"):
        sample.load(download=True, url=server)
    assert names_of_files(cache) == []


@pytest.mark.parametrize("kind", ["longer", "cut short"])
def test_a_download_with_another_sha256_is_refused(
    sample: Sample, server: str, served: Path, cache: Path, kind: str
) -> None:
    """What comes over the network must be the published file; nothing else is cached."""
    content = sample.published[sample.asked_for]
    wrong = content + b"\0" if kind == "longer" else content[:-10]
    offer(served, {**sample.published, sample.asked_for: wrong})
    message = rf"{server}\S* sent .* not the published {sample.asked_for} \(other sha256\)"
    with pytest.raises(DataError, match=message):
        sample.load(download=True, url=server)
    assert names_of_files(cache) == []


@of_archives
def test_an_archive_that_lacks_files_is_refused(
    sample: ArchiveSample,
    server: str,
    served: Path,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An archive of another layout is not taken for the data set."""
    files = {sample.asked_for: sample.archive(whole=False)}
    sample.publish(files, monkeypatch)
    offer(served, files)
    with pytest.raises(DataError, match=r"is not the archive of (CIFAR-10|cats and dogs)"):
        sample.load(download=True, url=server)


def test_a_server_without_the_file_is_named(sample: Sample, server: str) -> None:
    """A 404 is an error with the address, not the stand-in."""
    with pytest.raises(DataError, match=rf"{server}\S* could not be fetched"):
        sample.load(download=True, url=server)


@pytest.mark.parametrize("sample", SAMPLES)
def test_only_a_download_needs_pooch(
    sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it a download names the package to install; the cache folder is known all the same."""
    monkeypatch.setitem(sys.modules, "pooch", None)
    assert data_set.cache_folder().name == "resnet-course"
    with pytest.raises(DataError, match="run %pip install pooch"):
        sample.load(tmp_path, download=True, url="https://example.org")
