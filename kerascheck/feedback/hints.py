"""Hints on request: four steps on the mistake that was found, each of which says more than the panel.

    1  the first thought, a question
    2  where it stands in the text, and the library's page; for an error that is due, what the check gives
    3  the pattern of the call, with blanks
    4  which line of the student's own

A hint belongs to the misconception behind the first finding of the latest check. It shows neither
the solution nor anything of the hidden checks, which this process does not have. A step of which nothing
is known is left out.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib import resources
from typing import Any

from kerascheck.feedback.misconceptions import Misconception, misconception_of
from kerascheck.feedback.neighbourhood import MISSING
from kerascheck.feedback.panel import marked_up
from kerascheck.feedback.progress import Checked, Session
from kerascheck.feedback.style import STYLE, accent
from kerascheck.feedback.wording import code, first_sentence, given_files
from kerascheck.judge.verdict import NOT_ATTEMPTED, Finding
from kerascheck.judge.written_out import compared

LIBRARY = "library.toml"
THOUGHT, READ, PATTERN, LINE = "A first thought", "Where to read", "The pattern", "Your line"
DUE = ("no-error", "wrong-error", "error-message")  # rules about an error that should be raised
CALLED = (
    "setting",
    "initialiser",
    "misnamed-layer",
    "layer-kind",
    "misplaced-layer",
    "fed-by",
    *MISSING,
)
RETURNED = ("value", "value-shape", "value-missing", "value-type", "argument-returned")
MOST_LINES = 3
Step = tuple[str, Sequence[str]]  # its heading and its sentences


def hint(session: Session, function: Any, names: Sequence[str]) -> tuple[str, str]:
    """The next hint for a function known by `names`, as HTML and as text."""
    checked = next((found for name in names if (found := session.of(name))), [])
    if not checked:
        shown = names[0] if names and names[0] else "it"
        return _page(f"Hint on {shown}", ["Run its check first: hints explain its findings."])
    exercise = checked[-1].verdict.exercise
    if any(item.function is not function for item in checked):
        return _page(
            f"Hint on {exercise}",
            ["The function has changed since its last check. Run the check again, then ask."],
        )
    wrong = [item for item in checked if not item.verdict.passed]
    if not wrong:
        lines = [
            "Its visible checks pass, so there is no mistake to give a hint on.",
            "The grader's hidden checks use other arguments. Does your code use any number that "
            "should be an argument?",
        ]
        return _page(f"Hint on {exercise}", lines)
    return _about(session, exercise, wrong[0])


def _about(session: Session, exercise: str, checked: Checked) -> tuple[str, str]:
    finding = checked.verdict.findings[0]
    entry = misconception_of(finding)
    where = finding.part if finding.place is None else finding.place.role
    known = steps(entry, finding, exercise, checked)
    asked = session.next_step(exercise, entry.id, str(where), str(finding.property))
    number = min(asked + 1, len(known))
    heading, lines = known[number - 1]
    further = ["Ask again for the next step."] if number < len(known) else []
    return _page(f"Hint {number} of {len(known)} on {exercise} · {heading}", [*lines, *further])


def steps(entry: Misconception, finding: Finding, exercise: str, checked: Checked) -> list[Step]:
    """All steps of the hint on a finding."""
    texts = [entry.hint(number, finding) for number in range(len(entry.hints))]
    reread = f"In the text: {entry.where(exercise)}."
    found: list[Step] = [
        (THOUGHT, texts[:1]),
        (READ, [reread, *_pages(entry, finding), *_given(finding, exercise), *texts[1:-1]]),
        (PATTERN, [f"`{pattern}`" for pattern in [_pattern(entry, finding)] if pattern]),
        (LINE, [*texts[1:][-1:], *_own_lines(finding, checked)]),
    ]
    return [step for step in found if step[1]]


def _pages(entry: Misconception, finding: Finding) -> list[str]:
    """The page of the library's documentation, as a sentence."""
    if entry.page:
        return [f"The library's page: {entry.page}"]
    of_setting = library()["pages"].get(str(finding.property))
    kind = "" if finding.place is None else finding.place.kind
    page = of_setting or library()["layers"].get(kind, {}).get("page")
    subject = code(finding.property) if of_setting else code(kind)
    return [f"The library's page on {subject}: {page}"] if page else []


def _given(finding: Finding, exercise: str) -> list[str]:
    """What a check gives that should end in an error: the call, and files with their kinds."""
    if finding.rule not in DUE:
        return []
    call = finding.call.replace("check.values(", f"{exercise}(", 1)
    return [f"The check calls {code(first_sentence(call))}.", *given_files(finding.call)]


def _pattern(entry: Misconception, finding: Finding) -> str:
    """The call to write, with blanks; "" where none is known."""
    if entry.pattern_with_blanks:
        return entry.pattern_with_blanks
    if finding.rule in DUE:
        kind = finding.expected if finding.rule == "no-error" else "__"
        return f'if __: raise {kind}(f"__ {{__}}")'
    place = finding.place
    if place is None or finding.rule not in CALLED:
        return ""
    if place.recorded:
        return (
            f"{place.kind}(__, {finding.property}=__)" if finding.property else f"{place.kind}(__)"
        )
    kind = str(finding.expected) if finding.rule == "layer-kind" else place.kind
    if finding.rule == "misnamed-layer":
        return f"layers.{kind}(..., name=__)(__)"
    if finding.property is not None:
        value = "__(seed=__)" if finding.rule == "initialiser" else "__"
        return f"layers.{kind}(..., {finding.property}={value})(__)"
    return str(library()["layers"].get(kind, {}).get("pattern", ""))


def _own_lines(finding: Finding, checked: Checked) -> list[str]:
    """The line of the student's code that makes the layer, or after which it belongs, or that returns."""
    if finding.rule in RETURNED:
        return _returns(checked.function)
    _, judged = compared(checked.reference, checked.evidence)
    graph = (judged or checked.evidence).graph
    line = None if graph is None or finding.at is None else graph.lines.get(finding.at)
    if line is None:
        return []
    number, source = line
    if finding.rule in MISSING:
        return [f"It belongs after line {number} of your cell: {code(source)}."]
    return [f"Look at line {number} of your cell: {code(source)}."]


def _returns(function: Any) -> list[str]:
    """The lines with which a function returns, by their numbers in its cell."""
    try:
        lines, start = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return []
    ends = [node for node in ast.walk(tree) if isinstance(node, ast.Return | ast.Yield)]
    found = sorted({node.lineno for node in ends})
    return [
        f"It leaves your function in line {start + number - 1}: {code(lines[number - 1].strip())}."
        for number in found[:MOST_LINES]
    ]


@cache
def library() -> Mapping[str, Any]:
    """Pages and patterns of Keras's layers."""
    path = resources.files("kerascheck.feedback") / LIBRARY
    return tomllib.loads(path.read_text("utf-8"))


def _page(title: str, lines: Sequence[str]) -> tuple[str, str]:
    head, *rest = lines
    body = "".join(f"<p>{_linked(line)}</p>" for line in rest)
    rich = (
        f"<style>{STYLE}</style>"
        f'<div class="rc-panel" role="group" style="{accent(NOT_ATTEMPTED)}" aria-label="Hint">'
        f'<div class="rc-head"><span>{escape(title)}</span></div>'
        f'<p class="rc-first">{_linked(head)}</p>{body}</div>'
    )
    return rich, "\n".join([f"{title}: {head}", *(f"  {line}" for line in rest)])


def _linked(line: str) -> str:
    """A sentence as HTML, with an address at its end as a link."""
    return re.sub(r"(https://[\w./-]+)$", r'<a href="\1">\1</a>', marked_up(line))
