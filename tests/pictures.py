"""`python -m tests.pictures`: the pictures of README, taken of the real program in a browser.

    check    the panel of unit 1's own check, on an answer of the catalogue
    report   the class report of the demo class, which is graded for it

Each is taken light and dark, for a wide page and, showing less, for a phone. Beside them lie the facts of
the class, and a digest of each page: tests/test_pictures.py makes the pages again, and fails when a picture
is older.
"""

from __future__ import annotations

import hashlib
import json
import re
import types
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints
from unittest.mock import patch

from PIL import Image
from playwright.sync_api import Browser

from kerascheck import check, published
from kerascheck.feedback import panel
from kerasgrader.course.course import load_course
from kerasgrader.report.facts import ClassFacts
from kerasgrader.report.page import page
from tests.students import answer_at, solve
from tests.support.browser import chromium
from tests.support.course_folder import ROOT
from tests.support.lesson_cells import lesson

FOLDER = ROOT / "docs" / "pictures"
DIGESTS, FACTS = FOLDER / "digests.json", FOLDER / "report.json"
UNIT = "unit1-residual-networks"
ANSWER = "wrong/identity_block:no_final_relu"
GROUNDS = ("light", "dark")
MARGIN = (
    22  # pixels at the left of a drawing that a phone's picture leaves out, as if it were scrolled
)
COLOURS = 64
CLOSED = re.compile(r"<details(?! open)[^>]*>(<summary>.*?</summary>).*?</details>", re.DOTALL)
FRAME = (
    '<!DOCTYPE html><html lang="en" class="rc-both" style="color-scheme:light dark">'
    '<body style="margin:0">{}</body></html>'
)


def check_page() -> str:
    """The panel that a student sees below the check of the identity block."""
    source = lesson("unit1")
    cells = solve(source.cells, [answer_at(ANSWER)])
    visible = source.tests["identity_block"].split("\n")[0]
    shown: list[str] = []
    names: dict[str, Any] = {}
    published.begin(UNIT, "resnet_course")
    with patch.object(panel, "display", lambda rich, plain: shown.append(rich)):
        exec(compile(f"{source.given}\n{cells['identity_block']}", ANSWER, "exec"), names)
        with suppress(check.CheckFailed):
            exec(visible, names | {"check": check})
    [panel_shown] = shown
    return FRAME.format(panel_shown)


def report_page(facts: ClassFacts) -> str:
    """The class report."""
    unit = load_course(ROOT).unit(UNIT)
    with published.about(unit.id, unit.package):
        return page(facts, None)


def stored_facts() -> ClassFacts:
    """The class of the picture."""
    return restored(ClassFacts, json.loads(FACTS.read_text("utf-8")))


def restored(kind: Any, plain: Any) -> Any:
    """A value of a dataclass, or of what its fields hold, from JSON."""
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        given = {field.name: plain[field.name] for field in fields(kind)}  # type: ignore[arg-type]
        return kind(**{name: restored(hints[name], value) for name, value in given.items()})
    inner = get_args(kind)
    if get_origin(kind) is types.UnionType:
        return None if plain is None else restored(inner[0], plain)
    if get_origin(kind) is tuple:
        return tuple(restored(inner[0], value) for value in plain)
    if get_origin(kind) is Mapping:
        return {key: restored(inner[1], value) for key, value in plain.items()}
    return plain


PAGES: Mapping[str, Callable[[], str]] = {
    "check": check_page,
    "report": lambda: report_page(stored_facts()),
}


@dataclass(frozen=True)
class Shot:
    """How a page is taken. ends: the picture goes down to the end of the last of these elements, in CSS."""

    page: str
    width: int  # of the window
    scale: int  # pixels of the picture for one of the window
    ends: tuple[str, ...]


SHOTS: Mapping[str, Shot] = {
    "check": Shot("check", 768, 1, (".rc-panel",)),
    "check-narrow": Shot("check", 388, 2, (".rc-panel",)),
    "report": Shot("report", 800, 1, ("header",)),
    "report-narrow": Shot("report", 388, 2, ("header .pair",)),
}


def digest(html: str) -> str:
    """Of what a page shows: closed folds apart, in which numbers differ by machine."""
    return hashlib.sha256(CLOSED.sub(r"\1", html).encode()).hexdigest()


def main() -> None:
    """Grade the demo class, take every picture, and write its digest."""
    from kerasgrader.report import write_report
    from tests import demo

    if demo.main() != 0:
        raise SystemExit("the demo class was not graded: the pictures are left as they are")
    FOLDER.mkdir(exist_ok=True)
    facts = write_report(ROOT / "demo", UNIT, similar=False).facts
    FACTS.write_text(json.dumps(asdict(facts), indent=1, ensure_ascii=False) + "\n", "utf-8")
    take()


def take() -> None:
    """Take every picture of the facts that are stored."""
    html = {name: make() for name, make in PAGES.items()}
    with chromium() as browser:
        for name, shot in SHOTS.items():
            for ground in GROUNDS:
                _take(browser, html[shot.page], shot, ground, FOLDER / f"{name}-{ground}.png")
    digests = {name: digest(shown) for name, shown in html.items()}
    DIGESTS.write_text(json.dumps(digests, indent=1, sort_keys=True) + "\n", "utf-8")


def _take(browser: Browser, html: str, shot: Shot, ground: str, path: Path) -> None:
    context = browser.new_context(
        viewport={"width": shot.width, "height": 1200},
        device_scale_factor=shot.scale,
        color_scheme=ground,
        locale="en-GB",
    )
    shown = context.new_page()
    shown.set_content(html)
    shown.evaluate(
        f"document.querySelectorAll('.rc-figure').forEach(it => it.scrollLeft = {MARGIN})"
    )
    ends = [shown.locator(part).first.bounding_box() for part in shot.ends]
    bottom = max(end["y"] + end["height"] for end in ends if end)
    clip = {"x": 0, "y": 0, "width": shot.width, "height": bottom + 8}
    shown.screenshot(path=path, clip=clip, full_page=True)
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(COLOURS)
    small.save(path, optimize=True)
    context.close()


if __name__ == "__main__":
    main()
