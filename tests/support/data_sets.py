"""The course's data sets, a few images each: what the tests of all loaders need to know of every one.

To test another loader, write a `Sample` of its data set and add it to `SAMPLES`.
"""

from __future__ import annotations

import io
import tarfile
import tempfile
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import h5py
import numpy as np
import pytest

from resnet_course import load_cats_dogs, load_cifar10, load_signs
from resnet_course.datasets import cats_dogs, cifar10, data_set, signs
from resnet_course.datasets.stand_ins import hands, objects, pets

GIT_LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:47480709d99f\nsize 13281872\n"
HTML = b"\n<!DOCTYPE html>\n<html><body>Sign in to download</body></html>"
BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "web page": lambda whole: HTML,
    "Git LFS pointer": lambda whole: GIT_LFS,
    "empty": lambda whole: b"",
    "cut short": lambda whole: whole[: len(whole) // 2],
    "other format": lambda whole: b"PK\x03\x04 a zip archive",
}
"""What people have in place of a file: from its whole content to the broken one."""


class Sample(ABC):
    """A small data set of the real form, and what its loader is expected to say of it.

    `small` are the sizes in the loader's module that are reduced. `inner` is the folder that may hold the
    files within the one that is named, or "". `photographs` describes the files, with {} for their folder;
    `stand_in` begins the description of the drawn ones. `asked_for` is the first file that the loader
    requests from a server. `drawing` is the function of its module that draws the stand-in, `artist` the
    function that draws the images of it.

    The messages are regular expressions: `nothing` for a folder without the files, `half` for one that
    lacks the files of `left_out`, `not_cached` for a cache folder that cannot be written to, `pointer` for
    a download that is a Git LFS pointer.
    """

    load: Callable[..., Any]
    module: ModuleType
    url_variable: str
    small: dict[str, object]
    inner: str
    asked_for: str
    drawing: str
    artist: tuple[ModuleType, str]
    photographs: str
    stand_in: str
    nothing: str
    left_out: str
    half: str
    not_cached: str
    pointer: str

    def __str__(self) -> str:
        return self.module.__name__.rpartition(".")[2]

    @property
    @abstractmethod
    def files(self) -> dict[str, bytes]:
        """The real files: their paths in the folder that is named, and contents."""

    @property
    @abstractmethod
    def published(self) -> dict[str, bytes]:
        """What a server offers, by file name."""

    @abstractmethod
    def publish(self, served: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the loader know these files as the published ones."""

    @abstractmethod
    def loaded(self, data: Any) -> dict[str, Any]:
        """All that a loader's result gives, in a form that NumPy compares."""

    @abstractmethod
    def expected(self) -> dict[str, Any]:
        """What `loaded` gives for `files`."""

    def write(self, folder: Path) -> Path:
        """Put the real files into a folder, which is returned."""
        for name, content in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return folder

    @cached_property
    def cached_artist(self) -> Callable[..., Any]:
        """The artist, who draws the same image only once for all tests."""
        return cache(getattr(*self.artist))

    def isolate(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """No variable, no ./data, an empty cache folder, and the small files are the published ones."""
        monkeypatch.delenv(data_set.FOLDER_VARIABLE, raising=False)
        monkeypatch.delenv(self.url_variable, raising=False)
        for name in ("work", "temporary"):
            (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / "work")
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
        for module in (self.module, data_set):
            monkeypatch.setattr(module, "cache_folder", lambda: tmp_path / "cache")
        for name, value in self.small.items():
            monkeypatch.setattr(self.module, name, value)
        monkeypatch.setattr(*self.artist, self.cached_artist)
        self.publish(self.published, monkeypatch)


class ArraysSample(Sample):
    """A data set that is read into arrays, so that a broken file is an error.

    `broken` is a file to break. `messages` are the loader's for each kind of `BROKEN`, with {} for the
    number of bytes, `beyond` its message for `wrong_labels`.
    """

    broken: str
    messages: dict[str, str]
    beyond: str

    @abstractmethod
    def wrong_labels(self) -> bytes:
        """The file to break, with a label that no class has."""

    def loaded(self, data: Any) -> dict[str, Any]:
        arrays = {name: getattr(data, name) for name in ("train_x", "train_y", "test_x", "test_y")}
        types = [array.dtype.name for array in arrays.values()]
        return {**arrays, "types": types, "classes": data.classes}


class ArchiveSample(Sample):
    """A data set that is published as one archive."""

    @abstractmethod
    def archive(self, whole: bool = True) -> bytes:
        """The archive in the layout of the published one, or with one file too few."""

    @cached_property  # the time of its making is in it: twice made, it has another sha256
    def published(self) -> dict[str, bytes]:
        return {self.asked_for: self.archive()}

    def publish(self, served: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
        digest = sha256(served[self.asked_for]).hexdigest()
        monkeypatch.setattr(self.module, "ARCHIVE", replace(self.module.ARCHIVE, sha256=digest))


class SignsSample(ArraysSample):
    """Two HDF5 files: 12 images to train on and 6 to test."""

    load = staticmethod(load_signs)
    module = signs
    url_variable = "RESNET_COURSE_SIGNS_URL"
    small = {"COUNTS": {"train": 12, "test": 6}}
    inner = ""
    asked_for = "train_signs.h5"
    drawing = "_draw"
    artist = (hands, "draw_signs")
    photographs = (
        "SIGNS photographs (real files): 12 training and 6 test pictures of 64x64, from {}"
    )
    stand_in = "SIGNS stand-in (drawn by this course; not photographs): 12 training and 6 "
    nothing = "has neither train_signs.h5 nor test_signs.h5"
    left_out = "test_signs.h5"
    half = "test_signs.h5 is missing"
    not_cached = "not cached in"
    pointer = "Git LFS pointer.*git lfs pull"
    broken = "train_signs.h5"
    messages = {
        "web page": "web page",
        "Git LFS pointer": pointer,
        "empty": "is empty",
        "cut short": "damaged HDF5 file of {} bytes, probably cut short",
        "other format": "is not an HDF5 file",
    }
    beyond = "go beyond 0 to 5"

    @cached_property
    def files(self) -> dict[str, bytes]:
        return {f"{part}_signs.h5": signs_file(part) for part in ("train", "test")}

    @property
    def published(self) -> dict[str, bytes]:
        return self.files

    def publish(self, served: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
        for part in ("train", "test"):
            digest = sha256(served[f"{part}_signs.h5"]).hexdigest()
            monkeypatch.setitem(signs.PUBLISHED_SHA256, part, digest)

    def wrong_labels(self) -> bytes:
        return signs_file("train", train_set_y=np.full(12, 6))

    def expected(self) -> dict[str, Any]:
        train, test = (signs_arrays(part, self.small["COUNTS"][part]) for part in ("train", "test"))
        return {
            "train_x": train["train_set_x"],
            "train_y": train["train_set_y"],
            "test_x": test["test_set_x"],
            "test_y": test["test_set_y"],
            "types": ["uint8", "int64"] * 2,
            "classes": (0, 1, 2, 3, 4, 5),
        }


def signs_arrays(part: str, count: int) -> dict[str, np.ndarray]:
    """The arrays of one file of SIGNS, by their keys."""
    x = np.arange(count * 64 * 64 * 3, dtype=np.uint64).reshape(count, 64, 64, 3) % 251
    return {
        f"{part}_set_x": x.astype(np.uint8),
        f"{part}_set_y": np.arange(count, dtype=np.int64) % 6,
        "list_classes": np.arange(6),
    }


def signs_file(part: str, **changed: np.ndarray | None) -> bytes:
    """A file of SIGNS; `changed` replaces arrays by their keys, None leaves one out."""
    arrays = {**signs_arrays(part, SignsSample.small["COUNTS"][part]), **changed}
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for key, data in arrays.items():
            if data is not None:
                file[key] = data
    return buffer.getvalue()


class Cifar10Sample(ArraysSample, ArchiveSample):
    """Six files of 20 images each, and their archive."""

    load = staticmethod(load_cifar10)
    module = cifar10
    url_variable = "RESNET_COURSE_CIFAR10_URL"
    small = {"PER_FILE": 20, "STAND_IN_PER_FILE": 10}
    inner = "cifar-10-batches-bin"
    asked_for = "cifar-10-binary.tar.gz"
    drawing = "_draw"
    artist = (objects, "draw_objects")
    photographs = (
        "CIFAR-10 photographs (real files): 100 training and 20 test pictures of 32x32, from {}"
    )
    stand_in = "CIFAR-10 stand-in (drawn by this course; not photographs): 50 training and 10 "
    nothing = "has no data_batch_1.bin"
    left_out = f"{inner}/test_batch.bin"
    half = "test_batch.bin is missing"
    not_cached = "not cached in"
    pointer = "something else, not an archive"
    broken = f"{inner}/data_batch_2.bin"
    messages = dict.fromkeys(BROKEN, "data_batch_2.bin has {} bytes; expected 61,460")
    beyond = "go beyond 0 to 9"

    @cached_property
    def files(self) -> dict[str, bytes]:
        names = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")
        return {
            f"{self.inner}/{name}": b"".join(map(cifar10_record, *cifar10_images(number)))
            for number, name in enumerate(names)
        }

    def archive(self, whole: bool = True) -> bytes:
        members = {**self.files, f"{self.inner}/readme.html": HTML}
        members["../escaped.txt"] = b"outside"
        if not whole:
            del members[f"{self.inner}/data_batch_5.bin"]
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            for name, content in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return buffer.getvalue()

    def wrong_labels(self) -> bytes:
        return b"\x0a" + self.files[self.broken][1:]

    def expected(self) -> dict[str, Any]:
        x, y = zip(*(cifar10_images(number) for number in range(6)), strict=True)
        return {
            "train_x": np.concatenate(x[:5]),
            "train_y": np.concatenate(y[:5]),
            "test_x": x[5],
            "test_y": y[5],
            "types": ["uint8", "int64"] * 2,
            "classes": tuple("airplane automobile bird cat deer dog frog horse ship truck".split()),
        }


def cifar10_images(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Images (20, 32, 32, 3) and labels of the file of this number."""
    random = np.random.default_rng(number)
    return random.integers(0, 256, (20, 32, 32, 3), np.uint8), np.arange(20) % 10


def cifar10_record(image: np.ndarray, label: int) -> bytes:
    """One record, put together byte by byte as the data set's page describes it."""
    planes = (
        image[row, column, plane] for plane in range(3) for row in range(32) for column in range(32)
    )
    return bytes([label, *planes])


class CatsDogsSample(ArchiveSample):
    """Three files of each kind, and an archive of four; the loader does not read them."""

    load = staticmethod(load_cats_dogs)
    module = cats_dogs
    url_variable = "RESNET_COURSE_CATS_DOGS_URL"
    small = {"PER_KIND": 3, "STAND_IN_PER_KIND": 2}
    inner = "cats_dogs"
    asked_for = "kagglecatsanddogs_5340.zip"
    drawing = "_drawn"
    artist = (pets, "draw_pet")
    photographs = "cats-and-dogs photographs (real files): 3 files named cat and 3 named dog, in {}"
    stand_in = "cats-and-dogs stand-in (drawn by this course; not photographs): 4 files named cat "
    nothing = "no files named cat.N.jpg and dog.N.jpg"
    left_out = f"{inner}/dog.*.jpg"
    half = "no file named dog.N.jpg"
    not_cached = "cannot be written to"
    pointer = "something else, not an archive"

    @cached_property
    def files(self) -> dict[str, bytes]:
        return {
            f"{self.inner}/{kind}.{number}.jpg": f"{kind} {number}".encode()
            for kind in ("cat", "dog")
            for number in range(3)
        }

    def archive(self, whole: bool = True) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as packed:
            for kind in ("cat", "dog"):
                for number in range(4 if whole else 2):
                    packed.writestr(f"PetImages/{kind.title()}/{number}.jpg", f"{kind} {number}")
                packed.writestr(f"PetImages/{kind.title()}/Thumbs.db", "no image")
            packed.writestr("readme[1].txt", "about these images")
            packed.writestr("../escaped.txt", "outside")
        return buffer.getvalue()

    def loaded(self, data: Any) -> dict[str, Any]:
        return {path.name: path.read_bytes() for path in data.folder.iterdir()}

    def expected(self) -> dict[str, Any]:
        return {Path(name).name: content for name, content in self.files.items()}


SIGNS, CIFAR10, CATS_DOGS = SignsSample(), Cifar10Sample(), CatsDogsSample()
SAMPLES: tuple[Sample, ...] = (SIGNS, CIFAR10, CATS_DOGS)
OF_ARRAYS: tuple[ArraysSample, ...] = (SIGNS, CIFAR10)
OF_ARCHIVES: tuple[ArchiveSample, ...] = (CIFAR10, CATS_DOGS)
