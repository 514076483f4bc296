"""SIGNS alone: two HDF5 files, of which others of the same form will do."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from resnet_course import load_signs
from resnet_course.datasets import DataError, signs
from resnet_course.datasets.stand_ins import hands
from tests.support.data_sets import SIGNS, signs_arrays, signs_file

COUNTS = dict(signs.COUNTS)


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SIGNS.isolate(tmp_path, monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with both files."""
    return SIGNS.write(tmp_path / "real")


def test_other_files_of_the_right_form_are_accepted_and_named(folder: Path) -> None:
    """A file with another sha256 is used, and the line says that it is not the published one."""
    (folder / "train_signs.h5").write_bytes(signs_file("train", list_classes=np.arange(6, 12)))
    data = load_signs(folder)
    assert data.classes == (6, 7, 8, 9, 10, 11)
    assert "; train_signs.h5 is not the published file (other sha256)" in str(data)
    (folder / "test_signs.h5").write_bytes(signs_file("test", list_classes=np.arange(6, 12)))
    line = load_signs(folder).describe()
    assert "; train_signs.h5 and test_signs.h5 are not the published files (other sha256)" in line


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"test_set_y": None}, "without 'test_set_y'"),
        ({"test_set_x": np.zeros((6, 32, 32, 3), np.uint8)}, r"'test_set_x'.*\(6, 32, 32, 3\)"),
        ({"test_set_x": np.zeros((7, 64, 64, 3), np.uint8)}, r"'test_set_x'.*\(7, 64, 64, 3\)"),
        ({"test_set_x": np.zeros((6, 64, 64, 3))}, "'test_set_x'.*float64.*expected.*uint8"),
        ({"test_set_x": np.zeros((6, 64, 64, 3), np.uint16)}, "are uint16; expected uint8"),
    ],
    ids=["no labels", "size", "count", "float", "uint16"],
)
def test_wrong_contents_are_named(folder: Path, changed: dict, message: str) -> None:
    """A missing key, a wrong shape and a wrong type each have a sentence."""
    (folder / "test_signs.h5").write_bytes(signs_file("test", **changed))
    with pytest.raises(DataError, match=message):
        load_signs(folder)


def test_labels_of_another_integer_type_are_converted(folder: Path) -> None:
    """Labels are int64 whatever the file has."""
    labels = signs_arrays("test", 6)["test_set_y"].astype(np.uint8)
    (folder / "test_signs.h5").write_bytes(signs_file("test", test_set_y=labels))
    data = load_signs(folder)
    assert data.test_y.dtype == np.int64
    assert np.array_equal(data.test_y, labels)


def test_the_cached_stand_in_has_the_keys_and_types_of_the_real_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code written for the real files reads the stand-in, whose file names say what it is."""
    monkeypatch.setattr(signs, "COUNTS", COUNTS)
    monkeypatch.setattr(
        hands,
        "draw_signs",
        lambda count, split: tuple(signs_arrays("train", count).values())[:2],
    )
    load_signs()
    name = f"train_signs_stand_in_v{hands.VERSION}.h5"
    cache = tmp_path / "cache"
    assert sorted(path.name for path in cache.iterdir()) == [name.replace("train", "test"), name]
    with h5py.File(cache / name) as file:
        form = {key: (data.shape, data.dtype.name) for key, data in file.items()}
    assert form == {
        "list_classes": ((6,), "int64"),
        "train_set_x": ((1080, 64, 64, 3), "uint8"),
        "train_set_y": ((1080,), "int64"),
    }


def test_a_download_without_an_address_goes_to_the_public_copy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Like other data sets, SIGNS has an address of its own; the checksum goes with it."""
    asked = []

    class Pooch:
        def retrieve(self, address: str, digest: str, *_: object, **__: object) -> None:
            asked.append((address, digest))
            raise OSError("no network")

    monkeypatch.setattr(signs, "downloader", Pooch)
    with pytest.raises(DataError, match="could not be fetched"):
        load_signs(download=True)
    assert asked == [(f"{signs.URL}/train_signs.h5", f"sha256:{signs.PUBLISHED_SHA256['train']}")]
