"""Functions that a probe passes to a student's function: they stand for ones of the notebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Staircase:
    """A learning-rate schedule for probes that need one: 0.1, halved every ten epochs."""

    def __call__(self, epoch: int) -> float:
        return 0.1 * 0.5 ** (epoch // 10)

    def __repr__(self) -> str:
        return "check.staircase"


@dataclass(frozen=True)
class Reader:
    """A reader of image files by their `Path`: returns uint8 (4, 5, 3), raises ValueError for others.

    Its message names no file, as nothing promises that it does. breaks_at: the name of a file at which
    it raises OSError, as for a disk that fails.
    """

    breaks_at: str = ""

    def __call__(self, path: Any) -> np.ndarray:
        from PIL import Image

        if not isinstance(path, Path):
            raise TypeError(f"read takes a pathlib.Path, found {type(path).__name__}")
        if self.breaks_at and path.name == self.breaks_at:
            raise OSError(f"the disk fails at {self.breaks_at}")
        try:
            with Image.open(path) as picture:
                return np.array(picture.convert("RGB").resize((5, 4), Image.Resampling.BOX))
        except OSError:
            raise ValueError("this is no whole image") from None

    def __repr__(self) -> str:
        return f"check.reader_that_breaks({self.breaks_at!r})" if self.breaks_at else "check.reader"


@dataclass
class CountedReader:
    """A reader of images of 32×32 pixels that counts its calls: float32 (32, 32, 3), from 0 to 1.

    breaks_at: the name of a file at which it raises OSError.
    """

    breaks_at: str = ""
    calls: int = 0

    def __call__(self, path: Any) -> np.ndarray:
        from PIL import Image

        self.calls += 1
        if self.breaks_at and Path(path).name == self.breaks_at:
            raise OSError(f"the disk fails at {self.breaks_at}")
        with Image.open(path) as picture:
            return np.asarray(picture.convert("RGB").resize((32, 32)), np.float32) / 255

    def __repr__(self) -> str:
        return (
            f"check.counted_reader({self.breaks_at!r})"
            if self.breaks_at
            else "check.counted_reader()"
        )


@dataclass(frozen=True)
class Dim:
    """A function of one image (height, width, channels): darker by half, and upside down."""

    def __call__(self, picture: Any) -> Any:
        return 0.5 * picture[::-1]

    def __repr__(self) -> str:
        return "check.dim"


@dataclass(frozen=True)
class Decode:
    """A function from the name of a PNG file to its image (float32), for `tf.data` pipelines."""

    def __call__(self, name: Any) -> Any:
        import tensorflow

        picture = tensorflow.io.decode_png(tensorflow.io.read_file(name), channels=3)
        return tensorflow.cast(picture, tensorflow.float32) / 255

    def __repr__(self) -> str:
        return "check.decode"
