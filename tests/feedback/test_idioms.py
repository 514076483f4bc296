"""What is explained above the traceback of any cell, in a real kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerascheck.feedback.idioms import explained
from tests.support.plain_kernel import PlainKernel


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
