"""A fault of the grader is nobody's zero; a message that makes no sense is its sender's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from jupyter_client.session import Session
from nbclient.client import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook, output_from_msg

from kerasgrader.course.course import Unit
from kerasgrader.errors import GraderFault
from kerasgrader.execution.faults import UNREADABLE, is_unreadable_message
from kerasgrader.execution.incoming import Incoming
from kerasgrader.execution.plan import Plan
from kerasgrader.execution.runner import NotebookRunner
from kerasgrader.execution.time_limit import TimeLimit
from kerasgrader.kernel.warm_client import WarmParent
from kerasgrader.marking.nbgrader import load_config
from tests.support.small_course import RIGHT, TEST, submit_answer


def raised_by(action: Callable[[], object]) -> Exception:
    with pytest.raises(UNREADABLE) as caught:
        action()
    return caught.value


@pytest.mark.parametrize(
    "action",
    [
        lambda: Session(key=b"k").deserialize([b"no signature", b"{}", b"{}", b"{}", b"{}"]),
        lambda: Session(key=b"").deserialize([b"", b"[]", b"{}", b"{}", b"{}"]),
        lambda: output_from_msg({"header": {"msg_type": "stream"}, "content": {}}),
        lambda: NotebookClient(new_notebook()).process_message(
            {"msg_type": "status", "content": 7}, new_code_cell(""), 0
        ),
    ],
)
def test_what_reads_messages_complains_of_their_sender(action: Callable[[], object]) -> None:
    """Whatever it raises: nobody has said what it should be."""
    assert is_unreadable_message(raised_by(action))


def test_other_errors_are_our_own() -> None:
    """Of the same types, from our code or from what it calls; and of the machine, wherever they strike."""
    incoming = Incoming(None, [], [])  # type: ignore[arg-type]
    message = {"msg_type": "stream", "content": {"text": "x"}}
    assert not is_unreadable_message(raised_by(lambda: incoming.admits(message, new_code_cell(""))))
    assert not is_unreadable_message(raised_by(lambda: [][1]))
    assert not is_unreadable_message(OSError("no space left"))


def broken(*_: object) -> None:
    raise LookupError("a mistake of ours")


@pytest.mark.slow
@pytest.mark.parametrize(("where", "name"), [(Incoming, "admits"), (TimeLimit, "_read_clock")])
def test_a_mistake_of_ours_costs_nobody_a_point(
    where: type,
    name: str,
    small_course: Callable[[Path], Unit],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While a student's cell runs, among the frames of nbclient: there is no result."""
    unit = small_course(tmp_path / "course")
    submit_answer(unit, "right", RIGHT)
    notebook = nbformat.read(unit.submitted("right") / f"{unit.notebook}.ipynb", as_version=4)
    notebook.cells.insert(0, new_code_cell("import time\ntime.sleep(1)"))
    WarmParent.begin(unit.modules)
    plan = Plan(unit, "a seed", NotebookRunner(config=load_config(unit.root)))
    job = plan.job(notebook)
    assert TEST not in plan.runner.run(job).stops
    monkeypatch.setattr(where, name, broken)
    with pytest.raises(GraderFault, match="LookupError: a mistake of ours"):
        plan.runner.run(job)
