"""Predictions for images: `classify` ranks their classes, `least_certain` finds the doubtful ones.

Images are arrays. `read_picture` reads one from a file: files come from anywhere, so it is strict
about what an image is, and names the fault of one that cannot be read. It uses Pillow; nothing
here needs TensorFlow.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

Predict = Callable[[np.ndarray], np.ndarray]


class Unreadable(Exception):
    """A file holds no image that can be read; the message names it and says why."""


@dataclass(frozen=True)
class Answer:
    """The most probable classes of one image with their probabilities, the highest first."""

    ranking: tuple[tuple[str, float], ...]

    @property
    def label(self) -> str:
        return self.ranking[0][0]

    @property
    def confidence(self) -> float:
        return self.ranking[0][1]

    @property
    def margin(self) -> float:
        """The lead of the first class over the second; the confidence if there is no second."""
        second = self.ranking[1][1] if len(self.ranking) > 1 else 0.0
        return self.confidence - second

    def __str__(self) -> str:
        return ", ".join(f"{name} {probability:.0%}" for name, probability in self.ranking)


def classify(
    predict: Predict,
    images: np.ndarray,
    classes: Sequence[object],
    *,
    top: int = 3,
    mirrored: bool = False,
    batch_size: int = 32,
) -> list[Answer]:
    """One `Answer` for each image, with its `top` most probable classes.

    predict: a function from images (count, height, width, 3) to probabilities (count, classes),
    such as ``lambda x: model.predict(x, verbose=0)``; it gets at most `batch_size` at a time.
    mirrored: average over each image and its mirror image, as Krizhevsky et al. 2012 (section 4.1)
    do; not for images whose meaning this changes, such as letters. Raises ValueError for images of
    the wrong shape, and for probabilities that do not fit `classes`.
    """
    images, names = np.asarray(images), [str(name) for name in classes]
    if images.ndim != 4:
        raise ValueError(
            f"images should have the shape (count, height, width, 3); the shape is {images.shape}"
        )
    views = [images, images[:, :, ::-1]] if mirrored else [images]
    answers = []
    for start in range(0, len(images), batch_size):
        chunk = slice(start, start + batch_size)
        scores = np.mean([np.asarray(predict(view[chunk])) for view in views], axis=0)
        if scores.ndim != 2 or scores.shape[1] != len(names):
            raise ValueError(f"{len(names)} classes, but predict gives an array {scores.shape}")
        best = np.argsort(-scores, axis=1, kind="stable")[:, :top]
        answers += [
            Answer(tuple((names[index], float(row[index])) for index in order))
            for row, order in zip(scores, best, strict=True)
        ]
    return answers


def least_certain(answers: Sequence[Answer], count: int = 8) -> list[int]:
    """The numbers of the answers with the smallest margins, the smallest first: inspect these.

    Margin sampling, as in Scheffer et al. 2001, chooses the next images to label in this way. `classify`
    needs ``top=2`` or more for it.
    """
    return [
        int(i) for i in np.argsort([answer.margin for answer in answers], kind="stable")[:count]
    ]


def read_picture(path: str | os.PathLike[str], size: tuple[int, int] = (32, 32)) -> np.ndarray:
    """The image in a file as float32 (height, width, 3), red, green, blue, from 0 to 1.

    size: (height, width) to which it is scaled. It is turned according to its EXIF field; grey and
    palette images become coloured, transparent pixels white, and 16 bits become 8. Raises
    Unreadable.
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
        return "it is not an image"
    return str(error).splitlines()[0][:80] if str(error) else type(error).__name__
