"""Expensive things that are made once a run, by whichever process of it comes first, and only read then."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder of this name that all processes of this run share, filled by `make` the first time.

    A test that changes what is in it takes a copy. If `make` fails, the next caller tries again.
    """
    folder = run_folder(factory) / name
    done = folder.with_name(f"{name}.done")
    with folder.with_name(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


def run_folder(factory: pytest.TempPathFactory) -> Path:
    """The temporary folder of the run: that of pytest, or the one above those of its workers."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
