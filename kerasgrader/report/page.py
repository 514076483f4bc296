"""The report as one self-contained HTML page: no scripts, no fonts, no external addresses.

All text by students reaches the page through the template, which escapes it, or through
`kerascheck.feedback.svg`, which does too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from statistics import median
from types import MappingProxyType

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kerascheck.feedback import style
from kerascheck.feedback.panel import marked_up
from kerascheck.feedback.svg import Svg
from kerasgrader.course.deadlines import duration
from kerasgrader.marking import questions
from kerasgrader.marking.attempts import NEVER
from kerasgrader.marking.questions import AWAITS
from kerasgrader.report.advice import advice_on
from kerasgrader.report.beside import NOTHING_BESIDE, Beside, of_facts
from kerasgrader.report.charts import aspects_chart, marks_chart, times_chart
from kerasgrader.report.checks import FEWEST, check_facts
from kerasgrader.report.facts import ClassFacts
from kerasgrader.report.similarity import ClassComparison
from kerasgrader.report.spreadsheet import number

TEMPLATES = Path(__file__).parent.parent / "templates" / "report"
SLOWEST = 5
SYMBOLS = style.SYMBOLS | questions.SYMBOLS


def page(
    facts: ClassFacts,
    comparison: ClassComparison | None,
    beside: Beside = NOTHING_BESIDE,
    pages: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The whole page. pages: the address of each student's own page, where there is one."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, picture=_picture, prose=_prose, percent=_percent)
    environment.filters.update(duration=duration)
    template = environment.get_template("report.html.j2")
    return template.render(
        facts=facts,
        comparison=comparison,
        marks=_symbols(facts),
        names=facts.names,
        summary=_summary(facts),
        charts=_charts(facts),
        palette=Markup(style.variables(":root")),
        slowest=_slowest(facts),
        tries=_tries(facts),
        advice=advice_on(facts),
        checks=check_facts(facts),
        fewest=FEWEST,
        now=of_facts(facts, facts.made),
        beside=beside,
        pages=pages,
    )


def _symbols(facts: ClassFacts) -> Mapping[str, str]:
    """The outcomes and their symbols: that of waiting only where something waits."""
    there = {exercise.outcome for work in facts.works for exercise in work.exercises}
    return {name: symbol for name, symbol in SYMBOLS.items() if name in there or name != AWAITS}


def _summary(facts: ClassFacts) -> Mapping[str, str]:
    """The numbers at the top."""
    points = [work.score for work in facts.works]
    numbers = {"submitted": str(len(facts.works) + len(facts.ungraded)), "graded": str(len(points))}
    if points:
        numbers["median"] = f"{number(median(points))} of {number(facts.of)}"
        numbers["full marks"] = str(sum(p >= facts.of - 1e-9 for p in points))
    numbers["not graded"] = str(len(facts.ungraded))
    waiting = {work.student for works in facts.awaiting().values() for work in works}
    if waiting:
        numbers["await a person"] = str(len(waiting))
    if facts.absent:
        numbers["nothing submitted"] = str(len(facts.absent))
    return numbers


def _charts(facts: ClassFacts) -> Mapping[str, Svg]:
    """The charts for which there is data."""
    charts = {}
    seconds = [work.seconds for work in facts.works if work.seconds is not None]
    if facts.works and facts.of > 0:
        charts["marks"] = marks_chart([work.score for work in facts.works], facts.of)
    if facts.aspects():
        charts["aspects"] = aspects_chart(facts.aspects())
    if seconds:
        charts["times"] = times_chart(seconds)
    return charts


def _slowest(facts: ClassFacts) -> list[tuple[str, str, float]]:
    """Student, name and seconds."""
    works = facts.works
    timed = [(w.student, w.name, w.seconds) for w in works if w.seconds is not None]
    return sorted(timed, key=lambda item: -item[2])[:SLOWEST]


def _tries(facts: ClassFacts) -> list[str]:
    """The columns of the table of attempts; none where nobody tried twice."""
    found = {attempt for counts in facts.tries.values() for attempt in counts}
    numbers = sorted(map(int, found - {NEVER}))
    return [*map(str, numbers), NEVER] if numbers[-1:] > [1] else []


def _picture(svg: Svg) -> Markup:
    """A chart as an image with its alternative text, both escaped by `svg`."""
    return Markup(svg.html())


def _prose(text: str) -> Markup:
    """A text of the catalogue, with its `code` marked up."""
    return Markup(marked_up(text))


def _percent(share: float) -> str:
    return f"{share:.0%}"
