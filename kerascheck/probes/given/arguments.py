"""Placeholders in the arguments of probes, and a seed that numbers are drawn from.

In a student's notebook the seed is the *classic* one: the numbers are those of `np.random.seed(1)`,
as in the original assignment. The grading seed is secret, so a table of answers is worth nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

CLASSIC = "classic"
WHOLE = "whole"  # an ordinary image file


@dataclass(frozen=True)
class OneOf:
    """Placeholder for one of `choices`. The same one twice in a call stands for the same choice."""

    choices: tuple[Any, ...]

    def __repr__(self) -> str:
        return f"check.one_of({', '.join(map(repr, self.choices))})"


@dataclass(frozen=True)
class Size:
    """Placeholder for a whole number from `least` to `most`; the same one twice is the same number."""

    least: int
    most: int

    def __repr__(self) -> str:
        return f"check.size({self.least}, {self.most})"


Length = int | OneOf | Size


@dataclass(frozen=True)
class Drawn:
    """Placeholder for a standard normal array of `shape` in the arguments of a probe."""

    shape: tuple[Length, ...]

    def __repr__(self) -> str:
        return f"check.normal({', '.join(str(size) for size in self.shape)})"


@dataclass(frozen=True)
class Labels:
    """Placeholder for one-hot labels of `count` images in `classes` classes.

    stream: labels with the same one in a call are the same. shift: and then this many classes further.
    """

    count: Length
    classes: Length
    stream: str = ""
    shift: int = 0

    def __repr__(self) -> str:
        stream = f", stream={self.stream!r}" if self.stream else ""
        shift = f", shift={self.shift}" if self.shift else ""
        return f"check.one_hot({self.count}, {self.classes}{stream}{shift})"


@dataclass(frozen=True)
class Curves:
    """Placeholder for the history of a training: losses and accuracies of some epochs.

    number: tells several in a call apart.
    """

    number: int

    def __repr__(self) -> str:
        return f"check.curves({self.number})"


@dataclass(frozen=True)
class Coins:
    """Placeholder for an array of `count` truth values, with both if there is room."""

    count: Length

    def __repr__(self) -> str:
        return f"check.coins({self.count})"


@dataclass(frozen=True)
class FilePath:
    """Placeholder for a `pathlib.Path` of a file that does not exist."""

    name: str

    def __repr__(self) -> str:
        return f"check.path({self.name!r})"


@dataclass(frozen=True)
class Network:
    """Placeholder for a small network with `convolutions` layers before its dense one.

    It takes images of 6×6 pixels with 2 channels and returns probabilities of 3 classes. A mixed one
    has layers with and without bias, normalisation and penalty, and takes images of 5×8 pixels with one
    channel, in 4 classes.
    """

    convolutions: Length
    mixed: bool = False

    def __repr__(self) -> str:
        return f"check.network({self.convolutions}{', mixed=True' if self.mixed else ''})"


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
    """Placeholder for an array of `shape` of whole numbers from `least` to `below` - 1.

    dtype: the NumPy type of the array.
    """

    shape: tuple[Length, ...]
    below: Length
    least: int = 0
    dtype: str = "int64"

    def __repr__(self) -> str:
        least = f", least={self.least}" if self.least else ""
        dtype = f", dtype={self.dtype!r}" if self.dtype != "int64" else ""
        return f"check.whole_numbers({', '.join(map(str, self.shape))}, below={self.below}{least}{dtype})"


@dataclass(frozen=True)
class PictureFile:
    """Placeholder for an image file of this name; the probe writes it and passes its path.

    kind: one of `image_files.KINDS`, such as "grey-scale" or "cut short". size: height and width of
    the image; None for any that is wider than high.
    """

    name: str
    kind: str = WHOLE
    size: tuple[Length, Length] | None = None

    def __repr__(self) -> str:
        odd = "" if self.kind == WHOLE else f", {self.kind!r}"
        size = "" if self.size is None else f", size={self.size!r}"
        return f"check.picture({self.name!r}{odd}{size})"


@dataclass(frozen=True)
class PictureFolder:
    """Placeholder for a folder of such files, each given as ``name`` or ``name: kind``."""

    contents: tuple[str, ...]

    def files(self) -> list[PictureFile]:
        """The files to write."""
        named = (text.partition(": ") for text in self.contents)
        return [PictureFile(name, kind or WHOLE) for name, _, kind in named]

    def __repr__(self) -> str:
        return f"check.folder({', '.join(map(repr, self.contents))})"


@dataclass(frozen=True)
class FileNames:
    """Placeholder for a list of the names of `count` image files, as texts."""

    count: Length

    def __repr__(self) -> str:
        return f"check.file_names({self.count})"


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

    def normal(self, call: str, shape: Sequence[int], number: int = 0) -> np.ndarray:
        """Standard normal numbers of `shape` (float32) for an argument of the probe written as `call`.

        number: of the argument, from 0. Each has a stream of its own.
        """
        if self.text == CLASSIC:
            random = np.random.RandomState(1 + number)
            return random.standard_normal(tuple(shape)).astype(np.float32)
        text = f"{call}\n{number}" if number else call
        return self.random(text).standard_normal(tuple(shape)).astype(np.float32)

    def random(self, call: str) -> np.random.Generator:
        """A generator of random numbers that depend on this seed and on the text `call`."""
        digest = hashlib.sha256(f"{self.text}\n{call}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:16], "big"))
