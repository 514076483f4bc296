"""Nothing but the answer decides its mark: right answers among whatever students put beside them.

Cells of habits and mishaps go into solved notebooks at random places; all points are earned, and the page
tells what happened. A notebook is drawn from its number.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from kerascheck.evidence.evidence import StudentError
from kerascheck.judge.verdict import Verdict
from kerasgrader.course.course import load_course
from kerasgrader.course.lessons import is_test
from kerasgrader.execution.plan import Plan
from kerasgrader.execution.runner import NotebookRunner
from kerasgrader.kernel.sandbox_layers import strongest_sandbox
from kerasgrader.kernel.warm_client import WarmParent
from kerasgrader.marking import reference
from kerasgrader.marking.marking import irregular_in
from kerasgrader.marking.nbgrader import load_config
from kerasgrader.marking.second_look import best
from kerasgrader.repair.restoration import restore
from tests.students.habits import HABITS, Habit
from tests.students.submissions import reference_cells, with_answers
from tests.support.course_folder import MODULES, ROOT

pytestmark = pytest.mark.slow

UNITS = [unit.id for unit in load_course(ROOT).units]
SHORT, LONG = 6, 400
QUICK = "unit3-resnet-v1"  # its tests take half a second
MOST = 3  # habits in a notebook
# Cells of one's own that never end cost these tests less than a class; tests have their usual time.
LIMITS = {"timeout": 2, "grace": 1}


@pytest.fixture(scope="module", autouse=True)
def one_warm_process() -> Iterator[None]:
    WarmParent.begin(MODULES)
    yield


@cache
def planned(unit_id: str) -> tuple[Plan, dict[str, reference.TestCell]]:
    """How a unit of this course is graded, and its tests."""
    config = load_config(ROOT)
    config.SealedKernel.sandbox = strongest_sandbox()
    config.Execute.update(LIMITS)
    plan = Plan(load_course(ROOT).unit(unit_id), "a seed", NotebookRunner(config=config))
    return plan, reference.tests_of(plan.unit, plan.runner.run(plan.job(plan.source)))


def solved(unit_id: str) -> NotebookNode:
    """A released notebook with the answers of the course."""
    unit = load_course(ROOT).unit(unit_id)
    source = nbformat.read(unit.source_file, as_version=4)
    return with_answers(nbformat.read(unit.release_file, as_version=4), reference_cells(source), ())


def put_into(notebook: NotebookNode, habits: list[Habit], chance: random.Random) -> None:
    """Each at a place of its own, before the last test: what comes after that is not run."""
    for habit in habits:
        last = max(index for index, cell in enumerate(notebook.cells) if is_test(cell))
        place = chance.randint(0, last)
        notebook.cells[place:place] = [new_code_cell(source) for source in habit.cells]


def graded(unit_id: str, notebook: NotebookNode) -> tuple[dict[str, Verdict], list[str]]:
    """The verdicts on a notebook, and the notes on its page."""
    plan, tests = planned(unit_id)
    repaired, notes = restore(notebook, plan.source)
    executed = plan.runner.run(plan.job(repaired))
    found = best(plan, executed, tests)
    verdicts, gained = found.verdicts, found.notes
    assert irregular_in(executed, tests) == ()
    return verdicts, [*notes, *executed.notes, *gained]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A few notebooks, or with --long-runs four hundred."""
    if "number" in metafunc.fixturenames:
        count = LONG if metafunc.config.getoption("--long-runs") else SHORT
        metafunc.parametrize("number", range(count))


def test_right_answers_earn_everything_whatever_stands_beside_them(number: int) -> None:
    """In every unit, and the page tells what happened."""
    chance, unit_id = random.Random(number), UNITS[number % len(UNITS)]
    habits = chance.sample(HABITS, chance.randint(1, MOST))
    notebook = solved(unit_id)
    put_into(notebook, habits, chance)
    verdicts, notes = graded(unit_id, notebook)
    what = f"{unit_id}, {', '.join(habit.name for habit in habits)}: {notes}"
    assert {v.exercise: v.points for v in verdicts.values()} == {
        v.exercise: v.of for v in verdicts.values()
    }, what
    for habit in habits:
        assert not habit.note or any(habit.note in note for note in notes), what


IN_ANSWERS = [habit for habit in HABITS if habit.of_answers]


@pytest.mark.parametrize("habit", IN_ANSWERS, ids=lambda habit: habit.name)
def test_what_stands_in_the_cell_of_an_answer_costs_nothing(habit: Habit) -> None:
    """Above one function and below another: both are there, and the page tells what happened."""
    notebook = solved(QUICK)
    above, below, *_ = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("solution")]
    [source] = habit.cells
    above.source, below.source = f"{source}\n{above.source}", f"{below.source}\n{source}"
    verdicts, notes = graded(QUICK, notebook)
    assert [v.points for v in verdicts.values()] == [v.of for v in verdicts.values()], notes
    assert not habit.note or any(habit.note in note for note in notes), notes


FILLED = "TABLE = []\nfor number in range(3):\n    TABLE.append(number)\n"
MISHAPS = {
    "a restart": "import os\nos.kill(os.getpid(), 9)",
    "an endless loop": "while True: pass",
    "a long sum": "print(sum(range(10**12)))",
}


def with_a_table(own: str) -> NotebookNode:
    """A solved notebook whose first function needs TABLE, which a cell of one's own gives."""
    notebook = solved(QUICK)
    place, answer = next(
        (i, c)
        for i, c in enumerate(notebook.cells)
        if c.metadata.get("nbgrader", {}).get("solution")
    )
    answer.source = answer.source.replace("):\n", "):\n    assert len(TABLE) == 3\n", 1)
    notebook.cells.insert(place, new_code_cell(own))
    return notebook


@pytest.mark.parametrize("mishap", MISHAPS)
def test_only_the_statement_that_loses_the_kernel_is_lost(mishap: str) -> None:
    """What stands before and after it in its cell gives an answer what it needs."""
    for own in (f"{FILLED}{MISHAPS[mishap]}", f"{MISHAPS[mishap]}\n{FILLED}"):
        verdicts, notes = graded(QUICK, with_a_table(own))
        assert [v.points for v in verdicts.values()] == [v.of for v in verdicts.values()], notes


@pytest.mark.parametrize(
    ("own", "cause"),
    [
        ("import os\nTABLE = os._exit(1)", "the cell ended the kernel"),
        (
            "def slow():\n    while True: pass\nvalues = slow()\nTABLE = values",
            "the cell took longer than 2 seconds",
        ),
    ],
)
def test_a_value_that_is_missing_has_its_cause(own: str, cause: str) -> None:
    """The exercise that needs it loses its points, for what happened to the cell that should give it."""
    verdicts, _ = graded(QUICK, with_a_table(own))
    lost = [v for v in verdicts.values() if v.points < v.of]
    assert len(lost) == 1
    raised = lost[0].findings[0].actual
    assert isinstance(raised, StudentError)
    assert raised.message.startswith(cause) and "which should define `TABLE`" in raised.message
