"""Inputs of probes: placeholders in their arguments, and a seed that arrays are drawn from.

In a student's notebook the seed is the *classic* one: the numbers are those of `np.random.seed(1)`,
as in the original assignment. The grading seed is secret, so a table of answers is worth nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

CLASSIC = "classic"
WHOLE = "whole"  # an ordinary image file


@dataclass(frozen=True)
class Drawn:
    """Placeholder for a standard normal array of `shape` in the arguments of a probe."""

    shape: tuple[int, ...]

    def __repr__(self) -> str:
        return f"check.normal({', '.join(str(size) for size in self.shape)})"


@dataclass(frozen=True)
class Labels:
    """Placeholder for one-hot labels of `count` images in `classes` classes."""

    count: int
    classes: int

    def __repr__(self) -> str:
        return f"check.one_hot({self.count}, {self.classes})"


@dataclass(frozen=True)
class Network:
    """Placeholder for a small network with `convolutions` layers before its dense one.

    It takes images of 6×6 pixels with 2 channels and returns probabilities of 3 classes.
    """

    convolutions: int

    def __repr__(self) -> str:
        return f"check.network({self.convolutions})"


@dataclass(frozen=True)
class Each:
    """Placeholder for several values of one argument of a probe: one call for each."""

    values: tuple[Any, ...]

    def __repr__(self) -> str:
        return f"check.each({', '.join(repr(value) for value in self.values)})"


@dataclass(frozen=True)
class Sketch:
    """Placeholder for a small model: parts in a row, each a text of layers or a sum of branches."""

    parts: tuple[str | tuple[str, ...], ...]

    def __repr__(self) -> str:
        return f"check.sketch({', '.join(repr(part) for part in self.parts)})"


@dataclass(frozen=True)
class WholeNumbers:
    """Placeholder for an array of `shape` of whole numbers from 0 to `below` - 1."""

    shape: tuple[int, ...]
    below: int

    def __repr__(self) -> str:
        return f"check.whole_numbers({', '.join(map(str, self.shape))}, below={self.below})"


@dataclass(frozen=True)
class PictureFile:
    """Placeholder for an image file of this name; the probe writes it and passes its path.

    kind: one of `image_files.KINDS`, such as "grey-scale" or "cut short".
    """

    name: str
    kind: str = WHOLE

    def __repr__(self) -> str:
        odd = "" if self.kind == WHOLE else f", {self.kind!r}"
        return f"check.picture({self.name!r}{odd})"


@dataclass(frozen=True)
class PictureFolder:
    """Placeholder for a folder of such files, each given as ``name`` or ``name: kind``."""

    contents: tuple[str, ...]

    def files(self) -> list[PictureFile]:
        """The files to write."""
        return [PictureFile(*text.split(": ", 1)) for text in self.contents]

    def __repr__(self) -> str:
        return f"check.folder({', '.join(map(repr, self.contents))})"


@dataclass(frozen=True)
class Staircase:
    """A learning-rate schedule for probes that need one: 0.1, halved every ten epochs."""

    def __call__(self, epoch: int) -> float:
        return 0.1 * 0.5 ** (epoch // 10)

    def __repr__(self) -> str:
        return "check.staircase"


@dataclass(frozen=True)
class Reader:
    """A reader of image files: returns uint8 (4, 5, 3), raises ValueError for other files."""

    def __call__(self, path: Any) -> np.ndarray:
        from PIL import Image

        try:
            with Image.open(path) as picture:
                return np.array(picture.convert("RGB").resize((5, 4), Image.Resampling.BOX))
        except OSError:
            raise ValueError(f"{Path(path).name} is no whole picture") from None

    def __repr__(self) -> str:
        return "check.reader"


@dataclass(frozen=True)
class Halve:
    """A function of one image, for probes that need one: halves its values."""

    def __call__(self, picture: Any) -> Any:
        return 0.5 * picture

    def __repr__(self) -> str:
        return "check.halve"


@dataclass(frozen=True)
class Colours:
    """Placeholder for a trained model's function from images to probabilities of three classes.

    The classes are red, green and blue, and their probabilities are the shares of these colours.
    """

    def __repr__(self) -> str:
        return "check.colours"


@dataclass(frozen=True)
class Seed:
    """Either CLASSIC or a secret grading seed."""

    text: str

    def normal(self, call: str, shape: Sequence[int]) -> np.ndarray:
        """Standard normal numbers of `shape` (float32) for the probe written as `call`."""
        if self.text == CLASSIC:
            return np.random.RandomState(1).standard_normal(tuple(shape)).astype(np.float32)
        return self.random(call).standard_normal(tuple(shape)).astype(np.float32)

    def one_hot(self, call: str, labels: Labels) -> np.ndarray:
        """One-hot rows (float32) for the probe written as `call`."""
        numbers = self.random(f"{call}\nlabels").integers(labels.classes, size=labels.count)
        return np.eye(labels.classes, dtype=np.float32)[numbers]

    def whole_numbers(self, call: str, wanted: WholeNumbers) -> np.ndarray:
        """Whole numbers (int64), each of them at least once if there is room."""
        random = self.random(f"{call}\nwhole numbers")
        count = int(np.prod(wanted.shape))
        numbers = np.arange(count) % wanted.below
        numbers[wanted.below :] = random.integers(wanted.below, size=max(0, count - wanted.below))
        return random.permutation(numbers).astype(np.int64).reshape(wanted.shape)

    def random(self, call: str) -> np.random.Generator:
        """A generator of random numbers that depend on this seed and on the text `call`."""
        digest = hashlib.sha256(f"{self.text}\n{call}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:16], "big"))
