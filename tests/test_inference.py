"""Reading a folder of pictures: what becomes of odd files, and whose answer is whose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_course.training.inference import Unreadable, in_folder, picture_files, read_picture


def colours(pictures: np.ndarray) -> np.ndarray:
    sums = pictures.mean(axis=(1, 2))
    return sums / sums.sum(axis=1, keepdims=True)


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


def test_every_file_gets_its_answer_in_its_place(tmp_path: Path) -> None:
    """Unreadable files are named with the reason, and do not move the answers of others."""
    for name, colour in (("a.png", (200, 9, 9)), ("c.png", (9, 200, 9)), ("e.png", (9, 9, 200))):
        plain(tmp_path / name, colour)
    (tmp_path / "b.png").write_bytes(b"")
    (tmp_path / "d.png").write_bytes((tmp_path / "c.png").read_bytes()[:45])
    (tmp_path / "f.txt").write_text("no picture")
    (tmp_path / ".hidden").write_text("no picture")
    (tmp_path / "folder").mkdir()
    answers = list(in_folder(colours, tmp_path, ["red", "green", "blue"], batch_size=2))
    assert [(answer.name, answer.label) for answer in answers] == [
        ("a.png", "red"),
        ("b.png", None),
        ("c.png", "green"),
        ("d.png", None),
        ("e.png", "blue"),
        ("f.txt", None),
    ]
    assert str(answers[0]) == "a.png: red (92%)"
    assert str(answers[5]) == "f.txt: cannot be read as a picture (it is none)"


def test_no_more_than_a_batch_is_read_ahead(tmp_path: Path) -> None:
    """The first answer needs the first batch alone."""
    for number in range(6):
        plain(tmp_path / f"{number}.png", (number, 1, 1))
    sizes = []

    def predict(pictures: np.ndarray) -> np.ndarray:
        sizes.append(len(pictures))
        return colours(pictures)

    answers = in_folder(predict, tmp_path, "rgb", batch_size=4)
    next(answers)
    assert sizes == [4]
    assert len(list(answers)) == 5 and sizes == [4, 2]


def test_what_is_no_folder_is_said_so(tmp_path: Path) -> None:
    """A sentence with the name."""
    with pytest.raises(NotADirectoryError, match="nowhere is no folder"):
        picture_files(tmp_path / "nowhere")


def test_an_enormous_picture_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file may claim more pixels than the memory holds."""
    plain(tmp_path / "a.png", (1, 1, 1), size=40)
    for most, message in ((1000, "cannot be read"), (100, "too many pixels")):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", most)
        with pytest.raises(Unreadable, match=message):
            read_picture(tmp_path / "a.png")
