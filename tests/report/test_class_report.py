"""The class report: what it says, and what it must not say, of a class that was graded for real."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from kerascheck.feedback.svg import Svg
from kerasgrader.cli import commands
from kerasgrader.course.course import Unit
from kerasgrader.course.deadlines import Lateness, LateRules
from kerasgrader.errors import CourseError
from kerasgrader.grading.history import History, recall, remember
from kerasgrader.grading.ledger import Ledger
from kerasgrader.grading.options import Options
from kerasgrader.marking import gradebook as scores
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from kerasgrader.report import write_report
from kerasgrader.report.changes import Change
from kerasgrader.report.charts import aspects_chart, marks_chart, times_chart
from kerasgrader.report.facts import Ungraded
from kerasgrader.report.page import page
from kerasgrader.report.similarity import (
    LONGEST_CODE,
    ClassComparison,
    Pair,
    Side,
    compare_codes,
    compare_submissions,
)
from kerasgrader.report.tables import marks_table, misconceptions_table, similar_table
from kerasgrader.report.writing import ClassReport
from tests import students
from tests.students import Student
from tests.students.submissions import submit
from tests.support.class_facts import TEST, facts, work
from tests.support.course_folder import copy_of, hidden_checks, hidden_shapes
from tests.support.graded import CLASS, SCRIPT, WRONG_POINTS

OWN_PAGE = re.compile(r"\.\./\.\./feedback/\w+/unit1-residual-networks/residual_networks\.html")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


class Page(HTMLParser):
    """What a page consists of: elements, their attributes, and what can be read of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.read = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.read += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def unit(graded_class: Unit, tmp_path_factory: pytest.TempPathFactory) -> Unit:
    """The graded class, in a folder in which reports may be written."""
    return copy_of(graded_class, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def bare(new_course: Callable[..., Unit], tmp_path_factory: pytest.TempPathFactory) -> Unit:
    """A course in which nothing is submitted."""
    return new_course(tmp_path_factory.mktemp("bare"))


@pytest.fixture(scope="module")
def report(unit: Unit) -> ClassReport:
    return write_report(unit.root, unit.id)


@pytest.fixture(scope="module")
def html(report: ClassReport) -> str:
    return report.files[0].read_text("utf-8")


def test_marks_are_the_gradebooks(unit: Unit, report: ClassReport) -> None:
    """Points, exercise by exercise, are what nbgrader's own API says."""
    with open_gradebook(load_config(unit.root)) as gradebook:
        for item in report.facts.works:
            submission = gradebook.find_submission(unit.id, item.student)
            assert item.points == submission.score
            assert {e.test: e.points for e in item.exercises} == {
                g.name: g.score for n in submission.notebooks for g in n.grades
            }
    assert {w.student: w.score for w in report.facts.works} == {
        "right": 100,
        "helped": 100,
        "friend": 100,
        "wrong": WRONG_POINTS,
        "raising": 30,
        "untouched": 0,
    }


def test_exercises_come_in_the_order_of_the_lesson(report: ClassReport) -> None:
    """And under the names of the functions that are written."""
    names = ["identity_block", "convolutional_block", "ResNet50"]
    assert list(report.facts.tests.values()) == names
    assert list(report.facts.aspects()) == names
    assert report.facts.aspects()["identity_block"] == {
        "names": (4, 6),
        "shapes": (4, 6),
        "values": (3, 6),
    }


def test_a_misconception_has_its_students(report: ClassReport, html: str) -> None:
    """The catalogue's words, and who is behind it in which exercise."""
    told = {found.id: found for found in report.facts.misunderstood()}
    assert dict(told["last-relu"].students) == {"identity_block": ("wrong",)}
    assert dict(told["pool-needs-size"].students) == {"ResNet50": ("raising",)}
    assert told["last-relu"].title in Page(html).read
    rows = rows_of(report.files[3].read_text("utf-8"))
    assert {row["student"] for row in rows if row["misconception"] == "last-relu"} == {"wrong"}


def test_who_has_no_marks_is_named_with_the_reason(report: ClassReport, html: str) -> None:
    """A PDF is no zero: the reason that grading gave is still there."""
    [item] = report.facts.ungraded
    assert item.student == "paper" and "it is a PDF" in item.reason
    assert "it is a PDF" in Page(html).read
    assert [person.name for person in report.facts.absent] == ["Nobody Home"]


def test_times_are_those_of_the_executions(report: ClassReport) -> None:
    """Every graded submission says how long executing it took."""
    assert all(item.seconds is not None and 0 < item.seconds < 120 for item in report.facts.works)


def test_only_what_two_share_and_others_have_not_is_a_pair(report: ClassReport) -> None:
    """Two with one helper function are shown; those who wrote as the course does are not."""
    assert report.comparison is not None
    [pair] = report.comparison.pairs
    assert (pair.first.student, pair.second.student) == ("friend", "helped")
    assert pair.first.share == pair.second.share == 1
    assert "paper" in (report.comparison.apart or {})


def test_nothing_hidden_is_told(unit: Unit, report: ClassReport) -> None:
    """No file holds a hidden check, the shape of its input, the secret or the course's solution."""
    source = nbformat.read(unit.source_file, as_version=4)
    seed = (unit.grader_folder / "seed").read_text("utf-8").strip()
    secrets = {seed, *hidden_checks(source), *hidden_shapes(source), "BEGIN SOLUTION"}
    assert len(secrets) > 5
    for path in report.files:
        text = path.read_text("utf-8")
        if path.name == "report.html":  # students' own code may have a shape of its own
            text = re.sub(r"<pre.*?</pre>", "", text, flags=re.DOTALL)
        for secret in secrets:
            assert secret not in text, path.name


def test_the_json_is_the_report(report: ClassReport) -> None:
    """Sorted, indented, and the same facts."""
    plain = json.loads(report.files[1].read_text("utf-8"))
    assert [w["score"] for w in plain["works"]] == [w.score for w in report.facts.works]
    assert plain["ungraded"][0]["student"] == "paper"
    assert plain["similar"]["pairs"][0]["first"]["student"] == "friend"
    assert report.files[1].read_text("utf-8").endswith("}\n")


def test_the_table_of_marks_has_everybody(report: ClassReport) -> None:
    """A row each, also for who is not graded or has submitted nothing; no name is a formula."""
    rows = {row["student"]: row for row in rows_of(report.files[2].read_text("utf-8"))}
    assert set(rows) == {*CLASS, "paper", "absent"}
    assert rows["wrong"]["score"] == "82" and rows["wrong"]["identity_block: values"] == "0"
    assert rows["wrong"]["name"] == f"{SCRIPT} =1+1"
    assert rows["paper"]["score"] == "" and rows["paper"]["remark"].startswith("not graded")


def test_a_second_report_says_the_same(unit: Unit, report: ClassReport, tmp_path: Path) -> None:
    """Looking changes nothing: neither marks nor what was before."""
    again = write_report(unit.root, unit.id, tmp_path, similar=False)
    assert replace(again.facts, made="") == replace(report.facts, made="")


def test_a_changed_mark_is_shown_beside_the_one_before(unit: Unit, tmp_path: Path) -> None:
    """Whoever changed it: here a person, through the gradebook."""
    unit = copy_of(unit, tmp_path)
    with open_gradebook(load_config(unit.root)) as gradebook:
        grade_of = gradebook.find_grade(TEST, unit.notebook, unit.id, "wrong")
        grade_of.manual_score = 20
        gradebook.db.commit()
    changed = write_report(unit.root, unit.id, similar=False)
    assert [(w.student, c) for w, c in changed.facts.changed()] == [
        ("wrong", [Change("identity_block", 12, 20, "graded by a person")])
    ]
    read = Page(changed.files[0].read_text("utf-8")).read
    assert "8 more" in read and "changed by a person from 12" in read


def test_something_submitted_since_is_remarked(unit: Unit, tmp_path: Path) -> None:
    """Marks of an older submission are not taken for those of a newer one."""
    unit = copy_of(unit, tmp_path)
    path = unit.root / "submitted" / "right" / unit.id / f"{unit.notebook}.ipynb"
    path.write_text(path.read_text("utf-8") + " ", "utf-8")
    works = write_report(unit.root, unit.id, similar=False).facts.works
    remarks = {item.student: item.remark for item in works if item.remark}
    assert list(remarks) == ["right"] and "submitted since" in remarks["right"]


def test_the_command_says_where_the_files_are(unit: Unit, tmp_path: Path) -> None:
    """A line for each, the page first; another folder if one is named."""
    args = ["report", unit.id, "--root", str(unit.root), "--to", str(tmp_path), "--no-similar"]
    said = CliRunner().invoke(commands, args, catch_exceptions=False).output.split()
    assert said[0] == str(tmp_path / "report.html")
    assert all(Path(path).is_file() for path in said) and len(said) == 4
    (tmp_path / "similar.csv").write_text("from a report before")
    CliRunner().invoke(commands, args, catch_exceptions=False)
    assert not (tmp_path / "similar.csv").exists()


def test_nothing_submitted_is_a_sentence(bare: Unit) -> None:
    """Neither a traceback nor an empty report."""
    with pytest.raises(CourseError, match="nothing was submitted"):
        write_report(bare.root, bare.id)


def nasty() -> str:
    """A page in which everything that a student can choose is hostile."""
    bad = f"{SCRIPT}`x`&amp;\"'\x00\ud800"
    pair = Pair(90, Side(bad, 1.0, ((bad, True), ("{{ 7 * 7 }}", False))), Side("b", 0.5, ()))
    exercise = replace(work().exercises[0], name=bad, outcome="error in your code")
    shown = facts(
        work(bad, name=bad, remark=bad, exercises=(exercise,), submitted=bad, irregular=(bad,)),
        tests={TEST: bad},
        ungraded=(Ungraded(bad, bad, bad),),
        absent=(scores.Person(bad),),
        since=bad,
        gone=(bad,),
    )
    return page(shown, ClassComparison(2, 3, (pair,), 1, {bad: bad}))


def test_what_students_write_is_text() -> None:
    """Names, reasons and code cannot become part of the page, of its pictures or of its template."""
    found = Page(nasty())
    assert not found.all("script")
    assert "alert('a mark')" in found.read
    assert "{{ 7 * 7 }}" in found.read


@pytest.mark.parametrize("made", [pytest.param("real", marks=pytest.mark.slow), "nasty"])
def test_the_page_needs_nothing_else(made: str, request: pytest.FixtureRequest) -> None:
    """No script, no address, no file: all of it is in the page. Links lead to students' pages alone."""
    found = Page(request.getfixturevalue("html") if made == "real" else nasty())
    for tag, attributes in found.elements:
        assert tag not in ("script", "link", "iframe", "object", "embed", "form", "base")
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "action", "data", "srcset", "poster"):
            target = attributes.get(name)
            inside = target is None or target.startswith(("#", "data:image/svg+xml;base64,"))
            assert inside or (tag == "a" and OWN_PAGE.fullmatch(str(target)))
    assert "url(" not in nasty() and "@import" not in nasty()


def test_the_page_can_be_read_aloud(html: str) -> None:
    """One heading of the first level, none skipped; headers of tables have a scope; pictures say it."""
    found = Page(html)
    levels = [int(tag[1]) for tag, _ in found.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))
    assert found.all("html")[0]["lang"] == "en"
    assert all(cell.get("scope") for cell in found.all("th"))
    pictures = found.all("img")
    assert len(pictures) == 3 and all(len(p["alt"] or "") > 40 for p in pictures)
    targets = {attributes.get("id") for _, attributes in found.elements}
    links = {link["href"] or "" for link in found.all("a")}
    assert {link[1:] for link in links if not OWN_PAGE.fullmatch(link)} <= targets


def test_a_class_without_marks_has_a_page() -> None:
    """Nothing is divided by nothing, and nothing is promised."""
    read = Page(page(facts(ungraded=(Ungraded("a", "A", "why"),)), None)).read
    assert "Nobody has marks yet" in read and "No times are known" in read


def test_a_picture_says_its_numbers() -> None:
    """Bars by tenths, the full mark in the last one; the median in words."""
    chart = marks_chart([0, 29, 30, 30], 30)
    assert "1 with 0–3, 3 with 27–30 points" in chart.alt
    assert "The median is 29.5" in chart.alt
    assert isinstance(chart, Svg) and chart.text.count("<rect") == 1 + 2


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ([0.2], "1 took under 1 seconds"),
        ([1.0, 1.9, 2.0], "2 took 1–2, 1 took 2–4 seconds"),
        ([300.0, 3.0], "1 took 2–4, 1 took over 256 seconds"),
    ],
)
def test_times_fall_into_bars_that_double(seconds: list[float], said: str) -> None:
    """Each time is in one bar, also the shortest and the longest."""
    assert said in times_chart(seconds).alt


def test_irregular_submissions_have_a_section_of_their_own() -> None:
    """With what each did; a class of honest ones has none."""
    forged = work("eve", irregular=("squared: malformed evidence",))
    shown = Page(page(facts(work("ada"), forged), None))
    assert "Irregular submissions" in shown.read and "squared: malformed evidence" in shown.read
    assert "Irregular" not in Page(page(facts(work("ada")), None)).read


def test_aspects_are_counted() -> None:
    """Who earned all of an aspect, of how many."""
    assert "values: 1 of 2 (50%)" in aspects_chart(facts(work(), work("bob", 20)).aspects()).alt


def test_late_penalties_and_changes_are_in_the_table() -> None:
    """Points, what is taken off, what counts, and what was before."""
    dates = Lateness(due="2026-05-04 18:00 UTC", late=3600, days=1, left=2, rest=600)
    late = work(points=25, penalty=5, score=20, late=dates, before={TEST: 10})
    [row] = rows_of(marks_table(facts(late)))
    wanted = {"points": "25", "late penalty": "5", "score": "20", "before": "10"}
    wanted |= {"seconds late": "3600", "seconds not covered": "600", "late days left": "2"}
    assert {name: row[name] for name in wanted} == wanted
    absent = replace(facts(late), absent=(scores.Person("zoe"),))
    assert rows_of(marks_table(absent))[1]["remark"] == "nothing submitted"


def test_extensions_and_late_submissions_are_on_the_page() -> None:
    """With the rules of the course, and what each of them covered; without any there is no table."""
    dates = Lateness("2026-05-04 18:00 UTC", "2026-05-05 18:00 UTC", late=90_600, days=1, rest=4200)
    late = replace(facts(work(penalty=5, late=dates)), late=LateRules(15, 3))
    read = " ".join(Page(page(late, None)).read.split())
    assert "15 minutes of grace, then late days, of which everybody has 3" in read
    assert "2026-05-05 18:00 UTC 1 day 1 h1 1 h 10 min−5" in read  # cells stand side by side
    assert "Extensions and late" not in Page(page(facts(work()), None)).read


def test_tables_hold_no_formulas() -> None:
    """A name that a spreadsheet would compute is marked as text."""
    bad = replace(work("=cmd()"), name="@SUM(A1)")
    [row] = rows_of(marks_table(facts(bad)))
    assert (row["student"], row["name"]) == ("'=cmd()", "'@SUM(A1)")
    pair = Pair(90, Side("+1", 1.0, ()), Side("b", 0.5, ()))
    assert "\n'+1,'+1,1,b,b,0.5,90" in similar_table(facts(), ClassComparison(2, 3, (pair,)))
    assert misconceptions_table(facts()).count("\n") == 1


def when(minute: int) -> datetime:
    return datetime(2026, 3, 1, 12, minute, tzinfo=UTC)


def a_unit(folder: Path) -> Unit:
    return Unit(folder, "unit1", "lesson.py", "notebook", "Title", 60, "signs")


def test_history_keeps_the_marks_before(tmp_path: Path) -> None:
    """The first state has nothing before it; a state that is the same is no new one."""
    unit = a_unit(tmp_path)
    first = remember(unit, {"ada": {TEST: 1.0}}, when(0))
    assert first.before is None
    second = remember(unit, {"ada": {TEST: 2.0}}, when(1))
    assert second == remember(unit, {"ada": {TEST: 2.0}}, when(2)) == recall(unit)
    assert second == History(second.now, first.now)
    assert second.now.when == "2026-03-01T12:01:00+00:00"


@pytest.mark.parametrize("text", ["", "[]", '{"now": 1}', "\xff", '{"now": {}, "before": null}'])
def test_a_damaged_history_is_begun_anew(text: str, tmp_path: Path) -> None:
    """It costs the comparison, and no report."""
    unit = a_unit(tmp_path)
    remember(unit, {}, when(0))
    (unit.grader_folder / "history.json").write_text(text, "latin-1")
    assert recall(unit) is None
    assert remember(unit, {"ada": {}}, when(1)).before is None


def test_a_reason_is_kept_and_stands_for_no_marks(bare: Unit) -> None:
    """The ledger tells why somebody has none, and never takes that for a grading."""
    ledger = Ledger(bare, Options())
    ledger.refuse("ada", "it is a PDF", known=False)
    assert (ledger.problem("ada"), ledger.problem("bob")) == ("it is a PDF", None)
    assert ledger.entry("ada") is None and ledger.graded_submission("ada") is None
    assert not ledger.was_known("ada") and ledger.stand("ada", "no disk") is None


OWN = """
def blocks_of(stage, letters):
    for position, letter in enumerate(letters.split()):
        yield stage * 10 + position, [letter, letter.upper()], {"first": position == 0}
        if position > 3 or (stage, letter) in KNOWN:
            raise ValueError("no such block", stage, letter, [KNOWN[key] for key in sorted(KNOWN)])
"""
RENAMED = OWN.replace("blocks_of", "f").replace("position", "i").replace("letter", "c")


def test_other_names_make_no_difference() -> None:
    """A copy with every name changed is as alike as one with none."""
    plain = compare_codes({"a": OWN, "b": OWN}, [])
    renamed = compare_codes({"a": OWN, "b": f"# mine\n{RENAMED}"}, [])
    assert plain.pairs[0].shared == renamed.pairs[0].shared > 80
    assert renamed.pairs[0].second.share == 1


def test_what_is_given_or_many_have_says_nothing() -> None:
    """Code of the release, and code that more than three have, is no resemblance."""
    assert not compare_codes({"a": OWN, "b": OWN}, [OWN]).pairs
    assert len(compare_codes(dict.fromkeys("abc", OWN), []).pairs) == 3
    assert not compare_codes(dict.fromkeys("abcd", OWN), []).pairs


def test_the_common_passages_are_marked_in_the_students_own_words() -> None:
    """What is shown is the code as it was written, whole, with the shared parts marked."""
    other = f"answer = 42\n{OWN}"
    [pair] = compare_codes({"a": other, "b": OWN}, []).pairs
    assert "".join(text for text, _ in pair.first.pieces) == other
    marked = "".join(text for text, shared in pair.first.pieces if shared)
    assert "yield stage * 10 + position" in marked and "answer" not in marked


HOSTILE = {
    "empty": b"",
    "binary": bytes(range(256)) * 64,
    "nested": b'{"cells": ' + b"[" * 100_000,
    "deep": b'{"cells": [{"cell_type": "code", "source": "' + b"(" * 90_000 + b'"}]}',
    "huge": b'{"cells": [{"cell_type": "code", "source": "' + b"x = 1;" * 80_000 + b'"}]}',
    "surrogates": b'{"cells": [{"cell_type": "code", "source": "\\ud800 = \\u0000"}]}',
}


def test_hostile_notebooks_stop_no_comparison(bare: Unit) -> None:
    """Whatever a file holds, the others are compared, and it is named where it was not."""
    folder = bare.root / "submitted"
    for name, data in HOSTILE.items():
        file = folder / name / bare.id / f"{bare.notebook}.ipynb"
        file.parent.mkdir(parents=True)
        file.write_bytes(data)
    helper = students.answer_at("equivalent/helper_function")
    submit(bare, [Student(name, "", "", (helper,)) for name in ("one", "two")])
    try:
        found = compare_submissions(bare, [*HOSTILE, "one", "two", "nobody"])
    finally:
        shutil.rmtree(folder)
    assert [(p.first.student, p.second.student) for p in found.pairs] == [("one", "two")]
    assert set(found.apart or {}) >= {"empty", "binary", "nested", "huge", "nobody"}
    assert f"more than {LONGEST_CODE:,} are not compared" in (found.apart or {})["huge"]


def test_comparing_runs_nothing(tmp_path: Path) -> None:
    """Code that would leave a file behind, were it run or imported, leaves none."""
    trap = tmp_path / "trap"
    code = f"open({str(trap)!r}, 'w')\n{OWN}"
    assert compare_codes({"a": code, "b": code}, []).pairs
    assert not trap.exists()
