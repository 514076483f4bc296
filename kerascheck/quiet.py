"""Hide the notes that TensorFlow's libraries write while it starts; show everything else.

They write to file descriptor 2, before and past Python's settings: oneDNN, CUDA's stub, cuDNN's
registration. A notebook shows that as red lines, and nbgrader's tests count it as a failure. So
TensorFlow is imported with the descriptor turned to a file. Afterwards lines in the form of its log go
into `NOTES`, and the rest to stderr; if the import fails, all of it does. Where the import ends the whole
process, nothing is shown: TF_CPP_MIN_LOG_LEVEL=0 shows everything at once.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

LEVEL = "TF_CPP_MIN_LOG_LEVEL"
NOTE = re.compile(
    r"[IWE]\d{4} [\d:.]+ +\d+ \S+:\d+\] "
    r"|\d{4}-\d\d-\d\d [\d:.]+: [IWE] \S+:\d+\] "
    r"|WARNING: All log messages before absl::InitializeLog\(\)"
    # Sentences that continue a note on a line of their own:
    r"|To enable the following instructions: |Skipping registering GPU devices\.\.\.|\s*$"
)

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
    """From now on TensorFlow is imported quietly, unless it is there already."""
    if not any(isinstance(finder, _TensorFlowFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _TensorFlowFinder())


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
        os.dup2(written.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            os.dup2(real, 2)
            os.close(real)
            written.seek(0)
            _show(written.read().decode("utf-8", "replace"), everything=failed)


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
