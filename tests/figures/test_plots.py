"""The figures: their text alternatives, that they survive nbconvert, and what they refuse."""

import base64
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from kerascheck.feedback.svg import CARD, DARK, LEAST
from resnet_course.figures import plots
from tests.support.contrast import contrast, over
from tests.support.course_folder import ROOT

HISTORY = {
    "loss": [2.0, 1.0, 0.5],
    "val_loss": [2.5, 1.5, 1.0],
    "accuracy": [0.2, 0.5, 0.9],
    "val_accuracy": [0.1, 0.4, 0.7],
}


def pictures(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 8, 8, 3), np.uint8)


def run(code: str) -> str:
    """What a new Python prints."""
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_the_module_does_not_import_matplotlib():
    """A notebook that draws nothing does not wait for matplotlib."""
    assert (
        run("import sys, resnet_course.figures.plots; print('matplotlib' in sys.modules)")
        == "False"
    )


def test_drawing_leaves_pyplot_alone():
    """No figure is registered with pyplot, so a notebook shows each one once."""
    code = (
        "import sys; from resnet_course.figures import plots; "
        "plots.learning_curves({'loss': [1, 2]})._repr_mimebundle_(); "
        "print('matplotlib.pyplot' in sys.modules)"
    )
    assert run(code) == "False"


def test_a_picture_is_png_with_its_text():
    """The MIME bundle has the picture, the text, and the text as the picture's alternative."""
    picture = plots.learning_curves(HISTORY)
    data, metadata = picture._repr_mimebundle_()
    assert Image.open(BytesIO(data["image/png"])).format == "PNG"
    assert data["text/plain"] == repr(picture) == picture.alt
    assert metadata == {"image/png": {"alt": picture.alt}}


def test_nbconvert_shows_the_text_alternative():
    """The HTML of a notebook has the text as the picture's alt attribute, quotes and all."""
    nbformat = pytest.importorskip("nbformat")
    nbconvert = pytest.importorskip("nbconvert")
    classes = ['"cat" <small>', "dog"]
    picture = plots.confusion_matrix([0, 1, 1], [0, 1, 0], classes)
    data, metadata = picture._repr_mimebundle_()
    data["image/png"] = base64.b64encode(data["image/png"]).decode()
    output = nbformat.v4.new_output("display_data", data, metadata=metadata)
    cell = nbformat.v4.new_code_cell("", outputs=[output], id="picture")
    html, _ = nbconvert.HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    bs4 = pytest.importorskip("bs4")
    shown = [image.get("alt") for image in bs4.BeautifulSoup(html, "html.parser").find_all("img")]
    assert shown == [picture.alt]


def test_a_picture_can_be_saved(tmp_path):
    """The ending of the name gives the format."""
    picture = plots.learning_curves(HISTORY)
    picture.save(tmp_path / "curves.png")
    picture.save(tmp_path / "curves.svg")
    with Image.open(tmp_path / "curves.png") as image:
        assert image.width > 300
    assert "<svg" in (tmp_path / "curves.svg").read_text(encoding="utf-8")


def test_learning_curves_tell_first_and_last_values():
    """The text gives each curve's ends."""
    assert plots.learning_curves(HISTORY).alt == (
        "Learning curves over 3 epochs. Loss: training from 2 to 0.5, validation from 2.5 to 1. "
        "Accuracy: training from 0.2 to 0.9, validation from 0.1 to 0.7."
    )


def test_learning_curves_take_what_fit_returns():
    """A History, or anything with a `history` dictionary, will do."""

    class History:
        history = HISTORY

    assert plots.learning_curves(History()).alt == plots.learning_curves(HISTORY).alt


def test_training_and_validation_differ_in_more_than_colour():
    """Line style and marker tell the curves apart in grey."""
    train, validation = plots.learning_curves(HISTORY).figure.axes[0].lines
    assert train.get_linestyle() != validation.get_linestyle()
    assert train.get_marker() != validation.get_marker()


def test_learning_curves_do_without_accuracy_and_validation():
    """What was not recorded is left out."""
    picture = plots.learning_curves({"loss": [1.0]})
    assert len(picture.figure.axes) == 1
    assert picture.alt == "Learning curves over 1 epoch. Loss: training from 1 to 1."


def test_learning_curves_need_a_loss():
    """An empty history is refused with what to pass."""
    with pytest.raises(ValueError, match="no 'loss'"):
        plots.learning_curves({})


def test_confusion_matrix_counts_true_by_predicted():
    """Rows are true classes, columns predictions; the text names the mistakes."""
    picture = plots.confusion_matrix([0, 0, 1, 2, 2, 2], [0, 1, 1, 0, 0, 2], ["a", "b", "c"])
    shown = picture.figure.axes[0].images[0].get_array()
    assert shown.tolist() == [[1, 1, 0], [0, 1, 0], [2, 0, 1]]
    assert picture.alt == (
        "Confusion matrix of 6 pictures: 3 right (50.0%). "
        "Most frequent mistakes: c as a (2), a as b (1)."
    )


@pytest.mark.parametrize("most", [1, 7, 60])
def test_numbers_of_a_matrix_are_legible(most):
    """The ink of the page has a contrast of 4.5:1 on every cell there can be, light and dark."""
    true = np.repeat(np.arange(most + 1), np.arange(most + 1))  # counts from 0 to the highest
    [axes] = plots.confusion_matrix(true, true, range(most + 1)).figure.axes
    [drawn] = axes.images
    assert {text.get_color() for text in axes.texts} == {"black"}
    for count in range(most + 1):
        cell = drawn.to_rgba(count)
        assert contrast("#000000", over(cell, CARD)) >= 4.5
        assert contrast(plots.ON_DARK["#000000"], over(cell, DARK[CARD])) >= 4.5


PLOTS = {
    "curves": lambda: plots.learning_curves(HISTORY),
    "matrix": lambda: plots.confusion_matrix([0, 1], [0, 0], ["a", "b"]),
    "samples": lambda: plots.samples(
        pictures(2), np.array([0, 1]), ["a" * 9, "b" * 9], predicted=np.array([0, 0])
    ),
    "bars": lambda: plots.bars({"a": 1, "b": 2}, "mistakes"),
    "costs": lambda: plots.costs({"a": (10**6, 10**9)}),
    "dots": lambda: plots.accuracies({"paper": 0.9}, {"mine": 0.5}),
    "norms": lambda: plots.gradient_norms({"plain": [1.0, 2.0]}),
    "rates": lambda: plots.learning_rates({"steps": [1e-3, 1e-4]}),
}


@pytest.mark.parametrize("plot", PLOTS)
def test_a_plot_is_a_card_for_light_and_dark(plot):
    """Shown is an SVG that is the same every time, with letters of 11 pixels or more and a dark ink."""
    svg = PLOTS[plot]().svg()
    assert svg == PLOTS[plot]().svg()
    assert svg.smallest >= LEAST and svg.width > 100
    root = ElementTree.fromstring(svg.text)
    assert root.get("fill") == "#000000" and 'fill="#000000" i' in svg.text
    assert "data:image/svg+xml" in PLOTS[plot]()._repr_mimebundle_()[0]["text/html"]


def test_confusion_matrix_takes_scores():
    """One-hot labels and a model's outputs are as good as labels."""
    true, scores = np.eye(3)[[0, 2]], np.array([[0.5, 0.3, 0.2], [0.1, 0.8, 0.1]])
    assert "1 right" in plots.confusion_matrix(true, scores, "abc").alt


@pytest.mark.parametrize(("true", "said"), [([0, 1], [0]), ([], []), ([0, 3], [0, 0]), ([-1], [0])])
def test_confusion_matrix_refuses_labels_that_do_not_fit(true, said):
    """Different lengths, no labels, and labels beyond the classes are errors."""
    with pytest.raises(ValueError, match="labels"):
        plots.confusion_matrix(true, said, "abc")


def test_samples_names_the_classes():
    """The text gives the classes in the order of the pictures."""
    picture = plots.samples(pictures(3), np.array([1, 0, 1]), ["cat", "dog"])
    assert picture.alt == "3 pictures. Classes, row by row: dog; cat; dog."


def test_samples_picks_some_of_each_class():
    """With per_class the pictures come class by class."""
    picture = plots.samples(pictures(6), np.array([1, 0, 1, 0, 1, 0]), "ab", per_class=2)
    assert picture.alt == "4 pictures. Classes, row by row: a; a; b; b."


def test_samples_says_what_was_predicted_wrongly():
    """A wrong prediction is named in the title and in the text."""
    picture = plots.samples(pictures(2), np.array([0, 1]), "ab", predicted=np.array([0, 0]))
    assert picture.alt == (
        "2 pictures, 1 of them predicted wrongly. Classes, row by row: a; b, predicted a."
    )
    assert [axes.get_title() for axes in picture.figure.axes] == ["a\n✓", "b\n✗ predicted a"]


def test_samples_refuses_different_lengths():
    """Pictures without labels are an error."""
    with pytest.raises(ValueError, match="same number"):
        plots.samples(pictures(2), np.array([0]), "ab")


def test_samples_refuses_to_show_nothing():
    """An empty set of pictures is an error."""
    with pytest.raises(ValueError, match="no picture"):
        plots.samples(pictures(0), np.array([]), "ab")


def test_gradient_norms_draw_one_line_per_network():
    """Each network has a line style, a marker and a colour of its own."""
    norms = {"plain": [1e-9, 1e-3], "residual": {"conv1": 0.1, "conv2": 0.2}}
    picture = plots.gradient_norms(norms)
    axes = picture.figure.axes[0]
    assert axes.get_yscale() == "log"
    looks = {(line.get_linestyle(), line.get_marker(), line.get_color()) for line in axes.lines}
    assert len(looks) == len({look[1] for look in looks}) == 2
    assert picture.alt == (
        "Gradient norm per layer, logarithmic scale. plain: 2 layers, 1e-09 at the first, 0.001 "
        "at the last; residual: 2 layers, 0.1 at the first, 0.2 at the last."
    )


def test_gradients_that_have_vanished_are_counted():
    """A norm of zero cannot be drawn on a logarithmic scale and is not passed over in silence."""
    picture = plots.gradient_norms({"plain": [0.0, np.nan, 1.0]})
    picture._repr_mimebundle_()
    assert "2 zero or not finite, not drawn" in picture.alt


@pytest.mark.parametrize("norms", [{}, {"plain": []}])
def test_gradient_norms_need_norms(norms):
    """No network, or one without norms, is an error."""
    with pytest.raises(ValueError, match="no n"):
        plots.gradient_norms(norms)


def test_learning_rates_are_told_step_by_step():
    """The text says from which epoch on each rate holds."""
    picture = plots.learning_rates({"steps": [1e-3, 1e-3, 1e-4]})
    assert "steps: 0.001 from epoch 0, 0.0001 from epoch 2" in picture.alt


@pytest.mark.parametrize("rates", [{}, {"a": []}, {"a": [1e-3, 0.0]}])
def test_rates_that_a_logarithm_cannot_show_are_refused(rates):
    """No schedule, no rates and a rate of zero each are an error."""
    with pytest.raises(ValueError, match="no schedule|no rates"):
        plots.learning_rates(rates)


def test_accuracies_say_which_is_yours():
    """The text names every share, and your own as yours."""
    picture = plots.accuracies({"paper": 0.9125}, {"mine": 0.5})
    assert picture.alt == "Dots, test accuracy. paper: 91.25%; mine: 50% (yours)."


@pytest.mark.parametrize("shares", [{}, {"a": 91.25}])
def test_accuracies_are_shares(shares):
    """Nothing, and percents for shares, are refused."""
    with pytest.raises(ValueError, match="shares from 0 to 1"):
        plots.accuracies(shares, {})


def test_bars_are_told_in_order():
    """The text has every label with its number."""
    picture = plots.bars({"20 layers": 875, "32 layers": 751}, "mistakes")
    assert picture.alt == "Bars, mistakes. 20 layers: 875; 32 layers: 751."
    with pytest.raises(ValueError, match="nothing to show"):
        plots.bars({}, "mistakes")


def test_costs_are_drawn_in_millions_and_billions() -> None:
    """Each network has a bar for its parameters and one for its multiplications; the text says both."""
    picture = plots.costs({"small": (2_000_000, 500_000_000), "large": (25_600_000, 3_860_000_000)})
    left, right = picture.figure.axes
    assert [bar.get_width() for bar in left.patches] == [25.6, 2.0]
    assert [bar.get_width() for bar in right.patches] == [3.86, 0.5]
    assert [label.get_text() for label in left.get_yticklabels()] == ["large", "small"]
    assert "large: 25.6 million parameters, 3.9 billion multiplications" in picture.alt


@pytest.mark.parametrize("given", [{}, {"a": (0, 5)}, {"a": (5, -1)}])
def test_costs_that_make_no_sense_are_refused(given: dict[str, tuple[int, int]]) -> None:
    """No network, or a cost that is not positive: ValueError."""
    with pytest.raises(ValueError, match="positive numbers"):
        plots.costs(given)


def test_without_matplotlib_a_plot_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One sentence in the figure's place, and in the file's; other missing modules are errors."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    picture = plots.bars({"a": 1.0}, "things")
    data, metadata = picture._repr_mimebundle_()
    assert data == {"text/plain": plots.NO_MATPLOTLIB} and metadata == {}
    assert "%pip install matplotlib" in repr(picture)
    picture.save(tmp_path / "bars.png")
    assert capsys.readouterr().out.strip() == plots.NO_MATPLOTLIB
    assert not (tmp_path / "bars.png").exists()
    with pytest.raises(ValueError, match="nothing to show"):
        plots.bars({}, "things")

    @plots.plot
    def needs_other() -> plots.Picture:
        raise ModuleNotFoundError("No module named 'other'", name="other")

    with pytest.raises(ModuleNotFoundError, match="other"):
        needs_other()
