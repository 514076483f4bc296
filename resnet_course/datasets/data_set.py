"""Common parts of all data sets: their form, the search for files, and the error."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

FOLDER_VARIABLE = "RESNET_COURSE_DATA"


class DataError(Exception):
    """A data set cannot be loaded; the message says why and what to do."""


@dataclass(frozen=True, eq=False, repr=False)
class DataSet:
    """Images and labels, and their origin.

    `train_x`, `test_x` uint8 (count, SIZE, SIZE, 3) RGB; `train_y`, `test_y` int64 (count,).
    `classes` are the labels' names in order. `origin` is "real files", "download" or "stand-in";
    `source` describes it in words.
    """

    NAME: ClassVar[str]
    SIZE: ClassVar[int]

    train_x: np.ndarray
    train_y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray
    classes: tuple[int, ...] | tuple[str, ...]
    origin: str
    source: str

    def describe(self) -> str:
        """One line with the source and the number of images."""
        if self.origin == "stand-in":
            what = f"{self.NAME} stand-in (drawn by this course; not photographs)"
        else:
            what = f"{self.NAME} photographs ({self.origin})"
        counts = f"{len(self.train_x)} training and {len(self.test_x)} test pictures"
        return f"{what}: {counts} of {self.SIZE}x{self.SIZE}, {self.source}"

    __str__ = describe
    __repr__ = describe


def place_of(folder: str | os.PathLike[str] | None, is_there: Callable[[Path], bool]) -> Path:
    """The folder to search: the requested one, the variable's, `data` with files, or the cache."""
    named = folder if folder is not None else os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named).expanduser()
    here = Path("data")
    return here if is_there(here) else cache_folder()


def cache_folder() -> Path:
    """The user's cache folder of the course; it need not exist."""
    from platformdirs import user_cache_path

    return user_cache_path("resnet-course")


def downloader() -> Any:
    """The module `pooch`, which only downloads need. Raises DataError where it is not installed."""
    try:
        import pooch
    except ModuleNotFoundError:
        raise DataError(
            "a download needs the package pooch, which is not installed: run %pip install pooch, and "
            "this cell again."
        ) from None
    return pooch
