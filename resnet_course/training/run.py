"""Training runs that can be stopped and resumed: `fit` with a bar, checkpoints, and a JSON record.

A run is a folder. After every epoch `checkpoint.npz` holds all that the next epoch depends on
(weights, moving averages, the optimiser's state, random states, counters and best weights of callbacks,
the history), in one file that is replaced as a whole; `run.json` has the same for people, without the
arrays. Order and augmentation of the images are functions of seed and epoch, so a run that was
stopped at any moment and resumed sees the same batches as one that was not.

Long, because what is stored and what is restored have to be read side by side.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from resnet_course.training.progress_bar import ProgressBar

CHECKPOINT, RECORD = "checkpoint.npz", "run.json"
COUNTED = ("best", "wait", "cooldown_counter", "best_epoch", "stopped_epoch")
BEST = "best_weights"  # of callbacks: `EarlyStopping` calls them so
Augment = Callable[[np.ndarray, np.random.Generator], np.ndarray]


class RunError(Exception):
    """A run cannot be started or resumed; the message says why and what to do."""


@dataclass(frozen=True)
class Run:
    """The result of a training run: the settings and the history (metric to a number per epoch)."""

    history: Mapping[str, Sequence[float]]
    settings: Mapping[str, Any]
    folder: Path | None = None

    @property
    def epochs(self) -> int:
        """The number of completed epochs."""
        return max((len(numbers) for numbers in self.history.values()), default=0)


def fit(
    model: keras.Model,
    x: Any,
    y: np.ndarray | None = None,
    *,
    epochs: int,
    batch_size: int = 32,
    validation: Any = None,
    augment: Augment | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    folder: str | os.PathLike[str] | None = None,
    resume: bool = False,
    seed: int = 0,
    progress: bool = True,
) -> Run:
    """Train a compiled model, from the start or from where the run in `folder` stopped.

    x, y: all training images and labels; or x is a pipeline of batches of both (a
    `tf.data.Dataset`, a `PyDataset`) of known length. validation: a pair of images and labels, or a
    pipeline, to evaluate on after every epoch. augment: a function from a batch of images and a
    NumPy generator to a batch. callbacks: Keras's, or your own. folder: where to store the run;
    without one nothing is stored. resume: continue the run in `folder`, if there is one; otherwise
    it is replaced. seed: for the order of the images and for `augment`.

    A resumed run has one continuous history, and a run that `EarlyStopping` has ended stays ended. With
    ``restore_best_weights=True`` the model ends with the best weights of the whole run. On the CPU the
    weights of a resumed run are those of a run that was never stopped, to the last bit; a GPU adds in no
    fixed order, and differs in the last digits. A pipeline keeps its own order, so a resumed run begins
    again with that of the pipeline's first epoch.

    Raises RunError for a model that is not compiled, and for a run in `folder` with other settings.
    """
    if getattr(model, "optimizer", None) is None:
        raise RunError("The model is not compiled: call model.compile(...) first.")
    place = None if folder is None else Path(folder)
    batches = x if y is None else _Batches(x, y, batch_size, seed, augment)
    if y is None:
        _must_be_pipeline(x, augment)
        settings = _settings(model, batches=len(x))
    else:
        chosen = {"batch_size": batch_size, "seed": seed, "augment": _name(augment)}
        settings = _settings(model, data=_digest(x, y), pictures=list(x.shape), **chosen)
    keeper = _Keeper(place, settings, callbacks, batches)
    if place is not None and resume and (place / CHECKPOINT).exists():
        keeper.restore(model)
    if keeper.done >= epochs or keeper.was_stopped:
        keeper.restore_best(model)
    else:
        bar = [ProgressBar(len(batches), epochs, keeper.history)] if progress else []
        # The keeper comes last: what others do at the end of an epoch belongs to that epoch.
        model.fit(
            batches,
            initial_epoch=keeper.done,
            epochs=epochs,
            validation_data=validation,
            shuffle=False,
            verbose=0,
            callbacks=[*callbacks, *bar, keeper],
        )
    return Run(keeper.history, settings, place)


class _Batches(keras.utils.PyDataset):
    """The images in an order that depends on seed and epoch alone."""

    def __init__(
        self, x: np.ndarray, y: np.ndarray, size: int, seed: int, augment: Augment | None
    ) -> None:
        super().__init__()
        if len(x) != len(y) or not len(x):
            raise RunError(f"There are {len(x)} pictures and {len(y)} labels.")
        self.x, self.y, self.size, self.seed, self.augment = x, y, size, seed, augment
        self.begin(0)

    def begin(self, epoch: int) -> None:
        self.epoch = epoch
        self.order = np.random.default_rng([self.seed, epoch]).permutation(len(self.x))

    def __len__(self) -> int:
        return -(-len(self.x) // self.size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self.order[index * self.size : (index + 1) * self.size]
        pictures = self.x[chosen]
        if self.augment is not None:
            random = np.random.default_rng([self.seed, self.epoch, index])
            pictures = self.augment(pictures, random)
        return pictures, self.y[chosen]


class _Keeper(keras.callbacks.Callback):
    """Sets the epoch of the batches, and stores the run after each epoch."""

    def __init__(
        self,
        place: Path | None,
        settings: Mapping[str, Any],
        others: Sequence[keras.callbacks.Callback],
        batches: Any,
    ) -> None:
        super().__init__()
        self.place, self.settings, self.others, self.batches = place, settings, others, batches
        self.done = 0
        self.history: dict[str, list[float]] = {}
        self.counted: list[dict[str, float]] = []
        self.best: list[list[np.ndarray]] = []

    def on_train_begin(self, logs: Any = None) -> None:
        for callback, counts in zip(self.others, self.counted, strict=False):
            vars(callback).update(counts)
        for callback, best in zip(self.others, self.best, strict=False):
            if best:
                vars(callback)[BEST] = best

    @property
    def was_stopped(self) -> bool:
        """Whether the run in the folder had been stopped early, as these callbacks would do now."""
        return any(
            counts.get("stopped_epoch", 0) > 0
            and counts.get("wait", 0) >= getattr(callback, "patience", np.inf)
            for callback, counts in zip(self.others, self.counted, strict=False)
        )

    def restore_best(self, model: keras.Model) -> None:
        """Give the model the best weights, as the end of an undisturbed run would."""
        for callback, best in zip(self.others, self.best, strict=False):
            if best and getattr(callback, "restore_best_weights", False):
                model.set_weights(best)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if isinstance(self.batches, _Batches):
            self.batches.begin(epoch)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.done = epoch + 1
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        if self.place is not None:
            self._keep(self.place)

    def restore(self, model: keras.Model) -> None:
        """Restore the model and the counters of callbacks from the checkpoint."""
        assert self.place is not None
        path = self.place / CHECKPOINT
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
                record = json.loads(file["record"].tobytes())
                arrays = [
                    file[str(number)] for number in range(record.get("arrays", len(file.files) - 1))
                ]
                best = [
                    [file[f"{BEST} {place} {number}"] for number in range(count)]
                    for place, count in enumerate(record.get("best", ()))
                ]
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise RunError(f"{path} is damaged ({error}). Start anew with resume=False.") from None
        other = [k for k, v in self.settings.items() if record["settings"].get(k) != v]
        if other:
            shown = "; ".join(
                f"{k} was {record['settings'].get(k)!r}, is {self.settings[k]!r}" for k in other
            )
            raise RunError(
                f"The run in {self.place} had other settings: {shown}. Restore them, choose another "
                "folder, or start anew with resume=False."
            )
        model.optimizer.build(model.trainable_variables)
        for variable, array in zip(_variables(model), arrays, strict=True):
            variable.assign(array)
        self.done, self.history = record["epochs"], record["history"]
        self.counted, self.best = record["callbacks"], best

    def _keep(self, place: Path) -> None:
        counted = [
            {k: float(v) for k, v in vars(callback).items() if k in COUNTED and _is_number(v)}
            for callback in self.others
        ]
        best = [vars(callback).get(BEST) or [] for callback in self.others]
        variables = _variables(self.model)
        record = {
            "arrays": len(variables),
            "best": [len(weights) for weights in best],
            "epochs": self.done,
            "history": self.history,
            "settings": dict(self.settings),
            "callbacks": counted,
            "versions": {"keras": keras.__version__, "backend": keras.backend.backend()},
        }
        text = json.dumps(record, indent=2, sort_keys=True) + "\n"
        arrays = {
            str(number): keras.ops.convert_to_numpy(variable.value)
            for number, variable in enumerate(variables)
        }
        for place_of, weights in enumerate(best):
            arrays |= {f"{BEST} {place_of} {n}": array for n, array in enumerate(weights)}
        place.mkdir(parents=True, exist_ok=True)
        as_bytes = np.frombuffer(text.encode(), np.uint8)
        _replace(place / CHECKPOINT, lambda file: np.savez(file, record=as_bytes, **arrays))
        _replace(place / RECORD, lambda file: file.write(text.encode()))


def _variables(model: keras.Model) -> list[Any]:
    """Everything that training changes: weights, averages, random states, the optimiser's state."""
    return [*model.variables, *model.optimizer.variables]


def _must_be_pipeline(x: Any, augment: Augment | None) -> None:
    if isinstance(x, np.ndarray | list | tuple):
        raise RunError("There are pictures and no labels: pass both, fit(model, x, y, ...).")
    if augment is not None:
        raise RunError("A pipeline augments its pictures itself: put the step into it.")
    try:
        len(x)
    except TypeError as error:
        raise RunError(
            f"The number of batches per epoch of this pipeline is unknown ({error}). Remove "
            "repeat() from it."
        ) from None


def _settings(model: keras.Model, **chosen: Any) -> dict[str, Any]:
    return {
        **chosen,
        "layers": len(model.layers),
        "optimiser": type(model.optimizer).__name__,
        "parameters": model.count_params(),
    }


def _digest(x: np.ndarray, y: np.ndarray) -> str:
    both = np.ascontiguousarray(x).tobytes() + np.ascontiguousarray(y).tobytes()
    return hashlib.sha256(both).hexdigest()[:16]


def _name(augment: Augment | None) -> str | None:
    return None if augment is None else getattr(augment, "__name__", "a function")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and bool(np.isfinite(value))


def _replace(path: Path, write: Callable[[Any], Any]) -> None:
    """Write a file; readers, and a run that is killed, see the old one or the new one."""
    handle, name = tempfile.mkstemp(prefix=path.stem, suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
