"""Load the SIGNS images: hands that show 0 to 5 fingers.

One loader, three sources, and the result states which was used:

1. real files, `train_signs.h5` and `test_signs.h5`, in the user's folder;
2. a download, only when asked for, checked by sha256;
3. the stand-in, drawn by `hands.py`, in the same format: not photographs.

A real file that is broken is an error, never a reason to use the stand-in instead.
"""

from __future__ import annotations

import os
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from .data_set import DataError, DataSet, cache_folder, downloader, place_of
from .stand_ins import hands

URL_VARIABLE = "RESNET_COURSE_SIGNS_URL"
URL = (
    "https://raw.githubusercontent.com/amanchadha/coursera-deep-learning-specialization/master/"
    "C4%20-%20Convolutional%20Neural%20Networks/Week%201/datasets"
)
"""A public copy: the assignment's authors publish the files on no page of their own. What it sends is
accepted only with the published sha256."""

TRAIN, TEST = "train", "test"
COUNTS = {TRAIN: 1080, TEST: 120}
FILES = {TRAIN: "train_signs.h5", TEST: "test_signs.h5"}
STAND_IN_FILES = {part: f"{part}_signs_stand_in_v{hands.VERSION}.h5" for part in (TRAIN, TEST)}
PUBLISHED_SHA256 = {
    TRAIN: "47480709d99f2ea6ae428ecc491fc6f65ff1d05336736dd859d5565e0ad3cf74",
    TEST: "539fb746ed9e947eb244cfca73f4d1b03f9bf5524d609eeed2cd76ddb1b179be",
}
_HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


class Signs(DataSet):
    """The SIGNS data set: 1080 training and 120 test images, labels 0 to 5."""

    NAME, SIZE = "SIGNS", 64


def load_signs(
    folder: str | os.PathLike[str] | None = None, *, download: bool = False, url: str | None = None
) -> Signs:
    """Load SIGNS from real files, from a download or from the stand-in, in this order.

    `folder` holds `train_signs.h5` and `test_signs.h5`. Without it the loader looks in the folder
    that the environment variable RESNET_COURSE_DATA names, else in `./data` if the files are there,
    else in the user's cache folder. Files other than the published ones are accepted when their
    contents have the right form, and `describe()` then says so.

    With `download=True`, files that are missing are fetched (15 MB) into that folder, from `url` (the
    address of the folder that holds both files), the environment variable RESNET_COURSE_SIGNS_URL or
    a public copy. Nothing is fetched otherwise.

    Without real files the stand-in is drawn, once, in about 20 seconds, and stored in the cache
    folder. If that folder cannot be written to, the next call draws it again.

    Raises DataError for a file that is missing from a requested `folder`, for a broken file, and
    for a download that fails.
    """
    place = place_of(folder, lambda place: any((place / name).exists() for name in FILES.values()))
    missing = [part for part in (TRAIN, TEST) if not (place / FILES[part]).exists()]
    if missing and download:
        _fetch(missing, place, url)
        return _real(place, "download")
    if not missing:
        return _real(place, "real files")
    if len(missing) == 1:
        raise DataError(
            f"{place} has only one of the two SIGNS files: {FILES[missing[0]]} is missing. Put it "
            "there too, or remove the other one to work with the stand-in."
        )
    if folder is not None:
        raise DataError(
            f"{place} has neither {FILES[TRAIN]} nor {FILES[TEST]}. Check the folder's name, fetch "
            "them with download=True, or call load_signs() without a folder for the stand-in."
        )
    return _stand_in()


def _real(place: Path, origin: str) -> Signs:
    parts: dict[str, dict[str, np.ndarray]] = {}
    others = []
    for part, name in FILES.items():
        parts[part] = _read(place / name, part)
        if _sha256(place / name) != PUBLISHED_SHA256[part]:
            others.append(name)
    source = f"from {place.resolve()}"
    if others:
        verb = "is not the published file" if len(others) == 1 else "are not the published files"
        source += f"; {' and '.join(others)} {verb} (other sha256), but of the right form"
    return _signs(parts, origin, source)


def _signs(parts: dict[str, dict[str, np.ndarray]], origin: str, source: str) -> Signs:
    return Signs(
        train_x=parts[TRAIN]["x"],
        train_y=parts[TRAIN]["y"],
        test_x=parts[TEST]["x"],
        test_y=parts[TEST]["y"],
        classes=tuple(int(name) for name in parts[TRAIN]["classes"]),
        origin=origin,
        source=source,
    )


def _read(path: Path, part: str) -> dict[str, np.ndarray]:
    """Read one file's images, labels and classes. Raises DataError, which names the fault."""
    _check_start(path)
    try:
        with h5py.File(path, "r") as file:
            found = {key: file[key] for key in file if isinstance(file[key], h5py.Dataset)}
            arrays = {}
            for name, (key, shape, kinds) in _form(part).items():
                if key not in found:
                    raise DataError(
                        f"{path} is an HDF5 file without {key!r} (it has "
                        f"{', '.join(sorted(file)) or 'nothing'}). It is not the SIGNS "
                        f"{part} file: fetch {FILES[part]} again."
                    )
                data = found[key]
                if data.shape != shape or data.dtype.kind not in kinds:
                    raise DataError(
                        f"{key!r} in {path} is {data.dtype} {data.shape}; expected {shape}, "
                        f"{'uint8' if name == 'x' else 'whole numbers'}. Fetch {FILES[part]} again."
                    )
                arrays[name] = data[...]
    except OSError as error:
        raise DataError(
            f"{path} is a damaged HDF5 file of {path.stat().st_size:,} bytes, probably cut short "
            f"while it was copied. Delete it and fetch it again. (HDF5 says: {error})"
        ) from error
    if arrays["x"].dtype != np.uint8:
        raise DataError(
            f"the pictures in {path} are {arrays['x'].dtype}; expected uint8, 0 to 255."
        )
    if not np.isin(arrays["y"], range(hands.CLASSES)).all():
        raise DataError(f"the labels in {path} go beyond 0 to 5. Fetch {FILES[part]} again.")
    arrays["y"] = arrays["y"].astype(np.int64)
    return arrays


def _form(part: str) -> dict[str, tuple[str, tuple[int, ...], str]]:
    """For each array: its key, its shape and its kinds of dtype."""
    return {
        "x": (f"{part}_set_x", (COUNTS[part], hands.SIZE, hands.SIZE, 3), "u"),
        "y": (f"{part}_set_y", (COUNTS[part],), "iu"),
        "classes": ("list_classes", (hands.CLASSES,), "iu"),
    }


def _check_start(path: Path) -> None:
    """Raise DataError for the pages and pointers that mirrors often serve in place of the file."""
    try:
        with open(path, "rb") as file:
            start = file.read(1024)
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}. Check its permissions."
        ) from error
    if start.startswith(_HDF5_SIGNATURE):
        return
    text = start.lstrip().lower()
    if start.startswith(b"version https://git-lfs"):
        raise DataError(
            f"{path} is a Git LFS pointer, a small text in place of the file. Run 'git lfs pull' "
            "in the repository it came from, or download the file itself (the 'raw' link)."
        )
    if text.startswith((b"<!doctype", b"<html", b"<?xml")) or b"<html" in text:
        raise DataError(
            f"{path} is a web page (HTML), not data: the link led to a page about the file. Delete "
            "it and download the file itself (the 'raw' or 'download' link)."
        )
    if not start:
        raise DataError(f"{path} is empty. Delete it and fetch it again.")
    raise DataError(f"{path} is not an HDF5 file. Delete it and fetch it again.")


def _sha256(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _fetch(parts: list[str], place: Path, url: str | None) -> None:
    pooch = downloader()

    base = url or os.environ.get(URL_VARIABLE) or URL
    if not base.startswith(("https://", "http://")):
        raise DataError(f"the address {base!r} does not start with https:// or http://.")

    def checked(address: str, output_file: Any, pooch_: Any) -> None:
        pooch.HTTPDownloader(progressbar=False)(address, output_file, pooch_)
        try:
            _check_start(Path(output_file))
        except DataError as error:
            raise DataError(str(error).replace(str(output_file), f"what {address} sent")) from None

    for part in parts:
        address = f"{base.rstrip('/')}/{FILES[part]}"
        try:
            pooch.retrieve(
                address, f"sha256:{PUBLISHED_SHA256[part]}", FILES[part], place, downloader=checked
            )
        except ValueError as error:
            raise DataError(
                f"{address} sent an HDF5 file that is not the published {FILES[part]} (other "
                "sha256); it was not kept. Try another address, or put the file into a folder "
                "yourself and pass that folder."
            ) from error
        except OSError as error:
            raise DataError(
                f"{address} could not be fetched into {place}: {error}. Check the address, the "
                "network and the folder's permissions; load_signs() works without any of them, "
                "on the stand-in."
            ) from error


def _stand_in() -> Signs:
    note = f"version {hands.VERSION}"
    place = cache_folder()
    try:
        parts = {part: _read(place / name, part) for part, name in STAND_IN_FILES.items()}
    except DataError:
        # Not drawn yet, or a damaged copy, which can be drawn again.
        print("Drawing the SIGNS stand-in (once, about 20 seconds) ...", flush=True)
        parts = {part: _draw(part) for part in (TRAIN, TEST)}
        try:
            place.mkdir(parents=True, exist_ok=True)
            for part, name in STAND_IN_FILES.items():
                _write(place / name, part, parts[part])
        except OSError as error:
            return _signs(parts, "stand-in", f"{note}, not cached in {place} ({error.strerror})")
    return _signs(parts, "stand-in", f"{note}, cached in {place}")


def _draw(part: str) -> dict[str, np.ndarray]:
    pictures, labels = hands.draw_signs(COUNTS[part], split=(TRAIN, TEST).index(part))
    return {"x": pictures, "y": labels, "classes": np.arange(hands.CLASSES, dtype=np.int64)}


def _write(path: Path, part: str, arrays: dict[str, np.ndarray]) -> None:
    """Write one file under the keys of the real ones; readers see all of it or nothing."""
    handle, name = tempfile.mkstemp(prefix=path.stem, suffix=".part", dir=path.parent)
    os.close(handle)
    try:
        with h5py.File(name, "w") as file:
            for array, (key, _, _) in _form(part).items():
                file.create_dataset(key, data=arrays[array])
        # Only their owner may read mkstemp's files; a cache may be shared.
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
