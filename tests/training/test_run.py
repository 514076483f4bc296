"""Training runs: stopped and resumed, recorded, and shown while they last."""

from __future__ import annotations

import io
import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from resnet_course import training
from resnet_course.training import progress_bar, run
from resnet_course.training.progress_bar import ProgressBar
from resnet_course.training.run import RunError, fit

# Keras's own callbacks read the learning rate in a way that NumPy warns about.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras"),
]

X = np.random.default_rng(0).normal(size=(50, 8, 8, 3)).astype("float32")
Y = np.eye(4, dtype="float32")[np.arange(50) % 4]


def small_model(start: int = 1) -> keras.Model:
    """A network with everything that has a state: batch norm, dropout, an optimiser with moments."""
    keras.utils.set_random_seed(start)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(6, 3),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dropout(0.3, seed=start),
            layers.Flatten(),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "categorical_crossentropy", metrics=["accuracy"])
    return model


def callbacks() -> list[keras.callbacks.Callback]:
    return [keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=1, min_delta=10, factor=0.5)]


def noisy(pictures: np.ndarray, stream: np.random.Generator) -> np.ndarray:
    return pictures + stream.normal(0, 0.1, pictures.shape).astype("float32")


def train(model: keras.Model, epochs: int, **more: object) -> training.Run:
    chosen = {"callbacks": callbacks(), "validation": (X[:10], Y[:10]), "augment": noisy}
    return fit(model, X, Y, epochs=epochs, batch_size=8, progress=False, **{**chosen, **more})


class Stop(keras.callbacks.Callback):
    """Ctrl-C in the middle of an epoch."""

    def __init__(self, epoch: int, batch: int) -> None:
        super().__init__()
        self.at, self.now = (epoch, batch), 0

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self.now = epoch

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        if (self.now, batch) == self.at:
            raise KeyboardInterrupt


@dataclass(frozen=True)
class Trained:
    """A finished run, the weights after it, and its folder, if it has one, of which tests take copies."""

    run: training.Run
    weights: list[np.ndarray]
    folder: Path | None = None


@pytest.fixture(autouse=True)
def global_streams() -> Iterator[None]:
    """Python's and NumPy's random streams are put back: `set_random_seed` sets them."""
    streams = np.random.get_state(), random.getstate()
    yield
    np.random.set_state(streams[0])
    random.setstate(streams[1])


@pytest.fixture(scope="module")
def undisturbed() -> Trained:
    """Five epochs in one go."""
    model = small_model()
    return Trained(train(model, 5), model.get_weights())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Two epochs, kept in a folder."""
    model, folder = small_model(), tmp_path_factory.mktemp("finished")
    return Trained(train(model, 2, folder=folder), model.get_weights(), folder)


@pytest.fixture
def folder(finished: Trained, tmp_path: Path) -> Path:
    """A copy of the folder of two epochs."""
    assert finished.folder is not None
    return shutil.copytree(finished.folder, tmp_path / "run")


@pytest.mark.parametrize("moment", [(1, 0), (2, 3), (3, 6)])
def test_a_stopped_run_goes_on_as_if_it_had_not_been_stopped(
    moment: tuple[int, int], undisturbed: Trained, tmp_path: Path
) -> None:
    """Weights, averages, history and rates equal those of an undisturbed run, to the last bit."""
    with pytest.raises(KeyboardInterrupt):
        train(small_model(), 5, folder=tmp_path, callbacks=[*callbacks(), Stop(*moment)])
    resumed = small_model(start=99)
    rest = train(resumed, 5, folder=tmp_path, resume=True)
    assert rest.history == undisturbed.run.history
    assert rest.epochs == 5
    for a, b in zip(undisturbed.weights, resumed.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_a_longer_run_goes_on_from_a_finished_one(undisturbed: Trained, folder: Path) -> None:
    """Two epochs and then five are five epochs."""
    resumed = small_model(start=7)
    assert train(resumed, 5, folder=folder, resume=True).history == undisturbed.run.history
    assert np.array_equal(undisturbed.weights[0], resumed.get_weights()[0])


def test_a_finished_run_is_not_trained_again(finished: Trained, folder: Path) -> None:
    """Resuming what is complete restores it and trains nothing."""
    again = small_model(start=5)
    again.fit = None  # would fail if it were called
    assert train(again, 2, folder=folder, resume=True).history == finished.run.history
    assert np.array_equal(finished.weights[0], again.get_weights()[0])


class Score(keras.callbacks.Callback):
    """Gives each epoch a score that says which was best: the second."""

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        assert logs is not None
        logs["score"] = [1.0, 3.0, 2.0, 1.0, 0.0][epoch]


def stopping(patience: int) -> list[keras.callbacks.Callback]:
    early = keras.callbacks.EarlyStopping(
        monitor="score", mode="max", patience=patience, restore_best_weights=True
    )
    return [Score(), early]


@pytest.mark.parametrize(("patience", "moment"), [(9, (3, 1)), (2, (2, 2)), (9, None), (2, None)])
def test_a_resumed_run_ends_with_the_best_weights_of_the_whole_run(
    patience: int, moment: tuple[int, int] | None, tmp_path: Path
) -> None:
    """Of an epoch before the interruption, whether the run is stopped early or not, or is over already."""
    whole = small_model()
    history = train(whole, 5, callbacks=stopping(patience)).history
    if moment is None:
        train(small_model(), 5, folder=tmp_path, callbacks=stopping(patience))
    else:
        with pytest.raises(KeyboardInterrupt):
            train(small_model(), 5, folder=tmp_path, callbacks=[*stopping(patience), Stop(*moment)])
    resumed = small_model(start=99)
    if moment is None:
        resumed.fit = None  # would fail if it were called
    assert (
        train(resumed, 5, folder=tmp_path, resume=True, callbacks=stopping(patience)).history
        == history
    )
    for a, b in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_epochs_differ_in_order_and_runs_of_one_seed_do_not() -> None:
    """The order of the pictures depends on the seed and the epoch, on nothing else."""
    batches = run._Batches(X, Y, 8, 3, None)
    first = batches[0][0]
    batches.begin(1)
    assert not np.array_equal(first, batches[0][0])
    batches.begin(0)
    assert np.array_equal(first, batches[0][0])
    seen = np.concatenate([batches[i][0] for i in range(len(batches))])
    assert np.array_equal(np.sort(seen, axis=None), np.sort(X, axis=None))


def test_the_batches_of_an_epoch_are_those_that_keras_trains_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Keras asks for every batch once an epoch, after the epoch has been announced to the batches."""
    asked: list[tuple[int, float]] = []

    class Noted(run._Batches):
        def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
            pictures, labels = super().__getitem__(index)
            asked.append((self.epoch, float(pictures.sum())))
            return pictures, labels

    monkeypatch.setattr(run, "_Batches", Noted)
    fit(small_model(), X, Y, epochs=3, batch_size=25, progress=False)
    of_last = {total for epoch, total in asked if epoch == 2}
    order = np.random.default_rng([0, 2]).permutation(50)
    expected = {float(X[order[:25]].sum()), float(X[order[25:]].sum())}
    assert of_last == expected


def test_settings_and_history_lie_beside_the_weights(finished: Trained, folder: Path) -> None:
    """run.json is readable by people and tools, and says what was done."""
    record = json.loads((folder / "run.json").read_text("utf-8"))
    assert record["history"] == finished.run.history
    assert record["epochs"] == 2
    assert record["settings"]["batch_size"] == 8
    assert record["settings"]["augment"] == "noisy"
    assert sorted(path.name for path in folder.iterdir()) == ["checkpoint.npz", "run.json"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch_size": 10}, "batch_size was 8, is 10"),
        ({"seed": 2}, "seed was 0, is 2"),
        ({"augment": None}, "augment was 'noisy', is None"),
    ],
)
def test_a_run_with_other_settings_is_not_resumed(change: dict, message: str, folder: Path) -> None:
    """What would break the continuity of the run is named."""
    settings = {"epochs": 3, "batch_size": 8, "augment": noisy, "progress": False, **change}
    with pytest.raises(RunError, match=message):
        fit(small_model(), X, Y, folder=folder, resume=True, **settings)
    with pytest.raises(RunError, match="data was"):
        fit(small_model(), X + 1, Y, folder=folder, resume=True, **{**settings, **change})


def test_without_resume_a_run_begins_anew(folder: Path) -> None:
    """A folder that holds a run is used again from its first epoch on."""
    assert train(small_model(), 1, folder=folder).epochs == 1


def test_a_damaged_checkpoint_is_named(folder: Path) -> None:
    """Half a file leads to a sentence."""
    path = folder / "checkpoint.npz"
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(RunError, match="is damaged"):
        train(small_model(), 3, folder=folder, resume=True)


def test_a_model_that_is_not_compiled_is_named() -> None:
    """The sentence says what to call."""
    with pytest.raises(RunError, match="model.compile"):
        train(keras.Sequential([keras.Input((8, 8, 3)), layers.Flatten(), layers.Dense(4)]), 1)


def test_labels_must_fit_the_pictures() -> None:
    """Another number of labels is an error before training."""
    with pytest.raises(RunError, match="50 pictures and 49 labels"):
        fit(small_model(), X, Y[:-1], epochs=1)


def pipeline(count: int = 50) -> tf.data.Dataset:
    return (
        tf.data.Dataset.from_tensor_slices((X[:count], Y[:count])).shuffle(count, seed=3).batch(8)
    )


def test_a_pipeline_is_trained_on_as_arrays_are(tmp_path: Path) -> None:
    """Batches of one's own making: history, checkpoint and record are the same."""
    model = small_model()
    run = fit(model, pipeline(), epochs=2, validation=pipeline(20), folder=tmp_path, progress=False)
    assert run.epochs == 2 and "val_loss" in run.history
    record = json.loads((tmp_path / "run.json").read_text("utf-8"))
    assert record["history"] == run.history and record["settings"]["batches"] == 7
    resumed = small_model(start=5)
    again = fit(resumed, pipeline(), epochs=3, folder=tmp_path, resume=True, progress=False)
    assert again.history["loss"][:2] == run.history["loss"] and again.epochs == 3


@pytest.mark.parametrize(
    ("given", "more", "message"),
    [
        (lambda: X, {}, "no labels"),
        (lambda: pipeline().repeat(), {}, "repeat"),
        (lambda: pipeline(), {"augment": noisy}, "augments its pictures itself"),
    ],
    ids=["arrays", "without end", "augmented"],
)
def test_what_is_no_finite_pipeline_is_named(
    given: Callable[[], object], more: dict, message: str
) -> None:
    """Arrays without labels, endless pipelines, and augmentation that would not happen."""
    with pytest.raises(RunError, match=message):
        fit(small_model(), given(), epochs=1, **more)


def shown(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> str:
    stream = io.StringIO()
    stream.isatty = lambda: terminal  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stdout", stream)
    bar = ProgressBar(batches=4, epochs=2)
    for epoch in range(2):
        bar.on_epoch_begin(epoch)
        for batch in range(4):
            bar.shown = 0.0
            bar.on_train_batch_end(batch, {"loss": 1.5})
        bar.on_epoch_end(epoch, {"loss": 1.25, "val_accuracy": 0.5, "learning_rate": 0.001})
    return stream.getvalue()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (9.6, "10 s"),
        (99.4, "99 s"),
        (119.7, "2 min 00 s"),
        (659.8, "11 min 00 s"),
        (661, "11 min 01 s"),
    ],
)
def test_a_minute_has_sixty_seconds(seconds: float, words: str) -> None:
    """What is nearly a whole minute is one."""
    assert progress_bar._time(seconds) == words


def test_a_log_has_one_line_for_each_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be overwritten, only finished epochs are printed."""
    lines = shown(monkeypatch, terminal=False).splitlines()
    assert [line.split("  ")[:4] for line in lines] == [
        [f"epoch {n} of 2", "loss 1.250", "val_accuracy 0.500", "learning rate 0.001"]
        for n in (1, 2)
    ]


def test_a_terminal_sees_the_bar_move(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar grows with the batches, and is overwritten."""
    text = shown(monkeypatch, terminal=True)
    assert [text.count("█" * n + "░" * (24 - n)) for n in (6, 12, 18)] == [2, 2, 2]
    assert "\r\x1b[K" in text


def test_a_notebook_has_one_output_that_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a kernel, one display is made and then updated."""
    calls: list[tuple[str, str]] = []
    figures: list[int] = []

    class Handle:
        def update(self, data: dict, raw: bool) -> None:
            calls.append(("update", data["text/plain"]))
            figures.append(data["text/html"].count('alt="Learning curve after 1 of 1 epochs'))

    def display(data: dict, raw: bool, display_id: bool) -> Handle:
        calls.append(("display", data["text/plain"]))
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr("IPython.get_ipython", lambda: type("Shell", (), {"kernel": 1})())
    bar = ProgressBar(batches=2, epochs=1)
    bar.on_epoch_begin(0)
    bar.on_train_batch_end(0, {"loss": 1.5})
    bar.on_epoch_end(0, {"loss": 1.25})
    assert [kind for kind, _ in calls] == ["display", "update"]
    assert "█" in calls[0][1] and "█" not in calls[1][1]
    assert figures == [1]  # the curve draws itself below the lines
