"""Idioms of older versions of Keras: explained above a traceback or in a panel, and once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from kerascheck.check import CheckFailed
from kerascheck.evidence.evidence import StudentError
from kerascheck.feedback import idioms, panel
from kerascheck.feedback.idioms import explained
from kerascheck.judge.verdict import ERROR, VALUES, Finding, Verdict
from tests.support.plain_kernel import PlainKernel

OLD = "No module named 'keras.layers.convolutional'"
TITLE = "An import from Keras 2"


@pytest.fixture
def shell() -> Iterator[Any]:
    shell = InteractiveShell.instance()
    idioms.install(shell, with_panel=CheckFailed)
    yield shell
    InteractiveShell.clear_instance()


def shown_by(shell: Any, cell: str) -> list[str]:
    """The texts that a cell displays, its traceback apart."""
    with capture_output() as captured:
        shell.run_cell(cell)
    return [output.data["text/plain"] for output in captured.outputs]


def test_an_idiom_is_explained_above_the_traceback_of_any_cell(shell: Any) -> None:
    [text] = shown_by(shell, "import keras.layers.convolutional")
    assert text.startswith(TITLE)


def test_an_idiom_that_a_check_met_is_explained_by_its_panel_alone(shell: Any) -> None:
    """The line above the check's own error quotes what the student's code raised."""
    shell.user_ns["failed"] = CheckFailed(f"f: your code raises ModuleNotFoundError: {OLD}.")
    assert shown_by(shell, "raise failed") == []


def test_other_errors_are_left_alone(shell: Any) -> None:
    assert shown_by(shell, "1 / 0") == []


def test_a_panel_explains_an_idiom_once_however_many_probes_met_it() -> None:
    error = StudentError("ModuleNotFoundError", OLD, 2, "import keras.layers.convolutional")
    findings = tuple(
        Finding("raised", VALUES, f"check.block({number})", actual=error) for number in range(3)
    )
    verdict = Verdict("f", ERROR, 0, 10, (), findings, error)
    for page in (panel.html(verdict), panel.text(verdict)):
        assert page.count(TITLE) == 1
        assert page.count("modules of Keras 2") == 1


def test_an_error_of_other_kinds_is_not_explained_here() -> None:
    """Only habits of older versions, and a full memory: a check explains the rest."""
    assert explained(ZeroDivisionError("division by zero")) is None
    full = explained(MemoryError("Unable to allocate 1 TiB"))
    assert full is not None and full.id == "memory-is-full"


@pytest.mark.slow
def test_a_full_memory_has_its_own_sentence(tmp_path: Path) -> None:
    """Forty terabytes are too many for TensorFlow anywhere: the panel comes first, then the traceback."""
    with PlainKernel(tmp_path) as kernel:
        shown = kernel.run(
            "from kerascheck import check\nimport tensorflow as tf\ntf.zeros((10**6, 10**6, 10))"
        )
    assert shown.text.startswith("The memory is full\n") and "half the batch size" in shown.text
    assert shown.error.startswith("ResourceExhaustedError") and shown.stderr == ""
    assert shown.kinds.index("display_data") < shown.kinds.index("error")
