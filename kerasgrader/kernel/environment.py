"""A kernel's environment: its variables, the packages it may read, the size limit of its files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from importlib.util import find_spec

from kerasgrader.errors import GraderFault
from kerasgrader.kernel.limits import Limits

PASSED_ON = ("LANG", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def must_fit(files: str, limits: Limits) -> None:
    """Raise GraderFault if a folder is too large to be copied for a kernel."""
    size = count = 0
    for parent, _, names in os.walk(files):
        for name in names:
            size += os.lstat(os.path.join(parent, name)).st_size
            count += 1
        if size > limits.disk or count > limits.files:
            raise GraderFault(
                f"{files} is too large to be copied for a kernel: more than {limits.disk} bytes or "
                f"{limits.files} files. Run the notebook in a folder of its own, or raise "
                "c.SealedKernel.disk_limit and files_limit"
            )


def variables(given: Mapping[str, str]) -> dict[str, str]:
    """The few variables of a kernel: of the grader's, only those in `PASSED_ON`."""
    return {name: given[name] for name in PASSED_ON if name in given} | {
        "PATH": "/usr/bin:/bin",
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }


def places(folder: str) -> dict[str, str]:
    """The variables that name the kernel's own folder."""
    return dict.fromkeys(("HOME", "TMPDIR", "IPYTHONDIR", "MPLCONFIGDIR"), folder)


def package_folders(modules: Iterable[str]) -> tuple[str, ...]:
    """The folders of these modules' packages. Raises GraderFault for one that is not installed."""
    folders = []
    for package in sorted({module.partition(".")[0] for module in modules}):
        found = find_spec(package)
        if found is None or not found.submodule_search_locations:
            raise GraderFault(f"there is no package {package!r} here: install it where kernels run")
        folders.append(os.path.realpath(found.submodule_search_locations[0]))
    return tuple(folders)


def hidden_folders(packages: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """What no kernel needs of all that it may read: the grader, and folders of these names in packages."""
    grader = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    names = tuple(names)
    return (grader, *(os.path.join(package, name) for package in packages for name in names))
