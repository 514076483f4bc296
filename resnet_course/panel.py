"""A verdict as a panel: HTML in a notebook and on the feedback page, text in a terminal.

Everything that comes from a student (names of layers, messages of errors) is escaped here.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from resnet_course.evidence import Evidence
from resnet_course.verdict import ERROR, INCORRECT, NOT_ATTEMPTED, PASSED, Aspect, Verdict
from resnet_course.wording import headline, sentence

MARKS = {PASSED: "✓", INCORRECT: "✗", ERROR: "!", NOT_ATTEMPTED: "○"}
COLOURS = {PASSED: "#00725a", INCORRECT: "#a84300", ERROR: "#8f2d67", NOT_ATTEMPTED: "#4a5568"}
MOST_FINDINGS = 12

STYLE = """
.rc-panel{border:1px solid #cbd5e0;border-left:6px solid var(--rc);border-radius:6px;
background:#fff;color:#1a202c;padding:.7em 1em;margin:.4em 0;max-width:52em;
font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.rc-head{display:flex;gap:.6em;align-items:baseline;font-weight:600;color:var(--rc)}
.rc-mark{font-size:1.15em}.rc-points{margin-left:auto;white-space:nowrap}
.rc-aspects{display:flex;flex-wrap:wrap;gap:.4em;list-style:none;
margin:.5em 0 .2em!important;padding:0!important}
.rc-aspects li{border:1px solid #cbd5e0;border-radius:1em;padding:0 .7em;font-size:13px;
background:#f7fafc;color:#1a202c;list-style:none}
.rc-first{margin:.5em 0 .2em;font-size:15px}.rc-panel code,.rc-panel pre{background:#edf2f7!important;
color:#1a202c!important;border-radius:3px;padding:0 .25em;font-size:13px}
.rc-panel pre{padding:.4em .6em;overflow:auto}
.rc-panel details{margin:.3em 0}.rc-panel summary{cursor:pointer;color:#2c5282}
.rc-panel ul.rc-more{margin:.3em 0 .3em 1.2em;padding:0}.rc-call{color:#4a5568;font-size:12.5px}
""".replace("\n", "")


def show(verdict: Verdict, reference: Evidence, evidence: Evidence) -> None:
    """Show the panel of a visible check where the code runs: notebook or terminal."""
    from IPython import get_ipython
    from IPython.display import publish_display_data

    facts = _facts(reference, evidence)
    plain = text(verdict, points=False, facts=facts)
    if get_ipython() is None:
        print(plain)
    else:
        rich = html(verdict, points=False, facts=facts)
        publish_display_data({"text/html": rich, "text/plain": plain})


def summary(verdict: Verdict) -> str:
    """One line: the outcome, and the first thing to mend."""
    line = headline(verdict)
    if not verdict.passed and verdict.findings and verdict.outcome != NOT_ATTEMPTED:
        line = f"{line} {sentence(verdict.findings[0])}"
    return line


def text(verdict: Verdict, points: bool = True, facts: str = "") -> str:
    """The panel for a terminal. facts: a line on what was built."""
    total = f"  [{_number(verdict.points)} of {_number(verdict.of)} points]" if points else ""
    lines = [f"{MARKS[verdict.outcome]} {headline(verdict)}{total}"]
    if verdict.outcome != NOT_ATTEMPTED:
        lines.append("  " + "   ".join(_aspect(aspect, points) for aspect in verdict.aspects))
    lines += [f"  {line}" for line in _error_lines(verdict)]
    lines += [f"  - {sentence(finding)}" for finding in verdict.findings[:MOST_FINDINGS]]
    if facts:
        lines.append(f"  {facts}")
    return "\n".join(lines)


def html(verdict: Verdict, points: bool = True, facts: str = "") -> str:
    """The panel for a page. Self-contained, and readable on a light and on a dark ground."""
    colour = COLOURS[verdict.outcome]
    total = f"{_number(verdict.points)} of {_number(verdict.of)} points" if points else ""
    parts = [
        f"<style>{STYLE}</style>",
        f'<section class="rc-panel" style="--rc:{colour}" aria-label="Result of the check">',
        f'<div class="rc-head"><span class="rc-mark" aria-hidden="true">{MARKS[verdict.outcome]}'
        f"</span><span>{escape(headline(verdict))}</span>"
        f'<span class="rc-points">{total}</span></div>',
    ]
    if verdict.outcome != NOT_ATTEMPTED:
        chips = "".join(f"<li>{escape(_aspect(a, points))}</li>" for a in verdict.aspects)
        parts.append(f'<ul class="rc-aspects">{chips}</ul>')
    parts.append(_findings(verdict))
    error_lines = _error_lines(verdict)
    if error_lines:
        parts.append(f"<pre>{escape(chr(10).join(error_lines))}</pre>")
    if facts:
        parts.append(f'<p class="rc-call">{escape(facts)}</p>')
    parts.append(_probes(verdict))
    parts.append("</section>")
    return "".join(parts)


def _facts(reference: Evidence, evidence: Evidence) -> str:
    """What a model check built, in numbers."""
    if evidence.probe != "model" or evidence.graph is None or reference.graph is None:
        return ""
    found, expected = evidence.graph.parameter_count(), reference.graph.parameter_count()
    if found == expected:
        return f"Your model has {found:,} parameters, as it should."
    return f"Your model has {found:,} parameters; it should have {expected:,}."


def _findings(verdict: Verdict) -> str:
    sentences = list(dict.fromkeys(sentence(finding) for finding in verdict.findings))
    if not sentences:
        return ""
    first = f'<p class="rc-first">{_marked_up(sentences[0])}</p>'
    more = sentences[1:MOST_FINDINGS]
    if not more:
        return first
    items = "".join(f"<li>{_marked_up(line)}</li>" for line in more)
    left = len(sentences) - 1 - len(more)
    rest = f"<li>and {left} more of the kind</li>" if left > 0 else ""
    word = "difference" if len(sentences) == 2 else "differences"
    return (
        f"{first}<details><summary>{len(sentences) - 1} more {word}</summary>"
        f'<ul class="rc-more">{items}{rest}</ul></details>'
    )


def _probes(verdict: Verdict) -> str:
    if not verdict.probes:
        return ""
    items = "".join(
        f"<li>{'✓' if held else '✗'} <code>{escape(call)}</code></li>"
        for call, held in verdict.probes.items()
    )
    return (
        f'<details class="rc-call"><summary>What was checked ({len(verdict.probes)})</summary>'
        f'<ul class="rc-more">{items}</ul></details>'
    )


def _error_lines(verdict: Verdict) -> list[str]:
    error = verdict.error
    if error is None or error.source is None:
        return []
    return [f"line {error.line}:  {error.source}"]


def _aspect(aspect: Aspect, points: bool) -> str:
    if aspect.points >= aspect.of:
        mark = "✓"
    else:
        mark = "✗" if aspect.points == 0 else "◐"
    shown = f" {_number(aspect.points)}/{_number(aspect.of)}" if points else ""
    return f"{aspect.name} {mark}{shown}"


def _marked_up(line: str) -> str:
    """A sentence as HTML: escaped, with what stands in backticks set as code."""
    return re.sub("`([^`]*)`", r"<code>\1</code>", escape(line))


def _number(value: Any) -> str:
    return f"{float(value):.2f}".rstrip("0").rstrip(".")
