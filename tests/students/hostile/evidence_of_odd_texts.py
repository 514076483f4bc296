"""Sends evidence with texts that break whoever writes them down: halves of characters, zeros, markup.

Afterwards: the marks are no better than without it, and no page holds the markup as markup.
"""

import json
import os

from kerascheck import check


def hand_over(value):
    """Write evidence where the checks write theirs."""
    with open(int(os.environ["KERASCHECK_PIPE"]), "wb", closefd=False) as pipe:
        pipe.write(json.dumps(value).encode() + b"\n")


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
            hand_over(changed)
        except (UnicodeError, ValueError):
            continue
    hand_over({**plain, "status": "error", "error": {
        "type": "<b>Error</b>", "message": "<script>alert(1)</script>" * 9, "line": 1, "source": "<img src=x>"
    }})


check._hand_over = odd
