"""A whole project from one file of settings: images in folders, training, inference, report.

    images/cats/1.jpg, images/dogs/1.jpg  ->  your own network, trained        ->  results/model.keras
    the share that is held out            ->  curves, confusion matrix, table  ->  results/report.html
    inbox/*.jpg                           ->  classes with probabilities       ->  results/predictions.csv

The network is a function of your own, `file.py:name` or `module:name`: this course builds none for you. A
run that was interrupted goes on when the command is given again.

Long, because it is one way, from the settings to the report, read from top to bottom.
"""

from __future__ import annotations

import csv
import importlib
import importlib.util
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from html import escape
from pathlib import Path
from typing import Any, get_type_hints

import keras
import numpy as np

from resnet_course.figures import plots
from resnet_course.training.evaluation import Report
from resnet_course.training.inference import Answer, Unreadable, classify, read_picture
from resnet_course.training.run import Run, fit

USAGE = """\
python -m resnet_course SETTINGS.toml

trains a network of yours on a folder of images, and writes a report. The settings:

images = "images"                    # a folder with one folder of images for each class
network = "my_network.py:resnet_v2"  # a function that returns a Keras model: file.py:name or module:name
results = "results"                  # where model, report and predictions go
arguments = { input_shape = [32, 32, 3], depth = 11, num_classes = 2 }  # of the function; optional
predict = "inbox"                    # a folder of images to classify; optional
size = [32, 32]                      # height and width to which images are scaled
held_out = 0.2                       # the share of images that the report is made of
epochs = 20
batch_size = 32
learning_rate = 0.001                # of Adam
patience = 5                         # epochs without a better validation loss before the end; 0: none
seed = 0                             # which images are held out, and the order of the others"""
SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp")


class PipelineError(Exception):
    """The settings or the images do not allow to go on; the message says what to mend."""


@dataclass(frozen=True)
class Settings:
    """The settings of one project; USAGE explains them. Paths are relative to the file."""

    images: str
    network: str
    results: str = "results"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    predict: str = ""
    size: tuple[int, int] = (32, 32)
    held_out: float = 0.2
    epochs: int = 20
    batch_size: int = 32
    learning_rate: float = 0.001
    patience: int = 5
    seed: int = 0
    folder: Path = Path()

    @classmethod
    def of_file(cls, path: Path) -> Settings:
        """Read a file of settings. Raises PipelineError."""
        try:
            found = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise PipelineError(f"{path} cannot be read: {error.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise PipelineError(f"{path} is no TOML file: {error}") from None
        wanted = {item.name: item for item in fields(cls) if item.name != "folder"}
        kinds = get_type_hints(cls)
        faults = [f"there is no setting {name}" for name in found if name not in wanted]
        faults += [f"{name} is missing" for name in ("images", "network") if name not in found]
        for name, value in found.items():
            fault = _fault(value, kinds[name]) if name in wanted else ""
            faults += [f"{name} should be {fault}, not {value!r}"] if fault else []
        if not faults:
            settings = cls(**{**found, "folder": path.parent})
            faults = settings._out_of_range()
        if faults:
            raise PipelineError(f"{path}: {'; '.join(faults)}")
        return settings

    def _out_of_range(self) -> list[str]:
        at_least_one = ("epochs", "batch_size")
        faults = [f"{name} should be 1 or more" for name in at_least_one if getattr(self, name) < 1]
        faults += ["held_out should lie between 0 and 1"] * (not 0 < self.held_out < 1)
        faults += ["learning_rate should be above 0"] * (not self.learning_rate > 0)
        faults += ["size should be two whole numbers above 0"] * (min(self.size) < 1)
        return faults


@dataclass(frozen=True)
class Images:
    """Images with their classes, by number, and the names of those that could not be read."""

    x: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    unreadable: tuple[str, ...]


def run(settings: Settings) -> list[Path]:
    """Train, classify and report; the files that are written. Raises PipelineError, RunError."""
    images = read(settings.folder / settings.images, settings.size)
    train, test = held_out(images.labels, settings.held_out, settings.seed)
    model = network(settings)
    _must_fit(model, images)
    results = settings.folder / settings.results
    results.mkdir(parents=True, exist_ok=True)
    y = np.eye(len(images.classes), dtype="float32")[images.labels]
    optimiser = keras.optimizers.Adam(settings.learning_rate)
    model.compile(optimiser, "categorical_crossentropy", metrics=["accuracy"])
    early = keras.callbacks.EarlyStopping(patience=settings.patience, restore_best_weights=True)
    trained = fit(
        model,
        images.x[train],
        y[train],
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        validation=(images.x[test], y[test]),
        callbacks=[early] if settings.patience else [],
        folder=results / "run",
        resume=True,
        seed=settings.seed,
    )
    model.save(results / "model.keras")
    scores = model.predict(images.x[test], verbose=0)
    written = [results / "model.keras", results / "report.html"]
    report = Report.of(images.labels[test], scores, images.classes)
    text = page(settings, images, trained, report, (images.labels[test], scores))
    written[1].write_text(text, "utf-8")
    if settings.predict:
        written.append(results / "predictions.csv")
        inbox = settings.folder / settings.predict
        _predict(model, inbox, images.classes, settings.size, written[-1])
    return written


def read(folder: Path, size: tuple[int, int]) -> Images:
    """All images of the folders in `folder`, each of which is a class. Raises PipelineError."""
    places = (
        sorted(place for place in folder.iterdir() if place.is_dir()) if folder.is_dir() else []
    )
    if len(places) < 2:
        raise PipelineError(
            f"{folder} should hold two folders of images or more, one for each class"
        )
    x, labels, unreadable = [], [], []
    for number, place in enumerate(places):
        for path in _files(place):
            try:
                x.append(read_picture(path, size))
                labels.append(number)
            except Unreadable as error:
                unreadable.append(f"{place.name}: {error}")
    counts = np.bincount(np.array(labels, int), minlength=len(places))
    if counts.min() < 2:
        names = ", ".join(p.name for p, count in zip(places, counts, strict=True) if count < 2)
        raise PipelineError(
            f"{folder}: two readable images of each class are needed, and {names} has fewer"
        )
    classes = tuple(place.name for place in places)
    return Images(np.stack(x), np.array(labels), classes, tuple(unreadable))


def held_out(labels: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the images to train on, and of those to report on: of each class the same share."""
    random = np.random.default_rng(seed)
    train: list[int] = []
    test: list[int] = []
    for label in np.unique(labels):
        order = random.permutation(np.flatnonzero(labels == label))
        count = min(len(order) - 1, max(1, round(share * len(order))))
        test += order[:count].tolist()
        train += order[count:].tolist()
    return np.array(sorted(train)), np.array(sorted(test))


def network(settings: Settings) -> keras.Model:
    """The network that the settings name, with its first weights by the seed. Raises PipelineError."""
    function = _function(settings)
    arguments = {k: tuple(v) if isinstance(v, list) else v for k, v in settings.arguments.items()}
    keras.utils.set_random_seed(settings.seed)
    try:
        model = function(**arguments)
    except Exception as error:  # the function is the reader's own, and may raise anything
        raise PipelineError(f"{settings.network} raises {type(error).__name__}: {error}") from error
    if not isinstance(model, keras.Model):
        raise PipelineError(
            f"{settings.network} should return a Keras model, not {type(model).__name__}"
        )
    return model


def page(
    settings: Settings,
    images: Images,
    trained: Run,
    report: Report,
    tested: tuple[np.ndarray, np.ndarray],
) -> str:
    """The report as a page of its own."""
    figures = [plots.learning_curves(trained), plots.confusion_matrix(*tested, images.classes)]
    shown = "".join(
        picture.svg().html() if picture.figure is not None else f"<p>{escape(picture.alt)}</p>"
        for picture in figures
    )
    left_out = "".join(f"<li>{escape(line)}</li>" for line in images.unreadable)
    unread = f"<h2>Left out</h2><ul>{left_out}</ul>" if left_out else ""
    known = {k: v for k, v in vars(settings).items() if k != "folder"}
    return (
        '<!DOCTYPE html><html lang="en" class="rc-both" style="color-scheme:light dark"><head>'
        '<meta charset="utf-8"><title>Report</title></head>'
        '<body style="font-family:system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em">'
        f"<h1>{escape(settings.network)}</h1><p>Trained for {trained.epochs} epochs; the table is about "
        f"{len(tested[0])} images that were held out.</p><pre>{escape(str(report))}</pre>"
        f"{shown}{unread}<h2>Settings</h2>"
        f"<pre>{escape(json.dumps(known, indent=1, default=str))}</pre></body></html>\n"
    )


def _predict(
    model: keras.Model, inbox: Path, classes: Sequence[str], size: tuple[int, int], target: Path
) -> None:
    if not inbox.is_dir():
        raise PipelineError(f"predict names {inbox}, which is no folder")
    rows: list[tuple[str, str, str]] = []
    for path in _files(inbox):
        try:
            image = read_picture(path, size)[np.newaxis]
        except Unreadable as error:
            rows.append((path.name, "", str(error)))
            continue
        [answer] = classify(lambda x: model.predict(x, verbose=0), image, classes)
        rows.append((path.name, answer.label, _shown(answer)))
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("file", "class", "probabilities"), *rows])


def _shown(answer: Answer) -> str:
    return ", ".join(f"{name} {probability:.3f}" for name, probability in answer.ranking)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def _function(settings: Settings) -> Callable[..., Any]:
    place, _, name = settings.network.rpartition(":")
    try:
        if place.endswith(".py"):
            path = settings.folder / place
            spec = importlib.util.spec_from_file_location(path.stem, path)
            assert spec is not None and spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
        else:
            module = importlib.import_module(place)
        found = getattr(module, name)
    except Exception as error:  # a file of the reader's own may raise anything
        raise PipelineError(
            f"network should be file.py:name or module:name; {settings.network!r} gives "
            f"{type(error).__name__}: {error}"
        ) from error
    if not callable(found):
        raise PipelineError(f"{settings.network} is no function")
    return found


def _must_fit(model: keras.Model, images: Images) -> None:
    wanted, given = tuple(model.input_shape[1:]), images.x.shape[1:]
    if any(a not in (None, b) for a, b in zip(wanted, given, strict=False)) or len(wanted) != 3:
        raise PipelineError(f"the network takes images {wanted}, and `size` makes them {given}")
    if model.output_shape[-1] != len(images.classes):
        raise PipelineError(
            f"the network has {model.output_shape[-1]} outputs, and there are {len(images.classes)} "
            f"classes: {', '.join(images.classes)}"
        )


def _fault(value: Any, kind: Any) -> str:
    """What a setting should be; "" if it is."""
    if kind is int:
        return "" if type(value) is int else "a whole number"
    if kind is float:
        return "" if type(value) in (int, float) else "a number"
    if kind is str:
        return "" if isinstance(value, str) else "a text"
    if isinstance(value, list) or kind == tuple[int, int]:
        pair = isinstance(value, list) and len(value) == 2 and all(type(n) is int for n in value)
        return "" if pair else "a pair of whole numbers"
    return "" if isinstance(value, dict) else "a table"
