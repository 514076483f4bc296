"""Panels and feedback pages in a real browser: axe-core finds nothing, and a keyboard is enough."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from keras import layers
from keras.initializers import glorot_uniform
from playwright.sync_api import Browser, Page

from kerascheck import check
from kerascheck.feedback import panel
from kerasgrader.course.course import Unit
from kerasgrader.report import write_report
from tests.support.browser import CHROMIUM, MODERATE, new_page, picture, serious_findings
from tests.support.course_folder import copy_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt install chromium"),
]

GROUNDS = pytest.mark.parametrize("ground", ["light", "dark"])
PAGE = (
    '<!DOCTYPE html><html lang="en" class="rc-both" style="color-scheme:light dark">'
    "<head><title>Panels</title></head>"
    "<body><main><h1>Panels</h1>{}</main></body></html>"
)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = new_page(browser)
    yield page
    page.context.close()


def unsolved(X, f, filters, stage, block):
    raise NotImplementedError


def wrong(X, f, filters, stage, block):
    return layers.Conv2D(filters[2], f, padding="same", name="mine")(X) + X


def broken(X, f, filters, stage, block):
    return layers.Add()([layers.Conv2D(3, 1)(X), X])


def right(X, f, filters, stage, block):
    names = [f"{kind}{stage}{block}_branch2" for kind in ("res", "bn")]
    start = X
    for letter, count, window in zip("abc", filters, (1, f, 1), strict=True):
        seed = glorot_uniform(seed=0)
        convolution = layers.Conv2D(
            count, window, padding="same", kernel_initializer=seed, name=names[0] + letter
        )
        X = layers.BatchNormalization(axis=3, name=names[1] + letter)(convolution(X))
        X = layers.ReLU()(X) if letter != "c" else layers.ReLU()(layers.Add()([X, start]))
    return X


@pytest.fixture(scope="module")
def panels() -> str:
    """The panels of a visible check for every outcome there is, and those of a hint and of progress."""
    shown: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(panel, "display", lambda rich, plain: shown.append(rich))
        for function in (right, wrong, broken, unsolved):
            function.__name__ = "identity_block"
            with suppress(check.CheckFailed):
                check.block(
                    function, shape=(3, 4, 4, 6), f=2, filters=[2, 4, 6], stage=1, block="a"
                )
    assert len(shown) == 4
    return PAGE.format("".join(shown))


@GROUNDS
def test_panels_have_no_serious_findings(page: Page, panels: str, ground: str) -> None:
    """axe-core finds nothing serious or moderate in the panel of any outcome, all folds open."""
    page.emulate_media(color_scheme=ground)
    page.set_content(panels)
    page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
    picture(page, f"panels-{ground}")
    assert page.locator(".rc-panel").count() == 4
    assert serious_findings(page, impacts=MODERATE) == []


def test_axe_finds_what_is_wrong(page: Page) -> None:
    """The finder of findings finds: text that nobody can read, and a picture without words."""
    page.set_content(PAGE.format('<p style="color:#ddd;background:#fff">pale</p><img src="x.png">'))
    assert {line.split()[0] for line in serious_findings(page)} == {"color-contrast", "image-alt"}


def test_a_panel_needs_no_mouse(page: Page, panels: str) -> None:
    """Tab goes from fold to fold, with a ring that can be seen, and Enter or Space opens each."""
    page.set_content(panels)
    folds = page.locator(".rc-panel summary")
    for number in range(folds.count()):
        page.keyboard.press("Tab")
        while not page.evaluate("document.activeElement.matches('summary')"):
            page.keyboard.press("Tab")
        focused = page.locator("summary:focus")
        assert focused.evaluate("it => getComputedStyle(it).outlineStyle") != "none"
        before = focused.evaluate("it => it.parentElement.open")
        page.keyboard.press("Enter" if number % 2 else "Space")
        assert focused.evaluate("it => it.parentElement.open") is not before
    assert folds.count() >= 5


@GROUNDS
def test_the_feedback_page_has_no_serious_findings(
    page: Page, graded_class: Unit, ground: str
) -> None:
    """axe-core finds nothing serious or moderate in a feedback page, all folds open."""
    page.emulate_media(color_scheme=ground)
    unit = graded_class
    feedback = unit.root / "feedback" / "raising" / unit.id / f"{unit.notebook}.html"
    page.goto(feedback.as_uri())
    picture(page, f"feedback-page-{ground}")
    page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
    assert serious_findings(page, impacts=MODERATE) == []


@GROUNDS
def test_the_class_report_has_no_serious_findings(
    page: Page, graded_class: Unit, ground: str, tmp_path: Path
) -> None:
    """Nor in the class report, on a light and on a dark ground."""
    unit = copy_of(graded_class, tmp_path)
    report = write_report(unit.root, unit.id)
    page.emulate_media(color_scheme=ground)
    page.goto(report.files[0].as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
    picture(page, f"class-report-{ground}")
    assert serious_findings(page, impacts=MODERATE) == []
