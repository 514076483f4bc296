"""Load CIFAR-10: 32×32 images of ten classes, for units 0, 3 and 4.

One loader, three sources, and the result states which was used:

1. real files, the *binary version* (`data_batch_1.bin` to `_5`, `test_batch.bin`), in the user's
   folder or its subfolder `cifar-10-batches-bin`;
2. a download, only when asked for: of that version's archive, checked by sha256, or Keras's own, which
   Keras reads from its cache when it is there;
3. the stand-in, drawn by `objects.py`, in the same layout: fewer images, not photographs, and
   other classes.

The Python version of CIFAR-10 consists of pickles, which can run code when they are read. It is never
read here; Keras reads its own copy, when asked for it. A real file that is broken is an error, never a
reason to use the stand-in instead.
"""

from __future__ import annotations

import os
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np

from .archives import Archive
from .data_set import DataError, DataSet, cache_folder, place_of
from .stand_ins import objects

ARCHIVE = Archive(
    name="cifar-10-binary.tar.gz",
    url="https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    start=b"\x1f\x8b",
    variable="RESNET_COURSE_CIFAR10_URL",
    loader="load_cifar10",
)
"""170,052,171 bytes, md5 c32a1d4ab5d03f1284b67883e8d87530, as published on the data set's page; the
sha256 is the one that several independent loaders pin."""

SIZE = 32
RECORD = 1 + 3 * SIZE * SIZE
"""Bytes of one image: its label, then its red, green and blue planes, row by row."""

INNER = "cifar-10-batches-bin"
TRAIN_FILES = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
TEST_FILE = "test_batch.bin"
FILES = (*TRAIN_FILES, TEST_FILE)
PER_FILE = 10_000
CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
KERAS_CACHE = ("cifar-10-batches-py-target", "cifar-10-batches-py", "cifar-10-batches-py.tar.gz")
"""What Keras calls its copy, in its versions since 3.0."""
STAND_IN = f"cifar10_stand_in_v{objects.VERSION}"
STAND_IN_PER_FILE = 1000


class Cifar10(DataSet):
    """The CIFAR-10 data set: 50000 training and 10000 test images, labels 0 to 9.

    The stand-in has 5000 and 1000.
    """

    NAME, SIZE = "CIFAR-10", SIZE


def load_cifar10(
    folder: str | os.PathLike[str] | None = None,
    *,
    download: bool = False,
    url: str | None = None,
    keras: bool = False,
) -> Cifar10:
    """Load CIFAR-10 from real files, from a download or from the stand-in, in this order.

    `folder` holds the six files of the binary version, or a folder `cifar-10-batches-bin` that does.
    Without it the loader looks in the folder that the environment variable RESNET_COURSE_DATA names,
    in `./data`, and in the user's cache folder.

    With `download=True`, files that are missing are fetched (170 MB) into that folder, from `url`,
    the environment variable RESNET_COURSE_CIFAR10_URL or the data set's own page. Nothing is
    fetched otherwise.

    With `keras=True` the arrays come from `keras.datasets.cifar10.load_data()`, which keeps its copy in its
    cache and downloads it where it has none.

    Without real files the stand-in is drawn, once, in about 20 seconds, and stored in the cache
    folder. If that folder cannot be written to, the next call draws it again.

    Raises DataError for a requested `folder` without files, for a broken or missing file, and for a
    download that fails.
    """
    if keras:
        return _by_keras()
    place = place_of(folder, lambda place: _batches(place) is not None)
    found = _batches(place)
    if found is not None:
        return _real(found, "real files")
    if download:
        return _real(_fetch(place, url), "download")
    if folder is not None:
        raise DataError(_nothing_in(place))
    return _stand_in()


def _batches(place: Path) -> Path | None:
    """The folder in `place` with files of the binary version, even if some of them are missing."""
    for candidate in (place, place / INNER):
        if any((candidate / name).exists() for name in FILES):
            return candidate
    return None


def _nothing_in(place: Path) -> str:
    pickles = place / "cifar-10-batches-py"
    if pickles.exists() or (place / "data_batch_1").exists():
        return (
            f"{place} has the Python version of CIFAR-10. Its files are pickles, which can run code "
            "when they are read, so they are not read here. Fetch the binary version instead: "
            "cifar-10-binary.tar.gz, or download=True."
        )
    return (
        f"{place} has no {TRAIN_FILES[0]}, nor a folder {INNER} that has. Check the folder's name, "
        "fetch the files with download=True, or call load_cifar10() without a folder for the stand-in."
    )


def _real(place: Path, origin: str) -> Cifar10:
    missing = [name for name in FILES if not (place / name).exists()]
    if missing:
        raise DataError(
            f"{place} has only some of the six files of CIFAR-10: {', '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing. Put them there too, or remove "
            "the others to work with the stand-in."
        )
    train = [_read(place / name, PER_FILE) for name in TRAIN_FILES]
    return _put_together(
        train, _read(place / TEST_FILE, PER_FILE), CLASSES, origin, f"from {place.resolve()}"
    )


def _put_together(
    train: Sequence[tuple[np.ndarray, np.ndarray]],
    test: tuple[np.ndarray, np.ndarray],
    classes: tuple[str, ...],
    origin: str,
    source: str,
) -> Cifar10:
    return Cifar10(
        train_x=np.concatenate([x for x, _ in train]),
        train_y=np.concatenate([y for _, y in train]),
        test_x=test[0],
        test_y=test[1],
        classes=classes,
        origin=origin,
        source=source,
    )


def _read(path: Path, count: int) -> tuple[np.ndarray, np.ndarray]:
    """One file's images (count, 32, 32, 3) and labels. Raises DataError, which names the fault."""
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}. Check its permissions."
        ) from error
    if data.size != count * RECORD:
        raise DataError(
            f"{path} has {data.size:,} bytes; expected {count * RECORD:,}. It was cut short, or it "
            "is another file. Delete it and fetch the binary version again."
        )
    records = data.reshape(count, RECORD)
    labels = records[:, 0].astype(np.int64)
    if labels.max() > 9:
        raise DataError(f"the labels in {path} go beyond 0 to 9. Fetch the binary version again.")
    planes = records[:, 1:].reshape(count, 3, SIZE, SIZE)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), labels


def _keras_has_it() -> bool:
    """Whether Keras's cache has a copy."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    return any((home / "datasets" / name).exists() for name in KERAS_CACHE)


def _by_keras() -> Cifar10:
    from keras.datasets import cifar10

    origin = "real files" if _keras_has_it() else "download"
    try:
        train, test = cifar10.load_data()
    except Exception as error:  # Keras raises this very class where a download fails
        raise DataError(
            f"keras.datasets.cifar10.load_data() failed: {error}. load_cifar10() works without it, on "
            "the stand-in."
        ) from error
    parts = [(x, y.reshape(-1).astype(np.int64)) for x, y in (train, test)]
    source = "by keras.datasets.cifar10.load_data()"
    return _put_together(parts[:1], parts[1], CLASSES, origin, source)


def _fetch(place: Path, url: str | None) -> Path:
    archive = ARCHIVE.fetch(place, url)
    _unpack(archive, place / INNER)
    os.unlink(archive)
    return place / INNER


def _unpack(archive: Path, target: Path) -> None:
    """Extract the six files from the archive by name; nothing else is written to disk."""
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for name in FILES:
                member = tar.extractfile(f"{INNER}/{name}")
                if member is None:
                    raise KeyError(name)
                _write(target / name, member)
    except (tarfile.TarError, KeyError, EOFError) as error:
        raise DataError(
            f"{archive} is not the archive of CIFAR-10's binary version ({error})."
        ) from error


def _stand_in() -> Cifar10:
    note = f"version {objects.VERSION}"
    if _keras_has_it():
        note += "; Keras has the photographs in its cache: load_cifar10(keras=True) takes them"
    place = cache_folder() / STAND_IN
    try:
        batches = [_read(place / name, STAND_IN_PER_FILE) for name in FILES]
    except DataError:
        # Not drawn yet, or a damaged copy, which can be drawn again.
        print("Drawing the CIFAR-10 stand-in (once, about 20 seconds) ...", flush=True)
        batches = _draw()
        try:
            for name, batch in zip(FILES, batches, strict=True):
                _write(place / name, _records(*batch))
        except OSError as error:
            note += f", not cached in {place} ({error.strerror})"
            return _put_together(batches[:-1], batches[-1], objects.CLASSES, "stand-in", note)
    note += f", cached in {place}"
    return _put_together(batches[:-1], batches[-1], objects.CLASSES, "stand-in", note)


def _draw() -> list[tuple[np.ndarray, np.ndarray]]:
    """The stand-in's images and labels, one pair for each file."""
    size = STAND_IN_PER_FILE
    x, y = objects.draw_objects(len(TRAIN_FILES) * size, split=0)
    train = [(x[i : i + size], y[i : i + size]) for i in range(0, len(x), size)]
    return [*train, objects.draw_objects(size, split=1)]


def _records(x: np.ndarray, y: np.ndarray) -> bytes:
    planes = x.transpose(0, 3, 1, 2).reshape(len(x), -1)
    return np.concatenate([y.astype(np.uint8)[:, None], planes], axis=1).tobytes()


def _write(path: Path, content: bytes | IO[bytes]) -> None:
    """Write one file; readers see all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=path.stem, suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.read())
        # Only their owner may read mkstemp's files; a cache may be shared.
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
