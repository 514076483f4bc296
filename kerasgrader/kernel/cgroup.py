"""A control group for each kernel, where this account may create one.

With it, Linux limits the memory of all of a kernel's processes together. Groups are created beside
the grader's own (version 2), or below it (version 1).

Sources: cgroups(7); the Linux kernel's admin-guide/cgroup-v2 and cgroup-v1/memory.
"""

from __future__ import annotations

import os
import time
import uuid
from contextlib import suppress
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")
PREFIX = "kerasgrader-"
OLD = 3600  # seconds: a younger group may be empty because its first process is about to enter it


class ControlGroup:
    """A control group. Raises OSError if this account may not create one here."""

    def __init__(self, memory: int) -> None:
        where, settings = place()
        _sweep(where)
        self.path = where / f"{PREFIX}{uuid.uuid4().hex[:12]}"
        self.path.mkdir()
        try:
            for name, share in settings.items():
                self.path.joinpath(name).write_text(f"{memory if share is None else share}")
        except OSError:
            self.path.rmdir()
            raise

    def killed_for(self) -> str | None:
        """Why Linux has killed a process of the group; None if it has killed none.

        "memory": the group met its limit. "machine": it did not, so the machine itself was short.
        """
        counts = self._counts("memory.events") or self._counts("memory.oom_control")
        if not counts.get("oom_kill"):
            return None
        met = self.path / "memory.failcnt"  # of version 1
        times = int(met.read_text()) if met.exists() else counts.get("oom", 0)
        return "memory" if times else "machine"

    def _counts(self, name: str) -> dict[str, int]:
        file = self.path / name
        if not file.exists():
            return {}
        lines = (line.split() for line in file.read_text().splitlines())
        return {line[0]: int(line[1]) for line in lines if len(line) == 2}

    def remove(self, seconds: float = 2) -> None:
        """Remove the group when its last process ends; after `seconds`, leave it to the sweep."""
        deadline = time.monotonic() + seconds
        while self.path.exists() and time.monotonic() < deadline:
            with suppress(OSError):
                self.path.rmdir()
                return
            time.sleep(0.005)


def add(group: Path, pid: int) -> None:
    """Move a process into a group; its children start in there."""
    group.joinpath("cgroup.procs").write_text(f"{pid}")


def place(mount: Path = MOUNT, own: Path = Path("/proc/self/cgroup")) -> tuple[Path, dict]:
    """The folder for new groups, and the files to write in each (None: the memory limit).

    Raises OSError with the reason if there is no such folder.
    """
    lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    for _, controllers, path in lines:
        if "memory" in controllers.split(","):
            folder = mount / "memory" / path.lstrip("/")
            return _writable(folder), {"memory.limit_in_bytes": None}
    for number, controllers, path in lines:
        if number == "0" and not controllers:
            folder = (mount / path.lstrip("/")).parent if path != "/" else mount
            enabled = folder.joinpath("cgroup.subtree_control").read_text().split()
            if "memory" not in enabled:
                raise OSError(f"{folder} does not pass control of memory on to new groups")
            return _writable(folder), {"memory.max": None, "memory.swap.max": 0}
    raise OSError("this machine has no control groups for memory")


def _sweep(where: Path) -> None:
    """Remove old empty groups, left by graders that were killed and by slow kernels."""
    for left in where.glob(f"{PREFIX}*"):
        with suppress(OSError):  # a process is in it, or it has just been removed
            if time.time() - left.stat().st_mtime > OLD:
                left.rmdir()


def _writable(folder: Path) -> Path:
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"this account may not create control groups in {folder}")
    if not os.access(folder / "cgroup.procs", os.W_OK):
        raise PermissionError(f"this account may not move processes within {folder}")
    return folder
