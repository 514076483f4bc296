"""Sends evidence with texts that break whoever writes them down: halves of characters, zeros, markup.

Afterwards: the marks are no better than without it, and no page holds the markup as markup.
"""

from IPython.display import publish_display_data
from kerascheck import check

MIME = "application/vnd.kerascheck.evidence+json"
TEXTS = (
    "\ud800", "\0", "\x1b[2J", "<script>alert(1)</script>", "{{ 7 * 7 }}", "${7*7}", "\u202e", "x" * 1900,
    "' onload='alert(1)", "]]>", "-->", "=cmd|' /C calc'!A0", "../../../etc/passwd", "%s%s%n", "\r\n\r\n",
)


def odd(evidence):
    plain = evidence.to_plain()
    for text in TEXTS:
        graph = plain["graph"]
        if graph:
            layers = [{**layer, "name": text, "kind": text} for layer in graph["layers"]]
            graph = {**graph, "name": text, "layers": layers}
        error = {"type": text, "message": text, "line": 1, "source": text}
        changed = {**plain, "status": "error", "error": error, "graph": graph, "facts": {text: text}}
        try:
            publish_display_data({MIME: changed, "text/plain": text})
        except (UnicodeError, ValueError):
            continue
    publish_display_data({MIME: {**plain, "status": "error", "error": {
        "type": "<b>Error</b>", "message": "<script>alert(1)</script>" * 9, "line": 1, "source": "<img src=x>"
    }}, "text/plain": "evidence"})


check._hand_over = odd
