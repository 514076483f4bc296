"""What a notebook is reduced to for a second look at exercises that lose points."""

from __future__ import annotations

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from kerasgrader.execution.essentials import essentials
from kerasgrader.execution.selection import SKIP

GIVEN = "import numpy as np\nimport keras"
ANSWER = "def f(x):\n    return helper(x) * RATE"
TEST = "check.values(f, 1)"
DEMO = "show(np.zeros(3))"


def notebook(*own: str, answer: str = ANSWER) -> NotebookNode:
    """The course's imports, cells of one's own, an answer, its test, and that of another exercise."""
    roles = [(GIVEN, "given", {"locked": True}), *((text, "", {}) for text in own)]
    roles += [(answer, "f", {"solution": True}), (TEST, "test_f", {"grade": True})]
    roles += [("check.values(g)", "test_g", {"grade": True})]
    return new_notebook(
        cells=[
            new_code_cell(text, metadata={"nbgrader": {"grade_id": name, **role}} if name else {})
            for text, name, role in roles
        ]
    )


def reduced(*own: str) -> list[str]:
    """What is left of one's own cells."""
    found = essentials(notebook(*own), {"test_f"}, {DEMO})
    assert found is not None and found.cells[len(own) + 1].source == ANSWER
    return [cell.source for cell in found.cells[1 : len(own) + 1]]


@pytest.mark.parametrize(
    "mishap",
    [
        "del np",
        "np = 3",
        "sum = 4",
        "np.sum = np.ones",
        "%reset -f",
        "import threading\nthreading.Thread(target=print).start()",
        "for name in list(globals()): del globals()[name]",
        "def print(*_): raise ValueError",
        "def keras(): pass",
        "score = 0.5",
        "f(3)",
    ],
)
def test_what_no_answer_needs_is_left_out(mishap: str) -> None:
    """Also what binds the name of a module or of a built-in function to something else."""
    [left] = reduced(mishap)
    assert left in ("", "import threading")


def test_what_gives_a_value_to_a_name_that_is_needed_stays() -> None:
    """Through others, in its order, as it is written; imports and definitions stay in any case."""
    own = (
        "from math import pi  # a comment\nBASE = pi\nprint(BASE)",
        "RATE: float = BASE * 2\nWIDTH = 3",
        "def helper(x):\n    return other(x)",
        "with np.errstate(all='raise'):\n    other = np.tanh",
        "class Layer: pass",
    )
    assert reduced(*own) == [
        "from math import pi  # a comment\nBASE = pi",
        "RATE: float = BASE * 2",
        *own[2:],
    ]


def test_where_nothing_is_left_out_there_is_nothing_to_look_at() -> None:
    """Definitions, imports and needed values are a notebook's essentials; so nothing runs twice.
    The course's own cells, whatever they do, are no reason."""
    assert (
        essentials(notebook("RATE = 2\ndef helper(x): return x", DEMO), {"test_f"}, {DEMO}) is None
    )


def test_only_these_tests_run_again() -> None:
    """And the notebook given is left as it is, with its outputs."""
    nb = notebook("print(1)")
    nb.cells[1].outputs = [{"output_type": "stream", "name": "stdout", "text": "1"}]
    found = essentials(nb, {"test_f"}, {DEMO})
    assert found is not None
    assert [cell.metadata.get("tags") for cell in found.cells] == [None] * 4 + [[SKIP]]
    assert (
        found.cells[1].outputs == []
        and nb.cells[1].outputs
        and not nb.cells[-1].metadata.get("tags")
    )


def test_an_answer_is_reduced_as_any_other_cell() -> None:
    """What stands beside a function in its cell is no part of it; the course's own cells stay."""
    nb = notebook(answer=f"{ANSWER}\nnp.prod = print")
    found = essentials(nb, {"test_f"}, {DEMO})
    assert found is not None
    assert [cell.source for cell in found.cells[:2]] == [GIVEN, ANSWER]


def test_code_that_cannot_be_parsed_stays_if_it_may_define_something() -> None:
    """What runs another language or writes a file does not."""
    assert reduced("def helper(:", "%%writefile numpy.py\n1 / 0", "x = !ls") == [
        "def helper(:",
        "",
        "",
    ]
