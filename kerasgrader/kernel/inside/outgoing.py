"""What a kernel sends, cut where it is made: no output is so long that it disconnects or delays the rest.

That is for honest notebooks: the grader has limits of its own for what others send.
"""

from __future__ import annotations

from typing import Any

from jupyter_client.session import Session

OUTPUTS = ("stream", "display_data", "execute_result", "error", "update_display_data")
LONGEST = 500_000  # characters of output of one cell
LONGEST_REPLY = 100_000  # characters of any other message
SHORT = 200  # characters of a text that is never cut: names of errors, of streams
DEEPEST = 30
CUT = " ... (cut here: too long)"


class CuttingSession(Session):
    """A session that cuts long texts, and drops the output of a cell that has sent too much."""

    _cell: Any = None
    _room = LONGEST

    def send(
        self, stream: Any, msg_or_type: Any, content: Any = None, *args: Any, **kw: Any
    ) -> Any:
        if isinstance(msg_or_type, str):
            msg_or_type, content = self._shortened(msg_or_type, content, kw.get("parent"))
        else:
            header, parent = msg_or_type["header"], msg_or_type.get("parent_header")
            kind, shorter = self._shortened(header["msg_type"], msg_or_type["content"], parent)
            msg_or_type = None if kind is None else {**msg_or_type, "content": shorter}
        if msg_or_type is None:
            return None
        return super().send(stream, msg_or_type, content, *args, **kw)

    def _shortened(self, kind: str, content: Any, parent: Any) -> tuple[str | None, Any]:
        """The type and the content of a message within the limits; None if it is not to be sent."""
        if kind not in OUTPUTS:
            return kind, shortened(content, LONGEST_REPLY)[0]
        parent = parent.get("header", parent) if isinstance(parent, dict) else {}
        if parent.get("msg_id") != self._cell:
            self._cell, self._room = parent.get("msg_id"), LONGEST
        if self._room <= 0:
            return None, None
        content, self._room = shortened(content, self._room)
        return kind, content


def shortened(value: Any, room: int, depth: int = DEEPEST) -> tuple[Any, int]:
    """A value with at most `room` characters of text in it, and the room that is left."""
    if isinstance(value, str):
        whole = len(value) <= max(room, SHORT)
        return (value if whole else value[: max(0, room)] + CUT), room - len(value)
    if depth and isinstance(value, dict):
        made: Any = {}
        for key, item in value.items():
            made[key], room = shortened(item, room, depth - 1)
        return made, room
    if depth and isinstance(value, list | tuple):
        made = []
        for item in value:
            if room <= 0:
                break
            item, room = shortened(item, room, depth - 1)
            made.append(item)
        return made, room
    return value, room
