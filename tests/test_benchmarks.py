"""What the grader is measured against is a fair opponent, and the measuring counts what it should.

The plain asserts of the stock course are run in this process, without a kernel; the last test grades a
class with stock nbgrader.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from benchmarks import hostile_on_stock, stock
from benchmarks.hostile_on_stock import Outcome, Report
from benchmarks.kernel import Row, agreement, lines, typical_students
from benchmarks.metering import Meter, Spent
from benchmarks.plain_asserts import plain_test
from benchmarks.variants import PROBE, Measured
from benchmarks.whole_class import OURS, measure
from kerasgrader.course.course import load_course
from tests import students
from tests.students import FUNCTIONS, Answer, Student, solve
from tests.students.submissions import reference_cells
from tests.support.course_folder import ROOT, UNIT, hidden_shapes

SOURCE = ROOT / "source" / UNIT / "residual_networks.ipynb"
TESTS = {f"test_{exercise}" for exercise in FUNCTIONS}


@cache
def source() -> NotebookNode:
    return nbformat.read(SOURCE, as_version=4)


@cache
def notebook() -> NotebookNode:
    return stock.stock_notebook(source())


def outcomes(path: str, *exercises: str) -> dict[str, str]:
    """For each exercise the error of its plain test, or "", for a student who gave the answer `path`."""
    cells = {cell.id: cell for cell in notebook().cells if cell.cell_type == "code"}
    names: dict[str, object] = {"__name__": "__main__"}
    exec(cells["imports"].source, names)
    for text in solve(reference_cells(notebook()), [path]).values():
        error(text, names)
    return {e: error(cells[f"test_{e}"].source, names) for e in exercises}


def error(text: str, names: dict[str, object]) -> str:
    try:
        exec(compile(text, "<cell>", "exec"), names)
    except Exception as raised:
        return type(raised).__name__
    return ""


@pytest.mark.parametrize(
    ("path", "exercise"),
    [
        ("wrong/identity_block:no_final_relu", "identity_block"),
        ("wrong/identity_block:batch_norm_names_swapped", "identity_block"),
        ("wrong/convolutional_block:stride_hard_coded", "convolutional_block"),
        ("wrong/resnet50:average_pool_unnamed", "resnet50"),
    ],
)
def test_a_wrong_answer_fails_the_plain_test_of_its_exercise_alone(
    path: str, exercise: str
) -> None:
    """As in our grader, a mistake costs its own exercise, and no other."""
    found = outcomes(path, *FUNCTIONS)
    assert {name for name, what in found.items() if what} == {exercise}


def test_a_right_answer_passes_the_plain_tests_however_it_is_written() -> None:
    """The opponent is not made weak by tests that only the reference's own words pass."""
    assert not any(outcomes("equivalent/table_of_functions", *FUNCTIONS).values())


def test_an_untouched_release_passes_nothing() -> None:
    """Without an answer there is nothing to pass."""
    assert all(outcomes("special/untouched", *FUNCTIONS).values())


def test_hidden_checks_stay_hidden() -> None:
    """What was between nbgrader's delimiters is between them still, and every check is there."""
    for cell in notebook().cells:
        if cell.id in TESTS:
            original = next(c for c in source().cells if c.id == cell.id)
            shown, hidden = cell.source.split("### BEGIN HIDDEN TESTS")
            assert hidden.endswith("### END HIDDEN TESTS")
            assert (shown + hidden).count("model = ") == len(PROBE.findall(original.source))
            assert shown.count("model = ") == 1
            for shape in hidden_shapes(nbformat.v4.new_notebook(cells=[original])):
                assert shape not in shown


def test_the_stock_notebook_is_plain() -> None:
    """It needs nothing of ours, has the same graded cells, and leaves out what is not graded."""
    graded = {c.id: c.metadata for c in source().cells if "nbgrader" in c.metadata}
    graded.pop("whole_network")
    assert {c.id: c.metadata for c in notebook().cells if "nbgrader" in c.metadata} == graded
    code = "\n".join(c.source for c in notebook().cells if c.cell_type == "code")
    assert "resnet_course" not in code and "check" not in code
    assert not any(c.metadata.get("tags") for c in notebook().cells)


def test_the_whole_notebook_is_the_students_but_for_its_tests() -> None:
    """Figures and training are in it, and the tests are the plain ones."""
    whole = stock.stock_notebook(source(), whole=True)
    assert [c.id for c in whole.cells] == [c.id for c in source().cells]
    plain = {c.id: c.source for c in notebook().cells if c.id in TESTS}
    assert {c.id: c.source for c in whole.cells if c.id in TESTS} == plain


@pytest.mark.parametrize("text", ["check.values(len, [1])", "print('a test')", "1 + 1"])
def test_what_has_no_plain_form_is_refused(text: str) -> None:
    """A test that would be left out of the comparison stops it instead."""
    with pytest.raises(ValueError):
        plain_test(text, {"check": None})


def test_attacks_look_out_for_the_words_of_plain_asserts() -> None:
    """Every attack is adapted, and no adaptation is for an attack that has changed or is gone."""
    adapted = {a.path: stock.adapted(a) for a in students.hostile()}
    assert adapted.keys() >= stock.ADAPTATIONS.keys()
    for answer in adapted.values():
        assert stock.OUR_WORD not in (answer.cell or "")
    misfit = replace(students.answer_at("hostile/asserts_dropped"), cell="pass")
    with pytest.raises(ValueError, match="asserts_dropped"):
        stock.adapted(misfit)


def test_a_child_that_nobody_waits_for_is_counted() -> None:
    """Processor time is that of all descendants, also of those whose parent ignores their end."""
    if Meter().why_not:
        pytest.skip(Meter().why_not)
    code = (
        "from benchmarks.metering import Meter\n"
        "meter = Meter()\n"
        "import os, signal, time\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "reading, writing = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    if os.fork() == 0:\n"
        "        while time.process_time() < 0.4: pass\n"
        "    os._exit(0)\n"
        "os.close(writing)\n"
        "os.read(reading, 1)  # nothing comes: it returns when both have ended\n"
        "print(meter.spent().cpu)\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=True)
    assert 0.4 < float(out.stdout) < 0.8


def test_a_command_is_measured_from_its_first_import(tmp_path: Path) -> None:
    """It is the real one, with its own arguments, and what it takes is written down."""
    out = tmp_path / "out.json"
    command = [sys.executable, "-m", "benchmarks.metered", out, "kerasgrader", "grade", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "--workers" in done.stdout
    spent = json.loads(out.read_text())
    assert spent["wall"] > 0.05 and spent["memory"] > 10 * 2**20
    assert spent["cpu"] is None or spent["cpu"] > 0.05
    assert spent["status"] == 0


def test_a_grader_that_fails_is_not_a_fast_one(tmp_path: Path) -> None:
    """Where there is no course, nothing is measured, and what was said is passed on."""
    nowhere = replace(load_course(ROOT).unit(UNIT), root=tmp_path)
    with pytest.raises(SystemExit, match="this grader failed"):
        measure(OURS, nowhere, 1)


def test_submissions_cost_what_executing_and_marking_cost() -> None:
    """A row is the mean over submissions, marks included; what comes once is kept apart."""
    measured = Measured(
        Spent(8, 9), (Spent(1, 2), Spent(3, 4)), (Spent(0.25, 0.5), Spent(0.75, 0.5))
    )
    assert Measured.from_plain(json.loads(json.dumps(measured.to_plain()))) == measured
    assert Row.of(measured) == Row(Spent(8, 9), Spent(2.5, 3.5), Spent(0.5, 0.5))


def test_ratios_are_against_the_floor_and_against_stock() -> None:
    """Each row says how many times the floor it costs, and how many times it that stock costs."""
    rows = {
        "stock": Row(Spent(2, 2), Spent(8, 12), None),
        "warm": Row(Spent(7, 7), Spent(2, 3), Spent(0.5, 0.5)),
        "floor": Row(Spent(5, 5), Spent(1, 2), None),
    }
    found = {name: cells for name, *cells in lines(rows, "cpu")}
    assert found["stock"] == ["2.00", "8.00", "", "8.0", "1.0"]
    assert found["warm"] == ["7.00", "2.00", "0.50", "2.0", "4.0"]
    assert [cells[-1] for _, *cells in lines(rows, "wall")] == ["1.0", "4.0", "6.0"]


def test_the_measured_students_are_of_the_usual_kind() -> None:
    """Right and wrong answers in turn, nothing endless or hostile, nothing that is in a store already."""
    chosen = typical_students(6)
    wrong = [any(a.path.startswith("wrong/") for a in s.answers) for s in chosen]
    assert wrong == [False, True, False, True, False, True]
    assert all(student.answers for student in chosen)
    with pytest.raises(SystemExit):
        typical_students(1000)


def test_agreement_counts_exercises() -> None:
    """Two graders agree on an exercise when both give full marks or neither does."""
    ours = {"s": {"a": True, "b": False}, "t": {"a": True, "b": True}}
    theirs = {"s": {"a": True, "b": True}, "t": {"a": True, "b": True}}
    assert agreement(ours, theirs) == (3, 4)


def outcome(first: float | None = 0, harm: tuple[str, ...] = (), **fields: bool) -> Outcome:
    marks: Mapping[str, float | None] = {"a": first, "b": None if first is None else 70}
    return Outcome(marks, fields.pop("innocent", True), harm, (), 1.0, **fields)


@pytest.mark.parametrize(
    ("found", "succeeds", "said"),
    [
        (outcome(), False, "nothing to attack"),
        (outcome(30), True, "**100 points** instead of 70"),
        (outcome(None), False, "its own submission has no mark"),
        (outcome(harm=("read the grading seed",)), True, "**read the grading seed**"),
        (outcome(innocent=False), True, "**the student after it has no marks**"),
        (outcome(None, innocent=False, in_time=False), True, "**stops the whole class**, ended"),
    ],
)
def test_an_attack_succeeds_when_somebody_has_an_advantage_or_a_harm_of_it(
    found: Outcome, succeeds: bool, said: str
) -> None:
    """Marks that were not earned, harm done, and the marks of others count; its own loss does not."""
    attack = students.answer_at("hostile/check_replaced")
    assert found.succeeds(outcome()) == succeeds
    assert hostile_on_stock.described(found, outcome(), attack, stock=True).startswith(said)


def test_harm_is_summed_up() -> None:
    """A table shows what was done and not every file of it."""
    harm = ["read the grading seed", *(f"left hostile-x in /folder/{n}" for n in range(9))]
    assert hostile_on_stock.summary(harm) == [
        "read the grading seed",
        "left 9 files or folders elsewhere",
    ]


def test_the_table_says_how_many_succeed() -> None:
    """Markdown with one line for each attack, and the count above it, also of outcomes kept as JSON."""
    attacks = [students.answer_at(f"hostile/{name}") for name in ("check_replaced", "result_nan")]
    name = "stock nbgrader"
    made = Report({name: outcome()}, {name: {a.path: outcome() for a in attacks}})
    made.found[name]["hostile/result_nan"] = outcome(30)
    report = Report()
    report.add_plain(json.loads(json.dumps(made.to_plain())))
    text = hostile_on_stock.markdown(attacks, report)
    assert text == hostile_on_stock.markdown(attacks, made)
    assert text.startswith("Of 2 attacks, **1 succeed on stock nbgrader**.")
    assert "| `check_replaced` |" in text and "| nothing to attack |" in text


def test_attacks_are_not_run_by_accident(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --unsealed nothing runs, and the reason is said."""
    monkeypatch.setattr(sys, "argv", ["hostile_on_stock"])
    with pytest.raises(SystemExit, match="--unsealed"):
        hostile_on_stock.main()


@pytest.mark.slow
def test_stock_nbgrader_grades_the_same_answers(tmp_path: Path) -> None:
    """On the stock course, right answers get everything, a wrong one loses its exercise, none nothing."""
    unit = stock.stock_course(tmp_path / "course")
    right = students.answer_at("equivalent/keywords")
    wrong = students.answer_at("wrong/identity_block:no_final_relu")
    without_network = Answer("no whole network", "", unsolved=("resnet50",))
    answers = {"right": (right,), "wrong": (wrong, without_network)}
    stock.submit_to_stock(unit, [Student(name, "", "", given) for name, given in answers.items()])
    done = stock.autograde_stock(unit)
    assert done.status == 0, done.said
    assert set(stock.passed(unit, "right").values()) == {True}
    assert stock.marks(unit, "wrong") == {
        "test_identity_block": 0,
        "test_convolutional_block": 30,
        "test_resnet50": 0,
    }
