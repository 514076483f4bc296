"""Published weights of ResNet50 on ImageNet, from this machine or by a download with time limits.

The files are those of `keras.applications`, under its names, addresses and MD5 sums (Keras 3,
`keras/src/applications/resnet.py` and `imagenet_utils.py`). Keras's own download has no time limit; this
one gives up on a network that does not answer.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from resnet_course.datasets.data_set import FOLDER_VARIABLE, DataError, cache_folder, downloader

URL_VARIABLE = "RESNET_COURSE_IMAGENET_URL"
URL = "https://storage.googleapis.com"
WEIGHTS = "tensorflow/keras-applications/resnet/resnet50_weights_tf_dim_ordering_tf_kernels.h5"
CLASSES = "download.tensorflow.org/data/imagenet_class_index.json"
MD5 = {WEIGHTS: "2cb95161c43110f7111970584f804107", CLASSES: "c2c37ea517e94d9795004a39431a14cb"}
PATIENCE = 8.0  # seconds for a first answer
SILENCE = 30.0  # seconds without a byte, once it has answered


class Unavailable(Exception):
    """The published weights are not available; the message says why and what to do."""


@dataclass(frozen=True)
class Published:
    """The file of the weights (HDF5), and the names of the 1000 classes in order."""

    weights: Path
    classes: tuple[str, ...]

    def __str__(self) -> str:
        return f"Published weights of ResNet50, {len(self.classes)} classes, from {self.weights}"


def fetch(url: str | None = None, patience: float = PATIENCE) -> Published:
    """The published weights and class names, from local files or a download of 103 MB.

    The folders searched are the one that RESNET_COURSE_DATA names and the cache folders of the
    course and of Keras. A download from `url`, the environment variable RESNET_COURSE_IMAGENET_URL
    or Keras's own address goes into the first of them, and is discarded if it is not the published
    file. Raises Unavailable.
    """
    address = (url or os.environ.get(URL_VARIABLE) or URL).rstrip("/")
    weights, classes = (_file(address, part, patience) for part in (WEIGHTS, CLASSES))
    index = json.loads(classes.read_text("utf-8"))
    names = tuple(index[str(number)][1].replace("_", " ") for number in range(len(index)))
    return Published(weights, names)


def _file(address: str, part: str, patience: float) -> Path:
    name = Path(part).name
    for folder in _folders():
        path = folder / name
        if path.is_file() and _md5(path) == MD5[part]:
            return path
    return _downloaded(f"{address}/{part}", part, _folders()[0], patience)


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def _folders() -> list[Path]:
    named = os.environ.get(FOLDER_VARIABLE)
    keras_cache = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "models"
    own = [Path(named).expanduser()] if named else []
    return [*own, cache_folder(), keras_cache]


def _downloaded(url: str, part: str, folder: Path, patience: float) -> Path:
    name = Path(part).name
    why = _silence(url, patience)
    if why is not None:
        raise Unavailable(
            f"The published weights are not on this machine, and {why}.\nThe notebook goes on "
            "without them. With a network, run this cell again; or fetch\n"
            f"{url}\nelsewhere and put it into {folder}."
        )
    try:
        pooch = downloader()
    except DataError as error:
        raise Unavailable(f"The published weights are not on this machine: {error}") from None
    fetch = pooch.HTTPDownloader(progressbar=False, timeout=(patience, SILENCE))
    try:
        return Path(pooch.retrieve(url, f"md5:{MD5[part]}", name, folder, downloader=fetch))
    except ValueError as error:
        raise Unavailable(
            f"{url} sent a file that is not the published {name} (other MD5 sum); it was not kept. "
            "A network that asks for a login may send a page in its place."
        ) from error
    except OSError as error:
        raise Unavailable(f"{url} could not be fetched into {folder}: {error}.") from error


def _silence(url: str, patience: float) -> str | None:
    """The reason why `url` gives no answer within `patience` seconds; None if it does.

    The request runs in a thread, as a name lookup has no time limit of its own.
    """
    import requests

    host = urlsplit(url).netloc
    silence = f"{host} does not answer within {patience:.0f} seconds"
    said: list[str | None] = []

    def ask() -> None:
        try:
            answer: Any = requests.head(url, timeout=patience, allow_redirects=True)
            said.append(None if answer.ok else f"{host} answers {answer.status_code}")
        except requests.Timeout:
            said.append(silence)
        except requests.RequestException as error:
            said.append(f"{host} cannot be reached ({type(error).__name__})")

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(patience)
    return said[0] if said else silence
