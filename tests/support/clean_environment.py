"""An environment as a self-learner has it: what a notebook needs to run, TensorFlow, and nothing of ours.

It is made of links to packages that are installed here, so that making it takes a second and no network:
those that the student package declares, what these need in turn, and the kernel. A package that the course
uses and does not declare is not there.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from packaging.requirements import Requirement
from traitlets import default

from tests.support.course_folder import ROOT

THE_COURSE = "resnet-course"
ALWAYS = ("ipykernel", "pip")


def build_wheel(folder: Path) -> Path:
    """The wheel of this project, as it would be published."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(ROOT)], check=True)
    [wheel] = folder.glob("*.whl")
    return wheel


def clean_environment(folder: Path) -> Path:
    """A virtual environment in `folder` without this project; returns its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    [packages] = folder.glob("lib/python*/site-packages")
    for one in needed([*ALWAYS, *declared(distribution(THE_COURSE))]):
        link(one, packages)
    return folder / "bin" / "python"


def declared(one: Distribution) -> list[str]:
    """The names of the packages that this one needs here, extras left out."""
    found = [Requirement(text) for text in one.requires or []]
    return [r.name for r in found if r.marker is None or r.marker.evaluate({"extra": ""})]


def needed(names: list[str]) -> list[Distribution]:
    """The packages of these names, and all that they need."""
    found: dict[str, Distribution] = {}
    waiting = list(names)
    while waiting:
        one = distribution(waiting.pop())
        if one.name not in found:
            found[one.name] = one
            waiting += declared(one)
    return list(found.values())


def link(one: Distribution, packages: Path) -> None:
    """Let `packages` hold links to everything that belongs to an installed package."""
    tops = {file.parts[0] for file in one.files or [] if file.parts[0] not in ("..", "__pycache__")}
    for top in tops:
        place = packages / top
        if not place.exists():
            place.symlink_to(Path(str(one.locate_file(top))))


def kernels_of(python: Path) -> type[AsyncKernelManager]:
    """A class of managers whose kernels run that Python."""
    kernels = python.parent.parent / "share" / "jupyter" / "kernels"
    install = [str(python), "-m", "ipykernel", "install", "--prefix", str(python.parent.parent)]
    subprocess.run(install, check=True, capture_output=True)

    class Kernels(AsyncKernelManager):
        @default("kernel_spec_manager")
        def _only_that_python(self) -> KernelSpecManager:
            return KernelSpecManager(kernel_dirs=[str(kernels)], ensure_native_kernel=False)

    return Kernels
