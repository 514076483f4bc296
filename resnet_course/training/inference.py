"""What a trained model says of a folder of pictures: every file is answered for, one batch at a time.

Files come from anywhere, so reading is strict about what a picture is and says what is wrong with one that
cannot be read; it is never passed over in silence. Pillow reads; nothing here needs TensorFlow.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

Predict = Callable[[np.ndarray], np.ndarray]


class Unreadable(Exception):
    """A file holds no picture that can be read; the message names it and says why."""


@dataclass(frozen=True)
class Answer:
    """What was found for one file: its class and how probable it is, or the reason why there is none."""

    name: str
    label: str | None = None
    probability: float | None = None
    reason: str | None = None

    def __str__(self) -> str:
        if self.label is None:
            return f"{self.name}: {self.reason}"
        return f"{self.name}: {self.label} ({self.probability:.0%})"


def picture_files(folder: str | os.PathLike[str]) -> list[Path]:
    """All files right in `folder`, by name, hidden ones left out. Raises NotADirectoryError."""
    place = Path(folder)
    if not place.is_dir():
        raise NotADirectoryError(f"{place} is no folder; check its name")
    return sorted(p for p in place.iterdir() if p.is_file() and not p.name.startswith("."))


def read_picture(path: str | os.PathLike[str], size: tuple[int, int] = (32, 32)) -> np.ndarray:
    """A picture as float32 (height, width, 3), red, green, blue, from 0 to 1.

    size: (height, width) to which it is scaled. Turned as its EXIF note says; grey and palette pictures
    become coloured, what is transparent becomes white, 16 bits become 8. Raises Unreadable.
    """
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as opened:
                picture = _coloured(ImageOps.exif_transpose(opened))
    # Pillow raises SyntaxError and others for files that break off or contradict themselves.
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombWarning) as error:
        raise Unreadable(
            f"{Path(path).name} cannot be read as a picture ({_short(error)})"
        ) from None
    except Image.DecompressionBombError:
        raise Unreadable(f"{Path(path).name} has too many pixels for a picture") from None
    height, width = size
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(picture, np.float32) / 255


def in_folder(
    predict: Predict,
    folder: str | os.PathLike[str],
    classes: Sequence[object],
    *,
    size: tuple[int, int] = (32, 32),
    batch_size: int = 32,
) -> Iterator[Answer]:
    """One `Answer` for each file of `folder`, in the order of their names, as soon as it is known.

    predict: a function from pictures (count, height, width, 3) to probabilities (count, classes), such
    as ``lambda x: model.predict(x, verbose=0)``. At most `batch_size` pictures are in memory.
    """
    files = picture_files(folder)
    for start in range(0, len(files), batch_size):
        batch = files[start : start + batch_size]
        pictures, reasons = {}, {}
        for path in batch:
            try:
                pictures[path.name] = read_picture(path, size)
            except Unreadable as error:
                reasons[path.name] = str(error).removeprefix(f"{path.name} ")
        found: dict[str, np.ndarray] = {}
        if pictures:
            scores = predict(np.stack(list(pictures.values())))
            found = dict(zip(pictures, scores, strict=True))
        for path in batch:
            if path.name in found:
                best = int(np.argmax(found[path.name]))
                probability = float(found[path.name][best])
                yield Answer(path.name, str(classes[best]), probability)
            else:
                yield Answer(path.name, reason=reasons[path.name])


def _coloured(picture: Image.Image) -> Image.Image:
    from PIL import Image

    if picture.mode.startswith("I") or picture.mode == "F":
        values = np.asarray(picture, np.float64)
        top = 65535 if values.max() > 255 else 255
        picture = Image.fromarray((255 * np.clip(values / top, 0, 1)).round().astype(np.uint8))
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        picture = Image.alpha_composite(white, layer)
    return picture.convert("RGB")


def _short(error: BaseException) -> str:
    if type(error).__name__ == "UnidentifiedImageError":
        return "it is none"
    return str(error).splitlines()[0][:80] if str(error) else type(error).__name__
