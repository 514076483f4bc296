"""No figure of a notebook is lost, and the branches that ask for a GPU run, with a pretended one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jupytext
import keras
import numpy as np
import pytest
import tensorflow as tf

from resnet_course.datasets.cifar10 import Cifar10
from resnet_course.figures import plots
from tests.support.course_folder import ROOT
from tests.support.lesson_cells import run

LESSONS = sorted((ROOT / "lessons").glob("*.py"))
FIGURES = {"plots", "run_bands", "drawing", "lesson_figures", "preactivation"}  # modules of figures


def cells(path: Path) -> list[str]:
    options = {"extension": ".py", "format_name": "percent", "comment_magics": False}
    notebook = jupytext.reads(path.read_text("utf-8"), options)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def cell_with(unit: str, text: str) -> str:
    """The one cell of a lesson that holds `text`."""
    [path] = (path for path in LESSONS if path.name.startswith(unit))
    [cell] = (cell for cell in cells(path) if text in cell)
    return cell


def lost_figures(cell: str) -> Iterator[str]:
    """Calls that return a figure which nothing shows: Jupyter shows the last line's value alone."""
    body = ast.parse(cell).body
    for node in ast.walk(ast.Module(body, [])):
        if isinstance(node, ast.Expr) and node is not body[-1] and isinstance(node.value, ast.Call):
            called = ast.unparse(node.value.func).partition(".")[0]
            if called in FIGURES:
                yield ast.unparse(node)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_every_figure_is_shown(lesson: Path) -> None:
    """None is made inside an `if` or a loop, or before the last line, and then forgotten."""
    assert [lost for cell in cells(lesson) for lost in lost_figures(cell)] == []


def test_a_lost_figure_is_noticed() -> None:
    """In a branch, in the middle; not where its value is given a name or is the cell's last."""
    assert [*lost_figures("if gpu:\n    plots.learning_curves(run)\nelse:\n    print(1)")]
    assert [*lost_figures("drawing.draw_model(model)\nprint(1)")]
    assert not [*lost_figures("curves = plots.learning_curves(run)\ncurves")]
    assert not [*lost_figures("print(1)\nplots.learning_curves(run)")]


def tiny(**settings: Any) -> keras.Model:
    """In the place of ResNet50, which would be traced for half a minute."""
    model = keras.Sequential([keras.Input((64, 64, 3)), keras.layers.GlobalAveragePooling2D()])
    model.add(keras.layers.Dense(settings["classes"], "softmax"))
    return model


@pytest.mark.parametrize(("gpus", "epochs"), [(["gpu:0"], 100), ([], 2)])
def test_unit_2_trains_the_students_own_network(
    gpus: list[str],
    epochs: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With a GPU for 100 epochs, without one for two; the network is that of the student's unit 1."""
    from resnet_course import own_work, training

    asked = []

    def short(*args: Any, **settings: Any) -> training.Run:
        asked.append(settings.pop("epochs"))
        return training.fit(*args, epochs=2, **settings)

    monkeypatch.setattr(keras.distribution, "list_devices", lambda kind: gpus)
    monkeypatch.setattr(own_work, "function", lambda *where: tiny)
    x, y = np.zeros((4, 64, 64, 3), "float32"), np.eye(2, dtype="float32")[[0, 1, 0, 1]]
    toolkit = SimpleNamespace(fit=short)
    names: dict[str, Any] = {"keras": keras, "training": toolkit, "plots": plots}
    for part in ("train", "validation", "test"):
        names |= {f"x_{part}": x, f"y_{part}": y}
    run(cell_with("unit2", "HAS_GPU"), names)
    assert asked == [epochs]
    printed = capsys.readouterr().out
    assert "your own ResNet50" in printed and "test loss and accuracy" in printed


def test_unit_2_says_why_it_takes_another_network(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Without a notebook of unit 1 the network is Keras's, and the reason is printed."""
    from resnet_course import training

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(keras.applications, "ResNet50", tiny)
    x, y = np.zeros((4, 64, 64, 3), "float32"), np.eye(2, dtype="float32")[[0, 1, 0, 1]]
    names: dict[str, Any] = {"keras": keras, "training": training, "plots": plots}
    for part in ("train", "validation", "test"):
        names |= {f"x_{part}": x, f"y_{part}": y}
    run(cell_with("unit2", "HAS_GPU"), names)
    printed = capsys.readouterr().out
    assert "Keras's ResNet50" in printed and "is not on this machine" in printed


def test_unit_4_takes_the_pictures_that_there_are() -> None:
    """As with a GPU, asked for 50,000; the stand-in has fewer."""
    random = np.random.default_rng(0)
    images, labels = random.integers(0, 256, (30, 32, 32, 3), "uint8"), np.arange(30) % 10
    names = tuple(f"class {number}" for number in range(10))
    data = Cifar10(images, labels, images[:5], labels[:5], names, "stand-in", "drawn here")
    known: dict[str, Any] = {"data": data, "np": np, "Path": Path, "plots": plots, "tf": tf}
    cell = cell_with("unit4", "PICTURES, EPOCHS, TESTED")
    asked = cell.replace("= 1500, 12, 500", "= 50_000, 200, 10_000")
    assert asked != cell
    run(asked, known)
    known["kept"].cleanup()
    assert len(known["files"]) == known["PICTURES"] == 30
    assert known["labels"].shape == (30, 10)
