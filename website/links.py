"""Links and anchors of a built site that lead nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


@dataclass
class Page(HTMLParser):
    """What a page refers to, and what can be referred to in it."""

    anchors: set[str] = field(default_factory=set)
    targets: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (name == "id" or (tag == "a" and name == "name")):
                self.anchors.add(value)
            elif value and name in ("href", "src"):
                self.targets.append(value)


def broken(site: Path) -> list[str]:
    """A line for each link to a file or an anchor that is not there, the theme's files apart."""
    pages = {
        path: Page()
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.relative_to(site).parts
    }
    for path, page in pages.items():
        page.feed(path.read_text("utf-8"))
    found = []
    for path, page in pages.items():
        for target in dict.fromkeys(page.targets):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            to = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            to = to / "index.html" if to.is_dir() else to
            inside = pages.get(to)
            if not to.is_file():
                found.append(f"{path.relative_to(site)}: {target} is not there")
            elif parts.fragment and inside and unquote(parts.fragment) not in inside.anchors:
                found.append(f"{path.relative_to(site)}: {target} has no such place")
    return found
