"""The small network that the wheel ships: its size, its two formats, and that it knows hands."""

from __future__ import annotations

import importlib
import lzma
import zipfile
import zlib
from pathlib import Path

import keras
import numpy as np
import pytest

from benchmarks.train_signs_small import network, round_to_half, saved
from resnet_course import pretrained
from resnet_course.datasets.stand_ins import hands

FILES = (pretrained.SIGNS_KERAS, pretrained.SIGNS_HDF5)


def loaded(path: Path) -> keras.Model:
    return keras.models.load_model(path, compile=False)


def test_both_files_are_small_in_the_wheel() -> None:
    """A wheel is a zip file: together they take less than 160 kB of it."""
    assert sum(len(zlib.compress(path.read_bytes())) for path in FILES) < 160_000


def test_packed_as_one_the_second_file_costs_little() -> None:
    """As a standalone notebook carries them: both hold the same numbers, and neither is packed itself."""
    first, second = (path.read_bytes() for path in FILES)
    assert len(lzma.compress(first + second)) < 1.15 * len(lzma.compress(first))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.suffix)
def test_it_reads_hands_that_it_has_not_seen(path: Path) -> None:
    """On images of the stand-in's test split, from either format, nearly all answers are right."""
    images, labels = hands.draw_signs(24, split=1)
    scores = keras.ops.convert_to_numpy(loaded(path)(images.astype("float32") / 255))
    assert np.mean(scores.argmax(axis=1) == labels) >= 0.9


def test_from_inside_a_wheel_the_files_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A standalone notebook imports the course from its wheel, a zip file that Keras cannot look into."""
    with zipfile.ZipFile(tmp_path / "course.whl", "w") as wheel:
        for path in (Path(pretrained.__file__), *FILES):
            wheel.write(path, f"shipped/{path.name}")
    monkeypatch.syspath_prepend(str(tmp_path / "course.whl"))
    shipped = importlib.import_module("shipped")
    for path, copy in zip(FILES, (shipped.SIGNS_KERAS, shipped.SIGNS_HDF5), strict=True):
        assert copy.is_file() and copy.read_bytes() == path.read_bytes()
    shipped._unpacked.pop().cleanup()


def test_its_weights_are_what_the_script_rounds_to() -> None:
    """Rounding them again changes none: that is why the files pack so well."""
    for path in FILES:
        model = loaded(path)
        before = model.get_weights()
        round_to_half(model)
        assert all(map(np.array_equal, model.get_weights(), before))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own
def test_it_is_the_network_of_the_script(tmp_path: Path) -> None:
    """The script builds the layers that the files hold, and writes files that load again."""
    model = network()
    round_to_half(model)
    assert [w.shape for w in model.weights] == [w.shape for w in loaded(FILES[0]).weights]
    for path in saved(model, tmp_path):
        again = loaded(path)
        assert all(map(np.array_equal, again.get_weights(), model.get_weights()))
