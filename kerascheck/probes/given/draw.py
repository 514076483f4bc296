"""Values in the place of placeholders: drawn from the probe's seed, or written as files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np

from kerascheck.probes.given.arguments import (
    Coins,
    Colours,
    Curves,
    Drawn,
    FileNames,
    FilePath,
    Labels,
    Network,
    OneOf,
    PictureFile,
    PictureFolder,
    Seed,
    Size,
    Sketch,
    WholeNumbers,
)
from kerascheck.probes.given.image_files import write_file, write_folder
from kerascheck.probes.given.networks import small_network
from kerascheck.probes.given.predictor import Predictor
from kerascheck.probes.given.sketches import sketched

# Memory that no notebook fills by saving its models; where there is none, the system's own folder.
MEMORY = "/dev/shm"


class Draw:
    """Draws the arguments of one call. Each argument has a stream of its own.

    seed, call: what the numbers depend on. files: closes, and so removes, the files that are
    written; or another draw, whose folder this one writes into.
    """

    def __init__(self, seed: Seed, call: str, files: ExitStack | Draw) -> None:
        self.seed = seed
        self.call = call
        self._files = files
        self._folder: Path | None = None

    def arguments(
        self, args: Sequence, kwargs: Mapping, like: tuple[list, dict] | None = None
    ) -> tuple[list, dict]:
        """All arguments of a call. Raises ValueError for a placeholder that makes no sense.

        like: arguments that were drawn before, whose models are used again.
        """
        before = [None] * len(args) if like is None else like[0]
        known = {} if like is None else like[1]
        drawn = [
            old if isinstance(old, keras.Model) else self.value(value, number)
            for number, (value, old) in enumerate(zip(args, before, strict=True))
        ]
        named = {
            key: known[key]
            if isinstance(known.get(key), keras.Model)
            else self.value(value, number)
            for number, (key, value) in enumerate(kwargs.items(), start=len(args))
        }
        return drawn, named

    def value(self, value: Any, number: int = 0) -> Any:
        """One argument; number: its place among the arguments, from 0."""
        if isinstance(value, list | tuple):
            return type(value)(self.value(item, number) for item in value)
        if isinstance(value, dict):
            return {key: self.value(item, number) for key, item in value.items()}
        draw = _DRAWERS.get(type(value))
        return value if draw is None else draw(self, value, number)

    def random(self, *what: object) -> np.random.Generator:
        return self.seed.random("\n".join([self.call, *map(str, what)]))

    @property
    def folder(self) -> Path:
        """A folder for files, which exists until `files` is closed."""
        if isinstance(self._files, Draw):
            return self._files.folder
        if self._folder is None:
            memory = MEMORY if os.access(MEMORY, os.W_OK) else None
            place = TemporaryDirectory(ignore_cleanup_errors=True, dir=memory)
            self._folder = Path(self._files.enter_context(place))
        return self._folder

    def _one_of(self, wanted: OneOf, number: int) -> Any:
        choice = int(self.random(wanted).integers(len(wanted.choices)))
        return self.value(wanted.choices[choice], number)

    def _size(self, wanted: Size, number: int) -> int:
        return int(self.random(wanted).integers(wanted.least, wanted.most + 1))

    def _normal(self, wanted: Drawn, number: int) -> np.ndarray:
        return self.seed.normal(self.call, self.value(wanted.shape), number)

    def _labels(self, wanted: Labels, number: int) -> np.ndarray:
        count, classes = self.value(wanted.count), self.value(wanted.classes)
        random = self.random("labels", wanted.stream or number)
        numbers = (random.integers(classes, size=count) + wanted.shift) % classes
        return np.eye(classes, dtype=np.float32)[numbers]

    def _whole_numbers(self, wanted: WholeNumbers, number: int) -> np.ndarray:
        """Each of the numbers occurs at least once if there is room."""
        shape, below = self.value(wanted.shape), self.value(wanted.below)
        random = self.random("whole numbers", number)
        count, choices = int(np.prod(shape)), below - wanted.least
        numbers = np.arange(count) % choices
        numbers[choices:] = random.integers(choices, size=max(0, count - choices))
        if count < choices:
            numbers = random.choice(choices, size=count, replace=False)
        return (random.permutation(numbers) + wanted.least).astype(wanted.dtype).reshape(shape)

    def _coins(self, wanted: Coins, number: int) -> np.ndarray:
        count = self.value(wanted.count)
        coins = self.random("coins", number).random(count) < 0.5
        coins[:2] = (True, False)[:count]
        return coins

    def _curves(self, wanted: Curves, number: int) -> dict[str, list[float]]:
        """Curves on any scale that go up and down, and end near each boundary of a diagnosis."""
        random = self.random("curves", wanted.number)
        epochs, scale = int(random.integers(2, 13)), 10 ** random.uniform(-1.5, 1)
        best = int(random.integers(epochs))
        validation = 1 + random.uniform(0.01, 0.5, epochs)
        validation[-1] = 1 + random.choice((0.03, 0.09, 0.105, 0.108, 0.13, 0.2))
        validation[best] = 1
        training = 1 + random.uniform(0, 1, epochs)
        training[-1] = training[best] - random.choice((-0.1, 0, 0.1, 0.1, 0.1))
        accuracy, other = random.uniform(0.3, 1, (2, epochs))
        accuracy[-1] = random.choice((0.78, 0.79, 0.81, 0.82)) + random.uniform(-0.005, 0.005)
        training, validation = scale * training, scale * validation
        curves = {
            "loss": training,
            "accuracy": accuracy,
            "val_loss": validation,
            "val_accuracy": other,
        }
        return {key: [float(x) for x in values] for key, values in curves.items()}

    def _file_names(self, wanted: FileNames, number: int) -> list[str]:
        names = [f"{index:04}.png" for index in range(self.value(wanted.count))]
        files = [PictureFile(name, "small") for name in names]
        return [str(write_file(file, self.folder, self.seed, self.call)) for file in files]

    def _picture(self, wanted: PictureFile, number: int) -> Path:
        size = None if wanted.size is None else self.value(wanted.size)
        return write_file(wanted, self.folder, self.seed, self.call, size)

    def _network(self, wanted: Network, number: int) -> Any:
        return small_network(wanted, self.value(wanted.convolutions), self.seed.text)


_DRAWERS: dict[type, Callable[[Draw, Any, int], Any]] = {
    OneOf: Draw._one_of,
    Size: Draw._size,
    Drawn: Draw._normal,
    Labels: Draw._labels,
    WholeNumbers: Draw._whole_numbers,
    Coins: Draw._coins,
    Curves: Draw._curves,
    FileNames: Draw._file_names,
    FilePath: lambda draw, wanted, number: Path(wanted.name),
    Network: Draw._network,
    Sketch: lambda draw, wanted, number: sketched(wanted),
    PictureFile: Draw._picture,
    PictureFolder: lambda draw, wanted, number: write_folder(
        wanted, draw.folder, draw.seed, draw.call
    ),
    Colours: lambda draw, wanted, number: Predictor(),
}
