"""Find images of cats and dogs, for unit 2: a folder of image files, not arrays.

One loader, three sources, and the result states which was used:

1. real files, `cat.N.jpg` and `dog.N.jpg`, in the user's folder or its subfolder `cats_dogs`;
2. a download of Microsoft's archive, only when asked for, checked by sha256;
3. the stand-in, drawn by `pets.py`: JPEG files of the same names, not photographs.

The unit teaches how to read the files, so this module reads none. All three sources contain files
that are not images: code that reads them must expect these.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from kerascheck.probes.given.image_files import PAGE

from .archives import Archive
from .data_set import DataError, cache_folder, place_of
from .stand_ins import pets

ARCHIVE = Archive(
    name="kagglecatsanddogs_5340.zip",
    url="https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/"
    "kagglecatsanddogs_5340.zip",
    sha256="b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9",
    start=b"PK",
    variable="RESNET_COURSE_CATS_DOGS_URL",
    loader="load_cats_dogs",
)
"""About 825 MB; the sha256 is the one that independent loaders pin, as the page publishes none."""

INNER = "cats_dogs"
MEMBERS = {"cat": "PetImages/Cat/{}.jpg", "dog": "PetImages/Dog/{}.jpg"}
PER_KIND = 3501
"""Of the archive's 12,500 of each kind: 7,002 files, the number of images in the original run."""

STAND_IN = f"cats_dogs_stand_in_v{pets.VERSION}"
STAND_IN_PER_KIND = 500
QUALITY = 88
DAMAGED = ("cat.500.jpg", "cat.501.jpg", "dog.500.jpg", "dog.501.jpg", "README.txt")
"""Further files in the stand-in's folder: a truncated image, a web page, an empty file, a text with
the name of an image, and a text."""


@dataclass(frozen=True, repr=False)
class CatsDogs:
    """A folder of image files, and its origin.

    `folder` holds files `cat.N.jpg` and `dog.N.jpg`, and a few that are not images. `origin` is
    "real files", "download" or "stand-in"; `source` describes it in words.
    """

    folder: Path
    origin: str
    source: str

    def describe(self) -> str:
        """One line with the source and the number of files of each name."""
        if self.origin == "stand-in":
            what = "cats-and-dogs stand-in (drawn by this course; not photographs)"
        else:
            what = f"cats-and-dogs photographs ({self.origin})"
        cats, dogs = (len(list(self.folder.glob(f"{kind}.*"))) for kind in pets.KINDS)
        return f"{what}: {cats} files named cat and {dogs} named dog, {self.source}"

    __str__ = describe
    __repr__ = describe


def load_cats_dogs(
    folder: str | os.PathLike[str] | None = None, *, download: bool = False, url: str | None = None
) -> CatsDogs:
    """Find a folder of cats and dogs: real files, a download or the stand-in, in this order.

    `folder` holds files `cat.N.jpg` and `dog.N.jpg`, or a folder `cats_dogs` that does. Without it the
    loader looks in the folder that the environment variable RESNET_COURSE_DATA names, in `./data`,
    and in the user's cache folder.

    With `download=True`, and no such files there, Microsoft's archive is fetched (825 MB) from `url`,
    the environment variable RESNET_COURSE_CATS_DOGS_URL or its own page, and the first 3,501 files of
    each kind are put there under these names. Nothing is fetched otherwise.

    Without real files the stand-in is drawn, once, in about 20 seconds, and stored in the cache
    folder, or in a temporary one if that cannot be written to.

    Raises DataError for a requested `folder` without such files, for one that has only cats or only
    dogs, and for a download that fails.
    """
    place = place_of(folder, lambda place: _pictures(place) is not None)
    found = _pictures(place)
    if found is not None:
        return CatsDogs(found, "real files", f"in {found.resolve()}")
    if download:
        found = _fetch(place, url)
        return CatsDogs(found, "download", f"in {found.resolve()}")
    if folder is not None:
        raise DataError(
            f"{place} has no files named cat.N.jpg and dog.N.jpg, nor a folder {INNER} that has. Put "
            "your own there under such names, fetch some with download=True, or call "
            "load_cats_dogs() without a folder for the stand-in."
        )
    return _stand_in()


def _pictures(place: Path) -> Path | None:
    """The folder in `place` with cats and dogs. Raises DataError if there is only one kind."""
    for candidate in (place, place / INNER):
        missing = [kind for kind in pets.KINDS if not any(candidate.glob(f"{kind}.*.jpg"))]
        if not missing:
            return candidate
        if len(missing) == 1:
            raise DataError(
                f"{candidate} has no file named {missing[0]}.N.jpg: there must be both cats and "
                "dogs. Put some there too, or remove the others to work with the stand-in."
            )
    return None


def _fetch(place: Path, url: str | None) -> Path:
    archive = ARCHIVE.fetch(place, url)
    _keep(place / INNER, _unpacked(archive))
    os.unlink(archive)
    return place / INNER


def _unpacked(archive: Path) -> Iterator[tuple[str, bytes]]:
    """The files to store, under the course's names; nothing else in the archive goes to disk."""
    try:
        with zipfile.ZipFile(archive) as packed:
            for kind, member in MEMBERS.items():
                for number in range(PER_KIND):
                    yield f"{kind}.{number}.jpg", packed.read(member.format(number))
    except (zipfile.BadZipFile, KeyError) as error:
        raise DataError(f"{archive} is not the archive of cats and dogs ({error}).") from error


def _stand_in() -> CatsDogs:
    note = f"version {pets.VERSION}"
    kept = cache_folder() / STAND_IN
    if not kept.is_dir():
        print("Drawing the cats-and-dogs stand-in (once, about 20 seconds) ...", flush=True)
        try:
            _keep(kept, _drawn())
        except OSError as error:
            place = Path(tempfile.mkdtemp(prefix="cats-dogs-"))
            _keep(place / STAND_IN, _drawn())
            note += f", in {place}, as {kept.parent} cannot be written to ({error.strerror})"
            return CatsDogs(place / STAND_IN, "stand-in", note)
    return CatsDogs(kept, "stand-in", f"{note}, cached in {kept}")


def _drawn() -> Iterator[tuple[str, bytes]]:
    """The stand-in's files: name and contents."""
    for kind in pets.KINDS:
        for number in range(STAND_IN_PER_KIND):
            yield f"{kind}.{number}.jpg", _jpeg(kind, number)
    whole = _jpeg("cat", STAND_IN_PER_KIND)
    contents = (
        whole[: len(whole) // 2],
        PAGE,
        b"",
        b"This should be a dog.\n",
        b"Cats and dogs.\n",
    )
    yield from zip(DAMAGED, contents, strict=True)


def _jpeg(kind: str, number: int) -> bytes:
    buffer = BytesIO()
    pets.draw_pet(kind, number).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def _keep(target: Path, files: Iterator[tuple[str, bytes]]) -> None:
    """Write a folder of files; readers see all of them or none. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=target.name, suffix=".part", dir=target.parent))
    try:
        for name, content in files:
            (partial / name).write_bytes(content)
        # Only their owner may read mkdtemp's folders; a cache may be shared.
        partial.chmod(0o755)
        if not target.is_dir():  # another process may have been faster
            partial.replace(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
