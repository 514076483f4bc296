"""Unit 2's reference and its probes: files of every kind, and what is said of each wrong answer."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from kerascheck import check
from kerascheck.check import collecting
from kerascheck.feedback.misconceptions import misconception_of
from kerascheck.probes.given import draw
from kerascheck.probes.given.arguments import CLASSIC, PictureFile, PictureFolder, Seed
from kerascheck.probes.given.image_files import KINDS, write_file, write_folder
from tests import students
from tests.support.lesson_cells import judged, lesson, run

UNREADABLE = ("cut short", "empty", "web page", "text")


@pytest.fixture(scope="module")
def unit2() -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    run(lesson("unit2").given, namespace)
    for cell in lesson("unit2").cells.values():
        run(cell, namespace)
    return namespace


def written(folder: Path, kind: str, name: str = "cat.1.jpg", seed: str = "s") -> Path:
    return write_file(PictureFile(name, kind), folder, Seed(seed), "call")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in UNREADABLE])
def test_every_readable_kind_becomes_the_picture_that_pillow_shows(
    unit2: dict[str, Any], tmp_path: Path, kind: str
) -> None:
    """An independent reader sees the same picture: upright, in RGB, of eight bits."""
    path = written(tmp_path, kind)
    with Image.open(path) as picture:
        if kind == "16-bit":
            shown = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8)).convert("RGB")
        else:
            shown = ImageOps.exif_transpose(picture).convert("RGB")
    read = unit2["read_image"](path, height=shown.height, width=shown.width)
    assert (read.shape, read.dtype) == ((shown.height, shown.width, 3), np.uint8)
    assert np.abs(read.astype(int) - np.asarray(shown, int)).max() <= 4


@pytest.mark.parametrize("kind", UNREADABLE)
def test_every_other_kind_is_refused_by_name(
    unit2: dict[str, Any], tmp_path: Path, kind: str, capfd: pytest.CaptureFixture
) -> None:
    """A file that holds no whole picture is a ValueError with its name, and nothing is printed."""
    with pytest.raises(ValueError, match=r"^cat\.1\.jpg "):
        unit2["read_image"](written(tmp_path, kind))
    assert capfd.readouterr() == ("", "")


def test_the_turned_file_is_stored_sideways(tmp_path: Path) -> None:
    """A reader that ignores the EXIF field gets a picture of another shape."""
    path = written(tmp_path, "turned")
    sideways, upright = cv2.imread(str(path), cv2.IMREAD_UNCHANGED), cv2.imread(str(path))
    assert sideways.shape[:2] == upright.shape[1::-1]
    assert sideways.shape[0] < sideways.shape[1]


def test_opencv_takes_half_a_file_for_a_picture(tmp_path: Path) -> None:
    """The reason for `is_cut_short`: cv2.imread gives an array for a JPEG file that was cut off."""
    assert cv2.imread(str(written(tmp_path, "cut short"))) is not None


def test_a_probes_files_belong_to_its_seed(tmp_path: Path) -> None:
    """The same seed writes the same bytes, another one a picture of other contents."""
    content = {seed: written(tmp_path, "whole", seed=seed).read_bytes() for seed in "ab"}
    assert written(tmp_path, "whole", seed="a").read_bytes() == content["a"] != content["b"]


def test_an_image_has_the_size_that_the_probe_gives_it() -> None:
    """A drawn one is the number that the argument of the same placeholder is: it may be lying down."""
    height, width = check.size(4, 9), check.size(100, 240)
    sizes = []

    def size_of(path: Path, height: int, width: int) -> bool:
        with Image.open(path) as image:
            sizes.append((image.size, (height, width)))
        return True

    for secret in range(20):
        with check.collecting(str(secret)):
            lying = check.picture("a.png", "lossless", size=(width, height))
            check.values(size_of, lying, height, width)
    assert all(image == wanted for image, wanted in sizes)
    assert len({wanted for _, wanted in sizes}) > 10


def test_no_two_files_of_a_folder_are_alike(tmp_path: Path) -> None:
    """Pictures that were exchanged are found out."""
    wanted = PictureFolder(tuple(f"cat.{number}.jpg" for number in range(8)))
    folder = write_folder(wanted, tmp_path, Seed(CLASSIC), "call")
    assert len({path.read_bytes() for path in folder.iterdir()}) == 8


def test_files_are_gone_after_the_probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe leaves nothing behind, and its files are where no notebook's own files fill the space."""
    monkeypatch.setattr(draw, "MEMORY", str(tmp_path))
    seen = []

    def look(path: Path) -> int:
        seen.append(path)
        return int(path.exists() and path.is_relative_to(tmp_path))

    with collecting("s") as evidence:
        check.values(look, check.each(check.picture("a.jpg"), check.picture("b.jpg", "empty")))
    assert [output.elements for output in evidence[0].outputs.values()] == [(1.0,), (1.0,)]
    assert seen and not any(tmp_path.iterdir())


def test_an_unknown_kind_is_an_error_of_the_author() -> None:
    """A lesson that asks for a file of no known kind fails when it is built."""
    with collecting("s"), pytest.raises(ValueError, match="has no kind 'sepia'"):
        check.values(len, check.picture("a.jpg", "sepia"))


def test_whole_numbers_are_all_there() -> None:
    """Every number below the limit occurs, so that no class can be left out unnoticed."""
    with ExitStack() as files:
        numbers = draw.Draw(Seed("s"), "call", files).value(check.whole_numbers(2, 4, below=5))
    assert (numbers.shape, set(numbers.ravel())) == ((2, 4), set(range(5)))


@pytest.mark.parametrize(
    ("history", "verdict", "best", "gap"),
    [
        (([1.0, 0.1], [0.5, 0.9], [0.5, 0.6], [0.7, 0.6]), "overfitting", 1, 0.3),
        (([1.0, 0.1], [0.5, 0.9], [0.5, 0.54], [0.7, 0.6]), "neither", 1, 0.3),
        (([1.0, 1.1], [0.5, 0.7], [0.5, 0.9], [0.7, 0.6]), "underfitting", 1, 0.1),
        (([1.0, 0.9], [0.5, 0.8], [0.5, 0.4], [0.7, 0.7]), "neither", 2, 0.1),
    ],
)
def test_the_diagnosis_follows_the_text(
    unit2: dict[str, Any], history: tuple, verdict: str, best: int, gap: float
) -> None:
    """More than a tenth, and while the training loss falls; otherwise below 0.8; otherwise neither."""
    keys = ("loss", "accuracy", "val_loss", "val_accuracy")
    found = unit2["diagnose"](dict(zip(keys, history, strict=True)))
    assert found[:2] == (verdict, best)
    assert found[2] == pytest.approx(gap)


@pytest.mark.parametrize(
    ("path", "misconception"),
    [
        ("read_image:bgr", "blue-first"),
        ("read_image:height_first", "sides-swapped"),
        ("read_image:linear", "nearly-the-image"),
        ("read_image:nearest", "nearly-the-image"),
        ("read_image:divided", "divided-too-early"),
        ("read_image:floats", "type-of-number"),
        ("read_image:crash_on_unreadable", "nothing-was-read"),
        ("read_image:none_for_unreadable", "error-expected"),
        ("read_image:half_pictures", "error-expected"),
        ("prepare_data:unsorted", "order-of-numbers"),
        ("prepare_data:sorted_by_number", "order-of-numbers"),
        ("prepare_data:labels_swapped", "labels-swapped"),
        ("prepare_data:crash_on_unreadable", "one-file-stops-all"),
        ("prepare_data:skipped_silently", "skipped-means-named"),
        ("prepare_data:divided", "divided-too-early"),
        ("prepare_data:nones_left_in", "holes-in-the-array"),
        ("convert_to_one_hot:transposed", "axes-exchanged"),
        ("convert_to_one_hot:reversed_columns", "labels-swapped"),
        ("diagnose:counts_from_zero", "one-less"),
        ("diagnose:gap_the_other_way", "wrong-sign"),
        ("diagnose:gap_is_proof", "verdict-on-the-curves"),
        ("diagnose:validation_alone", "verdict-on-the-curves"),
        ("remedies:last_weights_kept", "early-stopping"),
        ("remedies:watches_the_training", "early-stopping"),
        ("remedies:decay_as_the_rate", "optimiser-settings"),
        ("remedies:no_weight_decay", "optimiser-settings"),
    ],
)
def test_a_mistake_is_traced_to_what_lies_behind_it(path: str, misconception: str) -> None:
    """The first finding on a wrong answer leads to the explanation that helps."""
    answer = students.answer_at(f"wrong/{path}")
    assert answer.exercise is not None
    verdict = judged(answer, answer.exercise)[answer.exercise]
    assert misconception_of(verdict.findings[0]).id == misconception


def test_pictures_are_read_where_opencv_finds_no_path(
    unit2: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenCV on Windows finds no file below a folder with an ü: the solution gives it bytes."""
    monkeypatch.setattr(cv2, "imread", lambda path, flags=1: None)
    path = written(tmp_path / "Übung für Größen", "whole")
    assert unit2["read_image"](path, 20, 30).shape == (20, 30, 3)
