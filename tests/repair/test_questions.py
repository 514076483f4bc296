"""Answers to questions are recognised in whatever state they come; a model answer is never handed out."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

from kerasgrader.course.lessons import compile_lesson
from kerasgrader.repair.restoration import restore

LESSON = """
# %% locked="imports"
import math

# %% [markdown]
# Why?

# %% [markdown] question="why" points=5
# THE MODEL ANSWER

# %% [markdown]
# Why not?

# %% [markdown] question="why_not" points=3
# THE OTHER MODEL ANSWER

# %% exercise="double"
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% test="test_double" points=10
double(2)

# %% question="plot" points=2
print(math.pi)  # MODEL PLOT
"""
STUB, CODE_STUB = "YOUR ANSWER HERE", "# YOUR CODE HERE"
ANSWER = "Because the *sum* is smaller: `a < b`."
Damage = Callable[[NotebookNode], None]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    path: Path = tmp_path_factory.mktemp("lesson") / "lesson.py"
    path.write_text(LESSON, "utf-8")
    return compile_lesson(path)


@pytest.fixture
def submitted(source: NotebookNode) -> NotebookNode:
    """The release, with an answer to the first question."""
    released = copy.deepcopy(source)
    for step in (ClearSolutions(), ClearHiddenTests()):
        released, _ = step.preprocess(released, {"language": "python"})
    cell(released, "why").source = ANSWER
    return released


def cell(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    [found] = [c for c in notebook.cells if name(c) == grade_id]
    return found


def name(found: NotebookNode) -> str | None:
    return found.metadata.get("nbgrader", {}).get("grade_id")


def at(notebook: NotebookNode, grade_id: str) -> int:
    return notebook.cells.index(cell(notebook, grade_id))


def answers(notebook: NotebookNode, source: NotebookNode) -> tuple[str, str, str]:
    """The three answers in a submission, after it was restored with the metadata of the source."""
    restored, _ = restore(notebook, source)
    for found in source.cells:
        if "nbgrader" in found.metadata:
            assert cell(restored, name(found)).metadata == found.metadata
            assert cell(restored, name(found)).cell_type == found.cell_type
    assert not any("MODEL" in c.source for c in restored.cells)
    found = [cell(restored, grade_id).source for grade_id in ("why", "why_not", "plot")]
    return found[0], found[1], found[2].partition("\n")[0]


def duplicate(notebook: NotebookNode) -> None:
    notebook.cells.insert(at(notebook, "why") + 1, copy.deepcopy(cell(notebook, "why")))


def duplicate_the_stub(notebook: NotebookNode) -> None:
    twin = copy.deepcopy(cell(notebook, "why"))
    twin.source = STUB
    notebook.cells.append(twin)


def change_the_flags(notebook: NotebookNode) -> None:
    cell(notebook, "why").metadata.nbgrader.update(points=99, grade=False, locked=True)
    cell(notebook, "why").metadata["tags"] = ["skip-execution"]


def lose_the_metadata(notebook: NotebookNode) -> None:
    for found in notebook.cells:
        found.metadata = NotebookNode()


def lose_metadata_and_ids(notebook: NotebookNode) -> None:
    lose_the_metadata(notebook)
    for number, found in enumerate(notebook.cells):
        found.id = f"new-{number}"


def become_code(notebook: NotebookNode) -> None:
    place, found = at(notebook, "why"), cell(notebook, "why")
    notebook.cells[place] = new_code_cell(found.source, metadata=found.metadata, id=found.id)


def become_a_definition(notebook: NotebookNode) -> None:
    """Prose that is code, and defines what an exercise asks for."""
    cell(notebook, "why").source = "double = 'twice'"


def answer_below(notebook: NotebookNode) -> None:
    place = at(notebook, "why")
    notebook.cells.insert(place + 1, new_markdown_cell(cell(notebook, "why").source))
    cell(notebook, "why").source = STUB


def answer_in_its_place(notebook: NotebookNode) -> None:
    notebook.cells[at(notebook, "why")] = new_markdown_cell(cell(notebook, "why").source)


def answer_in_two_cells(notebook: NotebookNode) -> None:
    answer_in_its_place(notebook)
    place = [c.source for c in notebook.cells].index(ANSWER)
    notebook.cells[place : place + 1] = [new_markdown_cell(part) for part in ANSWER.split(": ")]


def test_the_release_is_unanswered(submitted: NotebookNode, source: NotebookNode) -> None:
    """An answer stays as it is, and a question without one is as it was released."""
    assert answers(submitted, source) == (ANSWER, STUB, CODE_STUB)
    assert restore(submitted, source)[1] == []


@pytest.mark.parametrize(
    "damage",
    [
        duplicate,
        duplicate_the_stub,
        change_the_flags,
        lose_the_metadata,
        lose_metadata_and_ids,
        become_code,
        answer_below,
        answer_in_its_place,
    ],
)
def test_an_answer_is_recognised(
    damage: Damage, submitted: NotebookNode, source: NotebookNode
) -> None:
    """Whatever became of its cell; the other question is still without an answer."""
    damage(submitted)
    assert answers(submitted, source) == (ANSWER, STUB, CODE_STUB)


def test_an_answer_in_several_cells_is_joined(
    submitted: NotebookNode, source: NotebookNode
) -> None:
    """In their order, with a note for the page."""
    answer_in_two_cells(submitted)
    assert answers(submitted, source)[0] == "\n\n".join(ANSWER.split(": "))
    assert (
        "the answer 'why' is in another cell beside it: it counts" in restore(submitted, source)[1]
    )


def test_prose_is_never_taken_for_code(submitted: NotebookNode, source: NotebookNode) -> None:
    """Not even prose that defines what an exercise asks for."""
    become_a_definition(submitted)
    assert answers(submitted, source)[0] == "double = 'twice'"


@pytest.mark.parametrize("left", ["", "  \n", STUB + "  \n\n"])
def test_an_empty_answer_is_as_it_was_released(
    left: str, submitted: NotebookNode, source: NotebookNode
) -> None:
    """To the letter, so that nbgrader sees that there is none."""
    cell(submitted, "why").source = left
    assert answers(submitted, source) == (STUB, STUB, CODE_STUB)


def test_a_deleted_question_is_put_back_without_an_answer(
    submitted: NotebookNode, source: NotebookNode
) -> None:
    """In its place, with a note; the model answer does not come with it."""
    submitted.cells.remove(cell(submitted, "why"))
    restored, notes = restore(submitted, source)
    assert answers(submitted, source) == (STUB, STUB, CODE_STUB)
    assert notes == ["the answer cell 'why' is missing"]
    assert [name(c) for c in restored.cells if name(c)] == [
        name(c) for c in source.cells if name(c)
    ]


def test_of_two_answers_the_last_one_counts(submitted: NotebookNode, source: NotebookNode) -> None:
    """The other one stays in the notebook, for the person who reads it."""
    duplicate(submitted)
    cell_again = submitted.cells[at_last(submitted, "why")]
    cell_again.source = "On second thoughts: no."
    restored, notes = restore(submitted, source)
    assert cell(restored, "why").source == "On second thoughts: no."
    assert ANSWER in [c.source for c in restored.cells]
    assert "cell 'why' occurs twice: the last one counts" in notes


def at_last(notebook: NotebookNode, grade_id: str) -> int:
    return max(i for i, c in enumerate(notebook.cells) if name(c) == grade_id)


def test_an_answer_in_code_may_be_a_comment(submitted: NotebookNode, source: NotebookNode) -> None:
    """It is read by a person as a whole; should it define an exercise, that is found, too."""
    cell(submitted, "plot").source = "# The loss falls, and stays."
    assert answers(submitted, source)[2] == "# The loss falls, and stays."
    cell(submitted, "plot").source = "plt.plot(x)\n\ndef double(x):\n    return x + x\n"
    restored, _ = restore(submitted, source)
    assert "return x + x" in cell(restored, "double").source
    assert cell(restored, "plot").source == cell(submitted, "plot").source


def test_an_image_pasted_into_an_answer_is_named(
    submitted: NotebookNode, source: NotebookNode
) -> None:
    """It is not kept, and the student is told."""
    cell(submitted, "why").source = f"{ANSWER}\n\n![my figure](attachment:figure.png)"
    assert "the image in the answer 'why' is not kept" in restore(submitted, source)[1][0]
