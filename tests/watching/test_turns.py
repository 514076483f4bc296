"""Graders of one course take turns: who waits is not overtaken by who has just had it."""

from __future__ import annotations

import threading
from pathlib import Path

from kerasgrader.files import only_grader

ROUNDS = 200


def test_who_waits_for_the_course_is_next(tmp_path: Path) -> None:
    """Also behind somebody who releases it and asks for it again at once, as a watcher does."""
    waits, order = threading.Event(), list[str]()

    def once() -> None:
        with only_grader(tmp_path, lambda line: waits.set()):
            order.append("waiting")

    for _ in range(ROUNDS):
        waits.clear()
        thread = threading.Thread(target=once)
        with only_grader(tmp_path, lambda line: None):
            thread.start()
            assert waits.wait(60)
        with only_grader(tmp_path, lambda line: None):
            order.append("again")
        thread.join()
    assert order == ["waiting", "again"] * ROUNDS
