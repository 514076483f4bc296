"""What notebooks use at home and a grading kernel does not have: it does nothing, and the cell goes on.

Shell lines, installers, unknown magics, Colab's own package, packages that are not installed here, and what
ends a kernel. Each prints a line that ends with NOTHING, which the grader repeats on the student's page.
"""

from __future__ import annotations

import ast
import builtins
import sys
import threading
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from IPython.core.error import UsageError
from IPython.utils.text import SList

NOTHING = "does nothing while a notebook is graded"
INSTALLERS = ("pip", "conda", "mamba", "micromamba", "uv")
SHELLS = ("bash", "sh", "script", "system", "sx", "!", "cmd", "sudo", "shell")
COLAB = "google.colab"
STAND_IN = "__stand_in_for__"  # among the builtins, where cells look last
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
    setattr(builtins, STAND_IN, stand_in_for)
    shell.ast_transformers.append(MissingImports())


def _tell(what: str) -> None:
    first = what.strip().split("\n", 1)[0][:LONGEST_LINE]
    sys.stderr.write(f"{first} {NOTHING}\n")  # in one piece, whenever the stream is sent


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


class MissingPackage:
    """In place of a package that is not installed here: using it raises what importing it would."""

    def __init__(self, package: str) -> None:
        self.__dict__["_package"] = package

    def _use(self, *_: Any, **__: Any) -> Any:
        package = self.__dict__["_package"]
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)

    __getattr__ = __setattr__ = __call__ = __getitem__ = __iter__ = __mro_entries__ = _use


def stand_in_for(package: str, statement: str) -> MissingPackage:
    """Say that an import does nothing, and give what its name is bound to."""
    _tell(statement)
    return MissingPackage(package)


class MissingImports(ast.NodeTransformer):
    """Let a cell go on after an import of a package that is not installed here.

    Only imports at the top of a cell: one in `try`, or in a function, fails as its author expects.
    """

    def visit_Module(self, node: ast.Module) -> ast.Module:
        node.body = [one for statement in node.body for one in self._rest(statement)]
        return node

    def _rest(self, statement: ast.stmt) -> list[ast.stmt]:
        if isinstance(statement, ast.Import):
            missing = [one for one in statement.names if _is_missing(one.name)]
            there = [one for one in statement.names if one not in missing]
            bound = [(one.name, one.asname or one.name.partition(".")[0]) for one in missing]
            kept: list[ast.stmt] = [ast.Import(there)] if there else []
        elif isinstance(statement, ast.ImportFrom) and not statement.level and statement.module:
            if not _is_missing(statement.module):
                return [statement]
            names = [one.asname or one.name for one in statement.names]
            bound, kept = [(statement.module, name) for name in names], []
        else:
            return [statement]
        text = ast.unparse(statement)
        kept += [_binding(module, name, text) for module, name in bound]
        return [ast.fix_missing_locations(ast.copy_location(one, statement)) for one in kept]


def _binding(module: str, name: str, statement: str) -> ast.stmt:
    """`name` = a stand-in for `module`; for `*`, nothing is bound."""
    package = module.partition(".")[0]
    call = ast.Call(
        ast.Name(STAND_IN, ast.Load()), [ast.Constant(package), ast.Constant(statement)], []
    )
    return ast.Expr(call) if name == "*" else ast.Assign([ast.Name(name, ast.Store())], call)


def _is_missing(module: str) -> bool:
    package = module.partition(".")[0]
    if package in sys.modules:
        return False
    try:
        return find_spec(package) is None
    except (ImportError, ValueError, AttributeError):
        return False  # let the import itself say what is wrong


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
