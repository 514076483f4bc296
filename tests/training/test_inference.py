"""Inference: what becomes of odd files, and what a model says of images."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_course.training.inference import (
    Answer,
    Unreadable,
    classify,
    least_certain,
    read_picture,
)


def colours(pictures: np.ndarray) -> np.ndarray:
    sums = pictures.mean(axis=(1, 2))
    return sums / sums.sum(axis=1, keepdims=True)


def orange(count: int) -> np.ndarray:
    return np.tile(np.array([1, 0.5, 0], np.float32), (count, 4, 4, 1))


def plain(path: Path, colour: tuple[int, ...], mode: str = "RGB", size: int = 8) -> None:
    Image.new(mode, (size, size), colour).save(path)


def test_colours_are_red_green_blue_from_0_to_1(tmp_path: Path) -> None:
    """An orange file is read as orange."""
    plain(tmp_path / "a.png", (255, 102, 0))
    read = read_picture(tmp_path / "a.png", (4, 6))
    assert read.shape == (4, 6, 3) and read.dtype == np.float32
    assert np.allclose(read, [1, 0.4, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("mode", "value", "expected"),
    [
        ("L", 51, [0.2, 0.2, 0.2]),
        ("RGBA", (255, 0, 0, 0), [1, 1, 1]),
        ("RGBA", (255, 0, 0, 255), [1, 0, 0]),
        ("I;16", 13107, [0.2, 0.2, 0.2]),
        ("1", 1, [1, 1, 1]),
    ],
)
def test_odd_formats_are_converted(
    mode: str, value: object, expected: list, tmp_path: Path
) -> None:
    """Grey, 16 bits, black and white become colours; what is transparent becomes white."""
    Image.new(mode, (5, 5), value).save(tmp_path / "a.png")
    assert np.allclose(read_picture(tmp_path / "a.png"), expected, atol=0.003)


def test_a_palette_is_looked_up(tmp_path: Path) -> None:
    """The numbers in a palette picture are no colours."""
    picture = Image.new("RGB", (4, 4), (0, 255, 0)).convert("P")
    picture.save(tmp_path / "a.gif")
    assert np.allclose(read_picture(tmp_path / "a.gif"), [0, 1, 0], atol=0.02)


def test_a_picture_is_turned_as_its_note_says(tmp_path: Path) -> None:
    """Telephones save pictures lying on their side, with a note."""
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:4] = 255
    note = Image.Exif()
    note[0x0112] = 6  # to be turned clockwise by a quarter
    Image.fromarray(pixels).save(tmp_path / "a.png", exif=note)
    read = read_picture(tmp_path / "a.png", (8, 8))
    assert read[:, :4].max() == 0 and read[:, 4:].min() == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "cannot be read as a picture"),
        (b"no image", "(it is not an image)"),
        (b"\x89PNG\r\n\x1a\n", "cannot be read as a picture"),
    ],
    ids=["empty", "text", "breaks off"],
)
def test_what_is_no_image_is_named_with_the_reason(
    content: bytes, why: str, tmp_path: Path
) -> None:
    """The message begins with the name of the file."""
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(Unreadable, match=f"a.png .*{re.escape(why)}"):
        read_picture(tmp_path / "a.png")


def test_an_answer_ranks_the_classes() -> None:
    """The most probable class comes first; the margin is its lead over the second."""
    [answer] = classify(colours, orange(1), ["red", "green", "blue"])
    assert answer.ranking == (
        ("red", pytest.approx(2 / 3)),
        ("green", pytest.approx(1 / 3)),
        ("blue", 0),
    )
    assert (answer.label, answer.confidence) == ("red", pytest.approx(2 / 3))
    assert answer.margin == pytest.approx(1 / 3)
    assert str(answer) == "red 67%, green 33%, blue 0%"


def test_an_answer_has_as_many_classes_as_are_asked_for() -> None:
    """`top` is the length of the ranking; without a second class the margin is the confidence."""
    [answer] = classify(colours, orange(1), "rgb", top=1)
    assert answer.ranking == (("r", pytest.approx(2 / 3)),)
    assert answer.margin == answer.confidence


def test_predict_gets_no_more_than_a_batch() -> None:
    """Five images in batches of two are three calls, and five answers in their order."""
    sizes = []

    def predict(images: np.ndarray) -> np.ndarray:
        sizes.append(len(images))
        return colours(images)

    images = np.repeat(np.eye(3)[[0, 1, 2, 0, 1]], 4, axis=0).reshape(5, 2, 2, 3)
    answers = classify(predict, images, "rgb", batch_size=2)
    assert sizes == [2, 2, 1]
    assert [answer.label for answer in answers] == ["r", "g", "b", "r", "g"]


def test_an_image_and_its_mirror_image_are_averaged() -> None:
    """A model that sees the left half alone gives each half its say."""

    def left_half(images: np.ndarray) -> np.ndarray:
        return colours(images[:, :, :2])

    image = np.zeros((1, 4, 4, 3))
    image[:, :, :2, 0] = image[:, :, 2:, 2] = 1
    assert str(classify(left_half, image, "rgb", top=1)[0]) == "r 100%"
    both = classify(left_half, image, "rgb", top=2, mirrored=True)
    assert both[0].ranking == (("r", 0.5), ("b", 0.5))


def test_the_least_certain_answers_have_the_smallest_margins() -> None:
    """Numbers of answers, the smallest lead first."""
    margins = [0.5, 0.1, 0.9, 0.3]
    answers = [Answer((("a", (1 + m) / 2), ("b", (1 - m) / 2))) for m in margins]
    assert least_certain(answers, 3) == [1, 3, 0]


@pytest.mark.parametrize(
    ("images", "classes", "message"),
    [(np.ones((4, 4, 3)), "rgb", "shape"), (np.ones((1, 4, 4, 3)), "rg", "2 classes")],
)
def test_what_does_not_fit_is_refused(images: np.ndarray, classes: str, message: str) -> None:
    """One image alone is no batch, and each class needs a probability."""
    with pytest.raises(ValueError, match=message):
        classify(colours, images, classes)


def test_an_enormous_picture_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file may claim more pixels than the memory holds."""
    plain(tmp_path / "a.png", (1, 1, 1), size=40)
    for most, message in ((1000, "cannot be read"), (100, "too many pixels")):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", most)
        with pytest.raises(Unreadable, match=message):
            read_picture(tmp_path / "a.png")
