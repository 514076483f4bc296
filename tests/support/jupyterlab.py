"""JupyterLab in a folder, without a network where that can be had, and the browser that reaches it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import CHROMIUM, PATIENCE, chromium, new_page
from tests.support.without_network import beside, why_not, without_network

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/lab\?token=\w+")
LAB = Path(sys.prefix) / "share" / "jupyter" / "lab"


@contextmanager
def open_in_jupyterlab(python: Path, notebook: Path) -> Iterator[Page]:
    """A browser's page that shows the notebook, in a JupyterLab that `python` runs in its folder."""
    folder = notebook.parent
    with jupyterlab(python, folder) as (address, server):
        assert CHROMIUM is not None
        script = folder.parent / "chromium"
        with chromium(CHROMIUM if why_not() else beside(server, CHROMIUM, script)) as browser:
            page = new_page(browser)
            page.goto(address.replace("/lab?", f"/lab/tree/{notebook.name}?"))
            expect(page.get_by_text("| Idle")).to_be_visible(timeout=PATIENCE)
            yield page


def run_all_cells(page: Page) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


@contextmanager
def jupyterlab(python: Path, folder: Path) -> Iterator[tuple[str, int]]:
    """JupyterLab in `folder`: the address of its first page, and its process."""
    options = ["--no-browser", "--port=0", "--ip=127.0.0.1", "--allow-root", f"--app-dir={LAB}"]
    command = [str(python), "-m", "jupyterlab", *options]
    home = folder.parent / "home"
    home.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "RESNET_COURSE_DATA": str(folder)}
    server = subprocess.Popen(
        command if why_not() else without_network(*command),
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stderr is not None
        lines = []
        for line in server.stderr:
            lines.append(line)
            if found := ADDRESS.search(line):
                break
        else:
            pytest.fail("".join(lines))
        yield found[0], server.pid
    finally:
        server.terminate()
        server.communicate()
