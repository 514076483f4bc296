"""Test files for functions that read images: valid ones in several formats, damaged ones, other files.

`arguments.PictureFile` and `arguments.PictureFolder` are their placeholders in a probe's arguments.
Pillow writes them, with contents drawn from the probe's seed, before the student's function is
called. It is imported only then: where it is missing, every other check works.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kerascheck.probes.given.arguments import WHOLE, PictureFile, PictureFolder, Seed

if TYPE_CHECKING:
    from PIL import Image

ORIENTATION, TURNED = 0x0112, 6  # the EXIF field, and "turn me a quarter to the right"
GRAIN = 60  # noise, so that each method of resizing gives different numbers
PAGE = b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head></html>\n"


def write_file(
    picture: PictureFile,
    folder: Path,
    seed: Seed,
    call: str,
    size: tuple[int, int] | None = None,
) -> Path:
    """Write one file into `folder`. size: height and width, if they matter.

    Raises ValueError for a kind that is not in KINDS.
    """
    if picture.kind not in KINDS:
        raise ValueError(f"check.picture has no kind {picture.kind!r}, only {', '.join(KINDS)}")
    path = folder / picture.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(KINDS[picture.kind](_pixels(seed, f"{call}\n{picture!r}", size)))
    return path


def write_folder(pictures: PictureFolder, folder: Path, seed: Seed, call: str) -> Path:
    """Write all files of a folder, every other name first.

    Some file systems list the oldest file first, others the latest: neither order is alphabetical.
    """
    inside = folder / "pictures"
    inside.mkdir(exist_ok=True)
    files = sorted(pictures.files(), key=lambda file: file.name)
    for picture in files[1::2] + files[::2]:
        write_file(picture, inside, seed, call)
    return inside


def _pixels(seed: Seed, what: str, size: tuple[int, int] | None = None) -> np.ndarray:
    """An image of this size, or else wider than high, uint8 (height, width, 3) RGB: soft patches with
    grain."""
    from PIL import Image

    random = seed.random(what)
    height = int(random.integers(30, 42))
    width = height + int(random.integers(8, 20))
    height, width = size or (height, width)
    patches = Image.fromarray(random.integers(0, 256, (4, 5, 3), np.uint8))
    soft = np.asarray(patches.resize((width, height), Image.Resampling.BICUBIC), float)
    grain = GRAIN * (random.random(soft.shape) - 0.5)
    return np.clip(soft + grain, 0, 255).round().astype(np.uint8)


def _saved(picture: Image.Image, form: str, **options: object) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def _image(pixels: np.ndarray) -> Image.Image:
    from PIL import Image

    return Image.fromarray(pixels)


def _jpeg(pixels: np.ndarray, **options: object) -> bytes:
    return _saved(_image(pixels), "JPEG", quality=95, subsampling=0, **options)


def _small(pixels: np.ndarray) -> bytes:
    """A 32×32 image, mainly of one colour. PNG, since lossy formats differ between libraries."""
    from PIL import Image

    corner = _image(pixels[:8, :8])
    return _saved(corner.resize((32, 32), Image.Resampling.BICUBIC), "PNG")


def _turned(pixels: np.ndarray) -> bytes:
    from PIL import Image

    exif = Image.Exif()
    exif[ORIENTATION] = TURNED
    return _jpeg(pixels, exif=exif)


def _sixteen_bit(pixels: np.ndarray) -> bytes:
    return _saved(_image(pixels.mean(axis=2).astype(np.uint16) * 257), "PNG")


KINDS: dict[str, Callable[[np.ndarray], bytes]] = {
    WHOLE: _jpeg,
    "grey-scale": lambda pixels: _saved(_image(pixels).convert("L"), "JPEG", quality=95),
    "palette": lambda pixels: _saved(_image(pixels).convert("P"), "PNG"),
    "16-bit": _sixteen_bit,
    "turned": _turned,
    "small": _small,
    "lossless": lambda pixels: _saved(_image(pixels), "PNG"),
    "cut short": lambda pixels: _jpeg(pixels)[:-200],
    "empty": lambda pixels: b"",
    "web page": lambda pixels: PAGE,
    "text": lambda pixels: b"This should be a picture.\n",
}
"""The kinds of files: for each, a function from an image's pixels to the bytes of the file."""
