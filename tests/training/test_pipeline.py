"""One command from settings and a folder of images to training, inference and report."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_course.__main__ import main
from resnet_course.training.pipeline import USAGE, PipelineError, Settings, held_out, read, run

# Keras's own callbacks read numbers in a way that NumPy warns about.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

NETWORK = """
import keras
from keras import layers

def tiny(input_shape, classes=2):
    return keras.Sequential([
        keras.Input(input_shape),
        layers.GlobalAveragePooling2D(),
        layers.Dense(classes, activation="softmax"),
    ])

def nothing():
    return None

def broken():
    raise KeyError("depth")
"""
GOOD = """
images = "images"
network = "net.py:tiny"
arguments = { input_shape = [8, 8, 3] }
size = [8, 8]
epochs = 2
learning_rate = 0.05
predict = "inbox"
"""


def image(path: Path, colour: tuple[int, int, int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (12, 10), colour).save(path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with settings, a network, ten images of two colours, and two to classify."""
    for number in range(5):
        image(tmp_path / "images" / "red" / f"{number}.png", (200 + number, 20, 20))
        image(tmp_path / "images" / "blue" / f"{number}.png", (20, 20, 200 + number))
    image(tmp_path / "inbox" / "a.png", (210, 15, 15))
    (tmp_path / "inbox" / "b.jpg").write_text("no image")
    (tmp_path / "net.py").write_text(NETWORK)
    (tmp_path / "settings.toml").write_text(GOOD)
    return tmp_path / "settings.toml"


def test_one_command_does_it_all(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Model, report and predictions, with a line for what cannot be read; a second call goes on."""
    (project.parent / "images" / "red" / "cut.png").write_bytes(b"\x89PNG")
    assert main([str(project)]) == 0
    results = project.parent / "results"
    assert (results / "model.keras").stat().st_size > 1000
    report = (results / "report.html").read_text("utf-8")
    assert "Trained for 2 epochs" in report and "cut.png" in report and report.count("<img") == 2
    with (results / "predictions.csv").open(newline="") as file:
        head, first, second = csv.reader(file)
    assert (head[0], first[0], second[0]) == ("file", "a.png", "b.jpg")
    assert first[1] in ("red", "blue") and second[1] == "" and "cannot be read" in second[2]
    assert "wrote" in capsys.readouterr().out
    project.write_text(GOOD.replace("epochs = 2", "epochs = 3"))
    run(Settings.of_file(project))
    assert "Trained for 3 epochs" in (results / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('images = "images"', "", "images is missing"),
        ("epochs", "epoch", "there is no setting epoch"),
        ("epochs = 2", "epochs = true", "epochs should be a whole number, not True"),
        ("epochs = 2", "epochs = 0", "epochs should be 1 or more"),
        ("size = [8, 8]", "size = [8]", "size should be a pair of whole numbers"),
        ("size = [8, 8]", "held_out = 1.0", "held_out should lie between 0 and 1"),
        ("{ input_shape = [8, 8, 3] }", "3", "arguments should be a table"),
        ("epochs = 2", "epochs =", "is no TOML file"),
    ],
)
def test_settings_that_are_none_are_named(project: Path, old: str, new: str, sentence: str) -> None:
    """Before anything is read or trained."""
    project.write_text(GOOD.replace(old, new))
    with pytest.raises(PipelineError, match=sentence.replace("(", r"\\(")):
        Settings.of_file(project)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"images"', '"inbox"', "two folders of images or more"),
        ("net.py:tiny", "net.py:other", "AttributeError"),
        ("net.py:tiny", "nowhere:tiny", "ModuleNotFoundError"),
        ("net.py:tiny", "missing.py:tiny", "FileNotFoundError"),
        ("net.py:tiny", "net.py:nothing", "TypeError"),
        (
            "size = [8, 8]",
            "size = [9, 8]",
            "takes images (8, 8, 3), and `size` makes them (9, 8, 3)",
        ),
        ("{ input", "{ classes = 3, input", "has 3 outputs, and there are 2 classes: blue, red"),
        ('"inbox"', '"outbox"', "which is no folder"),
    ],
)
def test_what_keeps_the_run_from_going_on_is_one_sentence(
    project: Path, old: str, new: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the exit status says so."""
    project.write_text(GOOD.replace(old, new))
    assert main([str(project)]) == 1
    assert sentence in capsys.readouterr().err


def test_a_network_that_is_none_or_raises_is_named(project: Path) -> None:
    """With its own error."""
    for name, sentence in (("nothing", "not NoneType"), ("broken", "KeyError: 'depth'")):
        text = GOOD.replace("net.py:tiny", f"net.py:{name}")
        project.write_text(text.replace("arguments = { input_shape = [8, 8, 3] }", ""))
        with pytest.raises(PipelineError, match=sentence):
            run(Settings.of_file(project))


def test_each_class_has_its_share_held_out() -> None:
    """The same images for one seed, others for another, and every image on one side."""
    labels = np.array([0] * 20 + [1] * 5 + [2] * 2)
    train, test = held_out(labels, 0.2, seed=1)
    assert np.bincount(labels[test]).tolist() == [4, 1, 1]
    assert sorted([*train, *test]) == list(range(27))
    assert held_out(labels, 0.2, seed=1)[1].tolist() == test.tolist()
    assert held_out(labels, 0.2, seed=2)[1].tolist() != test.tolist()


def test_a_class_of_one_image_is_named(project: Path) -> None:
    """One to train on and one to report on are the least."""
    image(project.parent / "images" / "green" / "0.png", (0, 200, 0))
    with pytest.raises(PipelineError, match="and green has fewer"):
        read(project.parent / "images", (8, 8))


def test_help_shows_settings_that_can_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The example of the help is a file of settings, with every setting in it."""
    assert main(["--help"]) == 0 and main([]) == 2
    assert USAGE in capsys.readouterr().out
    path = tmp_path / "settings.toml"
    path.write_text(USAGE[USAGE.index("images =") :])
    assert Settings.of_file(path).patience == 5
    for name in vars(Settings.of_file(path)):
        assert name == "folder" or f"\n{name} = " in USAGE
