"""A verdict as a panel: HTML in a notebook and on the feedback page, text in a terminal.

The first mistake to correct is on top; the rest is folded away. Everything that comes from a
student (layer names, error messages) is escaped here.

Long, because one panel is written twice: as HTML and as text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from kerascheck.evidence.evidence import PROBE_SECONDS, Evidence, Sampled, StudentError
from kerascheck.evidence.graph import STOPPED, Graph
from kerascheck.feedback.drawing import Fault, draw, draw_part, outline
from kerascheck.feedback.misconceptions import misconception_of
from kerascheck.feedback.neighbourhood import Neighbourhood, neighbourhood
from kerascheck.feedback.residual_blocks import size_in_words
from kerascheck.feedback.style import STYLE, SYMBOLS, accent
from kerascheck.feedback.wording import (
    brief,
    error_text,
    first_sentence,
    headline,
    judged_as_a_whole,
    number,
    place,
    sentence,
    sentences,
)
from kerascheck.judge.closeness import close
from kerascheck.judge.probe_result import SETS
from kerascheck.judge.verdict import (
    NOT_ATTEMPTED,
    Aspect,
    Finding,
    Verdict,
)
from kerascheck.judge.written_out import compared

MOST_FINDINGS = 12
MOST_NUMBERS = 6
BELONGS_HERE = "belongs-here"  # a finding at its ghost


@dataclass(frozen=True)
class Details:
    """The details beside the verdict of a visible check; the notebook contains both sides anyway.

    graph: the graph that the student's code built. near: the part of it around the first mistake.
    numbers: the first outputs that differ, expected and actual. facts: a line on the model. asks: the
    call that gives a hint. note: what the points are those of. remark: on checks of the same cell that
    did not run. praise: for a right answer, why it is right. next: what to do now.
    """

    graph: Graph | None = None
    near: Neighbourhood | None = None
    numbers: Sequence[tuple[str, str, str]] = ()
    facts: str = ""
    asks: str = ""
    note: str = ""
    remark: str = ""
    praise: str = ""
    next: str = ""


def display(rich: str, plain: str, identity: str = "", update: bool = False) -> None:
    """Show HTML in a notebook, and the same as text in a terminal.

    identity: of the output, by which a later call replaces it. update: replace it now.
    """
    from IPython import get_ipython
    from IPython.display import publish_display_data

    if get_ipython() is None:
        print(plain)
        return
    data = {"text/html": rich, "text/plain": plain}
    transient = {"display_id": identity} if identity else {}
    publish_display_data(data, transient=transient, update=update)


def details_of(
    verdict: Verdict,
    reference: Evidence,
    evidence: Evidence,
    seconds: float = 0,
    device: str = "",
) -> Details:
    """The details of a visible check."""
    reference, judged = compared(reference, evidence)
    evidence = judged or evidence
    near = None
    if not verdict.passed and evidence.graph is not None and reference.graph is not None:
        of_this = [finding for finding in verdict.findings if finding.call == evidence.call]
        near = neighbourhood(of_this, evidence.graph, reference.graph, evidence.status == "error")
    return Details(
        graph=None if verdict.passed or evidence.graph is None else evidence.graph.with_loose,
        near=near,
        numbers=() if verdict.passed else _numbers(reference, evidence),
        facts=" ".join(filter(None, (_facts(reference, evidence), _slowness(seconds), device))),
        asks="" if verdict.passed else f"check.hint({verdict.exercise})",
        note=" on the visible checks",
    )


def summary(verdict: Verdict) -> str:
    """One line with the outcome and the first mistake to correct."""
    line = headline(verdict)
    if not verdict.passed and verdict.findings and verdict.outcome != NOT_ATTEMPTED:
        line = f"{line} {sentence(verdict.findings[0])}"
    return line


def text(verdict: Verdict, points: bool = True, details: Details | None = None) -> str:
    """The panel for a terminal."""
    details = details or Details()
    total = f"  [{_points(verdict, details)}]" if points else ""
    lines = [f"{SYMBOLS[verdict.outcome]} {headline(verdict)}{total}"]
    if verdict.outcome != NOT_ATTEMPTED:
        lines.append("  " + "   ".join(_aspect(aspect, points) for aspect in verdict.aspects))
    if verdict.whole:
        lines.append(f"  {judged_as_a_whole(verdict)}")
    lines += [f"  {line}" for line in (details.praise, details.next) if line]
    first, *more = _lines(verdict) or [""]
    if first:
        lines += [f"  {first}", f"  {_why(verdict.findings[0])}"]
    if details.asks:
        lines.append(f"  {_stuck(details)}")
    lines += [f"  {line}" for line in _error_lines(verdict)]
    lines += [f"  - {line}" for line in more[: MOST_FINDINGS - 1]]
    if len(more) >= MOST_FINDINGS:
        lines.append(f"  - and {len(more) - MOST_FINDINGS + 1} more")
    for name, expected, actual in details.numbers:
        lines += [f"  {name}: expected {expected}", f"  {' ' * len(name)}  actual   {actual}"]
    if details.graph is not None:
        lines.append(f"  What your code built ({size_in_words(details.graph)}):")
        lines += [f"    {line}" for line in outline(*_scene(verdict, details))]
    lines += [f"  {line}" for line in (details.remark, details.facts) if line]
    return "\n".join(lines)


def html(verdict: Verdict, points: bool = True, details: Details | None = None) -> str:
    """The panel for a page: self-contained, and readable on light and dark backgrounds."""
    details = details or Details()
    total = _points(verdict, details) if points else ""
    parts = [
        f"<style>{STYLE}</style>",
        f'<div class="rc-panel" role="group" style="{accent(verdict.outcome)}" '
        'aria-label="Result of the check">',
        f'<div class="rc-head"><span class="rc-mark" aria-hidden="true">{SYMBOLS[verdict.outcome]}'
        f'</span><span class="rc-words">{escape(headline(verdict))}</span>'
        f'<span class="rc-points">{total}</span></div>',
    ]
    if verdict.outcome != NOT_ATTEMPTED:
        chips = "".join(f"<li>{escape(_aspect(a, points))}</li>" for a in verdict.aspects)
        parts.append(f'<ul class="rc-aspects">{chips}</ul>')
    if verdict.whole:
        parts.append(f'<p class="rc-call">{marked_up(judged_as_a_whole(verdict))}</p>')
    good = " ".join(filter(None, (details.praise, details.next)))
    if good:
        parts.append(f'<p class="rc-first">{marked_up(good)}</p>')
    first, more = _findings(verdict)
    parts.append(first)
    if details.asks:
        asks = marked_up(_stuck(details, code=True))
        parts.append(f'<p class="rc-hint">{asks}</p>')
    parts += _drawings(verdict, details)
    parts.append(more)
    parts.append(_number_table(details.numbers))
    small = " ".join(filter(None, (details.remark, details.facts)))
    if small:
        parts.append(f'<p class="rc-call">{marked_up(small)}</p>')
    parts.append(_probes(verdict))
    parts.append("</div>")
    return "".join(parts)


def faults_of(findings: Sequence[Finding]) -> list[Fault]:
    """The faults to show in a drawing, in a few words; those of one layer are combined."""
    faults: dict[tuple[str | None, str], Fault] = {}
    for finding in findings:
        words = brief(finding)
        if not words or finding.place is None:
            continue
        title = place(finding.place).replace("`", "")
        key = (None, title) if finding.at is None else (finding.at, "")
        before = faults.get(key)
        if before is None:
            faults[key] = Fault(finding.at, title, (words,))
        elif words not in before.words:
            faults[key] = replace(before, words=(*before.words, words))
    if any(finding.rule == "raised" for finding in findings):
        faults.setdefault((STOPPED, ""), Fault(STOPPED, "the error", ("the error occurs here",)))
    return list(faults.values())


def _drawings(verdict: Verdict, details: Details) -> list[str]:
    """What the code built: the part around the first mistake, and the whole, folded."""
    if details.graph is None:
        return []
    graph, faults = _scene(verdict, details)
    size = size_in_words(details.graph)
    shown = []
    if details.near is not None:
        known = details.near.graph.by_id
        shown.append(draw_part(details.near, [x for x in faults if x.layer in known]).html())
        if not details.near.is_cut:
            return shown
    whole = draw(graph, faults).html()
    return [
        *shown,
        f"<details><summary>All that your code built: {size}</summary>{whole}</details>",
    ]


def _scene(verdict: Verdict, details: Details) -> tuple[Graph, list[Fault]]:
    """What to draw, with ghosts, and its faults; an error has a place only if the graph contains it."""
    assert details.graph is not None
    near = details.near
    graph = details.graph if near is None else near.whole
    findings = list(verdict.findings)
    if near is not None:
        calls = [finding for finding in findings if finding.call == findings[0].call]
        for number, ghost in near.ghosts.items():
            findings[findings.index(calls[number])] = replace(
                calls[number], rule=BELONGS_HERE, at=ghost
            )
    known = STOPPED in graph.by_id
    return graph, [x for x in faults_of(findings) if known or x.layer != STOPPED]


def _stuck(details: Details, code: bool = False) -> str:
    call = f"`{details.asks}`" if code else details.asks
    return f"Stuck? {call} gives the next step."


def _points(verdict: Verdict, details: Details) -> str:
    return f"{number(verdict.points)} of {number(verdict.of)} points{details.note}"


def _facts(reference: Evidence, evidence: Evidence) -> str:
    """The number of parameters in a model check, as a sentence."""
    if evidence.probe != "model" or evidence.status != "ok":
        return ""
    if evidence.graph is None or reference.graph is None:
        return ""
    actual, expected = evidence.graph.parameter_count(), reference.graph.parameter_count()
    if actual == expected:
        return f"Your model has {actual:,} parameters, as it should."
    return f"Your model has {actual:,} parameters; it should have {expected:,}."


def _slowness(seconds: float) -> str:
    """A warning, if there is one to give: a third of the limit here may be all of it elsewhere."""
    if seconds <= PROBE_SECONDS / 3:
        return ""
    return (
        f"This check took {seconds:.0f} seconds. The grader stops a check after {PROBE_SECONDS}: find out "
        "what takes so long."
    )


def _numbers(reference: Evidence, evidence: Evidence) -> list[tuple[str, str, str]]:
    """The first set of outputs that differs, from the first number that differs."""
    if evidence.versions != reference.versions and evidence.graph is not None:
        return []  # random numbers of another version are not a mistake
    for name in SETS:
        expected, actual = reference.outputs.get(name), evidence.outputs.get(name)
        if expected is None or actual is None or close(expected, actual):
            continue
        return [(f"outputs, {name}", *_beside(expected, actual))]
    return []


def _beside(expected: Sampled, actual: Sampled) -> tuple[str, str]:
    start = 0
    if expected.shape == actual.shape:
        pairs = zip(expected.elements, actual.elements, strict=True)
        start = next((i for i, (a, b) in enumerate(pairs) if not _alike(a, b)), 0)
    start = max(0, min(start, len(expected.elements) - MOST_NUMBERS))
    return _shown(expected, start), _shown(actual, start)


def _alike(a: float | None, b: float | None) -> bool:
    return a is not None and b is not None and abs(a - b) <= 1e-4 + 1e-3 * abs(a)


def _shown(array: Sampled, start: int) -> str:
    part = array.elements[start : start + MOST_NUMBERS]
    dots = " …" if start + MOST_NUMBERS < len(array.elements) else ""
    return " ".join("nan" if value is None else f"{value:.4g}" for value in part) + dots


def _number_table(numbers: Sequence[tuple[str, str, str]]) -> str:
    if not numbers:
        return ""
    rows = "".join(
        f'<tr><td>{word}</td><td class="rc-n">{escape(line)}</td></tr>'
        for _, expected, actual in numbers
        for word, line in (("expected", expected), ("actual", actual))
    )
    return f"<details><summary>{escape(numbers[0][0])}</summary><table>{rows}</table></details>"


def _findings(verdict: Verdict) -> tuple[str, str]:
    """The first mistake, and the others folded."""
    lines = _lines(verdict)
    if not lines:
        return "", ""
    error_lines = _error_lines(verdict)
    quoted = f"<pre>{escape(chr(10).join(error_lines))}</pre>" if error_lines else ""
    entry = misconception_of(verdict.findings[0])
    why = f'<p class="rc-why"><b>{marked_up(entry.heading)}</b> {marked_up(entry.explanation)}</p>'
    first = f'<p class="rc-first">{marked_up(lines[0])}</p>{why}{quoted}'
    more = lines[1:MOST_FINDINGS]
    if not more:
        return first, ""
    items = "".join(f"<li>{marked_up(line)}</li>" for line in more)
    left = len(lines) - 1 - len(more)
    rest = f"<li>and {left} more</li>" if left > 0 else ""
    word = "thing" if len(lines) == 2 else "things"
    return first, (
        f"<details><summary>{len(lines) - 1} more {word} to look at</summary>"
        f'<ul class="rc-more">{items}{rest}</ul></details>'
    )


def _lines(verdict: Verdict) -> list[str]:
    """The findings, in order of importance; an error that is not the first is only quoted."""
    first, rest = verdict.findings[:1], verdict.findings[1:]
    return sentences([*first, *(finding for finding in rest if finding.rule != "raised")])


def _why(finding: Finding) -> str:
    """The misconception behind a finding, in sentences."""
    entry = misconception_of(finding)
    return f"{entry.heading} {entry.explanation}"


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
    if error is None:
        return []
    lines = [] if error.source is None else [f"line {error.line}:  {error.source}"]
    if error.message and not _is_said(verdict):
        lines.append(f"{error.type}: {error.message}")
    return lines


def _is_said(verdict: Verdict) -> bool:
    """Whether the first sentence quotes the whole error already."""
    first = verdict.findings[0]
    if first.rule != "raised" or not isinstance(first.actual, StudentError):
        return False
    text = error_text(first.actual).strip()
    return first_sentence(text) == text


def _aspect(aspect: Aspect, points: bool) -> str:
    if aspect.points >= aspect.of:
        mark = "✓"
    else:
        mark = "✗" if aspect.points == 0 else "◐"
    shown = f" {number(aspect.points)}/{number(aspect.of)}" if points else ""
    return f"{aspect.name} {mark}{shown}"


def marked_up(line: str) -> str:
    """A sentence as HTML: escaped, with the text in backticks set as code."""
    return re.sub("`([^`]*)`", r"<code>\1</code>", escape(line))
