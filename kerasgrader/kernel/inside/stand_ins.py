"""What notebooks use at home and a grading kernel does not have: it does nothing, and the cell goes on.

Shell lines, installers, unknown magics, Colab's own package, and what ends a kernel. Each prints a line
that ends with NOTHING, which the grader repeats on the student's page.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from IPython.core.error import UsageError
from IPython.utils.text import SList

NOTHING = "does nothing while a notebook is graded"
INSTALLERS = ("pip", "conda", "mamba", "micromamba", "uv")
SHELLS = ("bash", "sh", "script", "system", "sx", "!", "cmd", "sudo", "shell")
COLAB = "google.colab"
LONGEST_LINE = 100


def install(shell: Any, kernel: Any) -> None:
    """Put all stand-ins into an IPython shell and its kernel."""
    shell.system = shell.system_piped = shell.system_raw = lambda command: _tell(f"!{command}")
    shell.getoutput = _no_output
    for name in INSTALLERS:
        shell.register_magic_function(_ignored(f"%{name}"), "line", name)
    for name in SHELLS:
        shell.register_magic_function(_ignored(f"%{name}"), "line", name)
        shell.register_magic_function(_ignored_cell(f"%%{name}"), "cell", name)
    shell.run_line_magic = _lenient(shell.run_line_magic, "%")
    shell.run_cell_magic = _lenient(shell.run_cell_magic, "%%", lambda cell: shell.run_cell(cell))
    shell.ask_exit = lambda: _tell("exit()")
    kernel.do_shutdown = _unless_called_by_a_cell(kernel.do_shutdown)
    sys.meta_path.append(ColabFinder())


def _tell(what: str) -> None:
    first = what.strip().split("\n", 1)[0][:LONGEST_LINE]
    print(f"{first} {NOTHING}", file=sys.stderr)


def _no_output(command: str, *_: Any, **__: Any) -> SList:
    _tell(f"!{command}")
    return SList()


def _ignored(name: str) -> Callable[[str], None]:
    return lambda line: _tell(f"{name} {line}")


def _ignored_cell(name: str) -> Callable[[str, str], None]:
    return lambda line, cell: _tell(f"{name} {line}")


def _lenient(
    run: Callable[..., Any], mark: str, otherwise: Callable[[str], Any] | None = None
) -> Callable[..., Any]:
    """Run a magic; if it is unknown, print that and go on with the rest of its cell, if it has one."""

    def lenient(name: str, line: str, *rest: Any, **kw: Any) -> Any:
        try:
            if mark == "%" and "_stack_depth" not in kw:
                kw["_stack_depth"] = 2  # this function stands between
            return run(name, line, *rest, **kw)
        except (UsageError, ModuleNotFoundError) as error:
            if isinstance(error, ModuleNotFoundError) and name != "load_ext":
                raise
            _tell(f"{mark}{name} {line}")
            if otherwise is not None and rest:
                otherwise(rest[0])
        return None

    return lenient


def _unless_called_by_a_cell(shut_down: Callable[[bool], Any]) -> Callable[[bool], Any]:
    def only_outside(restart: bool) -> Any:
        if threading.current_thread() is threading.main_thread():
            _tell("a shutdown of the kernel")
            return {"status": "ok", "restart": restart}
        return shut_down(restart)

    return only_outside


class ColabModule(ModuleType):
    """A module of Colab's that has every name: calling one does nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return ColabModule(f"{self.__name__}.{name}")

    def __call__(self, *_: Any, **__: Any) -> dict | None:
        _tell(self.__name__)
        return {} if self.__name__.endswith(".upload") else None  # the files that were uploaded


class ColabFinder(MetaPathFinder, Loader):
    """Finds google.colab and everything below it, where it is not installed."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != COLAB and not name.startswith(f"{COLAB}."):
            return None
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return ColabModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""
