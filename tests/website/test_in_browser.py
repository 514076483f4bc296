"""The site as a reader meets it: served, walked in chromium, searched, on a phone, in both themes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.support.browser import CHROMIUM, MODERATE, new_page, picture, serious_findings
from tests.support.web_server import serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt install chromium"),
]

GROUNDS = pytest.mark.parametrize("ground", ["light", "dark"])
PHONE = {"width": 420, "height": 900}


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with serving(site) as found:
        yield found


@pytest.fixture(scope="module")
def small_address(small_site: Path) -> Iterator[str]:
    with serving(small_site) as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = new_page(browser)
    yield page
    page.context.close()


def test_every_page_opens_on_a_phone_and_needs_nothing_from_elsewhere(
    page: Page, site: Path, address: str
) -> None:
    """No error, no request that fails or leaves the site, and nothing wider than a phone of 420 pixels."""
    problems: list[str] = []

    def look(request: Request) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            problems.append(f"leaves the site: {request.url}")

    page.on("request", look)
    page.on("requestfailed", lambda request: problems.append(f"fails: {request.url}"))
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
    page.on(
        "response",
        lambda answer: problems.append(answer.url) if answer.status >= 400 else None,
    )
    page.set_viewport_size(PHONE)
    opened = 0
    for path in sorted(site.rglob("*.html")):
        if "_static" in path.parts:
            continue
        page.goto(f"{address}/{path.relative_to(site)}")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            problems.append(f"{path.name} is {width} pixels wide")
        opened += 1
    assert problems == []
    assert opened > 30


@pytest.mark.parametrize(
    ("width", "ground", "shown"),
    [
        (420, "light", "check-narrow-light.png"),
        (420, "dark", "check-narrow-dark.png"),
        (1440, "light", "check-light.png"),
        (1440, "dark", "check-dark.png"),
    ],
)
def test_a_picture_can_be_read_at_every_width(
    width: int, ground: str, shown: str, page: Page, address: str
) -> None:
    """The first page shows one picture of the check: its own for a phone, where it fills the column."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=ground)
    page.goto(f"{address}/index.html")
    [image] = [one for one in page.locator("img[src*='/check']").all() if one.is_visible()]
    assert str(image.get_attribute("src")).endswith(f"/{shown}")
    box = image.bounding_box()
    assert box is not None and box["width"] == min(560, page.locator("h1").bounding_box()["width"])


def test_a_reader_goes_from_the_first_page_to_a_unit_and_its_notebook(
    page: Page, address: str
) -> None:
    """From the table on the first page to unit 1, whose button gives the notebook."""
    page.goto(f"{address}/index.html")
    page.get_by_role("link", name="unit1-residual-networks").click()
    assert page.locator("h1").inner_text().startswith("Residual Networks")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the notebook").click()
    assert download.value.suggested_filename == "residual_networks.ipynb"


def test_the_search_finds_a_unit(page: Page, address: str) -> None:
    """A word of unit 3 leads to its page."""
    page.goto(f"{address}/search.html?q=augmentation")
    results = page.locator("#search-results a")
    results.first.wait_for()
    assert any("unit3-resnet-v1" in str(link.get_attribute("href")) for link in results.all())


def test_formulas_need_no_script(page: Page, address: str) -> None:
    """They are MathML, and have a size in the browser."""
    page.goto(f"{address}/units/unit1-residual-networks.html")
    formula = page.locator("math").first
    box = formula.bounding_box()
    assert box is not None and box["width"] > 20 and box["height"] > 8


def test_the_theme_button_darkens_panels_and_pictures(page: Page, small_address: str) -> None:
    """A reader's choice holds for panels and figures, whatever the system prefers."""
    page.emulate_media(color_scheme="light")
    page.goto(f"{small_address}/units/unit1-scaled-dense.html")
    panel = page.locator(".rc-panel").first

    def shade() -> str:
        return str(panel.evaluate("it => getComputedStyle(it).backgroundColor"))

    assert shade() == "rgb(255, 255, 255)"
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert shade() == "rgb(27, 33, 42)"
    figure = page.locator(".rc-figure").first
    assert figure.evaluate("it => getComputedStyle(it).colorScheme") == "dark"


def test_a_panel_fits_a_phone(page: Page, small_address: str) -> None:
    """A page with outputs is no wider than 420 pixels: what is wider scrolls in its own frame."""
    page.set_viewport_size(PHONE)
    page.goto(f"{small_address}/units/unit1-scaled-dense.html")
    page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@GROUNDS
@pytest.mark.parametrize("name", ["index", "docs/comparison"])
def test_a_page_has_no_serious_findings(page: Page, address: str, name: str, ground: str) -> None:
    """axe-core finds nothing serious or moderate on the first page and a page of docs."""
    page.emulate_media(color_scheme=ground)
    page.goto(f"{address}/{name}.html")
    picture(page, f"site-{name.rpartition('/')[2]}-{ground}")
    assert serious_findings(page, impacts=MODERATE) == []


@GROUNDS
def test_outputs_and_panels_on_a_page_have_no_serious_findings(
    page: Page, small_address: str, ground: str
) -> None:
    """Nor on a page with outputs, all folds open."""
    page.emulate_media(color_scheme=ground)
    page.goto(f"{small_address}/units/unit1-scaled-dense.html")
    page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
    picture(page, f"site-small-{ground}")
    assert serious_findings(page, impacts=MODERATE) == []
