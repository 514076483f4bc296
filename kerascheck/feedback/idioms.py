"""Help with idioms of older versions of Keras, and with a full memory, above the traceback of any cell.

A check explains the errors that it meets. An old import, a TensorFlow 1 session or a batch that is too
large fails in a cell of its own: there the explanation from the catalogue precedes the usual traceback.
"""

from __future__ import annotations

from html import escape
from types import TracebackType
from typing import Any

from kerascheck.evidence.evidence import StudentError
from kerascheck.feedback.misconceptions import Misconception, misconception_of
from kerascheck.feedback.style import STYLE, accent
from kerascheck.judge.verdict import VALUES, Finding


def explained(error: BaseException) -> Misconception | None:
    """The entry that explains an error in any cell; None for an error without one."""
    raised = StudentError(type(error).__name__, str(error))
    entry = misconception_of(Finding("raised", VALUES, "", actual=raised))
    return entry if entry.in_any_cell else None


def install(shell: Any, with_panel: type[Exception]) -> None:
    """Make this IPython shell explain such errors from now on.

    with_panel: errors that come with an explanation of their own, as a check's panel is one.
    """

    def explain(
        shell: Any,
        kind: type[BaseException],
        error: BaseException,
        traceback: TracebackType | None,
        tb_offset: int | None = None,
    ) -> None:
        try:
            entry = None if isinstance(error, with_panel) else explained(error)
            if entry is not None:
                _show(entry)
        finally:
            shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)

    shell.set_custom_exc((Exception,), explain)


def _show(entry: Misconception) -> None:
    from kerascheck.feedback import panel
    from kerascheck.judge.verdict import ERROR

    lines = [entry.explanation, *entry.hints[-1:]]
    body = "".join(f"<p>{panel.marked_up(line)}</p>" for line in lines)
    rich = (
        f"<style>{STYLE}</style>"
        f'<div class="rc-panel" role="group" style="{accent(ERROR)}" aria-label="About this error">'
        f'<div class="rc-head"><span>{escape(entry.title)}</span></div>{body}</div>'
    )
    panel.display(rich, "\n  ".join([entry.title, *lines]))
