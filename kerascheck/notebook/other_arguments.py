"""A check with arguments that no check of the notebook has: what came out, with nothing compared."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from kerascheck.evidence.evidence import Evidence, Sampled
from kerascheck.feedback import panel
from kerascheck.feedback.drawing import draw, outline
from kerascheck.feedback.residual_blocks import readable_shape, size_in_words
from kerascheck.feedback.style import STYLE, accent
from kerascheck.feedback.wording import code, error_text, first_sentence
from kerascheck.judge.verdict import NOT_ATTEMPTED

TITLE = "Nothing was compared"
MOST_PARTS, MOST_NUMBERS, LONGEST = 8, 6, 80
RESULT = "result"  # what the names of parts of a result begin with


def page(reason: str, evidence: Evidence) -> tuple[str, str]:
    """What to show, as HTML and as text. reason: why nothing was compared."""
    lines = [reason, *came_out(evidence)]
    body = "".join(f"<p>{panel.marked_up(line)}</p>" for line in lines)
    plain = [f"○ {TITLE}. {lines[0]}", *lines[1:]]
    if evidence.graph is not None:
        graph = evidence.graph.with_loose
        size = size_in_words(graph)
        body += f"<details><summary>All that your code built: {size}</summary>{draw(graph).html()}"
        body += "</details>"
        plain += outline(graph)
    rich = (
        f"<style>{STYLE}</style>"
        f'<div class="rc-panel" role="group" style="{accent(NOT_ATTEMPTED)}" aria-label="{TITLE}">'
        f'<div class="rc-head"><span>○ {escape(TITLE)}</span></div>{body}</div>'
    )
    return rich, "\n  ".join(plain)


def came_out(evidence: Evidence) -> list[str]:
    """What a call gave, a line for each part: the error, the network's output, or the values."""
    if evidence.status == "not attempted":
        return ["Your function is not written yet: it raises NotImplementedError."]
    if evidence.error is not None:
        what = code(first_sentence(error_text(evidence.error)))
        where = f" in line {evidence.error.line}" if evidence.error.line else ""
        return [f"Your function raises {what}{where}."]
    if evidence.graph is not None:
        shapes = [evidence.graph.by_id[output].shape for output in evidence.graph.outputs]
        shown = " and ".join(readable_shape(shape) for shape in shapes)
        count = f"{evidence.graph.parameter_count():,}"
        return [
            f"Your function builds {size_in_words(evidence.graph)}, {count} parameters, output {shown}."
        ]
    return [f"Your function returns {line}." for line in _values(evidence)] or [
        "Your function returns nothing that could be shown."
    ]


def _values(evidence: Evidence) -> Iterator[str]:
    parts = [(name, _array(array)) for name, array in evidence.outputs.items()]
    parts += [
        (name, repr(v)[:LONGEST]) for name, v in evidence.facts.items() if name.startswith(RESULT)
    ]
    for name, value in parts[:MOST_PARTS]:
        part = name.removeprefix(RESULT).strip()
        yield f"{code(value)}{f' ({part})' if part else ''}"
    if len(parts) > MOST_PARTS:
        yield f"{len(parts) - MOST_PARTS} more parts"


def _array(array: Sampled) -> str:
    if not array.shape:
        return f"{array.elements[0]:g}" if array.elements[0] is not None else "nan"
    first = ", ".join("nan" if x is None else f"{x:.4g}" for x in array.elements[:MOST_NUMBERS])
    dots = ", …" if len(array.elements) > MOST_NUMBERS else ""
    return f"array of shape {array.shape}: {first}{dots}"
