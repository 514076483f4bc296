"""CIFAR-10 alone: the binary version, never the pickles."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from resnet_course import load_cifar10
from resnet_course.datasets import DataError, cifar10
from resnet_course.datasets.stand_ins import objects
from tests.support.data_sets import CIFAR10


def test_the_version_of_pickles_is_refused_and_not_read(tmp_path: Path) -> None:
    """The Python version is named, with what to fetch instead; nothing of it is opened."""

    class Bomb:
        def __reduce__(self) -> tuple:
            return os.mkdir, (str(tmp_path / "exploded"),)

    (tmp_path / "cifar-10-batches-py").mkdir()
    (tmp_path / "cifar-10-batches-py" / "data_batch_1").write_bytes(pickle.dumps(Bomb()))
    for folder in (tmp_path, tmp_path / "cifar-10-batches-py"):
        with pytest.raises(DataError, match="pickles.*binary version"):
            load_cifar10(folder)
    assert not (tmp_path / "exploded").exists()


def test_the_stand_in_has_classes_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawn or read again, its classes are those that were drawn."""
    CIFAR10.isolate(tmp_path, monkeypatch)
    first, second = load_cifar10(), load_cifar10()
    assert first.classes == second.classes == objects.CLASSES


def test_keras_s_own_copy_is_taken_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The arrays are those of Keras's loader; whether it had them in its cache is told."""
    from keras.datasets import cifar10 as of_keras

    CIFAR10.isolate(tmp_path, monkeypatch)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    x, y = np.full((3, 32, 32, 3), 7, np.uint8), np.array([[2], [0], [9]], np.uint8)
    monkeypatch.setattr(of_keras, "load_data", lambda: ((x, y), (x[:1], y[:1])))
    assert "Keras has the photographs" not in str(load_cifar10())
    assert load_cifar10(keras=True).origin == "download"
    (tmp_path / "keras" / "datasets" / cifar10.KERAS_CACHE[0]).mkdir(parents=True)
    assert "load_cifar10(keras=True) takes them" in str(load_cifar10())
    data = load_cifar10(keras=True)
    assert (data.origin, data.classes) == ("real files", cifar10.CLASSES)
    assert data.train_y.tolist() == [2, 0, 9] and data.test_x.shape == (1, 32, 32, 3)


def test_a_failing_download_of_keras_s_is_a_data_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras raises `Exception` itself; the loader says what works instead."""
    from keras.datasets import cifar10 as of_keras

    def fails() -> None:
        raise Exception("URL fetch failure")

    monkeypatch.setattr(of_keras, "load_data", fails)
    with pytest.raises(DataError, match=r"URL fetch failure.*load_cifar10\(\) works"):
        load_cifar10(keras=True)


@pytest.mark.network
@pytest.mark.skipif(
    "RESNET_COURSE_NETWORK" not in os.environ, reason="needs RESNET_COURSE_NETWORK=1"
)
def test_the_published_archive_is_the_one_we_expect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data set's own page serves the archive of our sha256, with 6000 images of each class."""
    monkeypatch.delenv(cifar10.ARCHIVE.variable, raising=False)
    data = load_cifar10(tmp_path / "new", download=True)
    assert np.bincount(data.train_y).tolist() == [5000] * 10
    assert np.bincount(data.test_y).tolist() == [1000] * 10
