"""An environment as a self-learner has it: what a notebook needs to run, TensorFlow, and nothing of ours.

It is made of links to packages that are installed here, so that making it takes a second and no network:
those that the student package declares, what these need in turn, and the kernel. A package that the course
uses and does not declare is not there. A barer one has TensorFlow and Jupyter alone.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from ipykernel.kernelspec import write_kernel_spec
from packaging.requirements import Requirement

from tests.support.course_folder import ROOT
from tests.support.once import made_once

THE_COURSE = "resnet-course"
ALWAYS = ("ipykernel", "pip")
ALONE = ("tensorflow", "jupyterlab", "ipykernel")
KERNEL = ("-m", "ipykernel_launcher", "-f", "{connection_file}")


def wheel(factory: pytest.TempPathFactory) -> Path:
    """The wheel that students install, as it would be published, built once a run."""
    [file] = made_once(factory, "wheel", build_wheel).glob("*.whl")
    return file


def clean_environment(
    factory: pytest.TempPathFactory, folder: Path, *, alone: bool = False
) -> Path:
    """A virtual environment in `folder` without this project: a copy of one that is made once a run.

    alone: with TensorFlow and Jupyter, and no other package that the course uses, nor pip.
    Returns its folder for JUPYTER_PATH: with that, Jupyter's kernels run in this environment.
    """
    name, make_it = ("environment-alone", make_alone) if alone else ("environment", make)
    shutil.copytree(made_once(factory, name, make_it), folder, symlinks=True)
    jupyter = folder / "share" / "jupyter"
    command = [str(folder / "bin" / "python"), *KERNEL]
    write_kernel_spec(str(jupyter / "kernels" / "python3"), overrides={"argv": command})
    return jupyter


def build_wheel(folder: Path) -> None:
    """Build the wheel in `folder`."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(ROOT)], check=True)


def make(folder: Path) -> None:
    """Make a virtual environment of what the student package declares, and pip."""
    _make(folder, [*ALWAYS, *declared(distribution(THE_COURSE))])


def make_alone(folder: Path) -> None:
    """Make a virtual environment of TensorFlow and Jupyter."""
    _make(folder, list(ALONE))


def _make(folder: Path, names: list[str]) -> None:
    """Make a virtual environment without pip, and link what is needed into it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    [packages] = folder.glob("lib/python*/site-packages")
    for one in needed(names):
        link(one, packages)


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
