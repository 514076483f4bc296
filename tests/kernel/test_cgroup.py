"""Why a process of a control group was killed, from the files in which Linux counts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerasgrader.kernel.cgroup import ControlGroup


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"memory.events": "low 0\nmax 9\noom 0\noom_kill 0\n"}, None),
        ({"memory.events": "low 0\nmax 9\noom 2\noom_kill 1\n"}, "memory"),
        ({"memory.events": "low 0\nmax 0\noom 0\noom_kill 1\n"}, "machine"),
        ({"memory.oom_control": "under_oom 0\noom_kill 0\n", "memory.failcnt": "7"}, None),
        ({"memory.oom_control": "under_oom 0\noom_kill 1\n", "memory.failcnt": "7"}, "memory"),
        ({"memory.oom_control": "under_oom 0\noom_kill 1\n", "memory.failcnt": "0"}, "machine"),
        ({}, None),
    ],
)
def test_a_kill_is_the_group_s_own_only_where_its_limit_was_met(
    files: dict[str, str], reason: str | None, tmp_path: Path
) -> None:
    """Where the whole machine is short of memory, no student is to blame."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    group = ControlGroup.__new__(ControlGroup)
    group.path = tmp_path
    assert group.killed_for() == reason
