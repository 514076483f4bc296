"""Hide the notes that TensorFlow's libraries write while it starts; show everything else.

They write to file descriptor 2, before and past Python's settings: oneDNN, CUDA's stub, cuDNN's
registration. A notebook shows that as red lines, and nbgrader's tests count it as a failure. So
TensorFlow is imported with the descriptor turned to a file. Afterwards lines in the form of its log go
into `NOTES`, and the rest to stderr; if the import fails, all of it does. Where it ends the whole process,
as on a processor that TensorFlow was not built for, a second process (`GUARD`) shows the file: that of a
notebook's kernel where JupyterLab was started. TF_CPP_MIN_LOG_LEVEL=0 shows everything at once.

TensorFlow also warns where several models are used one after another, as lessons do: each is traced once,
which it takes for one that is traced again and again. That warning is hidden as well.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import IO

LEVEL = "TF_CPP_MIN_LOG_LEVEL"
RETRACED = "triggered tf.function retracing"
NOTE = re.compile(
    r"[IWE]\d{4} [\d:.]+ +\d+ \S+:\d+\] "
    r"|\d{4}-\d\d-\d\d [\d:.]+: [IWE] \S+:\d+\] "
    r"|WARNING: All log messages before absl::InitializeLog\(\)"
    # Sentences that continue a note on a line of their own:
    r"|To enable the following instructions: |Skipping registering GPU devices\.\.\.|\s*$"
)

# Waits for the end of stdin. If nothing came before it, the process that imports has ended: what that wrote
# is in the file that is stdout here.
GUARD = """
import os
try:
    if not os.read(0, 1):
        os.lseek(1, 0, os.SEEK_SET)
        while data := os.read(1, 65536):
            os.write(2, data)
except OSError:
    pass  # nobody is left to read it
"""

NOTES: list[str] = []  # hidden lines of this process, for setting up a GPU


class _TensorFlowFinder(MetaPathFinder):
    """Finds TensorFlow where the others do, and has it loaded quietly."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "tensorflow":
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        found = (finder.find_spec(name, path, target) for finder in others)
        spec = next((spec for spec in found if spec is not None), None)
        if spec is not None and spec.loader is not None:
            _load_quietly(spec.loader)
        return spec


def begin() -> None:
    """From now on TensorFlow is imported quietly, unless it is there already, and traces without a word."""
    logging.getLogger("tensorflow").addFilter(_is_shown)
    if not any(isinstance(finder, _TensorFlowFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _TensorFlowFinder())


def _is_shown(record: logging.LogRecord) -> bool:
    return RETRACED not in record.getMessage() or os.environ.get(LEVEL) == "0"


@contextmanager
def notes_hidden() -> Iterator[None]:
    """Hide the notes that are written to file descriptor 2 meanwhile; show all if an error is raised."""
    if os.environ.get(LEVEL) == "0":
        yield
        return
    with ExitStack() as stack:
        try:
            written = stack.enter_context(tempfile.TemporaryFile())
            real = os.dup(2)
        except (
            OSError
        ):  # no descriptor 2, or no place for a file: there is nothing to hide, or no way
            yield
            return
        if sys.stderr is not None:
            sys.stderr.flush()
        failed = True
        try:
            with _guarded(written, real):
                os.dup2(written.fileno(), 2)
                try:
                    yield
                    failed = False
                finally:
                    os.dup2(real, 2)
        finally:
            os.close(real)
            written.seek(0)
            _show(written.read().decode("utf-8", "replace"), everything=failed)


@contextmanager
def _guarded(written: IO[bytes], real: int) -> Iterator[None]:
    """Have another process show the file `written`, should this one end meanwhile.

    real: descriptor 2 as it was. In a notebook's kernel that leads into the kernel, and `fileno` gives what
    it was before. Where no process can be started, there is no guard.
    """
    try:
        target = sys.stderr.fileno()
    except (OSError, ValueError, AttributeError):
        target = real
    command = [sys.executable or "", "-I", "-S", "-c", GUARD]
    try:
        guard = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=written,
            stderr=target,
            start_new_session=True,  # an interrupt is not for it
        )
    except (OSError, ValueError):
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError):
            guard.communicate(b"all is well")


def _show(text: str, everything: bool) -> None:
    shown: list[str] = []
    for line in text.splitlines(keepends=True):
        (NOTES if NOTE.match(line) and not everything else shown).append(line)
    if shown and sys.stderr is not None:
        sys.stderr.write("".join(shown))
        sys.stderr.flush()


def _load_quietly(loader: object) -> None:
    load = loader.exec_module  # type: ignore[attr-defined]

    def exec_module(module: ModuleType) -> None:
        del loader.exec_module  # type: ignore[attr-defined]  # the class's own is back
        with notes_hidden():
            load(module)

    loader.exec_module = exec_module  # type: ignore[attr-defined]
