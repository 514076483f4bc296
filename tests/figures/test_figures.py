"""The figures of the lessons, and the SVG that they and the drawings are written in."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from kerascheck.feedback.svg import (
    CARD,
    DARK,
    INK,
    LEAST,
    PANE,
    QUIET,
    Svg,
    arrow,
    document,
    element,
    label,
    shortened,
)
from resnet_course import figures
from resnet_course.figures import preactivation
from tests.support.contrast import contrast, luminance

SVG = "{http://www.w3.org/2000/svg}"
FIGURES = [
    figures.basic_and_bottleneck,
    figures.residual_idea,
    figures.identity_block,
    figures.convolutional_block,
    figures.resnet20,
    figures.resnet50,
    preactivation.orders,
    preactivation.plain_and_residual,
    preactivation.stages,
]


def texts(picture: Svg) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(picture.text).iter(f"{SVG}text")]


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_says_what_it_shows(figure: Callable[[], Svg]) -> None:
    """A figure is an image with a label, a title and a description, and the notebook gets all."""
    picture = figure()
    root = ElementTree.fromstring(picture.text)
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("role") == "img"
    assert title is not None and title.text == root.get("aria-label")
    assert desc is not None and desc.text == picture.alt
    bundle = picture._repr_mimebundle_()
    assert bundle["image/svg+xml"] == picture.text
    assert bundle["text/plain"] == picture.alt == repr(picture)
    assert f'alt="{picture.alt}"' in bundle["text/html"]


@pytest.mark.parametrize("figure", FIGURES)
def test_text_stays_on_the_card(figure: Callable[[], Svg]) -> None:
    """No text of a figure begins or ends beyond the card, at 0.62 em a letter."""
    root = ElementTree.fromstring(figure().text)
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for node in root.iter(f"{SVG}text"):
        x, size = float(node.get("x", 0)), float(node.get("font-size", 0))
        length = 0.62 * size * len(node.text or "")
        start = x - {"middle": length / 2, "end": length}.get(node.get("text-anchor", ""), 0)
        assert 0 <= start and start + length <= width, node.text
        assert 0 < float(node.get("y", 0)) < height
        assert size >= picture_least(figure())


def picture_least(picture: Svg) -> float:
    """The size that the figure gives as that of its smallest text, which is not below the limit."""
    assert picture.smallest >= LEAST
    return picture.smallest


@pytest.mark.parametrize("figure", FIGURES)
def test_every_colour_has_one_for_dark_pages(figure: Callable[[], Svg]) -> None:
    """No fill or stroke of a figure is left as it is on a light page."""
    used = set(re.findall(r'(?:fill|stroke)="(#[^"]+)"', figure().text))
    assert used and used <= set(DARK)


@pytest.mark.parametrize("tint", [colour for colour in DARK if luminance(colour) > 0.7])
def test_text_is_legible_on_every_tint(tint: str) -> None:
    """Ink has a contrast of 4.5:1 on each fill, light and dark; the quiet ink on cards and panes."""
    inks = (INK, QUIET) if tint in (CARD, PANE) else (INK,)
    for ink in inks:
        assert contrast(ink, tint) >= 4.5
        assert contrast(DARK[ink], DARK[tint]) >= 4.5


def test_text_that_is_too_small_is_refused() -> None:
    """Nobody draws a figure that cannot be read."""
    with pytest.raises(ValueError, match="10 pixels is too small"):
        document(10, 10, "", "", [label(0, 0, "tiny", 10)])


def test_the_convolutional_block_has_a_layer_on_its_shortcut() -> None:
    """The two blocks differ by the shortcut's component and by the stride s."""
    identity, convolutional = (
        " ".join(texts(f())) for f in (figures.identity_block, figures.convolutional_block)
    )
    assert "branch1" in convolutional and "branch1" not in identity
    assert "stride s" in convolutional and "stride s" not in identity


def test_resnet50_shows_sixteen_blocks() -> None:
    """The figure of ResNet50 names the blocks 2a to 5c, and its stages sum up to 50 layers."""
    shown = texts(figures.resnet50())
    blocks = [text.split()[0] for text in shown if re.match(r"\d[a-f] ", text)]
    assert " ".join(blocks) == "2a 2b 2c 3a 3b 3c 3d 4a 4b 4c 4d 4e 4f 5a 5b 5c"
    layers = [int(m.group(1)) for text in shown if (m := re.fullmatch(r"(\d+) layers?", text))]
    assert sum(layers) == 50


def test_text_cannot_become_markup() -> None:
    """Markup in a text, an attribute, a title or an alternative text is shown, not obeyed."""
    evil = "</text><script>alert(1)</script> & \"'\x00\ud800"
    body = [label(1, 2, evil), element("rect", fill=evil)]
    picture = document(100, 100, evil, evil, body)
    root = ElementTree.fromstring(picture.text)
    assert not list(root.iter(f"{SVG}script"))
    assert "<script" not in picture.html()
    picture.text.encode("utf-8")


def test_a_picture_is_saved_as_it_is_shown(tmp_path: object) -> None:
    """`save` writes the text of the picture in UTF-8."""
    path = figures.identity_block().save(f"{tmp_path}/block.svg")
    assert path.read_text("utf-8") == figures.identity_block().text


def test_an_arrow_ends_at_its_last_point() -> None:
    """The head's tip is the last point and its base lies behind it, in each of four directions."""
    for end in ((9, 0), (-9, 0), (0, 9), (0, -9)):
        head = re.search(r'points="([^"]*)"', arrow((0, 0), end))
        assert head is not None
        tip, *base = [tuple(map(float, p.split(","))) for p in head.group(1).split()]
        assert tip == end
        assert all(abs(x) + abs(y) == 4.5 for x, y in base)


def test_long_names_lose_their_middle() -> None:
    """A shortened text keeps its start and its end, and has at most the length asked for."""
    assert shortened("res1a_branch2a", 20) == "res1a_branch2a"
    assert shortened("abcdefghij", 5) == "ab…ij"
    assert len(shortened("x" * 500, 30)) == 30


def test_the_versions_differ_in_what_follows_the_addition() -> None:
    """Both blocks have the same six layers; the seventh, a ReLU, is version 1's."""
    shown = texts(preactivation.orders())
    counts = [shown.count(kind) for kind in ("convolution", "batch norm", "ReLU")]
    assert counts == [4, 4, 4]
    assert len(preactivation.V1) + 1 == len(preactivation.V2)


def test_the_stages_of_version_2_sum_up_to_twenty_layers() -> None:
    """The numbers below the stages are those of ResNet20 v2."""
    shown = texts(preactivation.stages())
    layers = [int(m.group(1)) for text in shown if (m := re.search(r"(\d+) layers?$", text))]
    assert sum(layers) == 20
