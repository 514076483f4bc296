"""A submission's cells are put back in order: what they are and are worth comes from the source."""

import copy

import nbformat
import pytest
from nbformat import NotebookNode

from kerasgrader.repair.restoration import restore
from tests.support.course_folder import ROOT, UNIT

FOLDER = f"{UNIT}/residual_networks.ipynb"


@pytest.fixture(scope="module")
def source() -> NotebookNode:
    return nbformat.read(ROOT / "source" / FOLDER, as_version=4)


@pytest.fixture
def submitted() -> NotebookNode:
    return nbformat.read(ROOT / "release" / FOLDER, as_version=4)


def cell(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    found = [
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    ]
    assert len(found) == 1
    return found[0]


def order(notebook: NotebookNode) -> list[str]:
    return [c.metadata.nbgrader.grade_id for c in notebook.cells if "nbgrader" in c.metadata]


def test_an_untouched_release_is_the_source_without_its_solutions(
    submitted: NotebookNode, source: NotebookNode
) -> None:
    """Tests and locked cells come from the source, hidden halves included; answers stay."""
    restored, notes = restore(submitted, source)
    assert notes == []
    assert order(restored) == order(source)
    assert "BEGIN HIDDEN TESTS" in cell(restored, "test_identity_block").source
    assert cell(restored, "imports").source == cell(source, "imports").source
    assert "NotImplementedError" in cell(restored, "identity_block").source
    nbformat.validate(restored)


def test_flags_points_locks_and_tags_come_from_the_source(
    submitted: NotebookNode, source: NotebookNode
) -> None:
    """What a student writes into a cell's metadata has no effect."""
    test = cell(submitted, "test_identity_block")
    test.metadata.tags = ["skip-execution"]
    test.metadata.nbgrader.update(points=1000, grade=False, locked=False, solution=True)
    submitted.metadata["celltoolbar"] = "x"
    restored, _ = restore(submitted, source)
    assert (
        cell(restored, "test_identity_block").metadata
        == cell(source, "test_identity_block").metadata
    )
    assert set(restored.metadata) == {"kernelspec"}
    assert all("skip-execution" not in c.metadata.get("tags", []) for c in restored.cells)


def test_imports_that_were_added_to_a_locked_cell_stay(
    submitted: NotebookNode, source: NotebookNode
) -> None:
    """In a cell of their own behind it, which is the source's again; what else was added there is not."""
    locked = cell(submitted, "imports")
    locked.source = f"import math\n{locked.source}\nfrom os import path as p; RATE = 3\n"
    restored, notes = restore(submitted, source)
    assert cell(restored, "imports").source == cell(source, "imports").source
    place = [one.id for one in restored.cells].index("imports")
    assert restored.cells[place + 1].source == "import math\nfrom os import path as p"
    assert notes == ["a cell held imports and code of your own: it is divided"]


def test_a_missing_test_comes_back_in_its_place(
    submitted: NotebookNode, source: NotebookNode
) -> None:
    """A deleted test cell is restored, and the note says so."""
    submitted.cells.remove(cell(submitted, "test_identity_block"))
    restored, notes = restore(submitted, source)
    assert order(restored) == order(source)
    assert notes == ["cell 'test_identity_block' was missing and is put back"]


def test_all_cells_but_the_answers_may_be_missing(
    submitted: NotebookNode, source: NotebookNode
) -> None:
    """Even with nothing left but the answers, the tests come back in the order of the source."""
    submitted.cells = [c for c in submitted.cells if c.metadata.get("nbgrader", {}).get("solution")]
    restored, _ = restore(submitted, source)
    assert order(restored) == order(source)


def test_a_missing_answer_is_named(submitted: NotebookNode, source: NotebookNode) -> None:
    """An answer cannot be put back; it is named, and its cell is as it was released."""
    submitted.cells.remove(cell(submitted, "identity_block"))
    restored, notes = restore(submitted, source)
    assert notes == ["the answer cell 'identity_block' is missing"]
    assert order(restored) == order(source)
    assert "NotImplementedError" in cell(restored, "identity_block").source
    assert "BEGIN SOLUTION" not in cell(restored, "identity_block").source


def test_of_a_duplicated_cell_the_last_counts(
    submitted: NotebookNode, source: NotebookNode
) -> None:
    """A copied answer cell stays as code; the last copy is the answer. Ids are unique again."""
    original = cell(submitted, "identity_block")
    double = copy.deepcopy(original)
    double.source = "def identity_block(): 'second'"
    submitted.cells.insert(submitted.cells.index(original) + 1, double)
    restored, notes = restore(submitted, source)
    assert cell(restored, "identity_block").source == double.source
    assert notes == ["cell 'identity_block' occurs twice: the last one counts"]
    assert len({c.id for c in restored.cells}) == len(restored.cells)
    nbformat.validate(restored)


def test_a_cell_that_poses_as_another_changes_nothing(
    submitted: NotebookNode, source: NotebookNode
) -> None:
    """A cell of the student's with a test's id, or with an id of nobody's, earns nothing."""
    fake = nbformat.v4.new_code_cell("print(100)", id="test_resnet50")
    fake.metadata["nbgrader"] = {"grade": True, "grade_id": "bonus", "points": 50}
    submitted.cells.append(fake)
    restored, _ = restore(submitted, source)
    assert order(restored) == order(source)
    assert restored.cells[-1].id != "test_resnet50"


@pytest.mark.parametrize("nbgrader", [None, "x", 3, [], {}, {"grade_id": 3}, {"grade_id": None}])
def test_malformed_metadata_is_dropped(
    nbgrader: object, submitted: NotebookNode, source: NotebookNode
) -> None:
    """Metadata of any other form make a cell a plain one."""
    submitted.cells[0].metadata["nbgrader"] = nbgrader
    restored, _ = restore(submitted, source)
    assert "nbgrader" not in restored.cells[0].metadata


def test_answers_without_metadata_are_found_by_what_they_define(
    submitted: NotebookNode, source: NotebookNode
) -> None:
    """Even as text, and in another order; what they are worth comes from the source."""
    for c in submitted.cells:
        c.metadata = {}
    answer = next(c for c in submitted.cells if "def identity_block" in c.source)
    answer.cell_type, answer.source = "markdown", "def identity_block(X):\n    return X"
    submitted.cells.append(submitted.cells.pop(submitted.cells.index(answer)))
    restored, notes = restore(submitted, source)
    assert order(restored) == order(source)
    assert cell(restored, "identity_block").source == "def identity_block(X):\n    return X"
    assert cell(restored, "identity_block").cell_type == "code"
    assert cell(restored, "test_identity_block").metadata.nbgrader.points == 30
    assert "the cell of identity_block had become text and is code again" in notes


def test_a_helper_that_comes_too_late_comes_before(
    submitted: NotebookNode, source: NotebookNode
) -> None:
    """With what it needs itself, and without what else is in its cell."""
    answer = cell(submitted, "identity_block")
    answer.source = "def identity_block(X):\n    return helper(X)"
    late = "import time\n\ntime.sleep(0)\n\ntwo = 2\n\ndef helper(x):\n    return two * x"
    submitted.cells.append(nbformat.v4.new_code_cell(late))
    restored, _ = restore(submitted, source)
    texts = [c.source for c in restored.cells]
    at = texts.index(answer.source)
    assert sorted(texts[at - 2 : at]) == ["def helper(x):\n    return two * x", "two = 2"]
    assert texts[-1] == "import time\n\ntime.sleep(0)"


def test_what_a_test_needs_is_not_taken_from_a_later_experiment(
    submitted: NotebookNode, source: NotebookNode
) -> None:
    """Where the answer is complete, cells after its test stay where they are."""
    answer = cell(submitted, "identity_block")
    answer.source = "width = 1\n\ndef identity_block(X):\n    return width * X"
    submitted.cells.append(nbformat.v4.new_code_cell("width = 2"))
    restored, notes = restore(submitted, source)
    assert restored.cells[-1].source == "width = 2" and notes == []


@pytest.mark.parametrize("between", ["", "# a thought"])
@pytest.mark.parametrize("torn_at", range(1, 9))
def test_a_torn_answer_is_whole_again(
    torn_at: int, between: str, submitted: NotebookNode, source: NotebookNode
) -> None:
    """Wherever it was torn, with an empty cell between, or with its end somewhere else."""
    text = (
        'def identity_block(X):\n    """What\n    it does."""\n    Y = f(\n        X,\n    )\n'
        "    if Y:\n        Y = X\n    return Y"
    )
    lines = text.split("\n")
    answer = cell(submitted, "identity_block")
    answer.source = "\n".join(lines[:torn_at])
    end = nbformat.v4.new_code_cell("\n".join(lines[torn_at:]))
    at = submitted.cells.index(answer) + 1
    submitted.cells[at:at] = [nbformat.v4.new_markdown_cell(between), end] if between else [end]
    restored, notes = restore(submitted, source)
    assert cell(restored, "identity_block").source == text
    assert any("was split into 2 cells" in note for note in notes)


def test_an_experiment_in_an_indented_cell_is_no_end(
    submitted: NotebookNode, source: NotebookNode
) -> None:
    """IPython runs it; it does not belong to the complete function above."""
    answer = cell(submitted, "identity_block")
    answer.source = "def identity_block(X):\n    return X"
    own = nbformat.v4.new_code_cell("    print(identity_block)", id="own")
    submitted.cells.insert(submitted.cells.index(answer) + 1, own)
    restored, notes = restore(submitted, source)
    assert cell(restored, "identity_block").source == answer.source and notes == []
    assert "    print(identity_block)" in [c.source for c in restored.cells]


def test_given_code_that_is_not_needed_for_grading_keeps_its_tag(
    submitted: NotebookNode, source: NotebookNode
) -> None:
    """A formatter has rewritten the training cell, and it must not train while it is graded."""
    training = next(c for c in submitted.cells if "longer = training.fit(" in c.source)
    training.source = training.source.replace(", ", ",\n    ").replace('"', "'")
    restored, _ = restore(submitted, source)
    again = next(c for c in restored.cells if "longer = training.fit(" in c.source)
    assert again.metadata.tags == ["ungraded"] and '"EPOCHS_LONG is 0' in again.source
