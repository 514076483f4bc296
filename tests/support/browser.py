"""A person at a browser: Debian's chromium, without a window, and pictures of what it shows."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from tests.support.course_folder import ROOT
from tests.support.hub_world import PASSWORD, HubWorld

SCREENSHOTS = ROOT / "screenshots"
CHROMIUM = shutil.which("chromium")
PATIENCE = 300_000  # milliseconds; only a machine with too much to do needs them
SERIOUS = ("serious", "critical")
MODERATE = ("moderate", *SERIOUS)


@contextmanager
def chromium(program: str | Path | None = CHROMIUM) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Root may not use chromium's own sandbox; it shows pages of this machine alone.
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=options)
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: Browser) -> Page:
    """A page that shares no cookies with others."""
    context = browser.new_context(viewport={"width": 1400, "height": 950}, locale="en-GB")
    context.set_default_timeout(PATIENCE)
    return context.new_page()


def picture(page: Page, name: str) -> Path:
    """Keep what the page shows, for somebody to look at."""
    SCREENSHOTS.mkdir(exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path)
    return path


def log_in(page: Page, hub: HubWorld, name: str, path: str = "/hub/") -> None:
    page.goto(f"{hub.address}/hub/login?next={path}")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def assignment_list(page: Page) -> None:
    """Open nbgrader's assignment list in JupyterLab."""
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_role("menuitem", name="Assignment List").click()


def listed(page: Page, where: str, unit_id: str) -> Locator:
    """The entry of a unit in a part of the assignment list: "released", "fetched" or "submitted"."""
    return page.locator(f"#{where}_assignments_list .list_item", has_text=unit_id).first


def until(page: Page, holds: Callable[[], bool], every: float = 0.1) -> None:
    """Wait until something outside the page is so, while the page goes on.

    every: seconds between two looks, more where a look has the page do something.
    """
    end = time.monotonic() + PATIENCE / 1000
    while not holds():
        assert time.monotonic() < end, page.inner_text("body")
        page.wait_for_timeout(1000 * every)


def serious_findings(
    page: Page, inside: str | None = None, impacts: tuple[str, ...] = SERIOUS
) -> list[str]:
    """What axe-core finds that keeps somebody from using the page: a line for each."""
    results = Axe().run(page, context=inside)
    return [
        f"{found['id']} ({found['impact']}): {node['html'][:200]}"
        for found in results.response["violations"]
        if found["impact"] in impacts
        for node in found["nodes"]
    ]
