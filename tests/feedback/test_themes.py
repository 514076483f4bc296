"""Panels and figures in the pages that show them: light or dark as the page is, and legible when narrow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from kerascheck.feedback import hints, panel, progress
from kerascheck.feedback.style import PALETTE
from kerascheck.feedback.svg import CARD, DARK, LEAST, Svg
from kerascheck.judge.verdict import INCORRECT, Aspect, Verdict
from kerascheck.published import Exercise, PublishedUnit
from resnet_course import figures
from resnet_course.figures import plots, preactivation
from tests.support.browser import CHROMIUM, new_page, picture

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt install chromium"),
]

LONG = "convolutional_block_with_a_bottleneck"
FIGURES: tuple[Callable[[], Svg], ...] = (
    figures.identity_block,
    figures.resnet50,
    preactivation.stages,
    lambda: plots.learning_curves({"loss": [2.0, 1.0], "accuracy": [0.1, 0.9]}).svg(),
    lambda: plots.confusion_matrix([0, 1, 1], [0, 1, 0], ["cat", "dog"]).svg(),
)
# What a host puts around an output, the system's scheme, and whether the output is dark in it.
HOSTS = {
    "JupyterLab, light": ('<html lang="en"><body data-jp-theme-light="true">{}', "dark", False),
    "JupyterLab, dark": ('<html lang="en"><body data-jp-theme-light="false">{}', "light", True),
    "Colab, dark": ('<html lang="en" theme="dark"><body>{}', "light", True),
    "VS Code, dark": ('<html lang="en"><body class="vscode-dark">{}', "light", True),
    "a page for both": (
        '<html lang="en" class="rc-both" style="color-scheme:light dark"><body>{}',
        "dark",
        True,
    ),
    "a page for both, by day": (
        '<html lang="en" class="rc-both" style="color-scheme:light dark"><body>{}',
        "light",
        False,
    ),
    "any other page": ('<html lang="en"><body>{}', "dark", False),
}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = new_page(browser)
    yield page
    page.context.close()


def wrong() -> Verdict:
    """A verdict on an exercise with a long name."""
    return Verdict(LONG, INCORRECT, 2, 24, (Aspect("names", 0, 6), Aspect("values", 2, 18)))


def board() -> str:
    lines = (Exercise(LONG, 30, (LONG,), 3), Exercise("ResNet50", 40, ("ResNet50",), 1))
    return progress.html(PublishedUnit("unit", "A unit", lines, ()), progress.Session())


def everything() -> str:
    shown = [panel.html(wrong(), details=panel.Details(note=" on the visible checks")), board()]
    shown.append(hints.hint(progress.Session(), None, [LONG])[0])
    return "".join([*shown, *(figure().html() for figure in FIGURES)])


def colour_at(page: Page, selector: str, number: int, inset: int) -> tuple[int, ...]:
    """The colour that an element shows near its upper edge, in the middle."""
    shot = Image.open(BytesIO(page.locator(selector).nth(number).screenshot())).convert("RGB")
    return shot.getpixel((shot.width // 2, inset))


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


@pytest.mark.parametrize("host", HOSTS)
def test_the_theme_of_the_page_decides(page: Page, host: str) -> None:
    """Panels, boards, hints, drawings and plots are dark where the page around them is, only there."""
    around, scheme, dark = HOSTS[host]
    page.emulate_media(color_scheme=scheme)
    page.set_content("<!DOCTYPE html>" + around.format(everything()))
    picture(page, f"theme-{host}")
    assert page.locator(".rc-panel").count() == 3
    for number in range(3):
        shown = page.locator(".rc-panel").nth(number)
        background = shown.evaluate("it => getComputedStyle(it).backgroundColor")
        assert tuple(map(int, re.findall(r"\d+", background))) == rgb(PALETTE["card"][dark])
    for number in range(len(FIGURES)):
        assert colour_at(page, ".rc-figure img", number, 3) == rgb(DARK[CARD] if dark else CARD)


@pytest.mark.parametrize("width", [1440, 900, 420])
def test_a_figure_scrolls_instead_of_shrinking(page: Page, width: int) -> None:
    """Its smallest text has 11 pixels or more at any width of the page, and the page does not scroll."""
    page.set_viewport_size({"width": width, "height": 900})
    page.set_content('<!DOCTYPE html><html lang="en"><body>' + everything())
    picture(page, f"width-{width}")
    for number, figure in enumerate(FIGURES):
        drawn = figure()
        shown = page.locator(".rc-figure img").nth(number).bounding_box()
        assert shown is not None
        assert drawn.smallest * shown["width"] / drawn.width >= LEAST - 0.01
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    frames = page.evaluate(
        "[...document.querySelectorAll('.rc-figure')].map(it => it.scrollWidth > it.clientWidth)"
    )
    assert any(frames) is (width < 1000)


@pytest.mark.parametrize("width", [900, 420])
def test_the_head_of_a_panel_wraps(page: Page, width: int) -> None:
    """Beside JupyterLab's side bar, too, outcome and points stay inside the panel, one below the other."""
    page.set_viewport_size({"width": width, "height": 900})
    around = '<!DOCTYPE html><html lang="en"><body><div style="width:48%">{}</div>'
    page.set_content(around.format(everything()))
    panels = page.locator(".rc-panel")
    for part in page.locator(".rc-head span, .rc-aspects li").all():
        box, outer = part.bounding_box(), panels.first.bounding_box()
        assert box and outer
        assert box["x"] + box["width"] <= outer["x"] + outer["width"]
        assert part.evaluate("it => it.scrollWidth <= it.clientWidth || !it.clientWidth")


def test_names_of_exercises_are_not_cut(page: Page) -> None:
    """In JupyterLab's style of tables the board shows each name on one line, whole."""
    jupyterlab = (  # @jupyterlab/rendermime/style/base.css
        "table{table-layout:fixed}"
        "td,th{max-width:none;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}"
    )
    page.set_viewport_size({"width": 500, "height": 900})
    page.set_content(f'<!DOCTYPE html><html lang="en"><style>{jupyterlab}</style><body>' + board())
    for name in page.locator(".rc-name code").all():
        cell = name.locator("xpath=..").bounding_box()
        text = name.bounding_box()
        assert cell and text and text["x"] + text["width"] <= cell["x"] + cell["width"]
        assert text["height"] < 30
