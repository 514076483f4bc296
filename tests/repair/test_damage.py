"""Whatever happens to a notebook on its way, the student's answers count: nothing else is ever lost."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random

import nbformat
import pytest
from nbformat import NotebookNode

from kerasgrader.course.course import Unit
from kerasgrader.grading.options import Options
from kerasgrader.grading.run import grade
from kerasgrader.kernel.sandbox_layers import strongest_sandbox
from kerasgrader.repair.outline import outline_of
from kerasgrader.repair.restoration import restore
from kerasgrader.repair.salvage import notebook_of
from kerasgrader.repair.statements import meaning, needs, statements
from tests import students
from tests.students import Answer, damage
from tests.students.submissions import reference_cells, with_answers
from tests.support.course_folder import ROOT, UNIT

NAME = f"{UNIT}/residual_networks.ipynb"
SOURCE = nbformat.read(ROOT / "source" / NAME, as_version=4)
RELEASE = nbformat.read(ROOT / "release" / NAME, as_version=4)
REFERENCE = reference_cells(SOURCE)
HELPER = "def kept(x):\n    return x if wanted else None\n\nwanted = True"
KINDS = damage.kinds()
PAIRS = 600
MOST_PAIRS = 2000 - 3 * len(KINDS)
# Answers that earn nothing, of which nobody could say where they end.
WITHOUT_END = ("syntax_error", "no_return")
RELEASED = {
    students.FUNCTIONS[part.grade_id]: part.released for part in outline_of(SOURCE).exercises
}


@pytest.fixture(autouse=True)
def released_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Damage that takes an answer away puts there what the release has, in these tests alone."""
    monkeypatch.setattr(damage, "STUBS", RELEASED)


def with_helper() -> NotebookNode:
    """A right answer that needs a cell of the student's own."""
    notebook = with_answers(RELEASE, REFERENCE, ())
    for index, cell in enumerate(notebook.cells):
        if "def identity_block" in cell.source:
            cell.source = cell.source.replace("X_shortcut = X\n", "X_shortcut = kept(X)\n")
            notebook.cells.insert(index, nbformat.v4.new_code_cell(HELPER, id="own-1"))
            break
    return notebook


def bases() -> dict[str, NotebookNode]:
    """Right and wrong answers, and a half finished one, as they were before anything happened."""
    answers: list[Answer] = [
        answer for answer in (*students.wrong(), *students.equivalent()) if answer.unit == "unit1"
    ]
    made = {str(answer): with_answers(RELEASE, REFERENCE, [answer]) for answer in answers}
    return {"right": with_answers(RELEASE, REFERENCE, ()), "with helper": with_helper(), **made}


BASES = bases()


def seen_by_tests(restored: NotebookNode, gone: set[str]) -> dict[str, dict[str, str]]:
    """For every test, the statements that decide its mark: what it needs, and what that needs in turn.

    gone: exercises that are not attempted, or not there at all, which earns the same.
    """
    stubs = {said[0] for name in gone if (said := meaning(RELEASED[name]))}
    bound: dict[str, tuple[str, frozenset[str]]] = {}
    seen = {}
    for cell in restored.cells:
        if cell.cell_type != "code" or "ungraded" in cell.metadata.get("tags", []):
            continue
        if cell.metadata.get("nbgrader", {}).get("grade"):
            waiting, reached = set(needs(cell.source)), {"": cell.source}
            while waiting:
                name = waiting.pop()
                if name in gone and bound.get(name, (None,))[0] in (None, *stubs):
                    reached[name] = "gone"
                elif name in bound and name not in reached:
                    reached[name] = bound[name][0]
                    waiting |= bound[name][1]
            seen[cell.metadata.nbgrader.grade_id] = reached
        for statement in statements(cell.source) or ():
            for name in statement.binds:
                bound[name] = (statement.meaning or "", needs(statement.text))
    return seen


def without(notebook: NotebookNode, lost: frozenset[str]) -> NotebookNode:
    """The notebook as it would be had these exercises never been answered."""
    notebook = nbformat.from_dict(json.loads(json.dumps(notebook)))
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in lost:
            cell.source = RELEASED[students.FUNCTIONS[grade_id]]
    return notebook


@cache
def wanted_without(base: str, lost: frozenset[str]) -> dict[str, dict[str, str]]:
    """What tests should see of a damaged notebook from which these exercises are gone."""
    restored, _ = restore(without(BASES[base], lost), SOURCE)
    return seen_by_tests(restored, {students.FUNCTIONS[exercise] for exercise in lost})


def differences(base: str, kinds: list[str], seed: str) -> str | None:
    """What of a damaged notebook's tests sees other code than the undamaged one's; None if nothing."""
    data, lost = damage.damaged(BASES[base], kinds, Random(seed))
    restored, notes = restore(notebook_of(data, "it")[0], SOURCE)
    nbformat.validate(restored)
    found = seen_by_tests(restored, {students.FUNCTIONS[exercise] for exercise in lost})
    wanted = wanted_without(base, frozenset(lost))
    if found == wanted:
        return None
    return (
        "\n".join(
            f"{base} {kinds} {seed}: {test} {name!r}: {found.get(test, {}).get(name)} != {said}"
            for test, names in wanted.items()
            for name, said in names.items()
            if found.get(test, {}).get(name) != said
        )
        or f"{base} {kinds} {seed}: more is seen than should be: {notes}"
    )


def test_there_are_thirty_kinds_of_damage() -> None:
    """And the catalogue is what the other tests use."""
    assert len(KINDS) >= 30


@pytest.mark.parametrize("kind", KINDS)
def test_damage_alone_costs_nothing_but_what_is_gone(kind: str) -> None:
    """A right answer, a wrong one and one with a helper of its own."""
    wrong = Random(kind).choice([name for name in BASES if name.startswith("wrong/")])
    for base in ("right", "with helper", wrong):
        assert differences(base, [kind], f"alone {kind}") is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_in_order_stays_as_it_is(kind: str) -> None:
    """Putting a notebook in order a second time changes nothing, and there is nothing to say."""
    data, _ = damage.damaged(BASES["with helper"], [kind], Random(kind))
    once, _ = restore(notebook_of(data, "it")[0], SOURCE)
    twice, notes = restore(once, SOURCE)
    assert twice == once and notes == []


@pytest.mark.slow
def test_pairs_of_damage_cost_nothing_but_what_is_gone(long_runs: bool) -> None:
    """Two at a time, seeded; in long runs so many that they are two thousand with the ones above."""
    random = Random(2024)
    count = MOST_PAIRS if long_runs else PAIRS
    names = sorted(BASES)
    failed = []
    for number, kinds in enumerate(islice(damage.pairs(random), count)):
        torn = any("torn" in kind for kind in kinds)
        base = random.choice([name for name in names if not (torn and name.endswith(WITHOUT_END))])
        problem = differences(base, kinds, f"pair {number}")
        if problem is not None:
            failed.append(problem)
    assert not failed, f"{len(failed)} of {count}:\n" + "\n".join(failed[:20])


@pytest.mark.parametrize("seed", ["pair 182", "x19", "x32"])
def test_the_beginning_of_a_torn_answer_is_found_in_its_test(seed: str) -> None:
    """Torn in the middle of its docstring, and merged with the test: the test is no part of the answer."""
    kinds = ["an_answer_torn_without_metadata", "an_answer_merged_into_its_test"]
    assert differences("equivalent/letters_from_numbers", kinds, seed) is None


GRADED = {
    "everything-doubled": ("right", ["everything_doubled", "ids_all_the_same"]),
    "one-cell": ("right", ["all_code_in_one_cell"]),
    "colab-shuffled": ("right", ["saved_by_colab", "shuffled"]),
    "torn": ("right", ["an_answer_torn", "invisible_characters"]),
    "markdown": ("right", ["through_markdown", "in_utf_16"]),
    "format-3": ("right", ["in_format_3", "tagged_to_be_skipped"]),
    "text": ("right", ["an_answer_turned_into_text", "all_but_answers_deleted"]),
    "formatted": ("right", ["formatted", "imports_changed"]),
    "swapped": ("wrong/identity_block:no_final_relu", ["grade_ids_swapped", "reversed_order"]),
    "stripped": ("wrong/identity_block:no_final_relu", ["metadata_missing", "answers_at_the_end"]),
    "helper-late": ("with helper", ["reversed_order", "a_test_changed"]),
    "deleted": ("right", ["an_answer_deleted", "answers_below_their_cells"]),
    "renamed": ("right", ["a_function_renamed"]),
    "emptied": ("wrong/identity_block:no_final_relu", ["an_answer_emptied", "flags_changed"]),
}
UNDAMAGED = {
    "right": "right",
    "helper": "with helper",
    "wrong": "wrong/identity_block:no_final_relu",
}


@pytest.mark.slow
@pytest.mark.usefixtures("warm_process")
def test_damaged_notebooks_get_the_marks_of_whole_ones(
    new_course: Callable[..., Unit], tmp_path: Path
) -> None:
    """Really graded: each exercise as in the undamaged notebook, but for those that are gone.

    The feedback page says what was mended, and stops saying so when there is nothing to mend.
    """
    unit = new_course(tmp_path)
    lost: dict[str, set[str]] = {}
    mended: dict[str, list[str]] = {}
    for student, base in UNDAMAGED.items():
        submit(unit, student, json.dumps(BASES[base]).encode())
    for student, (base, kinds) in GRADED.items():
        data, lost[student] = damage.damaged(BASES[base], kinds, Random(student))
        submit(unit, student, data)
        notebook, reading = notebook_of(data, student)
        mended[student] = [*reading, *restore(notebook, SOURCE)[1]]
    marks = grade(unit.root, unit.id, options=Options(sandbox=strongest_sandbox()))
    assert marks.problems == []
    points = {g.student: {r.exercise: r.points for r in g.results} for g in marks.graded}
    wholes = {base: points[student] for student, base in UNDAMAGED.items()}
    assert sum(wholes["right"].values()) == 100 and wholes["with helper"] == wholes["right"]
    assert sum(wholes[UNDAMAGED["wrong"]].values()) == 82
    for student, (base, _) in GRADED.items():
        gone = {students.FUNCTIONS[exercise] for exercise in lost[student]}
        expected = {name: 0 if name in gone else given for name, given in wholes[base].items()}
        assert points[student] == expected, student
        assert all(note in html.unescape(page(unit, student)) for note in mended[student])
        assert ("What happened to your file" in page(unit, student)) == bool(mended[student])
    assert sum(map(bool, mended.values())) > 10
    assert {student for student in GRADED if lost[student]} == {"deleted", "renamed", "emptied"}
    assert "What happened to your file" not in page(unit, "right")


def submit(unit: Unit, student: str, data: bytes) -> None:
    """Put a file where nbgrader looks for it."""
    path = unit.root / "submitted" / student / unit.id / f"{unit.notebook}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)


def page(unit: Unit, student: str) -> str:
    """A student's feedback."""
    return (unit.root / "feedback" / student / unit.id / f"{unit.notebook}.html").read_text("utf-8")
